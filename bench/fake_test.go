package bench_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/rescue"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
)

// fakeGuest is a guest in memory: it has one registry value that a boot takes over.
type fakeGuest struct {
	transcript  *[]string
	id          string // of its setting; settingID when empty
	build       int    // of its Windows; 19045 when 0
	version     string // what its iperf3 says of itself; "iperf 3.12" when empty
	value       string // configured
	running     string // in effect since the boot
	stubborn    bool   // ignores writes
	atOnce      bool   // what is written is in effect at once
	failWrite   error
	refuses     string // a value that cannot be written
	failReboot  error
	failServer  error // its iperf3 does not start
	otherBoot   error // it rebooted by itself
	onClaim     func()
	failAll     error // the guest is gone
	mark        *apply.Owner
	applied     *record.Applied // what stays on it
	failStay    error
	armed       bool  // the dead-man switch
	failArm     error // it cannot be armed
	failCopy    error // its memory cannot be measured
	fired       bool  // it has acted, as the next disarming finds
	cuts        bool  // its value cuts it off at the reboot
	serving     bool  // its iperf3 runs
	serving2    bool  // its iperf2 does
	version2    string
	failServer2 error // its iperf2 does not start
	onArm       func()
	serverLog   string // of its iperf3
	machine     record.Identity
	adapters    []record.Adapter
	expected    record.Identity // the loop wants it to be this one
	onReboot    func()
	onOff       func()                           // it switched itself off
	onStart     func()                           // of its iperf3
	template    string                           // its setting is one of this TCP template; "" for one in the registry
	onApplied   func() ([]string, []byte, error) // which TCP templates its connections use
	secondLog   string                           // of the second server
	ports       []int                            // of the last start

	onCounters  func() (record.GuestReading, error)                     // it is asked what it counts
	onIdle      func(idle, limit time.Duration) (record.Settled, error) // it is asked whether it is idle
	failDeclare error                                                   // it does not say what its driver declares
	illegal     error                                                   // its driver does not take a value of the plan
	failPlans   error                                                   // of its power plans
	foretold    []apply.Foretold                                        // what it was found with and is not in effect
	onRestart   func() error                                            // its adapter is restarted

	driver    string // version that its adapter runs; "" for that which it was found with
	carries   bool   // WinRM comes over an adapter of the same device
	store     []string
	failStage error
	badDriver string // a version that cuts it off
	owed      *apply.Drivers

	properties []apply.Target // of its adapter
	inf        string         // what its driver store calls its driver; "" for oem3.inf
}

const foundDriver = "100.85.104.20100"

func (g *fakeGuest) runs() string { return cmp.Or(g.driver, foundDriver) }

func (g *fakeGuest) Packages(_ context.Context, all []matrix.Package, _ netip.Addr) (apply.Packages, error) {
	p := apply.Packages{Found: apply.Installed{INF: cmp.Or(g.inf, "oem3.inf"), Version: g.runs(), MAC: "52-54-00-00-00-01", Values: g.properties}, Carries: g.carries, Published: make([]string, len(all))}
	for i, one := range all {
		if slices.Contains(g.store, one.Version) {
			p.Published[i] = "oem-" + one.Version
		}
	}
	return p, g.failAll
}

func (g *fakeGuest) StagePackage(_ context.Context, p matrix.Package, content [][]byte, note func(apply.Signature) error) (string, error) {
	if g.failStage != nil {
		return "", g.failStage
	}
	g.log("stage %s, %d files", p.Version, len(content))
	if err := note(apply.Signature{Signer: "A1B2"}); err != nil {
		return "", err
	}
	g.store = append(g.store, p.Version)
	return "oem-" + p.Version, nil
}

func (g *fakeGuest) UseDriver(_ context.Context, published, version string, was apply.Installed, _ record.Originals, deadMan time.Duration, _ apply.RebootLimits) error {
	g.log("driver %s over %s", published, g.runs())
	if !slices.Contains(g.store, version) || was.Version != foundDriver {
		return fmt.Errorf("%s is not in the store, or %s was not found", version, was.Version)
	}
	if version == g.badDriver {
		g.armed, g.failAll = deadMan > 0, &winrm.NetError{Step: "connect", Err: errors.New("no route")}
		return g.failAll
	}
	g.drives(version)
	return nil
}

// drives gives its adapter a driver; "" is that which it was found with.
func (g *fakeGuest) drives(version string) {
	g.driver = version
	g.adapters = slices.Clone(g.adapters)
	for i := range g.adapters {
		g.adapters[i].DriverVersion = g.runs()
	}
}

func (g *fakeGuest) Return(d *apply.Drivers) { g.owed = d }

func (g *fakeGuest) DriverBack(context.Context, apply.RebootLimits) error {
	if g.failAll == nil && g.driver != "" {
		g.log("driver back")
		g.drives("")
	}
	return g.failAll
}

func (g *fakeGuest) Unstage(context.Context) error {
	g.log("unstage")
	g.store = nil
	return g.failAll
}

const settingID = "x.y"

func (g *fakeGuest) log(format string, a ...any) {
	*g.transcript = append(*g.transcript, fmt.Sprintf(format, a...))
}

func (g *fakeGuest) Facts(context.Context) (record.Guest, []byte, error) {
	f := record.Guest{Build: cmp.Or(g.build, 19045), Caption: "fake", ComputerName: g.machine.Name, MachineGUID: g.machine.MachineGUID, UUID: g.machine.UUID, Adapters: g.adapters}
	if err := g.sure(); err != nil {
		return f, nil, err
	}
	if err := json.Unmarshal([]byte(`"133000000000000000"`), &f.Now); err != nil {
		panic(err)
	}
	return f, []byte(`{"build":19045}`), g.failAll
}

func (g *fakeGuest) Declare(_ context.Context, f record.Guest) (record.Guest, error) {
	return f, errors.Join(g.failDeclare, g.failAll)
}

func (g *fakeGuest) Legal(record.Guest, matrix.Plan) error { return g.illegal }

func (g *fakeGuest) AppliedTemplates(context.Context, int) ([]string, []byte, error) {
	if g.onApplied == nil {
		return nil, nil, nil
	}
	return g.onApplied()
}

func (g *fakeGuest) Expect(i record.Identity) { g.expected = i }

func (g *fakeGuest) Counters(context.Context, record.Adapter) (record.GuestReading, error) {
	if g.onCounters == nil {
		return record.GuestReading{}, g.failAll
	}
	return g.onCounters()
}

func (g *fakeGuest) AwaitIdle(_ context.Context, idle, limit time.Duration) (record.Settled, []byte, error) {
	if g.onIdle == nil {
		return record.Settled{Wanted: idle.Seconds(), Idle: idle.Seconds()}, nil, g.failAll
	}
	s, err := g.onIdle(idle, limit)
	return s, []byte("{}"), err
}

func (g *fakeGuest) MemoryCopy(context.Context) (record.Covariate, []byte) {
	g.log("copy memory")
	if g.failCopy != nil {
		return record.Covariate{Name: matrix.MemoryCopy, Missing: g.failCopy.Error()}, nil
	}
	return record.Covariate{Name: matrix.MemoryCopy, Value: 8000, Unit: "MiB/s", Rounds: 31}, []byte("{}")
}

// sure is what a guest asks itself before every write.
func (g *fakeGuest) sure() error {
	_, err := apply.SameMachine(g.expected, g.machine)
	return err
}

func (g *fakeGuest) Differs(_ context.Context, o record.Originals) ([]string, error) {
	if was := o.Settings[0].State.Data; was != g.value {
		return []string{"it has " + g.value + " in place of " + was}, errors.Join(g.sure(), g.failAll)
	}
	return nil, errors.Join(g.sure(), g.failAll)
}

func (g *fakeGuest) Originals(context.Context, record.Guest, []matrix.Planned) (record.Originals, error) {
	if g.id == "" {
		g.id = settingID
	}
	place := record.Place{ID: g.id, Kind: string(matrix.Registry), Type: "String"}
	if g.template != "" {
		place.Kind, place.Template = string(matrix.NetshTemplate), g.template
	}
	return record.Originals{Settings: []record.Original{{Place: place, State: record.State{Exists: true, Kind: "String", Data: g.value}}}}, g.failAll
}

func (g *fakeGuest) Foretell(context.Context, record.Originals, matrix.Plan) ([]apply.Foretold, error) {
	return g.foretold, g.failAll
}

func (g *fakeGuest) PowerPlans(context.Context, record.Originals, matrix.Plan) error {
	return g.failPlans
}

func (g *fakeGuest) Write(_ context.Context, targets []apply.Target) ([]byte, error) {
	if err := g.sure(); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		g.log("write nothing")
		return nil, g.failAll
	}
	g.log("write %s", targets[0].Want)
	if g.failWrite != nil {
		return nil, g.failWrite
	}
	if g.refuses != "" && g.refuses == targets[0].Want.Data {
		return nil, errors.New("this value is refused")
	}
	if !g.stubborn {
		g.value = targets[0].Want.Data
		if g.atOnce {
			g.running = g.value
		}
	}
	return nil, g.failAll
}

func (g *fakeGuest) Reboot(ctx context.Context, _ apply.RebootLimits) (record.Reboot, error) {
	g.log("reboot")
	if g.onReboot != nil {
		g.onReboot()
	}
	if g.failReboot != nil {
		return record.Reboot{}, g.failReboot
	}
	g.running = g.value
	if g.cuts && g.value != "original" {
		g.failAll = &winrm.NetError{Step: "connect", Err: errors.New("no route")}
	}
	f, _, err := g.Facts(ctx)
	return record.Reboot{Guest: f}, errors.Join(ctx.Err(), err)
}

// SwitchOff does what is to be done while the guest is off, and boots it.
func (g *fakeGuest) SwitchOff(ctx context.Context, limits apply.RebootLimits, whileOff func(context.Context) error) (record.Reboot, error) {
	if g.failAll != nil {
		return record.Reboot{}, g.failAll
	}
	g.log("switch off")
	g.onOff()
	if err := whileOff(ctx); err != nil {
		return record.Reboot{}, err
	}
	return g.Reboot(ctx, limits)
}

// RestartAdapter makes what is configured run, as a setting does that takes effect by it.
func (g *fakeGuest) RestartAdapter(ctx context.Context, _ time.Duration) ([]byte, error) {
	if err := g.sure(); err != nil {
		return nil, err
	}
	g.log("restart the adapter")
	if g.onRestart != nil {
		if err := g.onRestart(); err != nil {
			return nil, err
		}
	}
	if g.failAll == nil {
		g.running = g.value
	}
	return []byte(`{"ok":true}`), errors.Join(ctx.Err(), g.failAll)
}

func (g *fakeGuest) SameBoot(context.Context, record.Reboot) error {
	return errors.Join(g.otherBoot, g.failAll)
}

func (g *fakeGuest) ReadBack(_ context.Context, targets []apply.Target) ([]record.Reading, []byte, error) {
	g.log("read back")
	want := targets[0].Want.Data
	return []record.Reading{{ID: g.id, Want: want, Configured: g.value, AsAsked: g.value == want, InEffect: record.NotObservable}}, nil, errors.Join(g.sure(), g.failAll)
}

func (g *fakeGuest) StartIPerf(_ context.Context, _ string, ports ...int) (terms.IPerfServer, error) {
	g.log("start iperf")
	g.ports = ports
	g.serving = true
	if g.onStart != nil {
		g.onStart()
	}
	return terms.IPerfServer{Listening: true, Version: cmp.Or(g.version, "iperf 3.12")}, errors.Join(g.failServer, g.failAll)
}

func (g *fakeGuest) StartIPerf2(_ context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error) {
	g.log("start iperf2 %s %d %v", exe, port, protocols)
	g.serving2 = true
	return terms.IPerfServer{Exe: exe, Listening: true, Version: cmp.Or(g.version2, "iperf version 2.0.5 (08 Jul 2010) win32 threads")}, errors.Join(g.failServer2, g.failAll)
}

func (g *fakeGuest) StopIPerf2(context.Context, string) error {
	g.log("stop iperf2")
	g.serving2 = g.serving2 && g.failAll != nil
	return g.failAll
}

func (g *fakeGuest) IPerfLog(_ context.Context, _ string, ports ...int) (string, error) {
	if len(ports) > 1 {
		return g.secondLog, g.failAll
	}
	return g.serverLog, g.failAll
}

func (g *fakeGuest) StopIPerf(context.Context, string, int) error {
	g.serving = g.serving && g.failAll != nil
	return g.failAll
}

func (g *fakeGuest) Owner(context.Context) (*apply.Owner, error) {
	return g.mark, errors.Join(g.sure(), g.failAll)
}

func (g *fakeGuest) Renew(ctx context.Context, o apply.Owner) error {
	if g.failAll == nil && g.sure() == nil && g.mark == nil {
		return &apply.UnmarkedError{ID: o.ID}
	}
	return g.Claim(ctx, o)
}

func (g *fakeGuest) Claim(_ context.Context, o apply.Owner) error {
	if err := g.sure(); err != nil {
		return err
	}
	if g.onClaim != nil {
		g.onClaim()
	}
	if g.mark != nil && g.mark.ID != o.ID && (o.Over == "" || g.mark.ID != o.Over) {
		return &apply.OwnedError{Owner: *g.mark, Now: o.Seen}
	}
	if g.failAll == nil {
		g.mark = &o
	}
	return g.failAll
}

func (g *fakeGuest) Release(context.Context, string) error {
	if g.failAll == nil {
		g.mark = nil
	}
	return g.failAll
}

func (g *fakeGuest) Applied(context.Context) (*record.Applied, error) {
	return g.applied, errors.Join(g.sure(), g.failAll)
}

func (g *fakeGuest) Stay(_ context.Context, o apply.Owner, what string) error {
	if err := errors.Join(g.sure(), g.failAll, g.failStay); err != nil {
		return err
	}
	g.log("stays: %s", what)
	g.applied = &record.Applied{ID: o.ID, What: what, Host: o.Host, Since: o.Seen}
	return nil
}

func (g *fakeGuest) Arm(context.Context, record.Originals, time.Duration) (deadman.State, []byte, error) {
	g.log("arm")
	if g.onArm != nil {
		g.onArm()
	}
	g.armed = g.failArm == nil
	return deadman.State{Armed: g.armed}, []byte(`{"armed":true}`), errors.Join(g.failArm, g.failAll)
}

func (g *fakeGuest) Disarm(ctx context.Context) (deadman.State, []byte, error) {
	if ctx.Err() != nil {
		return deadman.State{}, nil, ctx.Err()
	}
	g.log("disarm")
	g.armed = false
	var m deadman.State
	if g.fired {
		if err := json.Unmarshal([]byte(`{"fired": "133000000000000000", "outcome": [{"ok": true}]}`), &m); err != nil {
			panic(err)
		}
		g.fired = false
	}
	return m, []byte(`{"armed":false}`), g.failAll
}

func (g *fakeGuest) Restore(ctx context.Context, o record.Originals, _ apply.RebootLimits) error {
	if err := g.sure(); err != nil {
		return err
	}
	g.log("restore")
	g.value = o.Settings[0].State.Data
	if g.owed != nil {
		if err := errors.Join(g.DriverBack(ctx, apply.RebootLimits{}), g.Unstage(ctx)); err != nil {
			return err
		}
	}
	return errors.Join(ctx.Err(), g.failAll)
}

// fakeRescue is a ladder of two rungs: WinRM, and another that works when it may.
type fakeRescue struct {
	guest *fakeGuest
	other bool // the second rung works
	dues  []time.Time

	onBack func()
}

func (r *fakeRescue) steps(n int) []record.RescueStep {
	return []record.RescueStep{{Rung: "winrm", OK: n == 1, Outcome: "o"}, {Rung: "other", OK: r.other, Outcome: "o"}}[:n]
}

func (r *fakeRescue) Back(ctx context.Context, _ record.Originals, due time.Time) ([]record.RescueStep, error) {
	r.guest.log("bring back")
	if r.onBack != nil {
		r.onBack()
	}
	r.dues = append(r.dues, due)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if r.guest.failAll == nil {
		return r.steps(1), nil
	}
	if !r.other {
		return r.steps(2), &rescue.LostError{Steps: r.steps(2)}
	}
	r.guest.failAll, r.guest.failReboot, r.guest.armed = nil, nil, false
	return r.steps(2), nil
}

func (r *fakeRescue) Restore(ctx context.Context, o record.Originals, due time.Time) ([]record.RescueStep, error) {
	r.dues = append(r.dues, due)
	if r.guest.mark != nil && r.guest.mark.ID != "owner" {
		return r.steps(1), &apply.OwnedError{Owner: *r.guest.mark}
	}
	if r.guest.mark == nil && r.guest.failAll == nil && r.guest.sure() == nil {
		found, _ := r.guest.Differs(ctx, o)
		if found != nil {
			return r.steps(1), &apply.UnmarkedError{ID: "owner", Found: found}
		}
		return []record.RescueStep{{Rung: "winrm", OK: true, Outcome: rescue.Untouched}}, nil
	}
	err := r.guest.Restore(ctx, o, apply.RebootLimits{})
	if err == nil {
		r.guest.mark = nil
		return r.steps(1), nil
	}
	var another *apply.OtherMachineError
	if errors.As(err, &another) {
		return r.steps(1), err
	}
	if !r.other {
		return r.steps(2), &rescue.LostError{Steps: r.steps(2)}
	}
	r.guest.failAll = nil
	return r.steps(2), errors.Join(r.guest.Restore(ctx, o, apply.RebootLimits{}), r.guest.Release(ctx, ""))
}

// fakeMeter gives numbers that depend on what the guest runs.
type fakeMeter struct {
	guest *fakeGuest
	class string // "" means ok
	way   string // by which a run of that class failed, of both ways at once
	onRun func()
	fails func(w record.Workload, n int) bool // the n-th run fails; nil: none does

	refuses func(w record.Workload, n int) []string // figures of the n-th run; nil: none is refused

	runs   int
	target iperf.Target                 // of the last run
	level  func(running string) float64 // nil: 100 whatever the guest runs
}

func (m *fakeMeter) Meet(_ context.Context, t iperf.Target, version string) (iperf.Target, error) {
	v, err := iperf.ParseVersion(version)
	t.Server = v
	return t, err
}

func (m *fakeMeter) UDPCost(t iperf.Target) string {
	return "UDP with " + t.Server.Number + " costs something"
}

func (m *fakeMeter) Run(_ context.Context, t iperf.Target, w record.Workload) iperf.Outcome {
	m.guest.log("run %s", w.Direction)
	m.target = t
	m.runs++
	if m.onRun != nil {
		m.onRun()
	}
	if m.class != "" {
		return iperf.Outcome{Class: m.class, Reason: "as the test asks", Way: m.way}
	}
	if m.fails != nil && m.fails(w, m.runs) {
		return iperf.Outcome{Class: record.PeerLost, Reason: "as the test asks"}
	}
	value := 100.0
	if m.level != nil {
		value = m.level(m.guest.running)
	}
	o := iperf.Outcome{Class: record.OK, Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: value}}}
	if w.OverUDP() {
		o.Metrics = append(o.Metrics, record.Metric{Name: "loss", Unit: "%", Better: "lower"}, record.Metric{Name: "jitter", Unit: "ms", Better: "lower"})
	}
	if m.refuses != nil {
		for _, figure := range m.refuses(w, m.runs) {
			o.Metrics = slices.DeleteFunc(o.Metrics, func(x record.Metric) bool { return x.Name == figure })
			o.Refused = append(o.Refused, record.Refusal{Metric: figure, Reason: "as the test asks"})
		}
	}
	return o
}

// fakeStore is a store in memory.
type fakeStore struct {
	originals *record.Originals
	changed   bool
	claimed   bool
	machine   *record.Identity
	boots     []results.Boot
	outcomes  []string
	decisions []results.Decision
	switching []record.SwitchDecision
	settling  []record.SettleDecision
	levels    func(arm string) map[string]matrix.Value // of the samples; nil: the combination's
	events    []results.Event
	sessions  []results.Session
	refuses   func(results.Boot) error // the boot that is to be added; nil for none
}

func (s *fakeStore) Originals() (*record.Originals, error)  { return s.originals, nil }
func (s *fakeStore) SaveOriginals(o record.Originals) error { s.originals = &o; return nil }
func (s *fakeStore) Changed() (bool, error)                 { return s.changed, nil }
func (s *fakeStore) NoteChanged(time.Time) error            { s.changed = true; return nil }
func (s *fakeStore) NoteClean(time.Time) error              { s.changed, s.claimed = false, false; return nil }
func (s *fakeStore) Identity() (*record.Identity, error)    { return s.machine, nil }
func (s *fakeStore) SaveIdentity(i record.Identity, _ time.Time) error {
	s.machine = &i
	return nil
}
func (s *fakeStore) NoteClaimed(time.Time) error { s.claimed = true; return nil }
func (s *fakeStore) Claimed() (bool, error)      { return s.claimed, nil }
func (s *fakeStore) StartSession(host record.Host, guest record.Guest, _ time.Time) (int64, error) {
	id := int64(len(s.outcomes) + 1)
	s.sessions = append(s.sessions, results.Session{ID: id, Host: host, Guest: guest})
	return id, nil
}
func (s *fakeStore) EndSession(_ int64, outcome string, _ time.Time) error {
	s.outcomes = append(s.outcomes, outcome)
	return nil
}
func (s *fakeStore) AddBoot(b results.Boot) (string, error) {
	if s.refuses != nil {
		if err := s.refuses(b); err != nil {
			return "", err
		}
	}
	if b.In == "" {
		boots := 1
		for _, x := range s.boots {
			if x.Stint < 2 {
				boots++
			}
		}
		b.ID = fmt.Sprintf("b%03d", boots)
	}
	if b.Stint > 0 {
		b.In = cmp.Or(b.In, b.ID)
		b.ID = results.StintName(b.In, b.Stint)
	}
	s.boots = append(s.boots, b)
	return b.ID, nil
}

func (s *fakeStore) Decisions() ([]results.Decision, error) { return s.decisions, nil }

func (s *fakeStore) AddDecision(d record.Decision, at time.Time) error {
	s.decisions = append(s.decisions, results.Decision{At: at, Decision: d})
	return nil
}

func (s *fakeStore) AddSettleDecision(d record.SettleDecision, _ time.Time) error {
	s.settling = append(s.settling, d)
	return nil
}

func (s *fakeStore) AddSwitchDecision(d record.SwitchDecision, _ time.Time) error {
	s.switching = append(s.switching, d)
	return nil
}

func (s *fakeStore) AddEvent(e results.Event) error {
	s.events = append(s.events, e)
	return nil
}

func (s *fakeStore) Events() ([]results.Event, error) { return s.events, nil }

// Read gives the boots with the settings that levels names.
func (s *fakeStore) Read() (results.Contents, error) {
	c := results.Contents{Boots: slices.Clone(s.boots), Decisions: s.decisions, Switching: slices.Clone(s.switching), Settling: slices.Clone(s.settling), Changed: s.changed, Sessions: slices.Clone(s.sessions)}
	for i := range c.Boots {
		if s.levels != nil {
			c.Boots[i].Combination = matrix.NewCombination(s.levels(c.Boots[i].Arm)).Canonical()
		}
	}
	return c, nil
}

// fakeClock moves only when somebody sleeps.
type fakeClock struct {
	now     time.Time
	onSleep func(time.Duration)
}

func (c *fakeClock) Now() time.Time { return c.now }
func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	if c.onSleep != nil {
		c.onSleep(d)
	}
	return ctx.Err()
}

package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// rig is a loop over fakes with a plan of two arms and two blocks.
type rig struct {
	transcript []string
	guest      *fakeGuest
	meter      *fakeMeter
	store      *fakeStore
	aside      *fakeAside
	rescue     *fakeRescue
	host       record.Host
	adapter    record.Adapter // for which the host was asked for its facts
	events     []bench.Event
	spec       bench.Spec
	clock      *fakeClock
	forget     error // of this host's TCP metrics
	counting   bench.Counting
	hostBusy   func(ctx context.Context, window time.Duration) (float64, error)
}

func newRig() *rig {
	r := &rig{store: &fakeStore{}, aside: &fakeAside{}, clock: &fakeClock{}}
	r.guest = &fakeGuest{transcript: &r.transcript, value: "original"}
	r.rescue = &fakeRescue{guest: r.guest}
	r.meter = &fakeMeter{guest: r.guest}
	r.spec = bench.Spec{
		Plan: matrix.Plan{
			Generation: matrix.W10,
			Settings:   []matrix.Planned{{Setting: matrix.Setting{ID: settingID}}},
			Arms: []matrix.Arm{
				{Name: "baseline", Combination: matrix.NewCombination(map[string]matrix.Value{settingID: matrix.Found})},
				{Name: "tuned", Combination: matrix.NewCombination(map[string]matrix.Value{settingID: "tuned"})},
			},
			Slots: []matrix.Slot{{Block: 1, Order: 1, Arm: 1}, {Block: 1, Order: 2, Arm: 0}, {Block: 2, Order: 3, Arm: 0}, {Block: 2, Order: 4, Arm: 1}},
		},
		Workloads: []record.Workload{
			{Name: "tcp-to", Direction: record.ToGuest},
			{Name: "tcp-from", Direction: record.FromGuest},
		},
		Repetitions: 2,
		Settle:      record.Settle{Plain: time.Second},
	}
	return r
}

func (r *rig) run(ctx context.Context) (bench.Summary, error) {
	r.clock.now = time.Unix(1_700_000_000, 0)
	loop := r.loop()
	return loop.Run(ctx, r.spec)
}

func (r *rig) loop() bench.Loop {
	return bench.Loop{Guest: r.guest, Rescue: r.rescue, Owner: bench.Owner{ID: "owner", Host: "host"}, Meter: r.meter, Store: r.store, Aside: r.aside, Clock: r.clock,
		Forget: func(string) error { return r.forget }, Counting: r.counting, HostBusy: r.hostBusy,
		Host:   func(_ context.Context, a record.Adapter) record.Host { r.adapter = a; return r.host },
		Notify: func(e bench.Event) { r.events = append(r.events, e); heard(e) }}
}

// fakeLinks is the link to the fake guest.
type fakeLinks struct {
	guest *fakeGuest
	fails func(c record.Conditions) error // of Set; nil: none
}

func (l *fakeLinks) Try(_ context.Context, _ record.Adapter, all []record.Conditions) error {
	for _, c := range all {
		l.guest.log("try link: %s", c)
	}
	return nil
}

func (l *fakeLinks) Set(_ context.Context, c record.Conditions) error {
	if l.fails != nil {
		if err := l.fails(c); err != nil {
			return err
		}
	}
	words := c.String()
	if words == "" {
		words = "as it is"
	}
	l.guest.log("link: %s", words)
	return nil
}

// Only the runs of its workload have a link's conditions, and what follows waits for them to be gone.
func TestTheLinkHasConditionsWhileARunLasts(t *testing.T) {
	far := record.Conditions{At: record.AtHost, Delay: 10 * time.Millisecond}
	start := func() (*rig, *fakeLinks) {
		r := newRig()
		r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
		r.spec.Workloads[1].Link = far
		r.spec.Repetitions = 1
		return r, &fakeLinks{guest: r.guest}
	}
	r, links := start()
	loop := r.loop()
	loop.Links = links
	if _, err := loop.Run(t.Context(), r.spec); err != nil {
		t.Fatal(err)
	}
	const as, has = "link: as it is", "link: delay 10ms, at the host"
	want := []string{"start iperf", "try link: delay 10ms, at the host", "write tuned", "reboot", "read back", "start iperf",
		as, "run to-guest", as, as, "run to-guest", as, has, "run from-guest", as, "read back", "restore"}
	if d := cmp.Diff(want, r.transcript); d != "" {
		t.Errorf("order of actions (-want +got):\n%s", d)
	}
	// Conditions that stay from a run before are no link as it is: nothing is measured over it.
	r, links = start()
	links.fails = func(c record.Conditions) error {
		if slices.Contains(r.transcript, has) && c == (record.Conditions{}) {
			return errors.New("it stays slow")
		}
		return nil
	}
	r.spec.Workloads[0], r.spec.Workloads[1] = r.spec.Workloads[1], r.spec.Workloads[0]
	loop = r.loop()
	loop.Links = links
	if _, err := loop.Run(t.Context(), r.spec); err != nil {
		t.Fatal(err)
	}
	for _, run := range r.store.boots[0].Runs {
		if run.Workload == "to-guest" && (run.Class != record.LinkFailed || run.Reason != "it stays slow" || len(run.Metrics) > 0) {
			t.Errorf("over a link that stays slow: %+v", run)
		}
	}
}

func TestTheOrderOfActions(t *testing.T) {
	r := newRig()
	r.spec.Plan.Slots = r.spec.Plan.Slots[:2]
	sum, err := r.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	boot := func(value string) []string {
		return []string{"write " + value, "reboot", "read back", "start iperf",
			"run to-guest", // discarded: the first after the boot
			"run to-guest", "run from-guest",
			"run from-guest", "run to-guest", "read back"}
	}
	want := slices.Concat([]string{"start iperf"}, boot("tuned"), boot("original"), []string{"restore"})
	if d := cmp.Diff(want, r.transcript); d != "" {
		t.Errorf("order of actions (-want +got):\n%s", d)
	}
	if sum.OK != 2 || sum.Failed != 0 || sum.More || r.store.changed {
		t.Errorf("summary %+v, changed %v; want 2 ranked boots and a clean guest", sum, r.store.changed)
	}
	if got := r.store.boots[0].Runs[0].Repetition; got != 0 {
		t.Errorf("the first run after the boot is stored as repetition %d, want 0 (discarded)", got)
	}
}

// TestAnOldIPerfIsRemembered: an iperf3 that hides windows is refused where one is under test
// and not allowed; else it is told of, and every session remembers it.
func TestAnOldIPerfIsRemembered(t *testing.T) {
	for _, tt := range []struct {
		id      string
		allowed bool
		runs    bool
	}{{"tcp.rsc", false, true}, {"tcp.autotuninglevel", false, false}, {"tcp.autotuninglevel", true, true}} {
		r := newRig()
		r.guest.version = "iperf 3.1.3\nCYGWIN_NT-10.0 GUEST 2.5.1(0.297/5/3) 2016-04-21 22:14 x86_64"
		r.spec.Plan.Settings[0].Setting.ID = tt.id
		r.spec.AllowOldIPerf = tt.allowed
		_, err := r.run(t.Context())
		if (err == nil) != tt.runs {
			t.Errorf("%s, allowed %t: %v", tt.id, tt.allowed, err)
		}
		if !tt.runs {
			if len(r.store.sessions) > 0 || !strings.Contains(trouble.Line(err), "sets the buffers of every socket") {
				t.Errorf("%s: %d sessions, %v", tt.id, len(r.store.sessions), err)
			}
			continue
		}
		g := r.store.sessions[0].Guest
		if !g.SetsBuffers || g.IPerf3 != "iperf 3.1.3, Cygwin 2.5.1" {
			t.Errorf("%s: the session has %q, %t", tt.id, g.IPerf3, g.SetsBuffers)
		}
		if !slices.ContainsFunc(r.events, func(e bench.Event) bool { return e.Kind == bench.EventWarning && e.Text == g.BuffersSet() }) {
			t.Errorf("%s: no warning of it", tt.id)
		}
	}
}

// TestUDPIsToldOfThePair: what the two versions cost is said once, and only where a
// workload pays for it; every run knows the guest's version.
func TestUDPIsToldOfThePair(t *testing.T) {
	for _, protocol := range []string{record.TCP, record.UDP} {
		r := newRig()
		r.spec.Workloads[1].Protocol = protocol
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		said := 0
		for _, e := range r.events {
			if e.Kind == bench.EventWarning && e.Text == "UDP with 3.12 costs something" {
				said++
			}
		}
		if want := map[string]int{record.TCP: 0, record.UDP: 1}[protocol]; said != want {
			t.Errorf("%s: the pair of versions is said %d times, want %d", protocol, said, want)
		}
		if r.meter.target.Server.Number != "3.12" {
			t.Errorf("%s: a run does not know the guest's version: %+v", protocol, r.meter.target)
		}
	}
}

// TestAWorkloadOfWhichEveryRunFailed is named, whatever session it failed in; one that
// failed only here and there is not.
func TestAWorkloadOfWhichEveryRunFailed(t *testing.T) {
	r := newRig()
	r.meter.fails = func(w record.Workload, n int) bool { return w.Name == "tcp-from" || n%3 == 0 }
	sum, err := r.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Silent) != 1 || sum.Silent[0].Workload != "tcp-from" || sum.Silent[0].Runs != 16 || sum.Silent[0].Last.Class != "peer_lost" {
		t.Errorf("silent workloads %+v, want tcp-from with the 8 counted runs of 4 boots, each tried twice", sum.Silent)
	}
	if sum.OK != 4 || sum.Failed != 0 {
		t.Errorf("summary %+v, want 4 ranked boots", sum)
	}
	r.meter.fails = nil
	if sum, err = r.run(t.Context()); err != nil || len(sum.Silent) != 1 {
		t.Errorf("a session with nothing to do: %+v, %v; want what the store says", sum, err)
	}
}

// TestAPrimaryFigureThatEveryRunRefused names the workload, though its runs gave other
// figures; one that a single run gave is not silent, and jitter is no primary figure.
func TestAPrimaryFigureThatEveryRunRefused(t *testing.T) {
	from := func(figures ...string) func(record.Workload, int) []string {
		return func(w record.Workload, _ int) []string {
			if w.Name == "tcp-from" {
				return figures
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name, protocol string
		refuses        func(record.Workload, int) []string
		fails          bool // every second run as well
		figure         string
	}{
		{"loss", record.UDP, from("loss"), false, "loss"},
		{"throughput", record.UDP, from("throughput"), false, "throughput"},
		{"both", record.UDP, from("throughput", "loss"), false, "throughput"},
		{"loss, and other runs failed", record.UDP, from("loss"), true, "loss"},
		{"jitter", record.UDP, from("jitter"), false, ""},
		{"loss here and there", record.UDP, func(w record.Workload, n int) []string {
			if n%3 == 0 {
				return from("loss")(w, n)
			}
			return nil
		}, false, ""},
		{"throughput of TCP", record.TCP, from("throughput"), false, "throughput"},
		{"nothing", record.TCP, nil, false, ""},
	} {
		r := newRig()
		r.spec.Workloads[1].Protocol = tt.protocol
		r.meter.refuses = tt.refuses
		if tt.fails {
			r.meter.fails = func(w record.Workload, n int) bool { return w.Name == "tcp-from" && n%2 == 0 }
		}
		sum, err := r.run(t.Context())
		switch {
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.figure == "" && len(sum.Silent) != 0:
			t.Errorf("%s: silent workloads %+v, want none", tt.name, sum.Silent)
		case tt.figure == "":
		case len(sum.Silent) != 1:
			t.Errorf("%s: silent workloads %+v, want tcp-from", tt.name, sum.Silent)
		default:
			one := sum.Silent[0]
			if one.Workload != "tcp-from" || one.Figure != tt.figure || one.Last.Class != record.Implausible || one.Last.Reason != tt.figure+" was refused: as the test asks" {
				t.Errorf("%s: silent %+v, want %s of tcp-from with its reason", tt.name, one, tt.figure)
			}
		}
	}
}

// TestTheServersWordsAreInTheReason: what the guest's iperf3 said last, where that can
// explain the failure.
func TestTheServersWordsAreInTheReason(t *testing.T) {
	for _, tt := range []struct{ class, log, want string }{
		{"peer_lost", "iperf3: error - an earlier one\niperf3: error - unable to read\r\n", "as the test asks; the guest's iperf3 said last: iperf3: error - unable to read"},
		{"peer_lost", "", "as the test asks"},
		{"bad_arguments", "iperf3: error - of another run\n", "as the test asks"},
	} {
		r := newRig()
		r.meter.class, r.guest.serverLog = tt.class, tt.log
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.store.boots[0].Runs[0].Reason; got != tt.want {
			t.Errorf("%s, log %q: reason %q, want %q", tt.class, tt.log, got, tt.want)
		}
	}
}

// Both ways at once take two servers, which are started together, anew before a run is tried again; the one that is asked
// what went wrong is that of the way that failed.
func TestTwoServersForBothWaysAtOnce(t *testing.T) {
	for way, want := range map[string]string{
		record.FromGuest: "as the test asks; the guest's iperf3 said last: iperf3: error - of the second",
		record.ToGuest:   "as the test asks; the guest's iperf3 said last: iperf3: error - of the first",
	} {
		r := newRig()
		r.spec.Target.Port, r.spec.Target.Second = 5201, 5203
		r.spec.Workloads = []record.Workload{{Name: "both", Direction: record.AtOnce}}
		r.meter.class, r.meter.way = record.ServerBusy, way
		r.guest.serverLog, r.guest.secondLog = "iperf3: error - of the first\n", "iperf3: error - of the second\n"
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		runs := r.store.boots[0].Runs
		if got := runs[0].Reason; got != want {
			t.Errorf("%s: reason %q, want %q", way, got, want)
		}
		if !slices.Equal(r.guest.ports, []int{5201, 5203}) {
			t.Errorf("servers are started on the ports %v", r.guest.ports)
		}
		starts := 0
		for _, line := range r.transcript {
			if line == "start iperf" {
				starts++
			}
		}
		if want := 1 + len(r.store.boots)*(1+len(runs)); starts != want { // of the session, of each boot, and behind each run
			t.Errorf("%s: the servers were started %d times, want %d", way, starts, want)
		}
	}
}

func TestOriginalsAreStoredBeforeTheFirstWrite(t *testing.T) {
	r := newRig()
	r.guest.failWrite = errors.New("refused")
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.store.originals == nil || len(r.store.boots) != 8 {
		t.Errorf("originals %v, %d boots; want the originals and both attempts of four slots", r.store.originals, len(r.store.boots))
	}
	for _, b := range r.store.boots {
		if b.Status != "write_failed" || len(b.Runs) != 0 {
			t.Errorf("boot %d: status %s with %d runs, want write_failed and no number", b.Order, b.Status, len(b.Runs))
		}
	}
}

func TestABootThatIsNotInEffectIsNotMeasured(t *testing.T) {
	r := newRig()
	r.guest.stubborn = true
	sum, err := r.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum.OK != 2 || sum.Failed != 2 {
		t.Errorf("summary %+v, want the two baseline boots ranked and the two others not", sum)
	}
	for _, b := range r.store.boots {
		if b.Arm == "tuned" && (b.Status != sample.StatusNotInEffect || len(b.Runs) > 0) {
			t.Errorf("%s: status %s with %d runs, want not_in_effect and none", b.Arm, b.Status, len(b.Runs))
		}
	}
}

func TestAFailureIsStoredAndNoNumber(t *testing.T) {
	r := newRig()
	r.meter.class = record.PeerLost
	sum, err := r.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum.OK != 0 {
		t.Errorf("summary %+v, want no ranked boot", sum)
	}
	for _, b := range r.store.boots {
		if b.Status != "measurement_failed" {
			t.Errorf("status %s, want measurement_failed", b.Status)
		}
		for _, run := range b.Runs {
			if len(run.Metrics) > 0 || run.Class != record.PeerLost {
				t.Errorf("run %+v, want the failure class and no number", run)
			}
		}
	}
}

// What was measured across an unplanned reboot is kept and belongs to no boot.
func TestAGuestThatRebootedByItselfGivesNoNumber(t *testing.T) {
	for status, unsure := range map[string]error{"rebooted_by_itself": apply.ErrOtherBoot, "measurement_failed": errors.New("no answer")} {
		r := newRig()
		r.guest.otherBoot = unsure
		sum, err := r.run(t.Context())
		if err != nil || sum.OK != 0 {
			t.Errorf("summary %+v, %v; want no ranked boot", sum, err)
		}
		for _, b := range r.store.boots {
			if b.Status != status || len(b.Runs) == 0 || b.Reason == "" {
				t.Errorf("status %s, %d runs, reason %q; want %s, its runs kept and why", b.Status, len(b.Runs), b.Reason, status)
			}
		}
	}
}

func TestStopRestoresAndGoesOnWhereItStopped(t *testing.T) {
	r := newRig()
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	r.meter.onRun = func() {
		if runs++; runs == 7 { // in the second boot
			cancel()
		}
	}
	_, err := r.run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the cancellation", err)
	}
	if len(r.store.boots) != 1 || r.store.changed || r.guest.value != "original" {
		t.Fatalf("%d boots, changed %v, guest has %q; want one boot and a restored guest", len(r.store.boots), r.store.changed, r.guest.value)
	}
	r.meter.onRun = nil
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 4 {
		t.Fatalf("second session: %+v, %v; want all four boots", sum, err)
	}
	var orders []int
	for _, b := range r.store.boots {
		orders = append(orders, b.Order)
	}
	if d := cmp.Diff([]int{1, 2, 3, 4}, orders); d != "" {
		t.Errorf("slots (-want +got):\n%s", d)
	}
}

func TestAFailedBootIsTriedAgainAfterAStop(t *testing.T) {
	r := newRig()
	r.guest.failReboot = errors.New("no boot")
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.boots = r.store.boots[:1] // killed after the first attempt of the first slot
	r.guest.failReboot = nil
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 4 || len(r.store.boots) != 5 {
		t.Errorf("%+v, %d boots, %v; want the first slot done again", sum, len(r.store.boots), err)
	}
}

func TestAGuestThatCannotBeRestoredIsSaid(t *testing.T) {
	r := newRig()
	r.spec.Limits.FailuresInARow = 1
	r.meter.onRun = func() { r.guest.failAll = errors.New("gone") }
	_, err := r.run(t.Context())
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &unrestored) || !r.store.changed {
		t.Fatalf("error %v, changed %v; want an UnrestoredError and the mark kept", err, r.store.changed)
	}
}

func TestAGuestWithoutIperfIsLeftAlone(t *testing.T) {
	r := newRig()
	r.guest.failServer = errors.New("there is no iperf3")
	_, err := r.run(t.Context())
	if err == nil || r.store.changed || r.guest.value != "original" || len(r.store.boots) > 0 {
		t.Errorf("error %v, changed %v, %d boots; want a refusal before anything is written", err, r.store.changed, len(r.store.boots))
	}
}

func TestAnEarlierSessionThatDiedIsCleanedUp(t *testing.T) {
	r := newRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.changed, r.guest.value = true, "tuned" // as a killed session leaves them
	r.store.boots = r.store.boots[:3]
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.guest.value != "original" || r.store.changed {
		t.Errorf("guest has %q, changed %v; want its original", r.guest.value, r.store.changed)
	}
}

func TestAGuestThatSomebodyElseChangedIsRefused(t *testing.T) {
	r := newRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.guest.value = "somebody's"
	r.store.boots = r.store.boots[:3]
	r.transcript = nil
	if _, err := r.run(t.Context()); err == nil || len(r.transcript) > 0 {
		t.Errorf("error %v after %v; want a refusal before any write", err, r.transcript)
	}
}

func TestLimitsEndTheCampaign(t *testing.T) {
	r := newRig()
	r.spec.Limits.FailuresInARow = 2
	r.guest.failReboot = errors.New("no boot")
	sum, err := r.run(t.Context())
	if err != nil || sum.Stopped == "" || sum.Failed != 2 || !sum.More {
		t.Errorf("%+v, %v; want a stop after two failed slots", sum, err)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// side is one of two campaigns that are compared.
type side struct {
	seed     uint64
	begun    time.Time
	text     string             // of the campaign file; "" is comparedCampaign
	effects  map[string]float64 // of arms, on the scale of 100 ln
	level    float64            // of the baseline; 0 is 1000 Mbit/s
	sessions []session
	planned  int // slots that are made; 0: all
}

// session is what one says of host and guest.
type session struct {
	host  record.Host
	guest record.Guest
}

const comparedCampaign = drawnGuest + `design: list
arms:
  - {name: off, set: {tcp.autotuninglevel: disabled}}
  - {name: rss, set: {tcp.rss: disabled}}
workloads:
  - {name: down, protocol: tcp, direction: to-guest}
blocks: 6
repetitions: 1
`

// store makes the side's store: the boots of a session are a part of the plan's, one after another.
func (s side) store(t *testing.T) string {
	t.Helper()
	text := s.text
	if text == "" {
		text = comparedCampaign
	}
	c, err := campaign.Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Plan(c.Guest.Generation)
	if err != nil {
		t.Fatal(err)
	}
	if s.level == 0 {
		s.level = 1000
	}
	store, err := results.Create(filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", s.seed)), results.Campaign{Name: c.Name, File: "c.yaml", Text: []byte(text),
		Generation: string(plan.Generation), Plan: plan, Seed: s.seed, Created: s.begun})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	draw, last := rand.New(rand.NewPCG(s.seed, 5)), int64(-1)
	slots := plan.Slots
	if s.planned > 0 {
		slots = slots[:s.planned]
	}
	for i, slot := range slots {
		k := int64(i * len(s.sessions) / len(slots))
		if k != last {
			if _, err := store.StartSession(s.sessions[k].host, s.sessions[k].guest, s.begun); err != nil {
				t.Fatal(err)
			}
			last = k
		}
		arm := plan.Arms[slot.Arm]
		value := s.level * math.Exp((s.effects[arm.Name]+0.2*draw.NormFloat64())/100)
		boot := results.Boot{Session: k + 1, Block: slot.Block, Order: slot.Order, Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: sample.StatusOK,
			Started: s.begun, Ended: s.begun.Add(time.Minute)}
		for _, w := range c.Workloads {
			boot.Runs = append(boot.Runs, results.Run{Workload: w.Name, Repetition: 1, Attempt: 1, Class: record.OK, Started: s.begun, Ended: s.begun,
				Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: value}}})
		}
		if _, err := store.AddBoot(boot); err != nil {
			t.Fatal(err)
		}
	}
	return store.Path()
}

// knownSession knows every fact.
func knownSession() session {
	queues, on := 4, true
	return session{
		record.Host{Name: "h", Kernel: "Linux 6.1", CPU: "EPYC", Governor: "performance", IPerf3: "iperf 3.12 (cJSON 1.7.15)", DataAddress: "192.0.2.2",
			VM:   &record.VM{Source: record.VMByQEMU, Machine: "pc-q35-7.2", Accelerator: "kvm", QEMU: "7.2.0", HyperV: []string{}},
			Path: &record.Path{Links: []record.Link{{Name: "vnet3", Kind: "tap", MTU: 1500, Queues: &queues, VNetHdr: &on}}}},
		record.Guest{Build: 19045, Caption: "Microsoft Windows 10 Pro",
			Adapters: []record.Adapter{{PNPID: `PCI\VEN_8086`, DriverVersion: "12.1"}, {PNPID: `PCI\VEN_1AF4`, DriverVersion: "100.85", Addresses: []string{"192.0.2.2"}}}},
	}
}

// sides are two campaigns of which nothing but the days and the level differs.
func sides() (a, b side) {
	a = side{seed: 1, begun: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), effects: map[string]float64{"off": -50, "rss": 1}, sessions: []session{knownSession()}}
	b = side{seed: 2, begun: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), effects: map[string]float64{"off": -30, "rss": 1}, level: 700, sessions: []session{knownSession()}}
	return a, b
}

// comparedDocument is what a program reads of a comparison.
type comparedDocument struct {
	BottomLine  struct{ Sentences, Next []string } `json:"bottom_line"`
	Confounding []string                           `json:"confounded_by"`
	NotExcluded []string                           `json:"not_excluded"`
	Unlike      []string                           `json:"not_alike"`
	Facts       []struct{ Fact, State, Sentence string }
	Metrics     []struct {
		Family       int
		OnlyA        []string `json:"only_a"`
		BaselineA    struct{ Estimate float64 }
		Combinations []struct{ Combination, Label, Verdict string }
	}
}

func (d comparedDocument) verdicts() map[string]string {
	out := map[string]string{}
	for _, m := range d.Metrics {
		for _, c := range m.Combinations {
			out[c.Combination] = c.Verdict
		}
	}
	return out
}

func compared(t *testing.T, a ...string) comparedDocument {
	t.Helper()
	var out, errs bytes.Buffer
	if code := vnettune(append([]string{"compare", "--format", "json"}, a...), nil, &out, &errs); code != exitDone {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	var d comparedDocument
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The change under test may differ, another fact may not; what is not known cannot be excluded.
func TestCompareFacts(t *testing.T) {
	t.Parallel()
	first, _ := sides()
	pathA := first.store(t)
	for name, tt := range map[string]struct {
		change      func(*session)
		flags       []string
		confounding []string
		open        []string
	}{
		"nothing differs":             {func(*session) {}, nil, nil, nil},
		"times and ids":               {func(s *session) { s.host.Name, s.host.Process, s.host.Path.Links[0].Name = "g", 9, "vnet7" }, nil, nil, nil},
		"the driver, unnamed":         {func(s *session) { s.guest.Adapters[1].DriverVersion = "100.93" }, nil, []string{"driver"}, nil},
		"the driver":                  {func(s *session) { s.guest.Adapters[1].DriverVersion = "100.93" }, []string{"--differs", "driver"}, nil, nil},
		"another adapter's driver":    {func(s *session) { s.guest.Adapters[0].DriverVersion = "13" }, nil, nil, nil},
		"driver and kernel":           {func(s *session) { s.guest.Adapters[1].DriverVersion, s.host.Kernel = "100.93", "Linux 6.8" }, []string{"--differs", "driver"}, []string{"kernel"}, nil},
		"the host as a whole":         {func(s *session) { s.host.CPU, s.host.Kernel, s.host.VM.QEMU = "Xeon", "Linux 6.8", "8.0" }, []string{"--differs", "host"}, nil, nil},
		"the guest as a whole":        {func(s *session) { s.guest.Build, s.guest.Adapters[1].DriverVersion = 22621, "100.93" }, []string{"--differs", "guest"}, nil, nil},
		"the governor":                {func(s *session) { s.host.Governor = "powersave" }, nil, []string{"cpu"}, nil},
		"a tap's queues":              {func(s *session) { one := 1; s.host.Path.Links[0].Queues = &one }, nil, []string{"tap"}, nil},
		"iperf3":                      {func(s *session) { s.host.IPerf3 = "iperf 3.16" }, nil, []string{"iperf"}, nil},
		"the build":                   {func(s *session) { s.guest.Build = 22621 }, nil, []string{"os"}, nil},
		"a machine that is not known": {func(s *session) { s.host.VM, s.host.Path = nil, nil }, nil, nil, []string{"qemu", "tap"}},
		"one in other words":          {func(s *session) { s.host.VM.Source = record.VMByLibvirt }, nil, nil, []string{"qemu"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := sides()
			tt.change(&b.sessions[0])
			d := compared(t, append([]string{pathA, b.store(t)}, tt.flags...)...)
			if !slices.Equal(d.Confounding, list(tt.confounding)) || !slices.Equal(d.NotExcluded, list(tt.open)) {
				t.Errorf("confounded by %q, not excluded %q", d.Confounding, d.NotExcluded)
			}
			want := map[string]string{"off": "differs, better", "rss": "equivalent"}
			if len(tt.confounding)+len(tt.open) > 0 {
				want = map[string]string{"off": "confounded", "rss": "confounded"}
			}
			if got := d.verdicts(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("verdicts %v, want %v", got, want)
			}
			if got := d.Metrics[0].Combinations[0].Label + d.Metrics[0].Combinations[1].Label; !strings.Contains(got, "differs, better") || !strings.Contains(got, "equivalent") {
				t.Errorf("labels %q: the numbers are there whatever the facts", got)
			}
		})
	}
}

func list(words []string) []string { return append([]string{}, words...) }

// A fact that changes between the sessions of one campaign differs, and is said.
func TestCompareFactsThatChangeWithin(t *testing.T) {
	t.Parallel()
	a, b := sides()
	later := knownSession()
	later.host.Kernel, later.guest.Adapters[1].DriverVersion = "Linux 6.8", "100.93"
	b.sessions = append(b.sessions, later)
	pathA, pathB := a.store(t), b.store(t)
	if d := compared(t, pathA, pathB); !slices.Equal(d.Confounding, []string{"driver", "kernel"}) {
		t.Errorf("confounded by %q", d.Confounding)
	}
	d := compared(t, pathB, pathA, "--differs", "driver")
	if !slices.Equal(d.Confounding, []string{"kernel"}) {
		t.Errorf("confounded by %q", d.Confounding)
	}
	i := slices.IndexFunc(d.Facts, func(f struct{ Fact, State, Sentence string }) bool { return f.Fact == "kernel" })
	if want := "kernel was Linux 6.8 and is Linux 6.1; within A kernel was Linux 6.1 and is Linux 6.8 (session 2)"; d.Facts[i].Sentence != want {
		t.Errorf("%q, want %q", d.Facts[i].Sentence, want)
	}
}

// The bottom line says what differs, by how much, and what confounds it; then what to do.
func TestCompareBottomLine(t *testing.T) {
	t.Parallel()
	a, b := sides()
	b.sessions[0].host.Kernel = "Linux 6.8"
	b.planned = 12
	d := compared(t, a.store(t), b.store(t))
	text := strings.Join(append(d.BottomLine.Sentences, d.BottomLine.Next...), "\n")
	for _, want := range []string{
		"Every verdict is confounded: the campaigns differ in kernel (Linux 6.1 in A, Linux 6.8 in B).",
		"By the numbers alone, of 2 effects that both campaigns have 1 is better in B (off, throughput of down, +", "1 is equivalent",
		"If the kernel is the change under test, say --differs kernel.", "Finish B (",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// What is not the same is not compared, and is listed.
func TestCompareNotAlike(t *testing.T) {
	t.Parallel()
	a, b := sides()
	b.text = strings.ReplaceAll(comparedCampaign, "tcp.rss: disabled", "tcp.rss: enabled") + "  \n"
	d := compared(t, a.store(t), b.store(t))
	if got := d.verdicts(); len(got) != 1 || got["off"] == "" || !slices.Equal(d.Unlike, []string{"rss: tcp.rss is disabled in A and enabled in B"}) {
		t.Errorf("%v, %q", got, d.Unlike)
	}
	b.text = strings.ReplaceAll(comparedCampaign, "direction: to-guest}", "direction: to-guest, streams: 4}\n  - {name: up, protocol: tcp, direction: from-guest}")
	a.text = strings.ReplaceAll(comparedCampaign, "direction: to-guest}", "direction: to-guest}\n  - {name: up, protocol: tcp, direction: from-guest}")
	d = compared(t, a.store(t), b.store(t))
	if len(d.Metrics) != 1 || !slices.Equal(d.Unlike, []string{"down: it is not measured in the same way in A and B"}) {
		t.Errorf("%+v", d)
	}
}

func TestCompareRefuses(t *testing.T) {
	t.Parallel()
	a, b := sides()
	pathA, pathB := a.store(t), b.store(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	data, err := os.ReadFile(pathA)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, data, 0o600); err != nil {
		t.Fatal(err)
	}
	stricter := b
	stricter.seed, stricter.text = 3, comparedCampaign+"margin: 1%\n"
	lab := b
	lab.seed = 5
	lab.sessions = []session{knownSession()}
	lab.sessions[0].guest.StandIn = "lab"
	stored := stricter.store(t)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"a fact that is none":       {[]string{pathA, pathB, "--differs", "weather"}, "the facts are driver, os, kernel, cpu, qemu, tap, iperf, host, guest"},
		"itself":                    {[]string{pathA, pathA}, "is named twice"},
		"its copy":                  {[]string{pathA, copied}, "are the same campaign"},
		"other margins":             {[]string{pathA, stored}, "say --margin 2%"},
		"another metric":            {[]string{pathA, pathB, "--metric", "loss"}, "--metric names loss"},
		"one campaign":              {[]string{pathA}, "accepts 2 arg(s)"},
		"a format that is none":     {[]string{pathA, pathB, "--format", "pdf"}, `--format: "pdf" is not legal`},
		"a stand-in beside Windows": {[]string{pathA, lab.store(t)}, "a stand-in and a Windows cannot be compared"},
	} {
		var out, errs bytes.Buffer
		code := vnettune(append([]string{"compare", "--format", "json"}, tt.args...), nil, &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), tt.want) || out.Len() > 0 {
			t.Errorf("%s: exit %d: %s, want %q", name, code, errs.String(), tt.want)
		}
	}
	if d := compared(t, pathA, stored, "--margin", "2%"); d.verdicts()["rss"] != "equivalent" {
		t.Errorf("with one margin for both: %v", d.verdicts())
	}
}

// Files of samples have no facts: nothing but the word of who asks makes their verdicts stand. What a
// store and its samples say is the same.
func TestCompareSamples(t *testing.T) {
	t.Parallel()
	a, b := sides()
	csv := func(store string) string {
		var out, errs bytes.Buffer
		if code := vnettune([]string{"report", store, "--format", "csv"}, nil, &out, &errs); code != exitDone {
			t.Fatalf("exit %d: %s", code, errs.String())
		}
		path := filepath.Join(t.TempDir(), filepath.Base(store)+".csv")
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stores := []string{a.store(t), b.store(t)}
	files := []string{csv(stores[0]), csv(stores[1]), "--baseline", "baseline"}
	d := compared(t, files...)
	if len(d.NotExcluded) != 0 || len(d.Confounding) != 0 || !strings.Contains(d.BottomLine.Sentences[0], "Neither campaign says its driver, os, kernel, cpu, qemu, tap, iperf") {
		t.Errorf("%v, %q", d.verdicts(), d.BottomLine)
	}
	half := compared(t, stores[0], files[1], "--baseline", "baseline")
	if got := half.verdicts(); got["off"] != "confounded" || len(half.NotExcluded) != 7 {
		t.Errorf("a store and a file: %v, not excluded %q", got, half.NotExcluded)
	}
	if want := compared(t, stores...); fmt.Sprint(d.Metrics) != fmt.Sprint(want.Metrics) {
		t.Errorf("samples: %v\nstores: %v", d.Metrics, want.Metrics)
	}
}

// A history names what changed from one campaign to the next, beside the metric.
func TestHistoryNamesWhatChanged(t *testing.T) {
	t.Parallel()
	a, b := sides()
	b.sessions[0].guest.Adapters[1].DriverVersion, b.sessions[0].host.Kernel = "100.93", "Linux 6.8"
	first, second := a.store(t), b.store(t)
	_, out, _ := runCommand("history", first, second, "--format", "json")
	var d struct {
		Moved []struct {
			Campaign string
			Facts    []string
		} `json:"facts_changed"`
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if len(d.Moved) != 1 || d.Moved[0].Campaign != second || !slices.ContainsFunc(d.Moved[0].Facts, func(f string) bool { return strings.HasPrefix(f, "kernel was ") }) ||
		!slices.ContainsFunc(d.Moved[0].Facts, func(f string) bool { return strings.Contains(f, "100.93") }) {
		t.Errorf("%+v", d.Moved)
	}
	if _, out, _ = runCommand("history", first, second, "--full", "--width", "300"); !strings.Contains(out, "- "+second+": ") || !strings.Contains(out, "is Linux 6.8") {
		t.Errorf("text:\n%s", out)
	}
}

// runCommand runs a command on what tests have made.
func runCommand(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = vnettune(args, nil, &out, &errs)
	return code, out.String(), errs.String()
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// faultCase is one fault at one point, and what may come of it.
type faultCase struct {
	group    string   // heading of its table
	point    string   // where it goes wrong, in words
	what     string   // what goes wrong there; "": point says it
	faults   []string // of the lab
	language string
	tcp      bool     // measure TCP in place of a slow UDP
	setting  string   // under test; "": tcp.autotuninglevel: disabled
	rescue   string   // guest.rescue
	classes  []string // what a boot's status may be beside ok
	forever  bool     // the fault does not end: nothing can be restored while it lasts
	slow     bool     // it takes much longer than others
	insists  bool     // the restore is to outlast it
	survives bool     // it is to make no difference
	within   bool     // the campaign switches within boots
	host     *hostFault
	other    *otherHand
}

// faultOutcome is what came of it.
type faultOutcome struct {
	faultCase
	stored  string // boots by status
	wentOn  string // whether every slot of the plan got its boots
	exit    int
	asBegan string   // whether the guest ended as it began, by its own disk
	words   string   // the last line that the harness said
	memory  int64    // the most bytes that were in its memory
	wrong   []string // what is not as it should be

	disturbed bool // a measurement was implausible: this host is too busy
}

// faultLimit is how long a campaign of a case may take before it counts as hanging: a
// guest that is lost has some minutes on every rung of the ladder.
const faultLimit = 10 * time.Minute

// faultMemory is how many bytes of memory the harness may take, whatever is sent to it.
const faultMemory = 200e6

func (c faultCase) String() string {
	return strings.TrimSuffix(c.point+": "+c.what+" ("+strings.Join(c.faults, " ")+")", " ()")
}

func (c faultCase) campaign(name string) string {
	setting, workload := c.setting, "{protocol: udp, direction: to-guest, rate: 5M, length: 1400, seconds: 1, omit: 0}"
	if setting == "" {
		setting = "tcp.autotuninglevel: disabled"
	}
	rescue := ""
	if c.rescue != "" {
		rescue = "  rescue: " + c.rescue + "\n"
	}
	if c.tcp {
		workload = "{protocol: tcp, direction: to-guest, seconds: 1, omit: 0}"
	}
	within := ""
	if c.within {
		within = "switch: within-boot\n"
	}
	return fmt.Sprintf(`
name: %s
guest:
  lab: {kind: fast, generation: w10}
%sdesign: list
arms:
  - {name: arm, set: {%s}}
workloads:
  - %s
blocks: 1
repetitions: 1
settle: 0s
%slimits: {answer: 5s, command: 15s, store: 3s, reboot: {ask: 15s, going_down: 8s, down: 10s, up: 15s, ready: 15s}}
`, name, rescue, setting, workload, within)
}

// play runs the case's campaign on a lab of its own; once more where this host was too
// busy for a measurement, which is not the fault's doing.
func (c faultCase) play(t *testing.T, name string) faultOutcome {
	t.Helper()
	for try := 1; ; try++ {
		o := c.playOnce(t, fmt.Sprintf("%s.%d", name, try))
		if !o.disturbed || try == 3 {
			return o
		}
		t.Logf("this host is too busy to measure; played again")
	}
}

func (c faultCase) playOnce(t *testing.T, name string) faultOutcome {
	t.Helper()
	o := faultOutcome{faultCase: c}
	dir := t.TempDir()
	file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	if err := os.WriteFile(file, []byte(c.campaign(name)), 0o600); err != nil {
		t.Fatal(err)
	}
	l := upFaultLab(t, name, c.language, c.faults)
	before := l.installed()
	argv := []string{self(t), "run", file, "--store", store, "--format", "json"}
	scene := &hostScene{t: t, lab: l, store: store}
	exit, events, said := c.start(l, dir, argv, scene)
	o.exit, o.words, o.memory = exit, lastLine(said), l.memory
	if exit == exitNever {
		o.wrong = append(o.wrong, fmt.Sprintf("it was still running after %s", faultLimit))
	}
	if os.Getenv("VNETTUNE_FAULTS") != "" && o.memory > faultMemory { // otherwise the race detector takes some
		o.bad("it took %d MB of memory", o.memory>>20)
	}
	if c.host != nil {
		if scene.undo != nil {
			scene.undo()
		}
		o.checkHost(said)
	}
	if c.other != nil {
		o.checkOther(t, l, said)
	}
	o.readStore(store, events)
	o.readGuest(l, before, store, said)
	if c.survives && !o.disturbed && (exit != exitDone || o.stored != "2 ok") {
		o.bad("exit code %d, %s: it was to make no difference: %s", exit, o.stored, o.words)
	}
	if t.Failed() || len(o.wrong) > 0 {
		t.Logf("%v: exit code %d\n%s\n%s", c.faults, exit, said, lastLines(events, 8))
	}
	return o
}

// start starts the harness of a case and gives how it ended.
func (c faultCase) start(l *ownLab, dir string, argv []string, scene *hostScene) (exit int, events, said string) {
	if c.other != nil {
		return l.watch(faultLimit, argv, c.other.onLine(l))
	}
	if c.host == nil {
		return l.watch(faultLimit, argv, nil)
	}
	if c.host.wrap != nil {
		argv = c.host.wrap(dir, argv)
	}
	if c.host.outer {
		return l.watchOuter(faultLimit, argv[1:], c.host.onLine(scene))
	}
	return l.watch(faultLimit, argv, c.host.onLine(scene))
}

func lastLine(s string) string { return lastLines(s, 1) }

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (o *faultOutcome) bad(format string, args ...any) {
	o.wrong = append(o.wrong, fmt.Sprintf(format, args...))
}

// readStore checks that nothing is lost, that no number comes from a failed
// measurement and that the failures have the right classes.
func (o *faultOutcome) readStore(path, events string) {
	if o.host != nil && o.host.swaps {
		o.stored, o.wentOn = "another file", "stopped"
		return
	}
	if _, err := os.Stat(path); err != nil {
		o.stored, o.wentOn = "no store", "refused"
		if slices.Contains(eventKinds(events), bench.EventStart) {
			o.bad("the session began and there is no store: %v", err)
		}
		return
	}
	s, err := results.OpenReadOnly(path)
	if err != nil {
		o.bad("%v", err)
		return
	}
	defer s.Close()
	if err := s.Check(); err != nil {
		o.bad("%v", err)
	}
	kept, err := s.Read()
	if err != nil {
		o.bad("%v", err)
		return
	}
	boots := kept.Boots
	if told := count(eventKinds(events), bench.EventBoot); told > len(boots) {
		o.bad("%d boots were told, %d are stored", told, len(boots))
	}
	o.checkSamples(kept)
	statuses, slots, ranked := map[string]int{}, map[int]bool{}, 0
	for _, b := range boots {
		statuses[b.Status]++
		slots[b.Order] = true
		o.checkBoot(b)
		if b.Status == sample.StatusOK {
			ranked++
		}
	}
	o.stored = tally(statuses)
	planned := len(s.Plan().Slots)
	if s.Plan().Switch != nil {
		planned = len(s.Plan().Due(kept.Decided()))
	}
	switch {
	case len(slots) < planned:
		o.wentOn = fmt.Sprintf("stopped, %d of %d slots tried", len(slots), planned)
	case ranked < planned:
		o.wentOn = fmt.Sprintf("yes, %d of %d slots ranked", ranked, planned)
	default:
		o.wentOn = "yes, all slots ranked"
	}
}

// checkBoot looks at one stored boot.
func (o *faultOutcome) checkBoot(b results.Boot) {
	if b.Status != sample.StatusOK && !slices.Contains(o.classes, b.Status) {
		o.bad("a boot is %s (%s), expected %v", b.Status, b.Reason, o.classes)
	}
	if b.Status != sample.StatusOK && b.Reason == "" {
		o.bad("a boot is %s for no reason", b.Status)
	}
	for _, r := range b.Runs {
		o.disturbed = o.disturbed || r.Class == record.Implausible
		if len(r.Metrics) > 0 && !record.Usable(r.Class) {
			o.bad("a run that is %s has numbers", r.Class)
		}
	}
}

// checkSamples checks that what is ranked comes from boots that are ok.
func (o *faultOutcome) checkSamples(c results.Contents) {
	rows, err := c.Samples()
	if err != nil {
		o.bad("%v", err)
	}
	for _, r := range rows {
		if r.HasValue && r.Status != sample.StatusOK && r.Status != sample.StatusNotInEffect {
			o.bad("a measurement that is %s has the number %g", r.Status, r.Value)
		}
	}
}

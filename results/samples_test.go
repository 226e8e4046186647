package results

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vnettune/results/record"
	"vnettune/results/sample"
)

// csvOf is a store's samples as CSV, read back as a check of the contract.
func csvOf(t *testing.T, s *Store) string {
	t.Helper()
	rows, err := read(t, s).Samples()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sample.Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	if _, err := sample.Read(bytes.NewReader(out.Bytes())); err != nil {
		t.Fatalf("the CSV does not read: %v", err)
	}
	return out.String()
}

func TestSamples(t *testing.T) {
	s := create(t)
	begin(t, s, record.Guest{StandIn: "lab", Caption: "more"})
	series := func(x ...Run) []Run { return x }
	fail := func(workload string, rep, attempt int, class string) Run {
		return Run{Workload: workload, Repetition: rep, Attempt: attempt, Class: class, Reason: "as the test asks", Started: noon, Ended: noon}
	}
	// A boot with a discarded run, a retried run and a failed one.
	b := boot(s, 1)
	retried := run("to", 2, 300)
	retried.Attempt, retried.Class = 2, record.OKAfterRepair
	b.Runs = series(run("to", 0, 1), run("to", 1, 100.5), fail("to", 2, 1, "server_busy"), retried, run("from", 1, 200), fail("from", 2, 1, "peer_lost"))
	b.Runs[4].Metrics = append(b.Runs[4].Metrics, record.Metric{Name: "loss", Unit: "%", Better: "lower", Value: 0.25})
	b.Runs[4].Details = &record.RunDetails{Refused: []record.Refusal{{Metric: "jitter", Reason: "as the test asks"}}}
	add(t, s, b)
	// A boot that failed, tried again in the second session.
	b = boot(s, 2)
	b.Status, b.Reason, b.Runs = "reboot_failed", "no answer", nil
	add(t, s, b)
	b = boot(s, 2)
	b.Session, b.Runs = 2, series(run("to", 1, 400), run("from", 1, 500))
	add(t, s, b)
	// Not in effect, hence not measured.
	b = boot(s, 3)
	b.Status, b.Reason, b.Runs = sample.StatusNotInEffect, "tcp.autotuninglevel: asked disabled, configured normal", nil
	add(t, s, b)
	// Measured, and excluded by a person.
	b = boot(s, 4)
	b.Runs = series(run("to", 1, 600), fail("from", 1, 1, "peer_lost"))
	if err := s.Exclude(add(t, s, b), "a backup ran", noon); err != nil {
		t.Fatal(err)
	}
	// A workload that gives no number anywhere.
	b = boot(s, 5)
	b.Runs = series(run("to", 1, 700), fail("udp", 1, 1, "udp_blocked"))
	add(t, s, b)

	level := map[int]string{}
	for i := range 5 {
		arm := s.Plan().Arms[s.Plan().Slots[i].Arm]
		var levels []string
		for _, a := range arm.Combination.Assignments() {
			levels = append(levels, string(a.Value))
		}
		level[i+1] = arm.Name + "," + fmt.Sprint(s.Plan().Slots[i].Block) + "|" + strings.Join(levels, ",")
	}
	line := func(slot int, id, middle, tail string) string {
		head, levels, _ := strings.Cut(level[slot], "|")
		return head + "," + id + "," + middle + "," + tail + "," + levels + "\n"
	}
	want := "combination,block,boot,workload,metric,unit,repetition,value,status,order,slot,session,guest_kind,set:tcp.autotuninglevel,set:vnettune.placebo\n" +
		line(1, "b001", "to,throughput,Mbit/s,1,100.5", "ok,1,1,s1,lab") +
		line(1, "b001", "to,throughput,Mbit/s,2,300", "ok,1,1,s1,lab") +
		line(1, "b001", "from,throughput,Mbit/s,1,200", "ok,1,1,s1,lab") +
		line(1, "b001", "from,loss,%,1,0.25", "ok,1,1,s1,lab") +
		line(1, "b001", "from,jitter,ms,1,", "implausible,1,1,s1,lab") +
		line(1, "b001", "from,throughput,Mbit/s,2,", "peer_lost,1,1,s1,lab") +
		line(1, "b001", "from,loss,%,2,", "peer_lost,1,1,s1,lab") +
		line(2, "b002", ",,,,", "reboot_failed,2,2,s1,lab") +
		line(2, "b003", "to,throughput,Mbit/s,1,400", "ok,3,2,s2,lab") +
		line(2, "b003", "from,throughput,Mbit/s,1,500", "ok,3,2,s2,lab") +
		line(3, "b004", "to,throughput,Mbit/s,1,", "not_in_effect,4,3,s1,lab") +
		line(3, "b004", "from,throughput,Mbit/s,1,", "not_in_effect,4,3,s1,lab") +
		line(3, "b004", "from,loss,%,1,", "not_in_effect,4,3,s1,lab") +
		line(3, "b004", "udp,throughput,Mbit/s,1,", "not_in_effect,4,3,s1,lab") +
		line(4, "b005", "to,throughput,Mbit/s,1,600", "excluded,5,4,s1,lab") +
		line(4, "b005", "from,throughput,Mbit/s,1,", "peer_lost,5,4,s1,lab") +
		line(4, "b005", "from,loss,%,1,", "peer_lost,5,4,s1,lab") +
		line(5, "b006", "to,throughput,Mbit/s,1,700", "ok,6,5,s1,lab") +
		line(5, "b006", "udp,throughput,Mbit/s,1,", "udp_blocked,6,5,s1,lab")
	if got := csvOf(t, s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSamplesExcludedFailure: a failure that a person takes out is no failure of
// the arm any more.
func TestSamplesExcludedFailure(t *testing.T) {
	s := create(t)
	b := boot(s, 1)
	b.Runs = []Run{run("to", 1, 100)}
	add(t, s, b)
	b = boot(s, 2)
	b.Status, b.Reason, b.Runs = "reboot_failed", "the host lost power", nil
	if err := s.Exclude(add(t, s, b), "the host lost power", noon); err != nil {
		t.Fatal(err)
	}
	rows, err := read(t, s).Samples()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[1].Status != sample.StatusExcluded || rows[1].HasValue || rows[1].Workload != "to" {
		t.Errorf("rows %+v", rows)
	}
	csvOf(t, s)
}

// TestSamplesOfNothing: a store without boots has no samples.
func TestSamplesOfNothing(t *testing.T) {
	s := create(t)
	if rows, err := read(t, s).Samples(); len(rows) != 0 || err != nil {
		t.Errorf("an empty store has %v, %v", rows, err)
	}
}

// TestSamplesOfRefusedFigures: a failed run lacks every metric that the workload gives in
// any run, where no run gives all of them.
func TestSamplesOfRefusedFigures(t *testing.T) {
	s := create(t)
	b := boot(s, 1)
	metric := func(name, unit string) record.Metric {
		return record.Metric{Name: name, Unit: unit, Better: "lower", Value: 1}
	}
	noLoss, noThroughput, failed := run("udp", 1, 100), run("udp", 2, 0), run("udp", 3, 0)
	noLoss.Metrics = append(noLoss.Metrics, metric("jitter", "ms"))
	noLoss.Details = &record.RunDetails{Refused: []record.Refusal{{Metric: "loss", Reason: "as the test asks"}}}
	noThroughput.Metrics = []record.Metric{metric("loss", "%"), metric("jitter", "ms")}
	noThroughput.Details = &record.RunDetails{Refused: []record.Refusal{{Metric: "throughput", Reason: "as the test asks"}}}
	failed.Class, failed.Reason, failed.Metrics = record.PeerLost, "as the test asks", nil
	b.Runs = []Run{noLoss, noThroughput, failed}
	add(t, s, b)
	rows, err := read(t, s).Samples()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%d %s %s", r.Repetition, r.Metric, r.Status))
	}
	want := []string{
		"1 throughput ok", "1 jitter ok", "1 loss implausible",
		"2 loss ok", "2 jitter ok", "2 throughput implausible",
		"3 throughput peer_lost", "3 jitter peer_lost", "3 loss peer_lost",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}

package iperf

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
)

// link plays a client of a link that carries so many bit/s and loses what is offered beyond it: what its document says
// follows from the rate that it is given.
func link(t *testing.T, carries float64) (r Runner, offered func() []float64) {
	t.Helper()
	seen := filepath.Join(t.TempDir(), "offered")
	r = patient(fake(t, fmt.Sprintf(`
while [ $# -gt 0 ]; do case "$1" in -b) rate=$2;; esac; shift; done
echo $rate >> %s
exec awk -v rate=$rate -v carries=%.0f 'BEGIN {
  sent = int(rate * 2 / 8 / 1000); got = int((rate < carries ? rate : carries) * 2 / 8 / 1000); lost = sent - got
  printf "{\"start\":{\"version\":\"iperf 3.16\",\"test_start\":{\"protocol\":\"UDP\",\"num_streams\":1,\"blksize\":1000,\"omit\":0,\"duration\":2,\"reverse\":0}},\"intervals\":[],\"end\":{"
  printf "\"streams\":[{\"udp\":{\"socket\":5,\"start\":0,\"end\":2,\"seconds\":2,\"bytes\":%%d,\"bits_per_second\":%%d,\"jitter_ms\":0.01,\"lost_packets\":%%d,\"packets\":%%d,\"lost_percent\":%%.6f,\"out_of_order\":0,\"sender\":true}}],", sent*1000, sent*4000, lost, sent, 100*lost/sent
  printf "\"sum_sent\":{\"start\":0,\"end\":2,\"seconds\":2,\"bytes\":%%d,\"bits_per_second\":%%d,\"jitter_ms\":0,\"lost_packets\":0,\"packets\":%%d,\"lost_percent\":0,\"sender\":true},", sent*1000, sent*4000, sent
  printf "\"sum_received\":{\"start\":0,\"end\":2,\"seconds\":2,\"bytes\":%%d,\"bits_per_second\":%%d,\"jitter_ms\":0.01,\"lost_packets\":%%d,\"packets\":%%d,\"lost_percent\":%%.6f,\"sender\":false},", got*1000, got*4000, lost, sent, 100*lost/sent
  printf "\"sum\":{\"start\":0,\"end\":2,\"seconds\":2,\"bytes\":%%d,\"bits_per_second\":%%d,\"jitter_ms\":0.01,\"lost_packets\":%%d,\"packets\":%%d,\"lost_percent\":%%.6f,\"sender\":true}", sent*1000, sent*4000, lost, sent, 100*lost/sent
  printf "}}\n" }'
`, seen, carries)))
	return r, func() []float64 {
		text, err := os.ReadFile(seen)
		if err != nil {
			t.Fatal(err)
		}
		var all []float64
		for _, f := range strings.Fields(string(text)) {
			x, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, x)
		}
		return all
	}
}

// climbing is a ladder over a link.
func climbing(from, to string, below float64) record.Workload {
	return record.Workload{Name: "ladder", Protocol: record.UDP, Direction: record.ToGuest, Streams: 1, Seconds: 2, Length: 1000,
		Ladder: record.Ladder{From: from, To: to, LossBelow: below}}
}

// A ladder ends just below what the link carries, in as many runs as are planned.
func TestLadder(t *testing.T) {
	for _, tt := range []struct {
		carries  float64
		from, to string
	}{{137e6, "50M", "2G"}, {52e6, "50M", "60M"}, {1.9e9, "50M", "2G"}, {700e3, "100K", "1M"}} {
		r, offered := link(t, tt.carries)
		w := climbing(tt.from, tt.to, 0.5)
		o := r.Run(t.Context(), anywhere, w)
		if o.Class != record.OK || len(o.Metrics) != 1 || o.Metrics[0].Name != "rate_below_loss" {
			t.Fatalf("%s: %s; %v", o.Class, o.Reason, o.Metrics)
		}
		found := o.Metrics[0].Value * 1e6
		if found > tt.carries*1.001 || found < tt.carries/1.05 {
			t.Errorf("a link of %g from %s to %s: found %g", tt.carries, tt.from, tt.to, found)
		}
		all := offered()
		if len(all) != w.Rungs() || len(o.Notes) != len(all) {
			t.Errorf("%d runs and %d notes, planned %d: %v", len(all), len(o.Notes), w.Rungs(), all)
		}
		if all[0] != record.BitRate(tt.from) || all[1] != record.BitRate(tt.to) {
			t.Errorf("begun with %v", all[:2])
		}
	}
}

// The ends of a ladder: its highest rate holds, or its lowest does not, which is a failure and no number.
func TestLadderEnds(t *testing.T) {
	r, offered := link(t, 3e9)
	o := r.Run(t.Context(), anywhere, climbing("50M", "2G", 0.5))
	if o.Class != record.OK || len(o.Metrics) != 1 || o.Metrics[0].Value != 2000 || !strings.Contains(o.Notes[len(o.Notes)-1], "is not known") {
		t.Errorf("a link that carries more: %s %v %q", o.Class, o.Metrics, o.Notes)
	}
	if diff := cmp.Diff([]float64{50e6, 2e9}, offered()); diff != "" {
		t.Error(diff)
	}
	r, _ = link(t, 20e6)
	o = r.Run(t.Context(), anywhere, climbing("50M", "2G", 0.5))
	if o.Class != record.LossAboveLimit || len(o.Metrics) != 0 || !strings.Contains(o.Reason, "60 %") {
		t.Errorf("a link that carries less: %s %q %v", o.Class, o.Reason, o.Metrics)
	}
}

// Of a rung far beyond what the link carries the counts contradict each other: its loss is refused, and it does not hold.
func TestLadderWithoutALoss(t *testing.T) {
	r, offered := link(t, 137e6)
	script, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	doubt := strings.Replace(string(script), "lost = sent - got", "lost = sent - got; if (rate > 1e9) lost = int(lost / 2)", 1)
	writeScript(t, r.Path, doubt)
	o := r.Run(t.Context(), anywhere, climbing("50M", "2G", 0.5))
	if o.Class != record.OK || len(o.Metrics) != 1 || o.Metrics[0].Value > 137 || o.Metrics[0].Value < 137/1.05 {
		t.Errorf("%s %q %v of %v", o.Class, o.Reason, o.Metrics, offered())
	}
}

// A rung that fails fails all, with its class and its rate.
func TestLadderRungFails(t *testing.T) {
	r := patient(fake(t, `echo '{"error": "the server is busy running a test. try again later"}'; exit 1`+"\n"))
	o := r.Run(t.Context(), anywhere, climbing("50M", "2G", 0.5))
	if o.Class != record.ServerBusy || !strings.HasPrefix(o.Reason, "at 50 Mbit/s: ") || len(o.Metrics) != 0 {
		t.Errorf("%s %q %v", o.Class, o.Reason, o.Metrics)
	}
}

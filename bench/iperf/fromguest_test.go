package iperf

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/results/record"
)

// figures are an outcome's metrics by name, and its refusals: "metric: reason".
func figures(o Outcome) (metrics map[string]float64, refused []string) {
	metrics = map[string]float64{}
	for _, m := range o.Metrics {
		metrics[m.Name] = m.Value
	}
	for _, r := range o.Refused {
		refused = append(refused, r.Metric+": "+r.Reason)
	}
	return metrics, refused
}

// TestLossFromTheGuest reads our own runs of pairs of versions (CLIENT-SERVER-omit): the
// client is the receiver and has counted the loss itself, whatever the server's seconds.
func TestLossFromTheGuest(t *testing.T) {
	for _, tt := range []struct {
		file    string
		loss    float64
		refused string
	}{
		{"3.12-3.9-omit0", 34.525, ""}, // 31.8 over each end's seconds
		{"3.13-3.9-omit0", 10.778, ""}, // 6.61
		{"3.16-3.9-omit0", 8.163, ""},  // 4.40
		{"3.12-3.1.3-omit0", 48.886, ""},
		{"3.16-3.9-omit1", 10.774, ""},   // 11.8, and 15.9 by the bytes alone
		{"3.12-3.1.3-omit1", 37.217, ""}, // 40.4 both ways
		{"3.13-3.1.3-omit1", 53.078, ""}, // 56.8
		{"3.16-3.1.3-omit1", 42.343, ""}, // 45.2
		{"3.13-3.21-omit1", 3.665, ""},   // 1.39 by the bytes alone
		{"3.16-3.16-omit1", 6.380, ""},   // both ends tell each other
		{"3.9-3.9-omit1", 62.861, ""},    // has only the sender's bytes
		{"3.12-3.16-omit0", 0, "28.9 %"}, // the last 10,795 datagrams are missing, and nobody counted them
	} {
		_, server, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(tt.file, "-omit0"), "-omit1"), "-")
		for _, known := range []bool{true, false} {
			target := Target{}
			if known {
				target.Server = version(t, server)
			}
			w := record.Workload{Protocol: record.UDP, Direction: record.FromGuest, Seconds: 1}
			o := outcomeOf(mustRead(t, filepath.Join("testdata/fromguest", tt.file+".json")), target, w)
			got, refused := figures(o)
			switch {
			case o.Class != record.OK || got["throughput"] == 0:
				t.Errorf("%s: class %s (%s), figures %v", tt.file, o.Class, o.Reason, got)
			case tt.refused == "" && (len(refused) > 0 || math.Abs(got["loss"]-tt.loss) > 1e-3):
				t.Errorf("%s, server known %t: loss %v, refused %q; want %v", tt.file, known, got["loss"], refused, tt.loss)
			case tt.refused != "" && (len(refused) != 1 || !strings.HasPrefix(refused[0], "loss: ") || !strings.Contains(refused[0], tt.refused)):
				t.Errorf("%s, server known %t: refused %q, want a loss beside %s", tt.file, known, refused, tt.refused)
			}
		}
	}
}

// section is a part of a document, to be edited.
type section = map[string]any

// edited is a real document with some of its figures changed.
func edited(t *testing.T, file string, edit func(start, end section)) []byte {
	t.Helper()
	var d struct {
		Start section `json:"start"`
		End   section `json:"end"`
	}
	if err := json.Unmarshal(mustRead(t, file), &d); err != nil {
		t.Fatal(err)
	}
	edit(d.Start, d.End)
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func in(s section, name string) section { return s[name].(map[string]any) }

// says edits every loss that an end section says.
func says(end section, percent, lost any) {
	for _, name := range []string{"sum", "sum_received"} {
		if s, ok := end[name].(map[string]any); ok {
			s["lost_percent"], s["lost_packets"] = percent, lost
		}
	}
}

// TestWrongFiguresOfUDP: real documents, each with one thing made wrong. 04 is of 3.12 to
// the guest and has lost 39.76 %, 05 is from it and has lost 20.1 % (21.2 % of its bytes), 07 is of 3.1.3 and
// has lost 64.77 %.
func TestWrongFiguresOfUDP(t *testing.T) {
	const (
		up   = "testdata/corpus/04_3.12_udp.json"
		down = "testdata/corpus/05_3.12_udpR_P2.json"
		old  = "testdata/corpus/07_3.1.3_udp.json"
	)
	newest := func(start section) { start["version"] = "iperf 3.16" }
	omits := func(start section) { in(start, "test_start")["omit"] = 1 }
	for _, tt := range []struct {
		name, file string
		rtt        time.Duration
		edit       func(start, end section)
		metrics    string
		refused    string // words of the refusals, with | between them
		loss       float64
	}{
		// Bytes are missing.
		{"nothing lost, a path of a second", up, time.Second, func(start, end section) { newest(start); says(end, 0, 0) }, "throughput jitter", "loss: a loss of 0 %, and the bytes", 0},
		{"nothing lost, seconds omitted, a path of a second", up, time.Second, func(start, end section) { newest(start); omits(start); says(end, 0, 0) }, "throughput jitter", "loss: a loss of 0 %, and the bytes", 0},
		{"two points too little to a far guest", up, time.Second, func(start, end section) { newest(start); says(end, 37.5, 15229) }, "throughput jitter", "loss: a loss of 37.5 %", 0},
		{"ten points too little, seconds omitted, a far guest", up, time.Second, func(start, end section) { newest(start); omits(start); says(end, 29.8, 12102) }, "throughput jitter", "loss: a loss of 29.8 %", 0},
		{"nothing lost from a far guest", down, time.Second, func(_, end section) { says(end, 0, 0) }, "throughput jitter", "loss: a loss of 0 %, and the bytes", 0},

		// The document has no loss or no jitter.
		{"no loss", up, 0, func(start, end section) { newest(start); in(end, "sum_received")["lost_percent"] = nil }, "throughput loss jitter", "", 39.77},
		{"no loss from the guest", down, 0, func(_, end section) { in(end, "sum_received")["lost_percent"] = nil }, "throughput loss jitter", "", 21.21},
		{"no loss and no sent bytes", up, 0, func(_, end section) {
			in(end, "sum_received")["lost_percent"] = nil
			delete(end, "sum_sent")
			delete(end, "sum")
			in(end["streams"].([]any)[0].(section), "udp")["bytes"] = 0
		}, "throughput jitter", "loss: the document has neither a loss nor", 0},
		{"no jitter", up, 0, func(_, end section) { in(end, "sum_received")["jitter_ms"] = nil }, "throughput loss", "jitter: the document has no jitter", 39.76},

		// The datagrams beside the loss, and the sender's bytes where its summary lacks them.
		{"a loss of other datagrams", up, 0, func(_, end section) {
			in(end, "sum_received")["lost_packets"] = 0
			in(end, "sum")["lost_packets"] = 0
		}, "throughput jitter", "the datagrams beside it make it 0 %", 0},
		{"nothing lost, no sender's summary", up, 0, func(_, end section) { says(end, 0, 0); delete(end, "sum_sent") }, "throughput jitter", "loss: a loss of 0 %, and the bytes", 0},
		{"nothing lost, the sender's summary is empty", up, 0, func(_, end section) {
			says(end, 0, 0)
			end["sum_sent"] = section{"bytes": 0, "seconds": 0, "bits_per_second": 0}
			in(end, "sum")["bytes"] = 0 // the streams have them
		}, "throughput jitter", "loss: a loss of 0 %, and the bytes", 0},
		{"right beside an empty sender's summary", up, 0, func(_, end section) { end["sum_sent"] = section{} }, "throughput loss jitter", "", 39.76},
		{"nothing lost and nothing to hold it to", up, 0, func(_, end section) {
			in(end, "sum_received")["lost_percent"] = 0
			in(end, "sum_received")["packets"] = 0
			delete(end, "sum_sent")
			delete(end, "sum")
			in(end["streams"].([]any)[0].(section), "udp")["bytes"] = 0
		}, "throughput jitter", "loss: a loss of nothing", 0},
		{"nothing lost, as the datagrams say", up, 0, func(_, end section) {
			says(end, 0, 0)
			delete(end, "sum_sent")
			delete(end, "sum")
			in(end["streams"].([]any)[0].(section), "udp")["bytes"] = 0
		}, "throughput loss jitter", "", 0},

		// Before 3.11 the throughput stands on the losses.
		{"fewer than none lost", old, 0, func(_, end section) { in(end, "sum")["lost_packets"] = -23170 }, "jitter", "throughput: -23170 of 46340|loss: -23170 of 46340", 0},
		{"more than all lost", old, 0, func(_, end section) { in(end, "sum")["lost_packets"] = 55608 }, "jitter", "throughput: 55608 of 46340|loss: 55608 of 46340", 0},
		{"datagrams larger than what was sent", old, 0, func(start, _ section) { in(start, "test_start")["blksize"] = 65507 }, "loss jitter", "throughput: the datagrams", 64.77},
		{"a percentage of other datagrams", old, 0, func(_, end section) { in(end, "sum")["lost_percent"] = 10 }, "jitter", "loss: a loss of 64.8 %, and|throughput: the document does not have", 0},
		{"no receiver's summary and a server that is not understood", up, 0, func(start, end section) { start["version"] = "iperf 3.21"; delete(end, "sum_received") }, "jitter", "loss: this pair|throughput: the document does not have", 0},
	} {
		w := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2}
		if tt.file == down {
			w.Direction, w.Streams = record.FromGuest, 2
		}
		var client string
		text := edited(t, tt.file, func(start, end section) {
			tt.edit(start, end)
			client = strings.TrimPrefix(start["version"].(string), "iperf ")
		})
		target := Target{Server: version(t, client), RTT: tt.rtt}
		if client == "3.21" {
			target.Server = version(t, "3.12")
		}
		o := outcomeOf(text, target, w)
		got, refused := figures(o)
		var names []string
		for _, m := range o.Metrics {
			names = append(names, m.Name)
		}
		if o.Class != record.OK || strings.Join(names, " ") != tt.metrics || math.Abs(got["loss"]-tt.loss) > 0.01 {
			t.Errorf("%s: class %s (%s), %v, want %s and a loss of %v", tt.name, o.Class, o.Reason, got, tt.metrics, tt.loss)
		}
		var want []string
		if tt.refused != "" {
			want = strings.Split(tt.refused, "|")
		}
		if len(refused) != len(want) {
			t.Errorf("%s: refused %q, want %q", tt.name, refused, want)
			continue
		}
		for i := range want {
			if !strings.Contains(refused[i], want[i]) {
				t.Errorf("%s: refused %q, want %q", tt.name, refused[i], want[i])
			}
		}
	}
}

// TestRoundTripsThatNoRunCanHave: a round trip is not believed beyond the run's length,
// and adds no seconds that the client's process did not last.
func TestRoundTripsThatNoRunCanHave(t *testing.T) {
	const far = "testdata/field/07-far-200ms-3s.json" // 3.2 s by the receiver, 3 asked
	up := record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3}
	for _, tt := range []struct {
		name     string
		maxRTT   float64 // us
		receiver float64 // s; 0: as it is
		elapsed  float64 // s; 0: not known
		class    string
	}{
		{"as it is", 201997, 0, 0, record.OK},
		{"longer than the run", 3.5e6, 0, 0, record.Implausible},
		{"in another unit", 201997e3, 30, 0, record.Implausible},
		{"below nothing", -5, 0, 0, record.Implausible},
		{"as long as the run", 3e6, 5.9, 0, record.OK},
		{"as long as the run, and the client ran for less", 3e6, 5.9, 5, record.Implausible},
		{"the client ran for as long", 201997, 0, 3.9, record.OK},
		{"the guest's clock is fast", 201997, 3.1, 3.05, record.OK},
	} {
		text := edited(t, far, func(_, end section) {
			in(end["streams"].([]any)[0].(section), "sender")["max_rtt"] = tt.maxRTT
			if r := in(end, "sum_received"); tt.receiver > 0 {
				r["seconds"], r["bits_per_second"] = tt.receiver, 8*r["bytes"].(float64)/tt.receiver
			}
		})
		want := askedOf(Target{}, up)
		want.Elapsed = tt.elapsed
		if v := classify(evidence{stdout: text}, want); v.class != tt.class {
			t.Errorf("%s: class %s (%s), want %s", tt.name, v.class, v.reason, tt.class)
		}
	}
}

package iperf

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/results/record"
)

// TestFieldCases reads documents in which iperf3 says something wrong, as users met it:
// what is wrong is replaced or refused with its reason, and the rest stays.
func TestFieldCases(t *testing.T) {
	udp := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2}
	old := Version{Number: "3.12", Major: 3, Minor: 12}
	for _, tt := range []struct {
		file    string
		target  Target
		w       record.Workload
		metrics map[string]float64
		notes   string
		refused string // metric: reason
	}{
		{"01-udp-omit1-3.12-both-ends.json", Target{Server: old}, udp,
			map[string]float64{"throughput": 627.480, "loss": 54.642, "jitter": 0.000532}, "loss is 54.6 % by the bytes that both ends counted, where the document says 83.5 %: iperf3 3.12 counts the losses of omitted seconds", ""},
		{"01-udp-omit1-3.12-both-ends.json", Target{}, udp,
			map[string]float64{"throughput": 627.480, "loss": 54.642, "jitter": 0.000532}, "54.6 %", ""},
		{"03-udp-omit1-3.21-client-3.12-server.json", Target{Server: old}, udp,
			map[string]float64{"throughput": 355.793, "loss": 66.263, "jitter": 0.010557}, "loss is 66.3 % by the bytes that both ends counted, where the document says 110 %: iperf3 3.21 cannot read the losses of a server of 3.12", ""},
		{"03-udp-omit1-3.21-client-3.12-server.json", Target{}, udp,
			map[string]float64{"throughput": 355.793, "loss": 66.263, "jitter": 0.010557}, "the server's version is not known", ""},
		{"05-udp-jitter-6e8.json", Target{Server: old}, udp,
			map[string]float64{"throughput": 112.128, "loss": 39.762}, "", "jitter: a jitter of 6.11273e+08 ms in a run of 2.01 s"},
		{"07-far-200ms-3s.json", Target{}, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3},
			map[string]float64{"throughput": 67.450}, "", ""},
	} {
		o := outcomeOf(mustRead(t, filepath.Join("testdata/field", tt.file)), tt.target, tt.w)
		if o.Class != record.OK {
			t.Errorf("%s: class %s (%s)", tt.file, o.Class, o.Reason)
			continue
		}
		got := map[string]float64{}
		for _, m := range o.Metrics {
			got[m.Name] = m.Value
		}
		if len(got) != len(tt.metrics) {
			t.Errorf("%s: metrics %v, want %v", tt.file, got, tt.metrics)
		}
		for name, want := range tt.metrics {
			if value, ok := got[name]; !ok || math.Abs(value-want) > 1e-3*want {
				t.Errorf("%s: %s is %v, want %v", tt.file, name, value, want)
			}
		}
		if notes := strings.Join(o.Notes, "\n"); !strings.Contains(notes, tt.notes) || tt.notes == "" && notes != "" {
			t.Errorf("%s: notes %q, want %q", tt.file, notes, tt.notes)
		}
		var refused []string
		for _, r := range o.Refused {
			refused = append(refused, r.Metric+": "+r.Reason)
		}
		if got := strings.Join(refused, "\n"); got != tt.refused {
			t.Errorf("%s: refused %q, want %q", tt.file, got, tt.refused)
		}
		if o.Clock.Suspect {
			t.Errorf("%s: the path makes a clock suspect: %+v", tt.file, o.Clock)
		}
	}
}

// outcomeOf is what a run against t comes to that printed stdout.
func outcomeOf(stdout []byte, t Target, w record.Workload) Outcome {
	var o Outcome
	o.fill(classify(evidence{stdout: stdout}, askedOf(t, w)), w)
	return o
}

// TestSecondsOfAFarGuest: the receiver's seconds may be longer by the path's round trip,
// whoever knows it, and by nothing else.
func TestSecondsOfAFarGuest(t *testing.T) {
	whole := string(mustRead(t, "testdata/field/07-far-200ms-3s.json"))
	far := Target{RTT: 200e6}
	up := record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3}
	for _, tt := range []struct {
		name   string
		edit   *strings.Replacer
		target Target
		class  string
	}{
		{"the sender knows", strings.NewReplacer(), Target{}, record.OK},
		{"only the campaign knows", strings.NewReplacer(`"max_rtt":	201997`, `"max_rtt":	0`), far, record.OK},
		{"longer than the run, so it is not of it", strings.NewReplacer(`"max_rtt":	201997`, `"max_rtt":	4000000`), Target{}, record.Implausible},
		{"nobody knows", strings.NewReplacer(`"max_rtt":	201997`, `"max_rtt":	0`), Target{}, record.Implausible},
		{"longer than the path explains", strings.NewReplacer("3.20239", "3.40239", "67449853.3907488", "63485000"), far, record.Implausible},
		{"shorter than asked", strings.NewReplacer("3.20239", "2.80239", "67449853.3907488", "77077900"), far, record.Implausible},
	} {
		if o := outcomeOf([]byte(tt.edit.Replace(whole)), tt.target, up); o.Class != tt.class {
			t.Errorf("%s: class %s (%s), want %s", tt.name, o.Class, o.Reason, tt.class)
		}
	}
}

// TestOneFigureIsRefused: what is wrong with one figure leaves the others.
func TestOneFigureIsRefused(t *testing.T) {
	whole := string(mustRead(t, "testdata/corpus/04_3.12_udp.json"))
	udp := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2}
	old := Target{Server: Version{Number: "3.12", Major: 3, Minor: 12}}
	for _, tt := range []struct {
		name, old, new string
		metrics        string
		refused        string
	}{
		{"nothing wrong", "", "", "throughput loss jitter", ""},
		{"a loss that contradicts the bytes", `"lost_percent":	39.7624879713061`, `"lost_percent":	0`, "throughput jitter", "loss"},
		{"a loss above all", `"lost_percent":	39.7624879713061`, `"lost_percent":	110.4`, "throughput jitter", "loss"},
		{"a loss below nothing", `"lost_percent":	39.7624879713061`, `"lost_percent":	-3`, "throughput jitter", "loss"},
		{"within a point", `"lost_percent":	39.7624879713061`, `"lost_percent":	39.0`, "throughput loss jitter", ""},
		{"a rate of other bytes", `"bits_per_second":	112127775.58567953`, `"bits_per_second":	115000000`, "loss jitter", "throughput"},
		{"a jitter below nothing", `"jitter_ms":	0.0506333309047941`, `"jitter_ms":	-1`, "throughput loss", "jitter"},
	} {
		text := strings.ReplaceAll(whole, tt.old, tt.new)
		if tt.old == "" {
			text = whole
		} else if text == whole {
			t.Fatalf("%s: the document has no %s", tt.name, tt.old)
		}
		o := outcomeOf([]byte(text), old, udp)
		var metrics, refused []string
		for _, m := range o.Metrics {
			metrics = append(metrics, m.Name)
		}
		for _, r := range o.Refused {
			refused = append(refused, r.Metric)
		}
		if o.Class != record.OK || strings.Join(metrics, " ") != tt.metrics || strings.Join(refused, " ") != tt.refused {
			t.Errorf("%s: class %s, metrics %v, refused %v; want %s and %s", tt.name, o.Class, metrics, o.Refused, tt.metrics, tt.refused)
		}
	}
}

// TestNoFigureVanishes: what a UDP document does not say, or cannot mean, comes from the
// bytes or is refused by name, and takes no other figure with it.
func TestNoFigureVanishes(t *testing.T) {
	to := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2}
	from := record.Workload{Protocol: record.UDP, Direction: record.FromGuest, Seconds: 2, Streams: 2}
	for _, tt := range []struct {
		name, file string
		w          record.Workload
		old, new   string // every occurrence
		metrics    string
		refused    string
	}{
		{"no loss, which the bytes tell", "04_3.12_udp.json", to, `"lost_percent":	39.7624879713061`, `"lost_percent":	-nan`, "throughput loss jitter", ""},
		{"no jitter", "04_3.12_udp.json", to, `"jitter_ms":	0.0506333309047941`, `"jitter_ms":	null`, "throughput loss", "jitter"},
		{"no rate", "04_3.12_udp.json", to, `"bits_per_second":	112127775.58567953`, `"bits_per_second":	nan`, "loss jitter", "throughput"},
		{"a percentage of other datagrams", "04_3.12_udp.json", to, `"lost_packets":	18181`, `"lost_packets":	0`, "throughput jitter", "loss"},
		{"from the guest", "05_3.12_udpR_P2.json", from, "", "", "throughput loss jitter", ""},
		{"more lost than sent, before 3.11", "07_3.1.3_udp.json", to, `"lost_packets":	30013`, `"lost_packets":	46341`, "jitter", "throughput loss"},
		{"less than nothing lost, before 3.11", "07_3.1.3_udp.json", to, `"lost_packets":	30013`, `"lost_packets":	-1`, "jitter", "throughput loss"},
		{"no datagrams, before 3.11", "07_3.1.3_udp.json", to, `"packets":`, `"datagrams":`, "jitter", "throughput loss"},
	} {
		whole := string(mustRead(t, filepath.Join("testdata/corpus", tt.file)))
		text := strings.ReplaceAll(whole, tt.old, tt.new)
		if tt.old == "" {
			text = whole
		} else if text == whole {
			t.Fatalf("%s: the document has no %s", tt.name, tt.old)
		}
		o := outcomeOf([]byte(text), Target{Server: Version{Number: "3.12", Major: 3, Minor: 12}}, tt.w)
		var metrics, refused []string
		for _, m := range o.Metrics {
			metrics = append(metrics, m.Name)
		}
		for _, r := range o.Refused {
			refused = append(refused, r.Metric)
		}
		if !record.Usable(o.Class) || strings.Join(metrics, " ") != tt.metrics || strings.Join(refused, " ") != tt.refused {
			t.Errorf("%s: class %s (%s), metrics %v, refused %v; want %s and %s", tt.name, o.Class, o.Reason, metrics, o.Refused, tt.metrics, tt.refused)
		}
	}
}

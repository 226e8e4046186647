package iperf

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"vnettune/bench/iperf/document"
	"vnettune/results/record"
)

func corpusFile(t testing.TB, name string) []byte {
	return mustRead(t, filepath.Join("testdata/corpus", name))
}

var twoSecondsUp = document.Asked{Seconds: 2, Streams: 1, Protocol: "TCP"}

func TestKilledBeatsEverything(t *testing.T) {
	whole := corpusFile(t, "01_3.12_tcp.json")
	if v := classify(evidence{stdout: whole, deadline: true}, twoSecondsUp); v.class != record.HangKilled {
		t.Errorf("past its deadline: class %s, want %s", v.class, record.HangKilled)
	}
	if v := classify(evidence{stdout: whole, canceled: true}, twoSecondsUp); v.class != record.Interrupted {
		t.Errorf("told to stop: class %s, want %s", v.class, record.Interrupted)
	}
}

// TestImplausible alters one whole document in one respect each.
func TestImplausible(t *testing.T) {
	whole := string(corpusFile(t, "01_3.12_tcp.json"))
	for _, tt := range []struct{ name, old, new, class string }{
		{"untouched", "", "", record.OK},
		{"nothing received", `"bytes":	656670720`, `"bytes":	0`, record.Implausible},
		{"received more than was sent", `"bits_per_second":	2581112056.0936384`, `"bits_per_second":	2781112056.0936384`, record.Implausible},
		{"another length", `"seconds":	2.035311`, `"seconds":	2.2`, record.Implausible},
		{"the rate is null", `"bits_per_second":	2581112056.0936384`, `"bits_per_second":	null`, record.Truncated},
		{"no end", `"sum_received"`, `"sum_receive"`, record.Truncated},
		{"the server's document", `"connecting_to"`, `"accepted_connection"`, record.OKPartial},
		{"ends whose seconds have no ratio", `"seconds":	2.008634`, `"seconds":	5e-324`, record.Implausible},
		{"more bytes than can be counted", `"bytes":	656670720`, `"bytes":	1e308`, record.Implausible},
		{"a number out of range", `"bits_per_second":	2581112056.0936384`, `"bits_per_second":	1e999`, record.Failed},
	} {
		text := strings.ReplaceAll(whole, tt.old, tt.new)
		if tt.old == "" {
			text = whole
		} else if text == whole {
			t.Fatalf("%s: the document has no %s", tt.name, tt.old)
		}
		if v := classify(evidence{stdout: []byte(text)}, twoSecondsUp); v.class != tt.class {
			t.Errorf("%s: class %s (%s), want %s", tt.name, v.class, v.reason, tt.class)
		}
	}
}

func TestDocumentTwice(t *testing.T) {
	one := corpusFile(t, "01_3.12_tcp.json")
	other := corpusFile(t, "06_3.1.3_tcp.json")
	for _, tt := range []struct {
		name   string
		stdout [][]byte
		class  string
		words  string
	}{
		{"the same twice", [][]byte{one, one}, record.OK, "printed twice"},
		{"two that differ", [][]byte{one, other}, record.Failed, "not the same"},
		{"words behind it", [][]byte{one, []byte("\niperf Done.\n")}, record.Failed, "iperf Done."},
		{"an error behind it", [][]byte{one, []byte("iperf3: error - control socket has closed unexpectedly\n")}, record.PeerLost, "control socket has closed"},
		{"words between two", [][]byte{one, []byte("iperf3: interrupt - the client has terminated"), one}, record.Interrupted, "has terminated"},
		{"words behind two", [][]byte{one, one, []byte("and more")}, record.Failed, "and more"},
	} {
		v := classify(evidence{stdout: bytes.Join(tt.stdout, []byte("\n"))}, twoSecondsUp)
		if words := strings.Join(append(v.Notes, v.reason), "\n"); v.class != tt.class || !strings.Contains(words, tt.words) {
			t.Errorf("%s: class %s, %q; want %s, %q", tt.name, v.class, words, tt.class, tt.words)
		}
	}
}

func TestJSONStream(t *testing.T) {
	whole := string(corpusFile(t, "11_3.21_jsonstream.jsonl"))
	lines := strings.SplitAfter(whole, "\n")
	for _, tt := range []struct {
		name, stdout, signal, class string
	}{
		{"whole", whole, "", record.OK},
		{"whole with the document behind it", whole + full(lines), "", record.OK},
		{"whole with another document behind it", whole + string(corpusFile(t, "10_3.21_tcp.json")), "", record.Failed},
		{"whole with half of the document behind it", whole + full(lines)[:2000], "", record.Truncated},
		{"words behind the document behind it", whole + full(lines) + "\niperf3: error - unable to send control message: Broken pipe\n", "", record.PeerLost},
		{"the same events twice", whole + whole, "", record.OK},
		{"other events behind it", whole + strings.Join(lines[:2], ""), "", record.Failed},
		{"two starts", lines[0] + whole, "", record.Failed},
		{"words between the events", strings.Join(lines[:2], "Thread FD 5 stopped\n") + strings.Join(lines[2:], ""), "", record.OK},
		{"an error and nothing else", `{"event":"error","data":"unable to connect to server: Connection refused"}` + "\n" + `{"event":"end","data":{}}` + "\n", "", record.ConnectionRefused},
		{"an error that is cut", `{"event":"error","data":"unable to connect to server: Connection refused"}` + "\n", "", record.ConnectionRefused},
		{"no end event", strings.Join(lines[:2], ""), "", record.Truncated},
		{"cut by a signal", whole[:len(whole)/2], "killed", record.KilledPartial},
		{"an error and an empty end", lines[0] + `{"event":"error","data":"the server has terminated"}` + "\n" + `{"event":"end","data":{}}` + "\n", "", record.ServerTerminated},
		{"words behind the events", whole + "iperf3: error - unable to send control message: Broken pipe\n", "", record.PeerLost},
		{"an event of another form", `{"event":"end","data":[]}` + "\n", "", record.Failed},
	} {
		if v := classify(evidence{stdout: []byte(tt.stdout), signal: tt.signal}, twoSecondsUp); v.class != tt.class {
			t.Errorf("%s: class %s (%s), want %s", tt.name, v.class, v.reason, tt.class)
		}
	}
}

// full is the whole document of events, as --json-stream-full-output prints it behind them.
func full(lines []string) string {
	var start, end string
	var intervals []string
	for _, line := range lines {
		_, data, _ := strings.Cut(strings.TrimSpace(line), `"data":`)
		data = strings.TrimSuffix(data, "}")
		switch {
		case strings.HasPrefix(line, `{"event":"start"`):
			start = data
		case strings.HasPrefix(line, `{"event":"interval"`):
			intervals = append(intervals, data)
		case strings.HasPrefix(line, `{"event":"end"`):
			end = data
		}
	}
	return fmt.Sprintf(`{"start":%s,"intervals":[%s],"end":%s}`, start, strings.Join(intervals, ","), end)
}

func TestRetryOfUsableIsNone(t *testing.T) {
	for _, class := range []string{record.OK, record.OKAfterRepair, record.Implausible, record.BadArguments, record.NoRoute, record.Interrupted} {
		if r := RetryOf(upload, class); r != (Retry{}) {
			t.Errorf("%s: %+v, want no retry", class, r)
		}
	}
	if r, both := RetryOf(upload, record.ServerBusy), RetryOf(bothWays, record.ServerBusy); r.RestartServer || !both.RestartServer || both.Times != r.Times {
		t.Errorf("of a busy server: %+v, both ways at once %+v", r, both)
	}
	if r := RetryOf(upload, record.HangKilled); r.Times != 0 || !r.RestartServer {
		t.Errorf("after a hang the server is started anew and nothing is tried again: %+v", r)
	}
}

var (
	signless = regexp.MustCompile(`(\d[eE]) (\d)`)
	aNumber  = regexp.MustCompile(`-?\d+(\.\d+)?([eE][-+]?\d+)?`)
)

// numbers are all those that stand in a text, as they are read there.
func numbers(text []byte) map[float64]bool {
	all := map[float64]bool{}
	text = signless.ReplaceAll(text, []byte("$1+$2"))
	for _, word := range aNumber.FindAll(text, -1) {
		if x, err := strconv.ParseFloat(string(word), 64); err == nil {
			all[x] = true
		}
	}
	return all
}

// FuzzClassify: whatever stands on stdout, a run has one class, figures only when
// that class is usable, and every figure is a number; TCP's one way is one of those that
// stand there.
func FuzzClassify(f *testing.F) {
	fields, err := filepath.Glob("testdata/[cfv]*/*.json*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range fields {
		f.Add(mustRead(f, path))
	}
	f.Fuzz(func(t *testing.T, stdout []byte) {
		for _, want := range []document.Asked{
			{Seconds: 1, Streams: 1, Protocol: "TCP", Bidir: true},
			{Seconds: 1, Streams: 2, Protocol: "UDP", Bidir: true},
			{Streams: 1, Protocol: "TCP"}, // by its size
		} {
			for _, f := range classify(evidence{stdout: stdout}, want).flows {
				if math.IsNaN(f.Rate) || math.IsInf(f.Rate, 0) || f.Rate < 0 || f.Rate == 0 && len(f.Refused) == 0 {
					t.Errorf("%+v: %+v", want, f)
				}
			}
		}
		for _, w := range []record.Workload{
			{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 2, Congestion: "bbr"},
			{Protocol: record.UDP, Direction: record.FromGuest, Seconds: 2, Streams: 2},
		} {
			var o Outcome
			o.fill(classify(evidence{stdout: stdout}, askedOf(Target{}, w)), w)
			if o.Class == "" || (o.Class != record.OK) != (o.Reason != "") {
				t.Errorf("class %q, reason %q", o.Class, o.Reason)
			}
			if record.Usable(o.Class) != (len(o.Metrics) > 0) {
				t.Errorf("class %q with %d metrics", o.Class, len(o.Metrics))
			}
			v := classify(evidence{stdout: stdout}, askedOf(Target{}, w))
			if len(v.flows) > 0 && w.Protocol == record.TCP && !numbers(stdout)[v.flows[0].Rate] {
				t.Errorf("a rate of %v stands nowhere in it", v.flows[0].Rate)
			}
			for _, m := range o.Metrics {
				if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) || m.Value < 0 {
					t.Errorf("metric %+v", m)
				}
			}
		}
	})
}

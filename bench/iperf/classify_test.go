package iperf

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/results/record"
)

func TestClassOfError(t *testing.T) {
	for text, want := range map[string]string{
		"error - unable to connect to server: Connection refused":                                                                         record.ConnectionRefused,
		"unable to connect to server - server may have stopped running or use a different port, firewall issue, etc.: Connection refused": record.ConnectionRefused,
		"unable to connect to server: Connection timed out":                                                                               record.ConnectTimeout,
		"unable to connect to server: No route to host":                                                                                   record.NoRoute,
		"unable to connect to server: Network is unreachable":                                                                             record.NoRoute,
		"unable to connect to server: Name or service not known":                                                                          record.BadArguments,
		"unable to connect to server: Cannot assign requested address":                                                                    record.BadArguments,
		"unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported":                                               record.BadArguments,
		"parameter error - client receive timeout is valid only in receiving mode":                                                        record.BadArguments,
		"unable to connect stream: Connection refused":                                                                                    record.DataConnectionFailed,
		"unable to connect stream: No such file or directory":                                                                             record.DataConnectionFailed,
		"the server is busy running a test. try again later":                                                                              record.ServerBusy,
		"the server has terminated":                                                                                                       record.ServerTerminated,
		"interrupt - the client has terminated by signal Terminated(15)":                                                                  record.Interrupted,
		"control socket has closed unexpectedly":                                                                                          record.PeerLost,
		"unable to receive control message - port may not be available: Connection reset by peer":                                         record.PeerLost,
		"unable to send control message: Broken pipe":                                                                                     record.PeerLost,
		"unable to write to stream socket: Connection timed out":                                                                          record.PeerLost,
		"received an unknown control message":                                                                                             record.UnsupportedByServer,
		"unable to read from stream socket: Resource temporarily unavailable":                                                             record.UDPBlocked,
		"unable to read from stream socket: Connection reset by peer":                                                                     record.PeerLost,
		"words that no version is known to print":                                                                                         record.Failed,
	} {
		if got := classOfError(text, false); got != want {
			t.Errorf("%q: class %s, want %s", text, got, want)
		}
	}
}

func corpusFile(t testing.TB, name string) []byte {
	return mustRead(t, filepath.Join("testdata/corpus", name))
}

var twoSecondsUp = asked{seconds: 2, streams: 1, protocol: "TCP"}

func TestKilledBeatsEverything(t *testing.T) {
	whole := corpusFile(t, "01_3.12_tcp.json")
	if class, _, _ := classify(evidence{stdout: whole, deadline: true}, twoSecondsUp); class != record.HangKilled {
		t.Errorf("past its deadline: class %s, want %s", class, record.HangKilled)
	}
	if class, _, _ := classify(evidence{stdout: whole, canceled: true}, twoSecondsUp); class != record.Interrupted {
		t.Errorf("told to stop: class %s, want %s", class, record.Interrupted)
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
		{"a number out of range", `"bits_per_second":	2581112056.0936384`, `"bits_per_second":	1e999`, record.Failed},
	} {
		text := strings.ReplaceAll(whole, tt.old, tt.new)
		if tt.old == "" {
			text = whole
		} else if text == whole {
			t.Fatalf("%s: the document has no %s", tt.name, tt.old)
		}
		if class, reason, _ := classify(evidence{stdout: []byte(text)}, twoSecondsUp); class != tt.class {
			t.Errorf("%s: class %s (%s), want %s", tt.name, class, reason, tt.class)
		}
	}
}

// TestSlowPathIsPlausible: measured at 20 Mbit/s over a second, where the sender's
// count is one block of 128 KiB short.
func TestSlowPathIsPlausible(t *testing.T) {
	f := flow{rate: 19.14e6, sent: 18.74e6, bytes: 2.4e6, seconds: 1, sentSeconds: 1, streams: 1}
	if reason := f.implausible(asked{seconds: 1, streams: 1}, 128<<10); reason != "" {
		t.Errorf("refused: %s", reason)
	}
	f.rate = 100e6
	if reason := f.implausible(asked{seconds: 1, streams: 1}, 128<<10); reason == "" {
		t.Error("five times more received than sent was taken")
	}
}

func TestDocumentTwice(t *testing.T) {
	one := corpusFile(t, "01_3.12_tcp.json")
	other := corpusFile(t, "06_3.1.3_tcp.json")
	for _, tt := range []struct {
		name   string
		stdout [][]byte
		class  string
		note   string
	}{
		{"the same twice", [][]byte{one, one}, record.OK, "printed twice"},
		{"two that differ", [][]byte{one, other}, record.Failed, ""},
		{"words behind it", [][]byte{one, []byte("\niperf Done.\n")}, record.OK, "iperf Done."},
	} {
		class, reason, d := classify(evidence{stdout: bytes.Join(tt.stdout, []byte("\n"))}, twoSecondsUp)
		if class != tt.class || !strings.Contains(strings.Join(d.notes, "\n"), tt.note) {
			t.Errorf("%s: class %s (%s), notes %q; want %s, %q", tt.name, class, reason, d.notes, tt.class, tt.note)
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
		{"whole with the document behind it", whole + string(corpusFile(t, "10_3.21_tcp.json")), "", record.OK},
		{"no end event", strings.Join(lines[:2], ""), "", record.Truncated},
		{"cut by a signal", whole[:len(whole)/2], "killed", record.KilledPartial},
		{"an error and an empty end", lines[0] + `{"event":"error","data":"the server has terminated"}` + "\n" + `{"event":"end","data":{}}` + "\n", "", record.ServerTerminated},
		{"an event of another form", `{"event":"end","data":[]}` + "\n", "", record.Failed},
	} {
		if class, reason, _ := classify(evidence{stdout: []byte(tt.stdout), signal: tt.signal}, twoSecondsUp); class != tt.class {
			t.Errorf("%s: class %s (%s), want %s", tt.name, class, reason, tt.class)
		}
	}
}

func TestRepair(t *testing.T) {
	for in, want := range map[string]string{
		`{"a": -nan, "b": nan, "c": Infinity, "d": -inf}`: `{"a": null, "b": null, "c": null, "d": null}`,
		`{"a": 5.924e 06}`:                     `{"a": 5.924e+06}`,
		`{"a": "-nan e 06 \" inf", "b": 1e-3}`: `{"a": "-nan e 06 \" inf", "b": 1e-3}`,
	} {
		got, changed := repair([]byte(in))
		if string(got) != want || changed != (in != want) {
			t.Errorf("%s: %s, changed %t; want %s", in, got, changed, want)
		}
	}
}

func TestAbsurdRetransmitsAreUnknown(t *testing.T) {
	for in, known := range map[float64]bool{0: true, 17: true, -1: false, 1.8446744073709552e19: false, 0.5: false} {
		if got := count(&in); (got != nil) != known {
			t.Errorf("%g: known %t, want %t", in, got != nil, known)
		}
	}
	if count(nil) != nil {
		t.Error("absent retransmits must be unknown")
	}
}

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name     string
		f        flow
		compared bool
		apart    float64
		suspect  bool
		hostMbit float64
	}{
		{"guest receives, clock 3 % fast", flow{toGuest: true, bytes: 1e6, sentSeconds: 2, seconds: 2.06}, true, 3, true, 4},
		{"guest sends, clock 3 % slow", flow{bytes: 1e6, seconds: 2, sentSeconds: 1.94}, true, -3, true, 4},
		{"within the tolerance", flow{toGuest: true, bytes: 1e6, sentSeconds: 2, seconds: 2.03}, true, 1.5, false, 4},
		{"an old server sends no seconds", flow{toGuest: true, bytes: 1e6, sentSeconds: 2, seconds: 2}, false, 0, false, 4},
		{"old UDP has only one sum", flow{toGuest: true, bytes: 1e6, seconds: 2}, false, 0, false, 0},
	} {
		c := tt.f.clock()
		if c.Compared != tt.compared || c.Suspect != tt.suspect || math.Abs(c.ApartPercent-tt.apart) > 1e-9 || c.HostMbit != tt.hostMbit {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}

func TestRetryOfUsableIsNone(t *testing.T) {
	for _, class := range []string{record.OK, record.OKAfterRepair, record.Implausible, record.BadArguments, record.NoRoute, record.Interrupted} {
		if r := RetryOf(class); r != (Retry{}) {
			t.Errorf("%s: %+v, want no retry", class, r)
		}
	}
	if r := RetryOf(record.HangKilled); r.Times != 0 || !r.RestartServer {
		t.Errorf("after a hang the server is started anew and nothing is tried again: %+v", r)
	}
}

// FuzzClassify: whatever stands on stdout, a run has one class, figures only when
// that class is usable, and every figure is a number.
func FuzzClassify(f *testing.F) {
	entries, err := os.ReadDir("testdata/corpus")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		f.Add(corpusFile(f, e.Name()))
	}
	f.Fuzz(func(t *testing.T, stdout []byte) {
		for _, w := range []record.Workload{
			{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 2, Congestion: "bbr"},
			{Protocol: record.UDP, Direction: record.FromGuest, Seconds: 2, Streams: 2},
		} {
			var o Outcome
			var d document
			o.Class, o.Reason, d = classify(evidence{stdout: stdout}, askedOf(w))
			o.fill(d, w)
			if o.Class == "" || (o.Class != record.OK) != (o.Reason != "") {
				t.Errorf("class %q, reason %q", o.Class, o.Reason)
			}
			if record.Usable(o.Class) != (len(o.Metrics) > 0) {
				t.Errorf("class %q with %d metrics", o.Class, len(o.Metrics))
			}
			for _, m := range o.Metrics {
				if !finite(m.Value) || m.Value < 0 {
					t.Errorf("metric %+v", m)
				}
			}
		}
	})
}

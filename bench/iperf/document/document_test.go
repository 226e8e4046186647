package document

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"vnettune/results/record"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestRates: the measured seconds of real documents, in Mbit/s.
func TestRates(t *testing.T) {
	for file, want := range map[string][]float64{
		"01_3.12_tcp.json":         {2875.9, 2361.6},
		"02_3.12_tcpR_P4_O1.json":  {2951.8, 2477.3}, // the first second is left out
		"04_3.12_udp.json":         {199.97, 173.5},
		"06_3.1.3_tcp.json":        {3893.8, 4128.7},
		"11_3.21_jsonstream.jsonl": {7791.3, 6408.8},
		"03_3.12_bidir.json":       nil, // two directions have no one rate
	} {
		stdout, err := os.ReadFile(filepath.Join("..", "testdata", "corpus", file))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Read(stdout)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.Rates(), cmpopts.EquateApprox(1e-3, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	seconds, sliver, rate := 1.0, 0.002, 9e9
	var d Document
	for _, s := range []*float64{&seconds, &seconds, &sliver} {
		var i interval
		i.Sum = &struct {
			Seconds *float64 `json:"seconds"`
			Rate    *float64 `json:"bits_per_second"`
			Omitted bool     `json:"omitted"`
		}{Seconds: s, Rate: &rate}
		d.Intervals = append(d.Intervals, i)
	}
	if got := d.Rates(); len(got) != 2 {
		t.Errorf("a last sliver counts: %v", got)
	}
	d.Intervals[1].Sum = nil
	if got := d.Rates(); got != nil {
		t.Errorf("an interval without figures: %v", got)
	}
}

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
		if got := ClassOfError(text, false); got != want {
			t.Errorf("%q: class %s, want %s", text, got, want)
		}
	}
}

// TestSlowPathIsPlausible: measured at 20 Mbit/s over a second, where the sender's
// count is one block of 128 KiB short.
func TestSlowPathIsPlausible(t *testing.T) {
	f := Flow{Rate: 19.14e6, Sent: 18.74e6, Bytes: 2.4e6, Seconds: 1, SentSeconds: 1, Streams: 1}
	block := testStart{Block: 128 << 10}
	if reason := f.implausible(Asked{Seconds: 1, Streams: 1}, block); reason != "" {
		t.Errorf("refused: %s", reason)
	}
	f.Rate = 100e6
	if reason := f.implausible(Asked{Seconds: 1, Streams: 1}, block); reason == "" {
		t.Error("five times more received than sent was taken")
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
		f        Flow
		compared bool
		apart    float64
		suspect  bool
		hostMbit float64
	}{
		{"guest receives, clock 3 % fast", Flow{ToGuest: true, Bytes: 1e6, SentSeconds: 2, Seconds: 2.06}, true, 3, true, 4},
		{"guest sends, clock 3 % slow", Flow{Bytes: 1e6, Seconds: 2, SentSeconds: 1.94}, true, -3, true, 4},
		{"within the tolerance", Flow{ToGuest: true, Bytes: 1e6, SentSeconds: 2, Seconds: 2.03}, true, 1.5, false, 4},
		{"an old server sends no seconds", Flow{ToGuest: true, Bytes: 1e6, SentSeconds: 2, Seconds: 2}, false, 0, false, 4},
		{"old UDP has only one sum", Flow{ToGuest: true, Bytes: 1e6, Seconds: 2}, false, 0, false, 0},
	} {
		c := tt.f.Clock()
		if c.Compared != tt.compared || c.Suspect != tt.suspect || math.Abs(c.ApartPercent-tt.apart) > 1e-9 || c.HostMbit != tt.hostMbit {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}

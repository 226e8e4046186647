package iperf2

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/bench/leash"
	"vnettune/results/record"
)

// tcp and udp are the workloads that the texts in testdata are of.
func tcp(seconds, streams int) record.Workload {
	return record.Workload{Name: "iperf2-tcp-to-guest", Tool: record.ToolIPerf2, Protocol: record.TCP, Direction: record.ToGuest, Seconds: seconds, Streams: streams}
}

func udp(seconds int, rate string) record.Workload {
	return record.Workload{Name: "iperf2-udp-to-guest", Tool: record.ToolIPerf2, Protocol: record.UDP, Direction: record.ToGuest, Seconds: seconds, Rate: rate, Length: 1000}
}

// text is a file of testdata: what a client of the version behind the first dot printed, against a
// server of the version behind the dash, on standard output and standard error.
func text(t *testing.T, name string) (out, err []byte) {
	t.Helper()
	out, readErr := os.ReadFile(filepath.Join("testdata", name+".out"))
	if readErr != nil {
		t.Fatal(readErr)
	}
	err, readErr = os.ReadFile(filepath.Join("testdata", name+".err"))
	if readErr != nil && !os.IsNotExist(readErr) {
		t.Fatal(readErr)
	}
	return out, err
}

var real = []struct {
	name   string
	w      record.Workload
	class  string
	mbit   float64
	loss   float64
	reason string // that is said, a part
}{
	{"tcp.2.1.8-2.0.2", tcp(1, 1), record.OK, 5236.168378, 0, ""},
	{"tcp.2.1.8-2.0.5", tcp(1, 1), record.OK, 11495.524935, 0, ""},
	{"tcp.2.1.8-2.0.13a", tcp(1, 1), record.OK, 10162.764363, 0, ""},
	{"tcp.2.1.8-2.1.8", tcp(1, 1), record.OK, 13151.957561, 0, ""},
	{"tcp.2.2.0-rc-2.0.5", tcp(1, 1), record.OK, 11816.743326, 0, ""},
	{"tcpP2.2.1.8-2.0.5", tcp(1, 2), record.OK, 26589.644124, 0, ""},
	{"tcpP2.2.1.8-2.1.8", tcp(1, 2), record.OK, 22551.264378, 0, ""},
	{"tcpP2.2.2.0-rc-2.1.8", tcp(1, 2), record.OK, 24915.176627, 0, ""},

	{"udp.2.0.2-2.0.2", udp(1, "5M"), record.OK, 5.006703, 0, ""},
	{"udp.2.0.2-2.0.5", udp(1, "5M"), record.OK, 5.014087, 0, ""},
	{"udp.2.0.5-2.0.2", udp(1, "5M"), record.OK, 5.000904, 0, ""},
	{"udp.2.0.5-2.0.5", udp(1, "5M"), record.OK, 5.007284, 0, ""},
	{"udp.2.0.13a-2.0.13a", udp(1, "5M"), record.OK, 5.031578, 0, ""},
	{"udp.2.1.8-2.1.8", udp(1, "5M"), record.OK, 5.011786, 0, ""},
	{"udp.2.2.0-rc-2.1.8", udp(1, "5M"), record.OK, 5.011866, 0, ""},

	// Versions that do not understand each other's reports.
	{"udp.2.0.5-2.1.8", udp(1, "5M"), record.UnsupportedByServer, 0, 0, "no report of the server"},
	{"udp.2.0.13a-2.0.5", udp(1, "5M"), record.UnsupportedByServer, 0, 0, "take the same version on both ends"},
	{"udp.2.0.13a-2.1.8", udp(1, "5M"), record.Implausible, 0, 0, "counts 2147483022 datagrams, sent were 626"},
	{"udp.2.1.8-2.0.2", udp(1, "5M"), record.Implausible, 0, 0, "1938 s, asked 1 s"},
	{"udp.2.1.8-2.0.5", udp(1, "5M"), record.Implausible, 0, 0, "take the same version on both ends"},
	{"udp.2.1.8-2.0.13a", udp(1, "5M"), record.Implausible, 0, 0, "nothing was transferred"},
	{"udp.2.2.0-rc-2.0.5", udp(1, "5M"), record.Implausible, 0, 0, "the server's report"},

	// What went wrong, with exit code 0 but for noname.
	{"refused.2.1.8", tcp(1, 1), record.ConnectionRefused, 0, 0, "tcp connect failed: Connection refused"},
	{"refused.2.0.5", tcp(1, 1), record.ConnectionRefused, 0, 0, "connect failed: Connection refused"},
	{"noname.2.1.8", tcp(1, 1), record.BadArguments, 0, 0, "Unknown host"},
	{"badcc.2.1.8", tcp(1, 1), record.BadArguments, 0, 0, "congestion control failed"},
	{"noroute.2.1.8", tcp(1, 1), record.BadArguments, 0, 0, "Invalid argument"},
	{"srvkill.2.1.8", tcp(3, 1), record.PeerLost, 0, 0, "Connection reset by peer"},
	{"srvstop.2.1.8", tcp(2, 1), record.Implausible, 0, 0, "what arrived is not known"},
	{"usrvkill.2.1.8", udp(3, "1M"), record.ConnectionRefused, 0, 0, "read failed: Connection refused"},
	{"usrvkill.2.0.5", udp(3, "1M"), record.ConnectionRefused, 0, 0, "read failed: Connection refused"},
	{"usrvstop.2.1.8", udp(2, "1M"), record.UDPBlocked, 0, 0, "did not receive ack of last datagram"},
	{"usilent.2.1.8", udp(1, "1M"), record.UDPBlocked, 0, 0, "did not receive ack of last datagram"},
	{"urefused.2.1.8", udp(1, "1M"), record.ConnectionRefused, 0, 0, "Connection refused"},
	{"udpP2.2.1.8-2.1.8", udp(1, "5M"), record.ConnectionRefused, 0, 0, "Connection refused"}, // its server died of the second stream

	// Of another run than was asked for, and in other forms.
	{"tcp.2.1.8-2.1.8", tcp(3, 1), record.Implausible, 0, 0, "asked 3 s"},
	{"tcp.2.1.8-2.1.8", tcp(1, 2), record.Truncated, 0, 0, "1 streams have figures, asked 2"},
	{"tcpP2.2.1.8-2.1.8", tcp(1, 1), record.Implausible, 0, 0, "2 streams are in the output, asked 1"},
	{"tcp.2.1.8-2.1.8", udp(1, "5M"), record.Implausible, 0, 0, "another protocol"},
	{"udp.2.1.8-2.1.8", tcp(1, 1), record.Implausible, 0, 0, "another protocol"},
	{"csv.2.1.8", tcp(2, 1), record.Truncated, 0, 0, "no figures"},
	{"enhanced.2.1.8", tcp(2, 1), record.Failed, 0, 0, "no form that is known"},
}

func TestRealTexts(t *testing.T) {
	for _, tt := range real {
		out, stderr := text(t, tt.name)
		f, class, reason := classify(leash.Evidence{Stdout: out, Stderr: stderr}, asked{workload: tt.w})
		if class != tt.class || !strings.Contains(reason, tt.reason) {
			t.Errorf("%s: class %s (%s), want %s (%s)", tt.name, class, reason, tt.class, tt.reason)
			continue
		}
		if class != record.OK {
			if reason == "" {
				t.Errorf("%s: no reason", tt.name)
			}
			continue
		}
		if got := f.rate / 1e6; math.Abs(got-tt.mbit) > 1e-6*tt.mbit {
			t.Errorf("%s: %.6f Mbit/s, want %.6f", tt.name, got, tt.mbit)
		}
		if isUDP := tt.w.Protocol == record.UDP; isUDP != (f.loss != nil) || isUDP && *f.loss != tt.loss {
			t.Errorf("%s: loss %v, want %v", tt.name, f.loss, tt.loss)
		}
		if len(f.notes) > 0 || len(f.refused) > 0 {
			t.Errorf("%s: %q, %v", tt.name, f.notes, f.refused)
		}
	}
}

// TestEveryTextIsRead: no file lies in testdata that no case reads.
func TestEveryTextIsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.out")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{"tcp.2.0.5-2.0.5": true, "srvkill.2.0.5": true} // by TestOldClient
	for _, tt := range real {
		read[tt.name] = true
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".out"); !read[name] {
			t.Errorf("no case reads %s", f)
		}
	}
}

// TestAlteredTexts: a whole text of which one thing is not right gives no number.
func TestAlteredTexts(t *testing.T) {
	one, _ := text(t, "tcp.2.1.8-2.1.8")
	two, _ := text(t, "tcpP2.2.1.8-2.1.8")
	sent, _ := text(t, "udp.2.1.8-2.1.8")
	for _, tt := range []struct {
		name, text string
		old, new   string
		w          record.Workload
		class      string
	}{
		{"rate", string(one), "13151957561 bits/sec", "13351957561 bits/sec", tcp(1, 1), record.Implausible},
		{"bytes", string(one), "1658585148 Bytes", "1758585148 Bytes", tcp(1, 1), record.Implausible},
		{"no bytes", string(one), "1658585148 Bytes", "0 Bytes", tcp(1, 1), record.Implausible},
		{"seconds", string(one), "0.0000-1.0089 sec", "0.0000-3.0089 sec", tcp(1, 1), record.Implausible},
		{"begins late", string(one), "0.0000-1.0089 sec", "1.0000-2.0089 sec", tcp(1, 1), record.Implausible},
		{"unit", string(one), "bits/sec", "Kbits/sec", tcp(1, 1), record.Failed},
		{"a number that is none", string(one), "13151957561", "nan", tcp(1, 1), record.Failed},
		{"a negative one", string(one), "13151957561", "-13151957561", tcp(1, 1), record.Failed},
		{"digits without end", string(one), "13151957561", strings.Repeat("9", 400), tcp(1, 1), record.Failed},
		{"more bytes than can be counted", string(one), "1658585148 Bytes  13151957561", strings.Repeat("9", 18) + " Bytes " + strings.Repeat("9", 18), tcp(1, 1), record.Implausible},
		{"cut before the end of a line", string(one), " bits/sec\n", "", tcp(1, 1), record.Truncated},
		{"cut before the figures", string(one), "[ ID]" + strings.SplitN(string(one), "[ ID]", 2)[1], "", tcp(1, 1), record.Truncated},
		{"sum", string(two), "2866282616 Bytes", "2866282617 Bytes", tcp(1, 2), record.Implausible},
		{"no sum", string(two), "[SUM]", "[  3]", tcp(1, 2), record.Implausible},
		{"twice", string(one), string(one), string(one) + string(one), tcp(1, 1), record.Implausible},

		{"lost", string(sent), "0/628", "629/628", udp(1, "5M"), record.Implausible},
		{"lost, and the bytes do not say so", string(sent), "0/628", "300/628", udp(1, "5M"), record.Implausible},
		{"total", string(sent), "0/628", "0/6280", udp(1, "5M"), record.Implausible},
		{"sent", string(sent), "Sent 629", "Sent 6290", udp(1, "5M"), record.Implausible},
		{"does not say what was sent", string(sent), "Sent 629 datagrams", "", udp(1, "5M"), record.Truncated},
		{"no server's report", string(sent), "[  1] Server" + strings.SplitN(string(sent), "[  1] Server", 2)[1], "", udp(1, "5M"), record.UnsupportedByServer},
		{"announced alone", string(sent), "Server Report:" + strings.SplitN(string(sent), "Server Report:", 2)[1], "Server Report:\n", udp(1, "5M"), record.Truncated},
		{"server's seconds", string(sent), "0.0000-1.0024 sec", "0.0000-2.0024 sec", udp(1, "5M"), record.Implausible},
		{"another datagram", string(sent), "zz", "zz", record.Workload{Protocol: record.UDP, Seconds: 1, Rate: "5M", Length: 500}, record.Implausible},
	} {
		altered := strings.Replace(tt.text, tt.old, tt.new, 1)
		if altered == tt.text && tt.old != "zz" && tt.name != "twice" {
			t.Errorf("%s: nothing was altered", tt.name)
			continue
		}
		f, class, reason := classify(leash.Evidence{Stdout: []byte(altered)}, asked{workload: tt.w})
		if class != tt.class || f.loss != nil && class != record.OK {
			t.Errorf("%s: class %s (%s), want %s", tt.name, class, reason, tt.class)
		}
	}
}

// TestLoss: the counts decide, not the percentage beside them.
func TestLoss(t *testing.T) {
	out, _ := text(t, "udp.2.1.8-2.1.8")
	altered := strings.NewReplacer("628000 Bytes  5011786 bits/sec   0.000 ms 0/628 (0%)", "471000 Bytes  3758839 bits/sec   0.250 ms 157/628 (7%)").Replace(string(out))
	f, class, reason := classify(leash.Evidence{Stdout: []byte(altered)}, asked{workload: udp(1, "5M")})
	if class != record.OK || *f.loss != 25 || *f.jitter != 0.25 || f.rate != 3758839 {
		t.Fatalf("class %s (%s), %+v", class, reason, f)
	}
	altered = strings.Replace(altered, "0.250 ms", "131073.000 ms", 1)
	if f, class, _ = classify(leash.Evidence{Stdout: []byte(altered)}, asked{workload: udp(1, "5M")}); class != record.OK || f.jitter != nil || len(f.refused) != 1 {
		t.Errorf("class %s: a jitter longer than the run: %+v", class, f)
	}
	if f, _, _ = classify(leash.Evidence{Stdout: out}, asked{workload: udp(1, "50M")}); len(f.notes) != 1 || !strings.Contains(f.notes[0], "asked 50") {
		t.Errorf("sent at a tenth of what was asked: %q", f.notes)
	}
}

func TestKilled(t *testing.T) {
	out, _ := text(t, "tcp.2.1.8-2.1.8")
	for _, tt := range []struct {
		left  leash.Evidence
		class string
	}{
		{leash.Evidence{Stdout: out, Late: true}, record.HangKilled},
		{leash.Evidence{Stdout: out, Canceled: true}, record.Interrupted},
		{leash.Evidence{Stdout: out, Overflow: true}, record.Truncated},
		{leash.Evidence{Stdout: out, Signal: "killed"}, record.KilledPartial},
		{leash.Evidence{Signal: "killed"}, record.KilledNoOutput},
		{leash.Evidence{Stdout: out, Stderr: []byte("write failed: something nobody has seen\n")}, record.Failed},
		{leash.Evidence{}, record.Failed},
	} {
		if _, class, reason := classify(tt.left, asked{workload: tcp(1, 1)}); class != tt.class || reason == "" {
			t.Errorf("%+v: class %s (%s), want %s", tt.left, class, reason, tt.class)
		}
	}
	f, class, _ := classify(leash.Evidence{Stdout: out, Stderr: []byte("a warning\n")}, asked{workload: tcp(1, 1)})
	if class != record.OK || len(f.notes) != 1 {
		t.Errorf("class %s, notes %q: a warning is noted", class, f.notes)
	}
}

// FuzzJudge: no text makes a panic, or a figure beyond what it says.
func FuzzJudge(f *testing.F) {
	files, err := filepath.Glob("testdata/*.out")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), 1, 1, false)
		f.Add(string(text), 1, 2, false)
		f.Add(string(text), 1, 1, true)
	}
	f.Fuzz(func(t *testing.T, text string, seconds, streams int, isUDP bool) {
		seconds, streams = max(1, seconds%3601), max(1, streams%129)
		w := tcp(seconds, streams)
		if isUDP {
			w = udp(seconds, "5M")
		}
		got, class, reason := judge(text, asked{workload: w})
		if class != record.OK {
			if reason == "" || class == "" {
				t.Errorf("class %q, reason %q", class, reason)
			}
			return
		}
		if got.bytes <= 0 || got.bytes >= math.MaxInt64 || !(got.rate > 0) || math.IsInf(got.rate, 0) || got.loss != nil && !(*got.loss >= 0 && *got.loss <= 100) || got.jitter != nil && !(*got.jitter >= 0) {
			t.Errorf("%+v", got)
		}
		if share := 8 * got.bytes / got.seconds / got.rate; share < 0.98 || share > 1.02 {
			t.Errorf("%+v: bytes over seconds are %g of the rate", got, share)
		}
		if math.Abs(got.seconds-float64(seconds)) > max(0.05*float64(seconds), 0.15)+patience {
			t.Errorf("%+v: asked %d s", got, seconds)
		}
	})
}

package machine

import (
	"io"
	"net"
	"testing"
	"time"
	"vnettune/lab/fault"
)

// What a busy server says, and a hanging one, by a client's first steps in iperf3's protocol.
func TestShamServers(t *testing.T) {
	for name, f := range map[string]Faults{"busy": {IPerfBusy: true}, "hangs": {IPerfHangs: true}, "fails": {IPerfFails: true}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { f.sham()(l); close(done) }()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(make([]byte, 37)) // a server that hangs up may be faster
		if name == "hangs" {
			l.Close() // a run of its own would wait for ever
			<-done
		}
		b, _ := io.ReadAll(c)
		if got := string(b); got != map[string]string{"busy": "\xff"}[name] {
			t.Errorf("%s: answers %q", name, got)
		}
		c.Close()
		l.Close()
		<-done
	}
	if (Faults{}).sham() != nil {
		t.Error("a server that works is replaced")
	}
}

// The plan of a configuration knows nothing of later boots' state.
func TestFaultsAreAddedToWhatIsThere(t *testing.T) {
	f := Faults{Ignore: []string{"a"}, Plan: fault.Plan{{Name: fault.Ignore, Value: "B", Boot: fault.Span{From: 2}}}}
	if one, two := f.at(1), f.at(2); one.Ignores("b") || !one.Ignores("a") || !two.Ignores("b") || !two.Ignores("a") || f.Ignores("b") {
		t.Errorf("boot 1 ignores %v, boot 2 %v", one.Ignore, two.Ignore)
	}
}

func TestParseFaults(t *testing.T) {
	f, err := ParseFaults([]string{"ignore=AutoTuningLevel", "ignore=DefaultReceiveWindow", "allow=BBR2", "answer-while-down=5s", "iperf-fails",
		"clock-jump=-1h", "time-zone=-5h30m", "writable-folder"})
	if err != nil {
		t.Fatal(err)
	}
	if f = f.at(2); !f.Ignores("autotuninglevel") || !f.Ignores("DefaultReceiveWindow") || !f.Allows("bbr2") || f.AnswerWhileDown != 5*time.Second || !f.IPerfFails ||
		f.ClockJump != -time.Hour || f.TimeZone != -330*time.Minute || !f.WritableFolder {
		t.Errorf("got %+v", f)
	}
	for _, bad := range []string{"", "ignore", "ignore=", "allow=minrto", "allow=", "answer-while-down=0s", "answer-while-down=x", "answer-while-down", "iperf-fails=1", "sabotage",
		"clock-jump=0s", "clock-jump", "time-zone=15h", "time-zone=1h0.5s", "time-zone=0m", "writable-folder=yes"} {
		if _, err := ParseFaults([]string{bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

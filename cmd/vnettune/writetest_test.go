package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// doctor --write-test finds what the guest refuses, says of each setting what came of it, and leaves
// neither a value nor a mark nor an armed switch behind. A guest that another campaign works on is
// not written to.
func TestDoctorWriteTest(t *testing.T) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: doctor --write-test: %v", err)
	}
	const name = "writetest"
	l := upFaultLab(t, name, "en", []string{"deny=rss"})
	file := filepath.Join(t.TempDir(), "c.yaml")
	campaign := faultCase{setting: "tcp.rss: disabled, tcp.autotuninglevel: disabled, netkvm.NumRssQueues: 2, afd.DefaultReceiveWindow: 65536"}.campaign(name)
	if err := os.WriteFile(file, []byte(campaign), 0o600); err != nil {
		t.Fatal(err)
	}
	before := l.installed()
	record := filepath.Join(t.TempDir(), "doctor.jsonl")
	exit, shown, said := l.run(faultLimit, "doctor", file, "--write-test", "--record", record)
	words := strings.Join(strings.Fields(shown), " ")
	if exit != exitFailed {
		t.Errorf("exit code %d: %s", exit, said)
	}
	for _, want := range []string{
		"failed write write tcp.rss: the guest refuses it (exit code 1): Access is denied. do: leave tcp.rss out of the campaign",
		"ok write tcp.autotuninglevel takes the value that it has, normal",
		"ok write netkvm.NumRssQueues takes the value that it has, ",
		"not asked write afd.DefaultReceiveWindow has no value that could be written back",
		"1 failed",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not said:\n%s%s", want, shown, said)
		}
	}
	asked, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	// The switch is armed before the first value is written: that of NumRssQueues may cut the guest off.
	_, rest, armed := strings.Cut(string(asked), `"guest":"script arm"`)
	_, rest, written := strings.Cut(rest, `"name":"*NumRssQueues"`)
	if !armed || !written || !strings.Contains(rest, `"action":"disarm"`) {
		t.Errorf("armed %v, then written %v, then disarmed; asked were\n%s", armed, written, asked)
	}
	if after := l.installed(); !maps.Equal(before, after) {
		t.Errorf("the guest has changed:\nbefore %v\nafter  %v", before, after)
	}
	exit, shown, said = l.run(faultLimit, "doctor", file)
	if words = strings.Join(strings.Fields(shown), " "); exit != exitDone || strings.Contains(words, "has, normal") ||
		!strings.Contains(words, "no campaign's mark is in the guest") || !strings.Contains(words, "tried, without a reboot") {
		t.Errorf("afterwards, exit code %d:\n%s%s", exit, shown, said)
	}

	// Another campaign's guest.
	const owner = `reg add HKLM\SOFTWARE\vnettune /v Owner /t REG_SZ /d 0123456789abcdef0123456789abcdef /f`
	if exit, _, said := l.run(time.Minute, "lab", "exec", l.info.Name, "--", owner); exit != exitDone {
		t.Fatalf("exit code %d: %s", exit, said)
	}
	before = l.installed()
	_, shown, said = l.run(faultLimit, "doctor", file, "--write-test")
	if words = strings.Join(strings.Fields(shown), " "); !strings.Contains(words, "not asked write guest.left failed, and nothing is written then") || !maps.Equal(before, l.installed()) {
		t.Errorf("on another campaign's guest:\n%s%s", shown, said)
	}
}

package apply_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
)

// TestXPTranscript is the order of everything that one boot and its restore send.
func TestXPTranscript(t *testing.T) {
	x := newXP(t)
	x.set(tcpipKey, regValue{"TcpWindowSize", "REG_DWORD", "0x4470"})
	note := func(s string) { x.lines = append(x.lines, "# "+s) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	note("facts and originals")
	g, o, err := originalsXP(t, x, seedXP...)
	must(err)
	targets, err := apply.Targets(o, combination(o, seedXPValues))
	must(err)
	note("write")
	_, err = g.Write(t.Context(), targets)
	must(err)
	note("reboot")
	_, err = g.Reboot(t.Context(), rebootLimits)
	must(err)
	note("read back")
	_, _, err = g.ReadBack(t.Context(), targets)
	must(err)
	note("iperf3")
	_, err = g.StartIPerf(t.Context(), xpIPerf, 5201)
	must(err)
	must(g.StopIPerf(t.Context(), xpIPerf, 5201))
	note("restore")
	must(g.Restore(t.Context(), o, rebootLimits))
	x.lines[1] = "(the script facts)"
	got := strings.Join(slices.Compact(x.lines), "\n") + "\n" // a poll that is repeated counts once
	file := filepath.Join("testdata", "xp-transcript.txt")
	if *update {
		must(os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(err)
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("what is sent has changed; look at it, then run go test ./apply -update:\n%s", d)
	}
}

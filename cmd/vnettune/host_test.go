package main

import (
	"strings"
	"testing"

	"vnettune/bench"
)

// What a later session finds to be another host or path is told by run, stored, and in every
// report.
func TestAHostThatChangesBetweenSessions(t *testing.T) {
	t.Parallel()
	needFastLab(t, "host facts that differ between sessions")
	l := upLab(t, "quiet")
	file, store, command := inLab(t, l, quietCampaign)
	first := startRun(t, command("run", file, "--store", store, "--format", "json"))
	first.until(t, bench.EventBoot, "")
	interrupt(t, first.cmd)
	if code := first.end(); code != exitInterrupted {
		t.Fatalf("the first session ends with %d: %s", code, first.stderr)
	}
	if out, err := l.enter([]string{"ip", "link", "set", "vnt0", "mtu", "1400"}).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const differs = "MTU of the veth was 1500 and is 1400"
	out, err := command("run", file, "--store", store).CombinedOutput()
	if want := "warning: this host or the guest's machine is not as in the sessions before: " + differs; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %q is missing in\n%s", err, want, out)
	}
	text, _ := seemly(t, "", "report", store, "--full")
	text = strings.Join(strings.Fields(text), " ")
	document, _ := seemly(t, "", "report", store, "--format", "json")
	for _, c := range []struct{ in, want string }{
		{text, "Host and machine in s1: - guest: "},
		{text, "Host and machine in s2, all else as before: ! path: veth vnt0 (MTU 1400;"},
		{text, "in session 2 the host or the guest's machine is not as in those before: " + differs},
		{document, `"mtu": 1500`}, {document, `"mtu": 1400`}, {document, "those before: " + differs},
	} {
		if !strings.Contains(c.in, c.want) {
			t.Errorf("%q is missing in\n%s", c.want, c.in)
		}
	}
}

package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

func TestProbeOnlyReads(t *testing.T) {
	x := newXP(t)
	x.set(tcpipKey, regValue{"EnableTCPA", "REG_DWORD", "0x1"})
	g := x.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x.lines = nil
	answers, dump, err := g.Probe(t.Context(), f, matrix.Probes(matrix.XP))
	if err != nil || len(dump) > 0 || len(answers) != len(matrix.Probes(matrix.XP)) {
		t.Fatalf("%d answers, dump %v, %v", len(answers), dump, err)
	}
	for _, l := range x.lines {
		if len(l) < 10 || l[:10] != "reg query " {
			t.Errorf("sent %s", l)
		}
	}
	for _, a := range answers {
		if a.Setting == "tcpip.EnableTCPA" {
			if d := cmp.Diff(any(record.State{Exists: true, Kind: "DWord", Data: "1"}), a.Answer); d != "" {
				t.Error(d)
			}
		}
		if (a.Answer == nil) != (a.NotAsked != "") {
			t.Errorf("%+v: neither answer nor reason, or both", a)
		}
	}
}

func TestProbeSaysWhatTheGuestHas(t *testing.T) {
	g := newStandIn(t).guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	probe := func(kind matrix.ProbeKind, name string) any {
		t.Helper()
		answers, dump, err := g.Probe(t.Context(), f, []matrix.Probe{{Setting: "x", Kind: kind, Name: name}, {Setting: "y", Kind: matrix.ProbeRegistry, Path: envKey, Name: "OS"}})
		if err != nil || len(dump) == 0 || !answers[1].Answer.(record.State).Exists {
			t.Fatalf("%+v, dump %v, %v", answers, dump, err)
		}
		return answers[0].Answer
	}
	if a := probe(matrix.ProbeDump, "rss"); a.(record.State).Data != "enabled" {
		t.Errorf("dump of rss: %v", a)
	}
	if a := probe(matrix.ProbeDump, "nosuchkey"); a.(record.State).Exists {
		t.Errorf("dump of a key that is none: %v", a)
	}
	if a := probe(matrix.ProbeDriver, "*JumboPacket"); !a.(apply.DriverAnswer).Value.Exists {
		t.Errorf("driver's JumboPacket: %v", a)
	}
	if a := probe(matrix.ProbeDriver, "NoSuchKeyword"); a.(apply.DriverAnswer).Value.Exists || a.(apply.DriverAnswer).Default.Exists {
		t.Errorf("a keyword that is none: %v", a)
	}
	templates := probe(matrix.ProbeCIM, "MinRto").(map[string]any)
	if len(templates) == 0 || templates["Internet"] == nil {
		t.Errorf("templates %v", templates)
	}
}

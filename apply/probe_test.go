package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
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

// Every open question is answered by words that stand in a file, or it is said what would
// answer it; nothing is written.
func TestTheOpenQuestionsAreAnswered(t *testing.T) {
	s := newStandIn(t)
	sent := &keeping{standIn: s}
	g := apply.New(sent, guestAddress, s.port, s)
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	questions := []matrix.Question{}
	for _, gen := range []matrix.Generation{matrix.NT62, matrix.W10} {
		for _, q := range matrix.Questions(gen) {
			if !slices.ContainsFunc(questions, func(k matrix.Question) bool { return k.ID == q.ID }) {
				questions = append(questions, q)
			}
		}
	}
	answers, err := g.Questions(t.Context(), f, questions)
	if err != nil || len(answers) != 11 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for _, n := range sent.names {
		if !slices.Contains([]scripts.Name{scripts.Facts, scripts.Read, scripts.Driver, scripts.Effect}, n) {
			t.Errorf("sent %s, which may write", n)
		}
	}
	for _, a := range answers {
		want := map[string]string{
			"D1":  "chimney=(no such key), netdma=(no such key), dca=(no such key)",
			"D3":  "Internet CUBIC",
			"D4":  "one, of 1 asked",
			"D6":  "of ",
			"D7":  "bytes came whole",
			"D8":  "facts ",
			"D11": "TypeOfAdminApprovalMode absent, LocalAccountTokenFilterPolicy absent, RestrictReceivingNTLMTraffic absent",
		}[a.ID]
		switch {
		case want != "" && (!strings.Contains(a.Answer, want) || a.NotAsked != ""):
			t.Errorf("%+v, want %q", a, want)
		case (a.ID == "D2" || a.ID == "D5") && (a.Answer != "" || !strings.Contains(a.NotAsked, "it takes a change")):
			t.Errorf("%+v: it needs a write", a)
		case (a.ID == "D9" || a.ID == "D10") && a.Answer+a.NotAsked != "":
			t.Errorf("%+v: others answer it", a)
		}
	}
	x := newXP(t).guest()
	if f, _, err = x.Facts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if answers, err := x.Questions(t.Context(), f, matrix.Questions(matrix.XP)); err != nil || len(answers) != 0 {
		t.Errorf("xp: %v, %v", answers, err)
	}
}

// keeping is a guest that keeps the names of the scripts that it was sent.
type keeping struct {
	*standIn
	names []scripts.Name
}

func (k *keeping) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if n, ok := scripts.Sent(command); ok {
		k.names = append(k.names, n)
	}
	return k.standIn.Run(ctx, command, stdin)
}

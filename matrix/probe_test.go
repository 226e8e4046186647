package matrix

import (
	"slices"
	"strings"
	"testing"
)

// What the catalogue calls unverified is asked, or it is said why it cannot be. A
// guest of generation nt60 cannot be driven, so it is not asked.
func TestEveryUnverifiedFactIsProbed(t *testing.T) {
	for _, s := range Catalogue().All() {
		for _, g := range Generations {
			if g == NT60 || s.Status[g].Word != Unverified || strings.HasPrefix(s.ID, "netkvm.") && g == XP {
				continue
			}
			if strings.HasPrefix(s.ID, "rss.") || slices.ContainsFunc(Probes(g), func(p Probe) bool { return p.Setting == s.ID }) {
				continue
			}
			t.Errorf("%s on %s is unverified (%s) and nothing asks for it", s.ID, g, s.Status[g].Text)
		}
	}
}

// What a default is by build and edition was seen on few of them: a guest is asked.
func TestEveryDefaultByBuildOrEditionIsProbed(t *testing.T) {
	for _, s := range Catalogue().All() {
		for g := range s.DefaultsOf {
			if kind := s.Forms[g].Kind; kind != NetshGlobal && kind != NetshHeuristics {
				continue
			}
			if !slices.ContainsFunc(Probes(g), func(p Probe) bool { return p.Setting == s.ID && p.Kind != ProbeNone }) {
				t.Errorf("nothing asks what %s is on %s", s.ID, g)
			}
		}
	}
}

// A probe asks where the setting is written.
func TestProbesAskAtTheSettingsPlace(t *testing.T) {
	for _, g := range Generations {
		for _, p := range Probes(g) {
			s, _ := Catalogue().Lookup(p.Setting)
			f, ok := s.Forms[g]
			switch {
			case p.Kind == ProbeRegistry && ok && (f.Path != p.Path || f.Name != p.Name),
				p.Kind == ProbeDriver && ok && f.Name != p.Name,
				p.Kind == ProbeDump && ok && f.Name != p.Name,
				p.Kind == ProbeUDP && ok && (f.Kind != NetshUDPGlobal || f.Name != p.Name),
				p.Kind == ProbeCIM && ok && f.CIM != "" && f.CIM != p.Name:
				t.Errorf("%s on %s is written to %s %s and asked at %s %s", s.ID, g, f.Path, f.Name+f.CIM, p.Path, p.Name)
			}
		}
	}
}

func TestBrokenProbes(t *testing.T) {
	for _, text := range []string{
		"probes: [{setting: nosuch, for: [w10], dump: x, question: q}]",
		"probes: [{setting: tcp.rss, for: [w10], question: q}]",
		"probes: [{setting: tcp.rss, for: [w10], dump: x, cim: y, question: q}]",
		"probes: [{setting: tcp.rss, for: [], dump: x, question: q}]",
		"probes: [{setting: tcp.rss, for: [w10], dump: x}]",
		"probes: [{setting: tcp.rss, for: [w10], registry: [x], question: q}]",
		"probes: [{setting: tcp.rss, unknown: x}]",
	} {
		if _, err := parseProbes([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

// The eleven open questions, each once, by their ids.
func TestTheOpenQuestions(t *testing.T) {
	var ids []string
	for _, q := range questions() {
		ids = append(ids, q.ID)
	}
	if got := strings.Join(ids, " "); got != "D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11" {
		t.Errorf("questions %s", got)
	}
	for g, want := range map[Generation]int{XP: 0, NT60: 0, NT62: 10, W10: 10, W11: 10} {
		if got := len(Questions(g)); got != want {
			t.Errorf("%d questions for %s, want %d", got, g, want)
		}
	}
}

func TestBrokenQuestions(t *testing.T) {
	for _, text := range []string{
		"questions: [{id: D1, for: [w10], question: q}]",
		"questions: [{id: D1, for: [w10], ask: nosuch, question: q}]",
		"questions: [{id: D1, for: [w10], ask: dump, question: q}]",
		"questions: [{id: D1, for: [w10], ask: winrm, names: [x], question: q}]",
		"questions: [{id: D1, for: [w10], ask: registry, values: [[x]], question: q}]",
		"questions: [{id: D1, for: [w10], ask: none, question: q}]",
		"questions: [{id: D1, for: [], ask: winrm, question: q}]",
		"questions: [{for: [w10], ask: winrm, question: q}]",
	} {
		if _, err := parseQuestions([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

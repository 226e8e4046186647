package matrix

import (
	"fmt"
	"strings"
	"testing"
)

// dump is a resolved profile as text for golden files.
func (r Resolved) dump() string {
	var out strings.Builder
	for _, l := range r.Lines {
		fmt.Fprintf(&out, "  %s=%s through %s", l.Setting.ID, l.Value, l.Form.Kind)
		if len(l.Published) != 1 || l.Published[0].String() != l.Setting.ID+"="+string(l.Value) {
			fmt.Fprintf(&out, ", published as %v", l.Published)
		}
		if l.Inert != "" {
			fmt.Fprintf(&out, "\n    expected inert: %s", l.Inert)
		}
		out.WriteByte('\n')
	}
	for _, l := range r.Dropped {
		fmt.Fprintf(&out, "  %s\n", l)
	}
	return out.String()
}

func TestResolvePublished(t *testing.T) {
	ps := Profiles()
	if len(ps) != 19+1 {
		t.Errorf("%d profiles, want the 19 published and seed-vista", len(ps))
	}
	var out strings.Builder
	for _, p := range ps {
		if p.Title == "" || p.Source == "" || len(p.AppliesTo) == 0 {
			t.Errorf("%s: title, source and generations are needed", p.ID)
		}
		for _, g := range Generations {
			r, err := Catalogue().Resolve(p, g, nil)
			if err != nil {
				fmt.Fprintf(&out, "%s on %s\n  refused: %v\n", p.ID, g, err)
				continue
			}
			fmt.Fprintf(&out, "%s on %s\n%s", p.ID, g, r.dump())
			if n := len(r.Lines) + len(r.Dropped); n != len(p.Lines) {
				t.Errorf("%s on %s: %d of %d lines accounted for", p.ID, g, n, len(p.Lines))
			}
		}
	}
	golden(t, "resolved.golden", out.String())
}

func TestResolveMergesAndRefuses(t *testing.T) {
	p := Profile{ID: "p", AppliesTo: []Generation{W10}, Lines: []Line{
		{Setting: "tcp.congestionprovider", Value: "ctcp"}, {Setting: "template.congestionprovider", Value: "CTCP"},
	}}
	r, err := Catalogue().Resolve(p, W10, nil)
	if err != nil || len(r.Lines) != 1 || len(r.Lines[0].Published) != 2 {
		t.Errorf("two lines for one thing: %+v, %v", r.Lines, err)
	}
	p.Lines[1].Value = "cubic"
	if _, err := Catalogue().Resolve(p, W10, nil); err == nil || !strings.Contains(err.Error(), "two values") {
		t.Errorf("contradicting lines: %v", err)
	}
	p.Lines = []Line{{Setting: "tcp.fastopen", Value: "enabled"}, {Setting: "tcp.hystart", Value: "enabled"}}
	p.AppliesTo = []Generation{NT62}
	if r, err = Catalogue().Resolve(p, NT62, nil); err != nil || len(r.Dropped) != 2 {
		t.Errorf("lines that Windows 8 does not have: %+v, %v", r.Dropped, err)
	}
	for _, bad := range []Line{{Setting: "tcp.nonsense", Value: "1"}, {Setting: "tcp.rss", Value: "maybe"}} {
		p.Lines = []Line{bad}
		if _, err := Catalogue().Resolve(p, NT62, nil); err == nil || !strings.Contains(err.Error(), bad.String()) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestParseProfilesRefuses(t *testing.T) {
	for _, bad := range []string{
		"profiles: [{id: a}, {id: a}]",
		"profiles: [{id: a, lines: [{setting: x}]}]",
		"profiles: [{id: a, lines: [{setting: x, value: 1, choice: y}]}]",
		"profiles: [{id: a, lines: [{setting: x, values: 1}]}]",
	} {
		if _, err := parseProfiles([]byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
	if NearestProfile("seed-vsta") != "seed-vista" {
		t.Error("nearest profile of seed-vsta")
	}
}

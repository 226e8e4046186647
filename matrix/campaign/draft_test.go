package campaign

import (
	"fmt"
	"strings"
	"testing"

	"vnettune/matrix"
)

// What a draft says is a campaign that plan takes, for every question, generation and profile, within boots where all of
// its lines can be switched there.
func TestDrafts(t *testing.T) {
	within := 0
	for _, g := range matrix.Driven() {
		for _, q := range Questions {
			drafts := []Draft{{For: q[0], Generation: g}}
			for _, p := range matrix.Profiles() {
				switch q[0] {
				case Validate, Gate:
					drafts = append(drafts, Draft{For: q[0], Generation: g, Profiles: []string{p.ID}})
				case BestOf:
					drafts = append(drafts, Draft{For: q[0], Generation: g, Profiles: []string{p.ID, draftProfile}})
				}
			}
			for _, d := range drafts {
				if len(d.Profiles) == 2 && d.Profiles[0] == d.Profiles[1] {
					continue
				}
				name := fmt.Sprintf("%s of %v on %s", d.For, d.Profiles, g)
				text, err := d.Text()
				if err != nil {
					if len(d.Profiles) == 0 {
						t.Errorf("%s: %v", name, err)
					}
					continue // a profile of which nothing can be set there is refused, with the reason
				}
				c, err := Parse("c.yaml", text)
				if err != nil {
					t.Errorf("%s: %v\n%s", name, err, text)
					continue
				}
				if _, err := c.Plan(g); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for _, mark := range []string{"control: ", "data: ", "user: "} {
					if !strings.Contains(lineOf(text, mark), "# !") {
						t.Errorf("%s: %s is not marked", name, mark)
					}
				}
				if c.Design.Switch == matrix.SwitchWithinBoots {
					within++
				}
			}
		}
	}
	if within < 5 {
		t.Errorf("%d drafts switch within boots", within)
	}
}

// lineOf is the line of a text that begins with a key.
func lineOf(text []byte, key string) string {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), key) {
			return line
		}
	}
	return ""
}

func TestDraftsThatAreNone(t *testing.T) {
	for want, d := range map[string]Draft{
		"no question":                      {For: "win"},
		"generation \"w95\"":               {For: Noise, Generation: "w95"},
		"there is no profile":              {For: Validate, Profiles: []string{"seed-vist"}},
		"is published for xp, not for w11": {For: Validate, Generation: matrix.W11, Profiles: []string{"seed-xp"}},
		"takes no profile":                 {For: Noise, Profiles: []string{"seed-vista"}},
		"takes several profiles":           {For: BestOf, Profiles: []string{"seed-vista"}},
		"takes one profile":                {For: Gate, Profiles: []string{"seed-vista", "lso-off"}},
	} {
		if _, err := d.Text(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", d, err, want)
		}
	}
}

// Drafts are read and edited in terminals of 80 columns. A hash is as long as it is.
func TestDraftsAreNarrow(t *testing.T) {
	for _, q := range Questions {
		for _, g := range matrix.Driven() {
			text, err := Draft{For: q[0], Generation: g}.Text()
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				if len(strings.TrimSuffix(line, "\n")) > 80 && !strings.Contains(line, "fingerprint:") {
					t.Errorf("%s on %s: %q", q[0], g, line)
				}
			}
		}
	}
}

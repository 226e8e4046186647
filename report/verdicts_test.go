package report

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
)

// shifted is the campaign of the example report as another one, in which the figures of an arm are what they were
// times a factor, with next to no noise.
func shifted(t *testing.T, name, arm string, factor float64, change func(*results.Contents)) *stored.Campaign {
	t.Helper()
	c, err := stored.OpenStore(filepath.Join("..", "examples", "report", "demo.db"))
	if err != nil {
		t.Fatal(err)
	}
	kept := *c.Kept
	kept.Path, kept.Campaign.Name = name+".db", name
	for i, b := range kept.Boots {
		for j, r := range b.Runs {
			for k, m := range r.Metrics {
				m.Value = 1000 + float64((7*i+3*j)%11)
				if b.Arm == arm {
					m.Value *= factor
				}
				kept.Boots[i].Runs[j].Metrics[k] = m
			}
		}
	}
	if change != nil {
		change(&kept)
	}
	out, err := stored.Of(kept, c.Originals)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func otherKernel(c *results.Contents) { c.Sessions[0].Host.Kernel = "Linux 6.99" }

// cellsOf are the results on one setting, towards the guest.
func cellsOf(v stored.Verdicts, setting string) []stored.VerdictCell {
	return slices.DeleteFunc(slices.Clone(v.Cells), func(c stored.VerdictCell) bool {
		return c.Setting != setting || c.Workload != "tcp-to-guest"
	})
}

func TestVerdictsOfManyCampaigns(t *testing.T) {
	const ctcp = "template.congestionprovider=ctcp"
	better, alike := shifted(t, "better", "ctcp", 1.2, nil), shifted(t, "alike", "", 1, nil)
	again, worse := shifted(t, "again", "ctcp", 1.21, nil), shifted(t, "worse", "ctcp", 0.8, nil)
	abroad := shifted(t, "abroad", "ctcp", 0.8, otherKernel)
	cut := shifted(t, "cut", "ctcp", 1.2, func(c *results.Contents) { c.Boots = c.Boots[:20] })
	for name, c := range map[string]struct {
		of     []*stored.Campaign
		places int // cells of the setting
		is     stored.Contradiction
		says   string // of the first cell
	}{
		"one":                     {[]*stored.Campaign{better}, 1, stored.NoContradiction, "helps"},
		"two that agree":          {[]*stored.Campaign{better, again}, 1, stored.NoContradiction, "helps"},
		"two that do not":         {[]*stored.Campaign{better, worse}, 1, stored.Within, "1: helps; 1: harms"},
		"no effect and a large":   {[]*stored.Campaign{better, alike, again}, 1, stored.Within, "2: helps; 1: equivalent"},
		"another host":            {[]*stored.Campaign{better, abroad}, 2, stored.Elsewhere, "helps"},
		"another host that is so": {[]*stored.Campaign{worse, abroad}, 2, stored.NoContradiction, "harms"},
	} {
		t.Run(name, func(t *testing.T) {
			v := stored.VerdictsOf(c.of)
			cells := cellsOf(v, ctcp)
			if len(v.LeftOut) > 0 || len(v.Campaigns) != len(c.of) || len(cells) != c.places {
				t.Fatalf("left out %v, %d cells", v.LeftOut, len(cells))
			}
			for _, cell := range cells {
				if cell.Contradict != c.is {
					t.Errorf("contradiction %q, and not %q", cell.Contradict, c.is)
				}
			}
			if got := cellVerdict(cells[0]); got != c.says {
				t.Errorf("says %q, and not %q", got, c.says)
			}
			if c.is != stored.NoContradiction && v.Cells[0].Contradict != c.is {
				t.Error("the contradiction does not come first")
			}
			if p := TellVerdicts(v); c.is == stored.Within && (p.Parts[0].ID != "within" || !strings.Contains(strings.Join(p.Lead, " "), "contradict themselves")) {
				t.Errorf("the page begins with %s, %v", p.Parts[0].ID, p.Lead)
			}
		})
	}
	v := stored.VerdictsOf([]*stored.Campaign{better, cut, {Path: "x.csv"}})
	if len(v.LeftOut) != 2 || !strings.Contains(v.LeftOut[0].Reason, "20 of 35 planned boots") || !strings.Contains(v.LeftOut[1].Reason, "file of samples") {
		t.Errorf("left out: %v", v.LeftOut)
	}
	if p := TellVerdicts(stored.VerdictsOf(nil)); !strings.Contains(p.Lead[0], "No campaign here") {
		t.Errorf("of none: %v", p.Lead)
	}
}

// An arm that cannot make a difference is no setting, and the baseline none either.
func TestVerdictsAreOfSettings(t *testing.T) {
	for _, c := range stored.VerdictsOf([]*stored.Campaign{shifted(t, "x", "", 1, nil)}).Cells {
		if strings.Contains(c.Setting, "placebo") || c.Setting == "" {
			t.Errorf("a verdict on %q", c.Setting)
		}
		if c.Windows == "" || c.Driver == "" || !strings.Contains(c.Host, "Linux") || strings.Contains(c.Host, "host-") {
			t.Errorf("on %q, %q, %q", c.Windows, c.Driver, c.Host)
		}
	}
}

func TestVerdictsFollowTheirSchema(t *testing.T) {
	s := compileSchema(t, "verdicts-v1.json")
	for _, all := range [][]*stored.Campaign{nil, {shifted(t, "a", "ctcp", 1.2, nil), shifted(t, "b", "ctcp", 0.8, nil), shifted(t, "c", "ctcp", 1, otherKernel), {Path: "x.csv"}}} {
		v := stored.VerdictsOf(all)
		text := rendered(t, func(w io.Writer) error { return VerdictsJSON(w, v) })
		if err := validate(t, s, text); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// Every cell of a table has its column, whatever is not known.
func TestVerdictsOfAnUnknownGuest(t *testing.T) {
	v := stored.VerdictsOf([]*stored.Campaign{shifted(t, "a", "ctcp", 1.2, func(c *results.Contents) {
		c.Sessions = []results.Session{{ID: 1, Started: time.Unix(0, 0), Guest: record.Guest{StandIn: "lab"}}}
	})})
	for _, part := range TellVerdicts(v).Parts {
		for _, b := range part.Blocks {
			if g, is := b.(page.Grid); is {
				if !strings.Contains(g.Title, "not known; driver not known; host not known") {
					t.Errorf("the table is called %q", g.Title)
				}
				for _, r := range g.Rows {
					if len(r.Cells) != len(g.Columns) {
						t.Errorf("%d cells in %d columns", len(r.Cells), len(g.Columns))
					}
				}
			}
		}
	}
}

package report

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/report/rank/stints"
	"vnettune/report/rank/synthetic"
	"vnettune/report/stored"
)

// What a ranking says of arms that were switched within boots follows the schema, too.
func TestJSONOfStintsFollowsItsSchema(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.WholePlots, p.RebootOnly = true, 6, 16, 1, map[string]float64{"c02": 30}
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	c := stored.Campaign{Path: "-", Rows: rows}
	j, err := c.Ranking(stored.Asked{Baseline: synthetic.Baseline})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[stints.Outcome]bool{}
	for _, arm := range j.Ranking.Analyses[0].Arms {
		if arm.Bridge != nil {
			seen[arm.Bridge.Outcome] = true
		}
	}
	if !seen[stints.Differs] || !seen[stints.NotShown] {
		t.Fatalf("outcomes %v: the campaign is to have one that differs", seen)
	}
	var b bytes.Buffer
	if err := JSON(&b, Report{Ranking: j.Ranking}); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(doc); err != nil {
		t.Error(err)
	}
}

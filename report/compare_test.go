package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/compare"
	"vnettune/report/rank/synthetic"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// drawnSide is a file of samples that is drawn; change may change its rows.
func drawnSide(t *testing.T, seed uint64, blocks int, noise float64, effects map[string]float64, change func([]sample.Row) []sample.Row) *stored.Campaign {
	t.Helper()
	p := synthetic.DefaultPlan()
	p.Combinations, p.Blocks, p.Seed, p.BootSD, p.RepSD, p.Effects = 4, blocks, seed, noise, noise, effects
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		rows = change(rows)
	}
	return &stored.Campaign{Path: fmt.Sprintf("%d.csv", seed), Rows: rows}
}

// comparisons are real outcomes of drawn campaigns: every verdict.
func comparisons(t *testing.T) []stored.Compared {
	t.Helper()
	ask := stored.Ask{Asked: stored.Asked{Baseline: synthetic.Baseline}, Differs: record.FactKernel}
	unknown := stored.Ask{Asked: ask.Asked}
	effects := map[string]float64{"c01": 9, "c02": -9}
	quiet := drawnSide(t, 1, 8, 0.3, nil, nil)
	var out []stored.Compared
	add := func(b *stored.Campaign, ask stored.Ask) {
		c, err := stored.Compare(quiet, b, ask)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	add(drawnSide(t, 2, 8, 0.3, effects, nil), ask)
	add(drawnSide(t, 2, 8, 0.3, effects, nil), unknown)
	add(drawnSide(t, 3, 8, 6, nil, nil), ask)
	add(drawnSide(t, 4, 2, 0.3, nil, nil), ask)
	add(drawnSide(t, 5, 1, 0.3, nil, nil), ask)
	add(drawnSide(t, 6, 8, 0, effects, nil), ask)
	add(drawnSide(t, 7, 8, 0.3, effects, func(rows []sample.Row) []sample.Row { // arm by arm
		order := map[string]int{}
		names := []string{synthetic.Baseline, "c01", "c02", "c03"}
		for i := range rows {
			boot := rows[i].Combination + rows[i].Boot
			if order[boot] == 0 {
				order[boot] = 1000*slices.Index(names, rows[i].Combination) + len(order) + 1
			}
			rows[i].Order = order[boot]
		}
		slices.SortStableFunc(rows, func(a, b sample.Row) int { return a.Order - b.Order })
		return rows
	}), ask)
	add(drawnSide(t, 8, 8, 0.3, effects, func(rows []sample.Row) []sample.Row { // boots of c01 are lost, c03 does not work
		lost := 0
		last := ""
		var left []sample.Row
		for _, r := range rows {
			if r.Combination == "c01" && (lost < 4 || r.Boot == last) {
				if r.Boot != last {
					lost, last = lost+1, r.Boot
				}
				if lost <= 4 && r.Boot == last {
					continue
				}
			}
			if r.Combination == "c03" {
				if r.Repetition > 1 {
					continue
				}
				r = sample.Row{Combination: r.Combination, Block: r.Block, Boot: r.Boot, Order: r.Order, GuestKind: r.GuestKind, Status: record.RebootFailed}
			}
			left = append(left, r)
		}
		return left
	}), ask)
	return append(out, comparedFixture())
}

// comparedFixture is one with every kind of fact and word.
func comparedFixture() stored.Compared {
	nan := record.Number(math.NaN())
	yes, no := true, false
	side := func(d, low, high record.Number, v rank.Label) compare.Side {
		return compare.Side{Boots: 8, BaselineBoots: 16, Difference: d, Interval: rank.Interval{Low: low, High: high}, Verdict: rank.Verdict(v)}
	}
	arm := func(name string, a, b compare.Side, d, low, high record.Number, label, v compare.Verdict) compare.Arm {
		return compare.Arm{Name: name, A: a, B: b, Difference: d, Interval: rank.Interval{Low: low, High: high}, SE: 0.4, DF: 12.3, P: 0.01, PHolm: 0.03, Differs: &yes, SizeUncertain: &no,
			MDE: 1.4, Label: label, Verdict: v, Grade: rank.GradeCertifying}
	}
	better := arm("rss-off", side(-4.1, -5.2, -3.0, rank.LabelHarms), side(0.3, -0.8, 1.4, rank.LabelEquivalent), 4.6, 3.1, 6.1, compare.Better, compare.Better)
	worse := arm("ctcp", side(3.2, 2.1, 4.3, rank.LabelHelps), side(-1.1, -2.2, 0.1, rank.LabelUndetermined), -4.2, -5.6, -2.7, compare.Worse, compare.Worse)
	flagged := arm("lso-off", side(1, -0.1, 2.1, rank.LabelNoWorse), side(3, 2.1, 4, rank.LabelHelps), 2.9, 0.6, 4.1, compare.Better, compare.Undetermined)
	flagged.WithoutFlagged = &compare.Look{Label: compare.Undetermined, Difference: 1.4, Interval: rank.Interval{Low: -0.2, High: 3}}
	within := arm("heuristics", side(0.1, -0.9, 1.1, rank.LabelEquivalent), side(0.9, 0.2, 1.6, rank.LabelEquivalent), 0.8, 0.1, 1.5, compare.Equivalent, compare.Equivalent)
	few := arm("ecn", side(2, nan, nan, rank.LabelOneBoot), side(1, 0, 2, rank.LabelNoWorse), -1, nan, nan, compare.Verdict(rank.LabelOneBoot), compare.Verdict(rank.LabelOneBoot))
	few.SE, few.DF, few.P, few.PHolm, few.MDE, few.Differs, few.SizeUncertain, few.Grade = nan, nan, nan, nan, nan, nil, nil, rank.GradeNone
	open := arm("rsc", side(0, -3, 3, rank.LabelUndetermined), side(1, -3, 4, rank.LabelUndetermined), 1, -4, 6, compare.Undetermined, compare.Undetermined)
	open.Grade, open.MDE, open.Differs = rank.GradeProvisional, 6.4, &no
	return stored.Compared{
		A: stored.ComparedCampaign{Path: "old.db", Name: "nightly"}, B: stored.ComparedCampaign{Path: "new.db", Name: "nightly", Unfinished: true},
		GuestKind: "lab", Differs: "driver",
		Facts: []stored.ComparedFact{
			{Fact: record.FactDriver, A: "0.1.240", B: "0.1.271", State: stored.FactDiffers, UnderTest: true},
			{Fact: record.FactKernel, A: "Linux 6.1", B: "Linux 6.1", State: stored.FactSame},
			{Fact: record.FactQEMU, State: stored.FactUnknown},
		},
		Comparison: compare.Comparison{
			OnlyB: []string{"loss of udp"}, Unlike: []string{"tuned: tcp.rss is enabled in A and disabled in B"},
			Results: []compare.Result{{Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter, Scale: sample.Ratio, EffectUnit: "%", Family: 6, Alpha: 0.05, Margin: 2,
				BaselineA: compare.Level{Name: "baseline", Estimate: 9412, Boots: 16}, BaselineB: compare.Level{Name: "baseline", Estimate: 8731, Boots: 16},
				OrderA: rank.OrderBlocks, OrderB: rank.OrderUnknown, OnlyA: []string{"chimney"}, OnlyB: []string{}, Arms: []compare.Arm{better, worse, flagged, within, few, open}}},
		},
	}
}

// confoundedFixture is the same with facts that stand in the way.
func confoundedFixture() stored.Compared {
	c := comparedFixture()
	c.Facts = append(c.Facts, stored.ComparedFact{Fact: record.FactCPU, A: "EPYC", B: "EPYC", State: stored.FactDiffers,
		Differences: []record.Difference{{Fact: record.FactCPU, What: "governor", Was: "performance", Is: "powersave"}}, ChangedB: []string{"governor was performance and is powersave (session 2)"}},
		stored.ComparedFact{Fact: record.FactTap, A: "tap", State: stored.FactNotKnown})
	for i := range c.Results[0].Arms {
		if a := &c.Results[0].Arms[i]; a.Label.Plain() {
			a.Verdict = compare.Confounded
		}
	}
	return c
}

// pageText is a page as plain as can be.
func pageText(p page.Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n(%s) <%s>\n", p.Title, p.Notice, p.Verdict)
	for _, line := range p.Lead {
		fmt.Fprintln(&b, line)
	}
	for _, line := range p.Next {
		fmt.Fprintln(&b, "->", line)
	}
	for _, part := range p.Parts {
		fmt.Fprintf(&b, "\n## %s (%s) detail %v\n", part.Title, part.ID, part.Detail)
		for _, block := range part.Blocks {
			switch x := block.(type) {
			case page.Text:
				fmt.Fprintln(&b, x.Words)
			case page.List:
				if x.Title != "" {
					fmt.Fprintln(&b, x.Title+":")
				}
				for i, item := range x.Items {
					fmt.Fprintf(&b, "- %s %s\n", item, x.Marked[i])
				}
			case page.Chart:
				fmt.Fprintf(&b, "[chart %s: %s]\n", x.Name, x.Title)
			case page.Grid:
				var heads []string
				for _, c := range x.Columns {
					heads = append(heads, c.Head)
				}
				fmt.Fprintln(&b, strings.Join(heads, " | "))
				for _, r := range x.Rows {
					fmt.Fprint(&b, strings.Join(r.Cells, " | "), " <", r.Mark, ">")
					if r.Interval != nil {
						fmt.Fprintf(&b, " %v", *r.Interval)
					}
					fmt.Fprintln(&b)
				}
			}
		}
	}
	return b.String()
}

func TestCompareGolden(t *testing.T) {
	for name, c := range map[string]stored.Compared{"compare.txt": comparedFixture(), "compare-confounded.txt": confoundedFixture()} {
		p, err := TellCompare(c)
		if err != nil {
			t.Fatal(err)
		}
		goldenFile(t, name, []byte(pageText(p)))
	}
}

// Every row has a cell for each column, every chart has both widths, ids are unique.
func TestComparePagesAreWhole(t *testing.T) {
	for i, c := range append(comparisons(t), confoundedFixture()) {
		p, err := TellCompare(c)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		charts := 0
		for _, part := range p.Parts {
			if ids[part.ID] || part.ID == "" {
				t.Errorf("%d: id %q is not unique", i, part.ID)
			}
			ids[part.ID] = true
			for _, block := range part.Blocks {
				switch x := block.(type) {
				case page.Grid:
					for _, r := range x.Rows {
						if len(r.Cells) != len(x.Columns) || slices.Contains(r.Cells, "") {
							t.Errorf("%d: %q under %v", i, r.Cells, x.Columns)
						}
					}
				case page.Chart:
					charts++
					if len(x.Wide) == 0 || len(x.Narrow) == 0 || string(x.Wide) == string(x.Narrow) {
						t.Errorf("%d: chart %s lacks a width", i, x.Name)
					}
				}
			}
		}
		if len(p.Lead) == 0 || charts != len(c.Results) {
			t.Errorf("%d: lead %q, %d charts", i, p.Lead, charts)
		}
	}
}

func TestCompareFollowsItsSchema(t *testing.T) {
	s := compileSchema(t, "compare-v1.json")
	seen := map[compare.Verdict]bool{}
	for i, c := range append(comparisons(t), confoundedFixture()) {
		text := rendered(t, func(w io.Writer) error { return CompareJSON(w, c) })
		if err := validate(t, s, text); err != nil {
			t.Errorf("%d: %v\n%s", i, err, text)
		}
		for _, a := range c.Results[0].Arms {
			seen[a.Verdict] = true
		}
	}
	for _, v := range []compare.Verdict{compare.Better, compare.Worse, compare.Equivalent, compare.Undetermined, compare.Confounded, compare.Verdict(rank.LabelOneBoot), compare.Verdict(rank.LabelTwoBoots),
		compare.Verdict(rank.LabelNoVariance), compare.Verdict(rank.LabelNotWorking), compare.Verdict(rank.VerdictOrder), compare.Verdict(rank.VerdictMissing)} {
		if !seen[v] {
			t.Errorf("no arm is %q: the case proves less than it should", v)
		}
	}
	text := rendered(t, func(w io.Writer) error { return CompareJSON(w, comparedFixture()) })
	for _, change := range [][2]string{
		{`"verdict": "differs, better"`, `"verdict": "differs"`}, {`"state": "same"`, `"state": "alike"`}, {`"under_test": "driver"`, `"under_test": "weather"`}, {`"family": 6`, `"families": 6`},
	} {
		if !strings.Contains(text, change[0]) || validate(t, s, strings.Replace(text, change[0], change[1], 1)) == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}

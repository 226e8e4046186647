package report

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/rank/stints"
	"vnettune/report/rank/synthetic"
	"vnettune/report/stored"
	"vnettune/report/terminal"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// within is a campaign of five arms that are switched within so many boots, with little noise.
func within(boots int, change func(*synthetic.Plan)) synthetic.Plan {
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.BootSD, p.RepSD, p.InteractionSD, p.Seed = true, 5, boots, 0.5, 0.5, 0.2, 7
	p.Effects = map[string]float64{"c01": 6, "c02": -5}
	change(&p)
	return p
}

// draw draws a campaign whose rows may all be changed.
func draw(t *testing.T, p synthetic.Plan, change func(*sample.Row)) []sample.Row {
	t.Helper()
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		change(&rows[i])
	}
	return rows
}

// after makes rows those of boots behind so many others in so many blocks.
func after(blocks, boots int, change func(*sample.Row)) func(*sample.Row) {
	return func(r *sample.Row) {
		r.Block, r.Boot, r.Order = r.Block+"-later", r.Boot+"-later", r.Order+boots
		change(r)
	}
}

// confirming are boots of an arm and the baseline that confirm it, with its effect in percent.
func confirming(t *testing.T, arm string, effect float64) []sample.Row {
	p := synthetic.DefaultPlan()
	p.Combinations, p.Blocks, p.BootSD, p.RepSD, p.Effects = 2, 6, 0.5, 0.5, map[string]float64{"c01": effect}
	return draw(t, p, after(0, 1000, func(r *sample.Row) {
		r.Status = sample.StatusConfirm
		if r.Combination == "c01" {
			r.Combination = arm
		}
	}))
}

// stintCampaigns are campaigns within boots, each with what its page is to show.
func stintCampaigns(t *testing.T) map[string]Report {
	keep := func(*sample.Row) {}
	same := func(*synthetic.Plan) {}
	few := draw(t, within(4, func(p *synthetic.Plan) { p.BootSD = 3 }), keep)
	agrees := draw(t, within(30, same), keep)
	fell := func(p *synthetic.Plan) { p.RebootOnly = map[string]float64{"c04": 9} }
	differs := draw(t, within(20, fell), keep)
	// From block 13 on the arm that fell back has boots of its own, and the others are switched without it.
	fellBack := append(draw(t, within(12, fell), keep), draw(t, within(8, func(p *synthetic.Plan) {
		p.WholePlots, p.Seed, p.Effects["c04"] = 1, 8, 9.0
	}), after(12, 12, func(r *sample.Row) {
		if r.Combination == "c04" {
			r.Stint = 0
		}
	}))...)
	whole := draw(t, within(12, func(p *synthetic.Plan) { p.WholePlots, p.Effects["c04"] = 1, 4.0 }), keep)
	out := map[string]Report{}
	broken := func(failed bool) []sample.Row { // c01 is booted into; switched to it is never, or in vain
		return slices.DeleteFunc(draw(t, within(12, same), func(r *sample.Row) {
			if failed && r.Combination == "c01" && r.Stint > 1 {
				r.Value, r.HasValue, r.Status = 0, false, record.MeasurementFailed
			}
		}), func(r sample.Row) bool { return !failed && r.Combination == "c01" && r.Stint > 1 })
	}
	alone := slices.DeleteFunc(confirming(t, "c01", 6), func(r sample.Row) bool { return r.Combination == synthetic.Baseline })
	nothing := draw(t, within(12, same), func(r *sample.Row) { r.Value, r.HasValue, r.Status = 0, false, record.MeasurementFailed })
	baseline := draw(t, within(20, func(p *synthetic.Plan) { p.RebootOnly = map[string]float64{"baseline": 9} }), keep)
	for name, rows := range map[string][]sample.Row{
		"only-first": broken(false), "switch-fails": broken(true), "all-fail": nothing, "baseline-differs": baseline,
		"confirmed-alone": append(draw(t, within(12, same), keep), alone...),
		"not-measured":    few, "agrees": agrees, "differs": differs, "fell-back": fellBack, "whole-plot": whole,
		"confirmed":     append(draw(t, within(12, same), keep), confirming(t, "c01", 6)...),
		"not-confirmed": append(draw(t, within(12, same), keep), confirming(t, "c01", 0)...),
	} {
		c := stored.Campaign{Path: "-", Rows: rows}
		j, err := c.Ranking(stored.Asked{Baseline: synthetic.Baseline})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = Report{Ranking: j.Ranking, Effects: j.Effects, Boots: j.Boots}
	}
	store := out["fell-back"] // as from a store, which knows what was decided
	store.Campaign, store.Path, store.GuestKind = "within", "within.db", "lab"
	store.Plan = []string{"5 combinations, switched within boots"}
	store.Switched = &Switched{Read: []string{"baseline", "c01"}, Decisions: []record.SwitchDecision{
		{Blocks: 10, Look: 1, Of: 3},
		{Blocks: 12, Look: 2, Of: 3, FellBack: []record.FellBack{{Arm: "c04", Workload: "tcp", Metric: "throughput", Between: true, Difference: 9.1, Lower: 7.6, Upper: 10.6, Unit: "%"}}},
		{Blocks: 20},
	}}
	store.Found = []FoundSetting{{ID: "tcp.autotuninglevel", How: "netsh", Tried: []string{"disabled"}, Was: "normal", Switch: "new connections", Default: "normal"}}
	out["store"] = store
	return out
}

func TestGoldenWithinBoots(t *testing.T) {
	for name, r := range stintCampaigns(t) {
		for ending, style := range map[string]terminal.Style{"txt": wide, "short.txt": {Width: 80}} {
			var b bytes.Buffer
			if err := asText(&b, Tell, r, style); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "stints-"+name+"."+ending)
			if *update {
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("%s (-want +got):\n%s", file, d)
			}
		}
	}
}

// Each page says what its campaign is made to show.
func TestWordsWithinBoots(t *testing.T) {
	all := stintCampaigns(t)
	for _, tt := range []struct {
		name      string
		want, not []string
	}{
		{"not-measured", []string{"4 boots, 28 stints", "not measured whether a reboot gives the same", "Best by switching: c01, not confirmed by boots: none was made"}, []string{"in 4 blocks"}},
		{"agrees", []string{"the bridge agrees: after a reboot the same within the margin of 2 %", "is equivalent to the baseline, any"}, []string{"equivalent, but that a reboot"}},
		{"differs", []string{"c04 is not the same after a switch as after a reboot (throughput +9.", "it has no boots of its own", "c04 gets no verdict: a switch to it is not what a reboot into it is"}, []string{"c04 is undetermined"}},
		{"fell-back", []string{"c04 was switched at first and then booted: its stints are not ranked, its boots are.", "Compared between boots: c04.", "c04 helps"}, nil},
		{"whole-plot", []string{"Compared between boots: c04.", "arms of different levels compared between boots"}, []string{"fell back"}},
		{"confirmed", []string{"Best: c01, the only arm that may be the best by switching, confirmed by 6 boots of it and 6 of the baseline: throughput +", "Use c01"}, []string{"not confirmed"}},
		{"not-confirmed", []string{"Best by switching: c01, not confirmed by boots: 6 boots of it and 6 of the baseline: throughput", "c01 (by switching alone)", "boots do not confirm it: 6 boots of it"}, []string{"Use c01"}},
		{"only-first", []string{"c01 is undetermined: no stint that was switched to it gave a number; the first of a boot is the bridge's alone."}, []string{"not working"}},
		{"switch-fails", []string{"12 of 12 stints", "12 stints failed (measurement_failed 12) in boots b000001, ", "no stint that was switched to it gave a number, 12 failed"}, []string{"not working", "of 12 boots)"}},
		{"all-fail", []string{"No stint gave a number in tcp", "(stints: measurement_failed 84)"}, []string{"No boot gave"}},
		{"baseline-differs", []string{"The baseline baseline is not the same after a switch as after a reboot (throughput +", "No stint is ranked, and no arm has boots of its own", "with switch: reboot"}, []string{"gave a number"}},
		{"confirmed-alone", []string{"Best by switching: c01, not confirmed by boots: 6 boots of it and none of the baseline, with which it could be compared."}, []string{"none was made"}},
		{"store", []string{"from block 13 on it was booted; its stints are not ranked", "Every switch was read in effect by a number in all stints of: baseline and c01.", "after block 10 no arm is shown to differ", "a switch takes", "new connections"}, []string{"measured after a reboot."}},
	} {
		p, err := Tell(all[tt.name])
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := terminal.Write(&b, p, terminal.Style{Width: 100, Full: true}); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), " ")
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in\n%s", tt.name, want, b.String())
			}
		}
		for _, not := range tt.not {
			if strings.Contains(text, not) {
				t.Errorf("%s: %q stands in\n%s", tt.name, not, b.String())
			}
		}
	}
}

// What follows the schema for one campaign within boots does for all.
func TestJSONWithinBoots(t *testing.T) {
	for name, r := range stintCampaigns(t) {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema(t).Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where the baseline itself is not the same after a switch nothing that was switched is ranked, and it alone is named.
func TestBaselineFallsBack(t *testing.T) {
	rows := draw(t, within(20, func(p *synthetic.Plan) { p.RebootOnly = map[string]float64{"baseline": 9} }), func(*sample.Row) {})
	j, err := (&stored.Campaign{Path: "-", Rows: rows}).Ranking(stored.Asked{Baseline: synthetic.Baseline})
	if err != nil {
		t.Fatal(err)
	}
	lines := Report{Ranking: j.Ranking}.fallBackSentences()
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "The baseline baseline is not the same after a switch as after a reboot (throughput +") || !strings.HasSuffix(lines[0], "no stint of theirs is ranked.") {
		t.Errorf("%q", lines)
	}
}

// A gate says by which of the two it compared, and passes no arm whose switch is no measure of it.
func TestGateWithinBoots(t *testing.T) {
	rows := func(p synthetic.Plan) []sample.Row { return draw(t, p, func(*sample.Row) {}) }
	differs := rows(within(20, func(p *synthetic.Plan) { p.RebootOnly = map[string]float64{"c04": 9} }))
	whole := rows(within(12, func(p *synthetic.Plan) { p.WholePlots = 1 }))
	for _, tt := range []struct {
		name, candidate string
		rows            []sample.Row
		verdict         gate.Verdict
		reason          gate.Reason
		want            string
	}{
		{"not shown", "c01", rows(within(8, func(p *synthetic.Plan) { p.BootSD = 3 })), gate.Pass, "", "compared by switching within boots; not measured whether a reboot gives the same (tcp throughput)"},
		{"agrees", "c01", rows(within(30, func(*synthetic.Plan) {})), gate.Pass, "", "the bridge agrees"},
		{"differs", "c04", differs, gate.Inconclusive, gate.ReasonFellBack, "c04 is not the same after a switch as after a reboot"},
		{"between boots", "c04", whole, gate.Pass, "", "were compared between boots."},
	} {
		c := &stored.Campaign{Path: "-", Rows: tt.rows}
		g, err := c.Gate(tt.candidate, stored.Asked{Baseline: synthetic.Baseline})
		if err != nil {
			t.Fatal(err)
		}
		if g.Verdict != tt.verdict || g.Results[0].Reason != tt.reason {
			t.Errorf("%s: %s(%s), want %s(%s)", tt.name, g.Verdict, g.Results[0].Reason, tt.verdict, tt.reason)
		}
		if words := switchSentence(g); !strings.Contains(words, tt.want) {
			t.Errorf("%s: %q lacks %q", tt.name, words, tt.want)
		}
		lead := TellGate(g).Lead[0]
		if by := strings.HasSuffix(lead, ", by switching within boots"); by != (tt.name == "not shown") {
			t.Errorf("%s: %q", tt.name, lead)
		}
		var b bytes.Buffer
		if err := GateJSON(&b, g); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "schema", "gate-v2.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Two campaigns within boots are compared, and equivalence is claimed only where the bridge agrees; one way beside the
// other is said, and no history of both is kept.
func TestCompareWithinBoots(t *testing.T) {
	of := func(name string, p synthetic.Plan) *stored.Campaign {
		return &stored.Campaign{Path: name, Rows: draw(t, p, func(*sample.Row) {})}
	}
	asked := stored.Ask{Asked: stored.Asked{Baseline: synthetic.Baseline}}
	sure, again := of("a", within(30, func(*synthetic.Plan) {})), of("b", within(30, func(p *synthetic.Plan) { p.Seed = 11 }))
	rough := of("c", within(12, func(p *synthetic.Plan) { p.BootSD, p.Seed = 5, 12 }))
	booted := of("d", within(12, func(p *synthetic.Plan) { p.WithinBoot, p.InteractionSD = false, 0 }))
	for _, tt := range []struct {
		name string
		b    *stored.Campaign
		want string
	}{
		{"both agree", again, "c03: its effect is equivalent in both, what differs is less than the margin"},
		{"one does not", rough, "that is by switching, and that a reboot does the same is not shown, so that equivalence is not claimed"},
		{"one is booted", booted, "Effects in A were found by switching within boots, those in B by booting every arm"},
	} {
		c, err := stored.Compare(sure, tt.b, asked)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := asText(&b, TellCompare, c, terminal.Style{Width: 400, Full: true}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) || strings.Contains(b.String(), "is not claimed") != (tt.name == "one does not") {
			t.Errorf("%s: %q is missing, or equivalence is (not) claimed:\n%s", tt.name, tt.want, b.String())
		}
	}
	if _, err := stored.Follow([]*stored.Campaign{sure, booted}, "", asked.Asked); err == nil || !strings.Contains(err.Error(), "switched its arms within boots") {
		t.Errorf("a history of both ways: %v", err)
	}
	if _, err := stored.Follow([]*stored.Campaign{sure, again}, "", asked.Asked); err != nil {
		t.Error(err)
	}
}

// How far what was found by switching holds after a reboot is said of one arm and of several.
func TestRebooted(t *testing.T) {
	a := rank.Analysis{EffectUnit: "%", Margin: 2}
	arm := func(name string, o stints.Outcome, bound float64) rank.Arm {
		return rank.Arm{Name: name, FoundBy: rank.FoundWithin, Bridge: &rank.ArmBridge{Outcome: o, Measured: stints.Measured{Bound: record.Number(bound)}}}
	}
	x, y, z, inf := arm("x", stints.NotShown, 3.14), arm("y", stints.NotShown, 7.9), arm("z", stints.Agrees, 1.4), arm("inf", stints.NotShown, math.Inf(1))
	for _, tt := range []struct {
		arms []rank.Arm
		want string
	}{
		{[]rank.Arm{x}, "after a reboot the same within 3.1 %"},
		{[]rank.Arm{x, y}, "after a reboot the same within 3.1 to 7.9 %, depending on the arm"},
		{[]rank.Arm{z}, "the bridge agrees: after a reboot the same within the margin of 2 %"},
		{[]rank.Arm{x, z}, "the bridge agrees for z: after a reboot the same within the margin of 2 %; of the others within 3.1 %"},
		{[]rank.Arm{inf}, "not measured whether a reboot gives the same"},
		{[]rank.Arm{x, inf}, "after a reboot the same within 3.1 %; not measured whether a reboot gives the same of inf"},
		{[]rank.Arm{{Name: "no bridge"}}, ""},
	} {
		if got := rebooted(a, tt.arms); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

// Where equivalence rests on what was read of the switch, that is said.
func TestEquivalentByReading(t *testing.T) {
	rows := draw(t, within(4, func(p *synthetic.Plan) { p.BootSD = 3 }), func(*sample.Row) {})
	o := rank.DefaultOptions()
	o.Baseline, o.SwitchRead = synthetic.Baseline, map[string]bool{"c03": true}
	r, err := rank.Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	lines := foundSentences(r.Analyses[0])
	if n := len(lines); n != 2 || !strings.HasSuffix(lines[1], "not because the bridge agrees: c03.") {
		t.Errorf("%q", lines)
	}
}

// Exclusions name a whole boot once, and a stint by its place in it.
func TestExcludedStints(t *testing.T) {
	c := &stored.Campaign{Kept: &results.Contents{}}
	for _, boot := range []string{"b001", "b002"} {
		for n := 1; n <= 3; n++ {
			c.Kept.Boots = append(c.Kept.Boots, results.Boot{ID: results.StintName(boot, n), In: boot, Stint: n})
		}
	}
	c.Kept.Boots = append(c.Kept.Boots, results.Boot{ID: "b003"})
	exclude := func(boot, why string) {
		c.Kept.Exclusions = append(c.Kept.Exclusions, results.Exclusion{Boot: boot, Reason: why})
	}
	for n := 1; n <= 3; n++ {
		exclude(fmt.Sprintf("b001.%d", n), "noise")
	}
	exclude("b002.2", "noise")
	exclude("b003", "other")
	want := []string{
		"boot b001 is excluded by the operator, with its 3 stints: noise",
		"boot b002 stint 2 is excluded by the operator: noise",
		"boot b003 is excluded by the operator: other",
	}
	if d := cmp.Diff(want, exclusionNotes(c)); d != "" {
		t.Error(d)
	}
}

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

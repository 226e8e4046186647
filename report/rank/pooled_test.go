package rank

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

func TestPooledVariance(t *testing.T) {
	effects := map[string]float64{"base": 0, "a": 6, "b": 0, "c": -6}
	o := baseOptions()
	o.Variance = VariancePooled
	r, err := Analyze(ranktest.Campaign(31, effects, 6, 3, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	a := r.Analyses[0]
	if a.Method != MethodPooled || a.SingleWinner != "a" || a.DF != 15 {
		t.Errorf("method %s, winner %q, df %d", a.Method, a.SingleWinner, a.DF)
	}
	crit := stat.NewControl([]int{6, 6, 6, 6}, 0).Upper(0.05, 15, true)
	for _, name := range []string{"a", "b", "c"} {
		arm := a.arm(name)
		if want := math.Sqrt(2 * float64(a.Pooled) / 6); math.Abs(float64(arm.SE)/want-1) > 1e-10 {
			t.Errorf("%s: standard error %v, want %v", name, arm.SE, want)
		}
		if got, want := arm.y.upper-arm.y.diff, crit*float64(arm.SE); math.Abs(got/want-1) > 1e-8 {
			t.Errorf("%s: half width %v, want %v", name, got, want)
		}
		if *arm.Differs != (math.Abs(float64(arm.T)) >= crit) || arm.PHolm < arm.P {
			t.Errorf("%s: t %v, constant %v, differs %v, p %v, adjusted %v", name, arm.T, crit, *arm.Differs, arm.P, arm.PHolm)
		}
	}
	if a.arm("a").Label != LabelHelps || a.arm("c").Label != LabelHarms {
		t.Errorf("a %s, c %s", a.arm("a").Label, a.arm("c").Label)
	}
	if want := [][]string{{"a"}, {"b", "base"}, {"c"}}; len(a.Tiers) != 3 || !slices.Equal(a.Tiers[0], want[0]) || !slices.Equal(a.Tiers[2], want[2]) {
		t.Errorf("tiers %v", a.Tiers)
	}
}

// What cannot be tested is not tested by the pooled variance either.
func TestPooledVarianceWithLittle(t *testing.T) {
	o := baseOptions()
	o.Variance = VariancePooled
	effects := map[string]float64{"base": 0, "a": 5, "b": 0}
	for _, tt := range []struct {
		blocks int
		noise  float64
		want   Label
	}{{1, 1, LabelOneBoot}, {2, 1, LabelTwoBoots}, {5, 0, LabelNoVariance}} {
		r, err := Analyze(ranktest.Campaign(32, effects, tt.blocks, 2, tt.noise), o)
		if err != nil {
			t.Fatal(err)
		}
		a := r.Analyses[0].arm("a")
		if a.Label != tt.want || a.Label == LabelNoVariance && a.P.Exists() {
			t.Errorf("%d blocks: %s, p %v", tt.blocks, a.Label, a.P)
		}
	}
	for _, only := range []string{"base", "ab"} {
		rows := ranktest.Campaign(33, effects, 4, 2, 1)
		rows = slices.DeleteFunc(rows, func(r sample.Row) bool { return only == "base" && r.Combination != "base" })
		if only == "ab" { // the baseline never worked
			for i := range rows {
				if rows[i].Combination == "base" {
					rows[i].Status, rows[i].HasValue, rows[i].Value = "reboot_timeout", false, 0
				}
			}
		}
		r, err := Analyze(rows, o)
		if err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprint(r.Analyses[0].arm("a").Label); only == "ab" && s != string(LabelNoBaseline) {
			t.Errorf("without a baseline: %s", s)
		}
	}
}

// Dunnett's constant is the dear part of a second look, and every arm with lost boots
// takes one: those with equally many boots share it, and nothing else changes.
func TestPooledSecondLooksShareConstants(t *testing.T) {
	o := baseOptions()
	o.Variance = VariancePooled
	rows := slices.DeleteFunc(ranktest.Campaign(35, eight, 6, 1, 1), func(r sample.Row) bool {
		return r.Combination != "base" && r.Block == string('0'+r.Combination[0]%6)
	})
	studies, err := Studies(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	st := studies[0]
	a, err := st.analysis()
	if err != nil {
		t.Fatal(err)
	}
	looks := 0
	small, large := st.Extremes()
	for i, name := range st.Arms.Names {
		got := a.arm(name)
		if got.LostWorst == nil {
			continue
		}
		looks++
		for _, c := range []struct {
			look      *SecondLook
			arm, base func(int) float64
		}{{got.LostWorst, small, large}, {got.LostBest, large, small}} {
			st.Family.Constants = nil
			alone, err := st.With(Lost{i, c.arm}, Lost{st.Arms.Baseline, c.base})
			if err != nil {
				t.Fatal(err)
			}
			if want := alone.look(i); *c.look != want {
				t.Errorf("%s: %+v, alone %+v", name, c.look, want)
			}
		}
	}
	if looks < 7 {
		t.Fatalf("%d arms that lost many: too few to share anything", looks)
	}
	if studies, err = Studies(rows, o); err != nil {
		t.Fatal(err)
	}
	if _, err = studies[0].analysis(); err != nil {
		t.Fatal(err)
	}
	// The family's own: two-sided, one-sided with an arm of 5 and one of 6 boots as the control, Tukey's.
	// The looks share one more.
	if n := len(studies[0].Family.Constants); n > 5 {
		t.Errorf("%d constants for %d looks at arms that all lost one boot", n, looks)
	}
}

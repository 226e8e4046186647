package rank

import (
	"math"
	"slices"
	"testing"

	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
)

// Two arms in all: the classical tests, chosen by the number of common blocks.
func TestTwoArms(t *testing.T) {
	two := map[string]float64{"base": 0, "a": 2}
	for _, tt := range []struct {
		blocks int
		want   Method
	}{{5, MethodWelch}, {6, MethodPaired}} {
		rows := ranktest.Campaign(11, two, tt.blocks, 1, 1)
		a := analyze(t, rows, baseOptions())
		if a.Method != tt.want {
			t.Errorf("%d blocks: %s, want %s", tt.blocks, a.Method, tt.want)
		}
		values := map[string][]float64{}
		for _, r := range rows {
			values[r.Combination] = append(values[r.Combination], 100*math.Log(r.Value))
		}
		test := stat.Welch(values["a"], values["base"])
		if tt.want == MethodPaired {
			test = stat.Paired(values["a"], values["base"])
		}
		got := a.arm("a")
		if math.Abs(float64(got.P)-test.P) > 1e-9 || math.Abs(float64(got.DF)-test.DF) > 1e-9 || got.PHolm != got.P {
			t.Errorf("%d blocks: p %v on %v, want %v on %v", tt.blocks, got.P, got.DF, test.P, test.DF)
		}
	}
}

// An arm without variance beside one with: both get the larger.
func TestTwoArmsOneWithoutVariance(t *testing.T) {
	rows := ranktest.Campaign(12, map[string]float64{"base": 0, "a": 2}, 4, 1, 1)
	for i := range rows {
		if rows[i].Combination == "a" {
			rows[i].Value = 9500
		}
	}
	a := analyze(t, rows, baseOptions())
	got := a.arm("a")
	var base []float64
	for _, r := range rows {
		if r.Combination == "base" {
			base = append(base, 100*math.Log(r.Value))
		}
	}
	_, v := stat.MeanVariance(base)
	if want := math.Sqrt(2 * v / 4); math.Abs(float64(got.SE)-want) > 1e-9 || math.Abs(float64(got.DF)-3) > 1e-9 {
		t.Errorf("se %v on %v, want %v on 3", got.SE, got.DF, want)
	}
	if !slices.ContainsFunc(a.Warnings, func(w Warning) bool { return w.Code == WarnSomeNoVariance }) {
		t.Error("it is not said")
	}
}

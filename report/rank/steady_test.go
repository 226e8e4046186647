package rank

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vnettune/report/rank/ranktest"
	"vnettune/results/sample"
)

// run draws n seconds of the level with one percent of noise.
func run(seed uint64, levels ...float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 9))
	var x []float64
	for _, level := range levels {
		for range 10 {
			x = append(x, level*(1+0.01*rng.NormFloat64()))
		}
	}
	return x
}

func TestSteadyState(t *testing.T) {
	noisy := run(5, 9000, 9000, 9000)
	for i := range noisy {
		noisy[i] += 2000 * math.Sin(float64(i*i))
	}
	stalled := run(6, 9000, 9000, 9000)
	stalled[12] = 0
	for _, tt := range []struct {
		name   string
		x      []float64
		from   int
		steady bool
	}{
		{"level", run(1, 9000, 9000, 9000), 0, true},
		{"warms up in its first third", run(2, 7000, 9000, 9000), 10, true},
		{"changes near its end", run(3, 9000, 9000, 8000), 20, false},
		{"twice", run(4, 7000, 9000, 8000, 8000), 20, true},
		{"no level at all", noisy, 0, false},
		{"one second of stall", stalled, 13, true}, // more than half of it is left
		{"exactly the same", slices.Repeat([]float64{941}, 30), 0, true},
		{"coarse figures with a change", append(slices.Repeat([]float64{941}, 10), slices.Repeat([]float64{900}, 20)...), 10, true},
	} {
		s := SteadyState(tt.x)
		if !s.Known || s.From != tt.from || s.Steady != tt.steady {
			t.Errorf("%s: %+v, want from %d, steady %v", tt.name, s, tt.from, tt.steady)
		}
	}
	if s := SteadyState(run(1, 9000)[:9]); s.Known {
		t.Errorf("9 seconds: %+v", s)
	}
}

// Boots whose runs change near their end are counted and named; boots that are not
// ranked are not looked at.
func TestInspect(t *testing.T) {
	rows := ranktest.Campaign(41, map[string]float64{"base": 0, "a": 1}, 3, 3, 1)
	for i := range rows {
		if rows[i].Boot == "base2" {
			rows[i].Status = sample.StatusNotInEffect
		}
	}
	r, err := Analyze(rows, baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	var runs []RunIntervals
	for i, row := range rows {
		x := run(uint64(i), 9000, 9000, 9000)
		if row.Boot == "a1" && row.Repetition > 1 || row.Boot == "a2" && row.Repetition == 3 || row.Boot == "base2" {
			x = run(uint64(i), 9000, 9000, 8000)
		}
		runs = append(runs, RunIntervals{row.Workload, row.Combination, row.Boot, row.Repetition, x})
	}
	r.Inspect(runs)
	a := r.Analyses[0]
	if s := a.Diagnostics.Steady; s.Boots != 5 || *s.Unsteady != 1 {
		t.Errorf("%+v, want 1 of 5 boots", a.Diagnostics.Steady)
	}
	w := a.arm("a").Warnings
	if len(w) != 1 || w[0].Code != WarnNoSteadyState || !slices.Equal(w[0].Boots, []string{"a1"}) || w[0].Numbers["unsteady"] != 1 {
		t.Errorf("a: %+v", w)
	}
}

// Repetitions that rise in every boot are found by the boots' slopes; those that
// rise in one boot are not.
func TestTrendOfRepetitions(t *testing.T) {
	rows := ranktest.Campaign(42, eight, 5, 5, 0.5)
	if tr := analyze(t, rows, baseOptions()).Diagnostics.Trend; !(tr.P > 0.01) || tr.DF != 39 {
		t.Errorf("no trend: %+v", tr)
	}
	warm := slices.Clone(rows)
	for i := range warm {
		if warm[i].Combination == "c" {
			warm[i].Value *= math.Exp(0.01 * float64(warm[i].Repetition))
		}
	}
	c := analyze(t, warm, baseOptions()).arm("c")
	i := slices.IndexFunc(c.Warnings, func(w Warning) bool { return w.Code == WarnNoSteadyState })
	if i < 0 || math.Abs(float64(c.Warnings[i].Numbers["per_repetition"])-1) > 0.5 {
		t.Errorf("c: %+v", c.Warnings)
	}
	for i := range rows {
		if rows[i].Boot == "c0" {
			rows[i].Value *= math.Exp(0.02 * float64(rows[i].Repetition))
		}
	}
	if tr := analyze(t, rows, baseOptions()).Diagnostics.Trend; tr.P < 0.01 {
		t.Errorf("one boot: %+v", tr)
	}
}

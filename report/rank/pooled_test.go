package rank

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vnettune/results/sample"
)

// Of two means the studentized range is sqrt(2) |t|.
func TestStudentRangeOfTwo(t *testing.T) {
	for _, df := range []float64{1, 2, 3.5, 9, 60, 5000, math.Inf(1)} {
		for _, q := range []float64{0.1, 1, 4, 9, 30} {
			want := tTwoSided(q/math.Sqrt2, df)
			if got := studentRangeTail(q, 2, df); math.Abs(got-want) > 1e-9*want+1e-14 {
				t.Errorf("df %v: P(Q > %v) = %v, want %v", df, q, got, want)
			}
		}
	}
}

// With lambda 0 the comparisons are independent given the scale; of one comparison
// it is Student's t.
func TestControlOfOneIsStudent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		df := math.Exp(rapid.Float64Range(0.7, 8).Draw(rt, "ln df"))
		x := rapid.Float64Range(0.05, 12).Draw(rt, "t")
		c := newControl([]int{rapid.IntRange(1, 30).Draw(rt, "control"), rapid.IntRange(1, 30).Draw(rt, "n")}, 0)
		for _, two := range []bool{false, true} {
			want := tSurvival(x, df)
			if two {
				want *= 2
			}
			if got := c.tail(x, df, two); math.Abs(got-want) > 1e-6*want+1e-13 {
				rt.Fatalf("two-sided %v, df %v: %v, want %v", two, df, got, want)
			}
		}
	})
	free := control{{lambda: 0, count: 7}}
	q := normalUpper(2.2)
	closeTo(t, "independent", free.tail(2.2, math.Inf(1), false), 1-math.Pow(1-q, 7), 1e-12)
}

// An arm without boots stays in the family.
func TestControlKeepsTheFamily(t *testing.T) {
	with, without := newControl([]int{5, 5, 5, 0}, 0), newControl([]int{5, 5, 5}, 0)
	if with.upper(0.05, 8, true) <= without.upper(0.05, 8, true) {
		t.Error("the family shrank")
	}
}

func TestPooledVariance(t *testing.T) {
	effects := map[string]float64{"base": 0, "a": 6, "b": 0, "c": -6}
	o := baseOptions()
	o.Variance = VariancePooled
	r, err := Analyze(campaign(31, effects, 6, 3, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	a := r.Analyses[0]
	if a.Method != MethodPooled || a.SingleWinner != "a" || a.DF != 15 {
		t.Errorf("method %s, winner %q, df %d", a.Method, a.SingleWinner, a.DF)
	}
	crit := newControl([]int{6, 6, 6, 6}, 0).upper(0.05, 15, true)
	for _, name := range []string{"a", "b", "c"} {
		arm := a.arm(name)
		closeTo(t, name+" se", arm.SE, math.Sqrt(2*a.Variance/6), 1e-10)
		closeTo(t, name+" width", arm.log.upper-arm.log.diff, crit*arm.SE, 1e-8)
		if arm.Differs != (math.Abs(arm.T) >= crit) || arm.PHolm < arm.P {
			t.Errorf("%s: t %v, constant %v, differs %v, p %v, adjusted %v", name, arm.T, crit, arm.Differs, arm.P, arm.PHolm)
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
		r, err := Analyze(campaign(32, effects, tt.blocks, 2, tt.noise), o)
		if err != nil {
			t.Fatal(err)
		}
		a := r.Analyses[0].arm("a")
		if a.Label != tt.want || a.Label == LabelNoVariance && !math.IsNaN(a.P) {
			t.Errorf("%d blocks: %s, p %v", tt.blocks, a.Label, a.P)
		}
	}
	for _, only := range []string{"base", "ab"} {
		rows := campaign(33, effects, 4, 2, 1)
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

// The same integrals by Simpson's rule on a fine grid.
func TestTailsByAnotherRule(t *testing.T) {
	simpson := func(f func(float64) float64, lo, hi float64, n int) float64 {
		h := (hi - lo) / float64(n)
		sum := f(lo) + f(hi)
		for i := 1; i < n; i++ {
			sum += float64(2+2*(i%2)) * f(lo+float64(i)*h)
		}
		return sum * h / 3
	}
	for _, k := range []int{3, 20, 128, 1000} {
		for _, w := range []float64{0.5, 3, 6, 9} {
			want := simpson(func(z float64) float64 {
				below, beyond := normalUpper(-z), normalUpper(w-z)
				n := float64(k - 1)
				return float64(k) * normalDensity(z) * (math.Pow(below, n) - math.Pow(math.Max(0, below-beyond), n))
			}, -9, 9, 20000)
			if got := newRange(k).tail(w); math.Abs(got-want) > 1e-8*want+1e-12 {
				t.Errorf("range of %d: P(W > %v) = %v, want %v", k, w, got, want)
			}
		}
	}
	c := control{{0.4, 3}, {0.8, 60}}
	for _, x := range []float64{0.5, 2.5, 5} {
		want := simpson(func(z float64) float64 {
			p := 1.0
			for _, g := range c {
				rest := math.Sqrt(1 - g.lambda*g.lambda)
				p *= math.Pow(normalUpper(-(x-g.lambda*z)/rest)-normalUpper((x+g.lambda*z)/rest), g.count)
			}
			return normalDensity(z) * (1 - p)
		}, -9, 9, 20000)
		if got := c.tail(x, math.Inf(1), true); math.Abs(got-want) > 1e-7*want+1e-12 {
			t.Errorf("control: tail at %v = %v, want %v", x, got, want)
		}
	}
	for _, df := range []float64{1, 2, 7, 60, 1000} {
		if got := overScale(df, func(float64) float64 { return 1 }); math.Abs(got-1) > 1e-9 {
			t.Errorf("df %v: the density sums to %v", df, got)
		}
		if got := overScale(df, func(s float64) float64 { return s * s }); math.Abs(got-1) > 1e-8 {
			t.Errorf("df %v: the mean of s^2 is %v", df, got)
		}
	}
}

// Dunnett's constant is the dear part of a second look, and every arm with lost boots
// takes one: those with equally many boots share it, and nothing else changes.
func TestPooledSecondLooksShareConstants(t *testing.T) {
	o := baseOptions()
	o.Variance = VariancePooled
	rows := slices.DeleteFunc(campaign(35, eight, 6, 1, 1), func(r sample.Row) bool {
		return r.Combination != "base" && r.Block == string('0'+r.Combination[0]%6)
	})
	declared, all, err := collect(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	st, err := newStudy(declared, all[0], o)
	if err != nil {
		t.Fatal(err)
	}
	a, err := st.analysis()
	if err != nil {
		t.Fatal(err)
	}
	looks := 0
	for i, name := range declared.names {
		got := a.arm(name).WorstCase
		if got.Label == "" {
			continue
		}
		looks++
		st.known = nil
		want, err := st.worstCase(i)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %+v, alone %+v", name, got, want)
		}
	}
	if looks < 7 {
		t.Fatalf("%d looks at the worst: too few to share anything", looks)
	}
	if st, err = newStudy(declared, all[0], o); err != nil {
		t.Fatal(err)
	}
	if _, err = st.analysis(); err != nil {
		t.Fatal(err)
	}
	if n := len(st.known); n > 3 {
		t.Errorf("%d constants for %d looks at arms that all lost one boot", n, looks)
	}
}

package rank

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vnettune/results/sample"
)

// factorRows is a campaign over combinations of two-level settings a, b, c ...:
// each arm is the string of its levels ("010"); effect gives its y.
func factorRows(seed uint64, cells []string, blocks int, noise func(cell string) float64, effect func(cell string) float64) []sample.Row {
	rng := rand.New(rand.NewPCG(seed, 2))
	var rows []sample.Row
	for block := range blocks {
		drift := 2 * rng.NormFloat64()
		for _, cell := range cells {
			levels := make(map[string]string)
			for i, l := range cell {
				levels[string(rune('a'+i))] = string(l)
			}
			rows = append(rows, sample.Row{
				Combination: cell, Block: fmt.Sprint(block), Boot: cell + fmt.Sprint(block), Workload: "tcp", Metric: "throughput", Unit: "Mbit/s",
				Better: sample.HigherIsBetter, Repetition: 1, HasValue: true, Status: sample.StatusOK, Levels: levels,
				Value: 9000 * math.Exp((drift+effect(cell)+noise(cell)*rng.NormFloat64())/100),
			})
		}
	}
	return rows
}

func allCells(n int) []string {
	var out []string
	for k := range 1 << n {
		out = append(out, fmt.Sprintf("%0*b", n, k))
	}
	return out
}

func quiet(string) float64 { return 0.3 }

func effectsOf(t *testing.T, rows []sample.Row, declared ...[2]string) FactorEffects {
	t.Helper()
	o := DefaultOptions()
	o.Baseline = rows[0].Combination
	e, err := Effects(rows, o, declared)
	if err != nil {
		t.Fatal(err)
	}
	return e[0]
}

func TestEffectsAddUp(t *testing.T) {
	e := effectsOf(t, factorRows(51, allCells(3), 4, quiet, func(c string) float64 {
		return 5*float64(c[0]-'0') - 2*float64(c[2]-'0')
	}))
	if !e.WithInteractions || e.LackOfFit.Rejected || len(e.NotEstimable) != 0 || len(e.Simple) != 0 || len(e.Levels) != 3 {
		t.Fatalf("%+v", e)
	}
	for i, want := range []float64{5, 0, -2} {
		if l := e.Levels[i]; math.Abs(l.Log-want) > 0.5 || !(l.Interval.Low < percent(want) && percent(want) < l.Interval.High) || e.Main[i].Significant != (want != 0) {
			t.Errorf("%+v, significant %v, want %v", l, e.Main[i].Significant, want)
		}
	}
}

// A setting whose effect depends on another has no single number.
func TestEffectsThatInteract(t *testing.T) {
	e := effectsOf(t, factorRows(52, allCells(3), 4, quiet, func(c string) float64 {
		if c[0] == '1' && c[1] == '1' {
			return 6
		}
		return 0
	}))
	if e.Main[0].Suppressed != "depends on b" || e.Main[1].Suppressed != "depends on a" || e.Main[2].Suppressed != "" || len(e.Simple) != 4 {
		t.Fatalf("%+v", e)
	}
	for _, l := range e.Simple {
		want := 0.0
		if strings.HasSuffix(l.At, "=1") {
			want = 6
		}
		if math.Abs(l.Log-want) > 0.6 {
			t.Errorf("%s at %s: %v, want %v", l.Factor, l.At, l.Log, want)
		}
	}
}

// An effect that needs three settings at once is not what the model says.
func TestEffectsLackOfFit(t *testing.T) {
	e := effectsOf(t, factorRows(53, allCells(4), 4, quiet, func(c string) float64 {
		if strings.HasPrefix(c, "111") {
			return 8
		}
		return 0
	}))
	if !e.LackOfFit.Rejected || e.Main[0].Suppressed != "depends on further settings" || e.Main[3].Suppressed != "" {
		t.Errorf("%+v", e)
	}
}

// One setting at a time shows main effects only, and says so.
func TestEffectsOneAtATime(t *testing.T) {
	e := effectsOf(t, factorRows(54, []string{"000", "100", "010", "001"}, 8, quiet, func(c string) float64 { return 3 * float64(c[1]-'0') }))
	if !slices.Equal(e.NotEstimable, []string{"a:b", "a:c", "b:c"}) || len(e.Levels) != 3 || math.Abs(e.Levels[1].Log-3) > 0.5 {
		t.Errorf("%+v", e)
	}
}

// Half of a factorial cannot tell some pairs of interactions apart: they are named.
func TestEffectsAliased(t *testing.T) {
	var half []string
	for _, c := range allCells(4) {
		if strings.Count(c, "1")%2 == 0 {
			half = append(half, c)
		}
	}
	e := effectsOf(t, factorRows(55, half, 5, quiet, func(string) float64 { return 0 }))
	if len(e.NotEstimable) != 6 || len(e.Levels) != 4 {
		t.Errorf("%v, %d levels", e.NotEstimable, len(e.Levels))
	}
	for _, p := range e.Pairs {
		if !math.IsNaN(p.P) || p.Significant {
			t.Errorf("%+v", p)
		}
	}
}

func TestEffectsWithUnequalNoise(t *testing.T) {
	e := effectsOf(t, factorRows(56, allCells(3), 12, func(c string) float64 {
		if c[0] == '1' {
			return 4
		}
		return 0.2
	}, func(c string) float64 { return 3 * float64(c[1]-'0') }))
	if !e.Robust || !(e.BreuschPagan < 0.01) || !e.Main[1].Significant {
		t.Errorf("%+v", e)
	}
}

// With few boots only main effects and the declared interactions are estimated.
func TestEffectsOfFewBoots(t *testing.T) {
	rows := factorRows(57, allCells(3), 1, quiet, func(string) float64 { return 0 })
	if e := effectsOf(t, rows, [2]string{"c", "a"}); e.WithInteractions || len(e.Pairs) != 1 || e.Pairs[0].Term != "a:c" {
		t.Errorf("%+v", e)
	}
}

func TestEffectsRefuse(t *testing.T) {
	o := DefaultOptions()
	o.Baseline = "00"
	rows := factorRows(58, allCells(2), 3, quiet, func(string) float64 { return 0 })
	if _, err := Effects(rows, o, [][2]string{{"a", "x"}}); err == nil || !strings.Contains(err.Error(), "a:x") {
		t.Errorf("unknown interaction: %v", err)
	}
	for i := range rows {
		rows[i].Levels = nil
	}
	if _, err := Effects(rows, o, nil); err == nil || !strings.Contains(err.Error(), "set:ID") {
		t.Errorf("no levels: %v", err)
	}
}

func TestEffectsOfProfile(t *testing.T) {
	cells := []string{"000", "100", "010", "001", "111", "011", "110"}
	o := DefaultOptions()
	o.Baseline = "000"
	rows := factorRows(59, cells, 6, quiet, func(c string) float64 { return 4 * float64(c[0]-'0') })
	all, err := EffectsOfProfile(rows, o, "111")
	if err != nil {
		t.Fatal(err)
	}
	s := all[0].Settings
	if len(s) != 3 || s[0].Alone.Arm != "100" || s[0].LeftOut.Arm != "011" || s[1].LeftOut.Arm != "" || s[2].LeftOut.Arm != "110" {
		t.Fatalf("%+v", s)
	}
	if !(s[0].Alone.Interval.Low > 2) || !(s[0].LeftOut.Interval.High < -2) || s[1].Alone.PHolm < 0.05 || !math.IsNaN(s[1].LeftOut.P) {
		t.Errorf("%+v", s)
	}
	if _, err := EffectsOfProfile(rows, o, "000"); err == nil {
		t.Error("the baseline as a profile")
	}
}

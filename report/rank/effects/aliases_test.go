package effects

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
)

// half are the combinations of n settings and one more, whose level is the sum of theirs: a half fraction.
func half(n int) []string {
	var cells []string
	for _, c := range allCells(n) {
		sum := 0
		for _, l := range c {
			sum += int(l - '0')
		}
		cells = append(cells, c+fmt.Sprint(sum%2))
	}
	return cells
}

// differenceOf is the effect of a setting, in percent; NaN where it has no single number.
func differenceOf(e FactorEffects, id string) float64 {
	for _, l := range e.Levels {
		if l.Factor == id {
			return float64(l.Difference)
		}
	}
	return math.NaN()
}

// wants holds effects of settings, in percent of y, beside what the rows were made by.
func wants(t *testing.T, e FactorEffects, want map[string]float64) {
	t.Helper()
	for id, y := range want {
		if got, truth := differenceOf(e, id), 100*math.Expm1(y/100); !(math.Abs(got-truth) < 0.6) {
			t.Errorf("%s: %v, want %v", id, got, truth)
		}
	}
}

// At resolution IV effects of settings are estimable, and interactions of two are named with what they are aliased with.
func TestAliasesOfResolutionIV(t *testing.T) {
	e := effectsOf(t, factorRows(5, half(3), 6, quiet, func(c string) float64 { return 5*float64(c[0]-'0') - 2*float64(c[3]-'0') }))
	want := []Alias{{"a:b", []string{"c:d"}}, {"a:c", []string{"b:d"}}, {"a:d", []string{"b:c"}}}
	if diff := cmp.Diff(want, e.Aliases); diff != "" || e.Mixed {
		t.Errorf("aliases, -want +got:\n%s", diff)
	}
	wants(t, e, map[string]float64{"a": 5, "b": 0, "c": 0, "d": -2})
}

// At resolution III an effect of a setting may be that of two others together, and the alias says which.
func TestAliasesOfResolutionIII(t *testing.T) {
	e := effectsOf(t, factorRows(7, half(2), 8, quiet, func(c string) float64 { return 4 * float64(c[1]-'0') }))
	want := []Alias{{"a", []string{"b:c"}}, {"b", []string{"a:c"}}, {"c", []string{"a:b"}}}
	if diff := cmp.Diff(want, e.Aliases); diff != "" {
		t.Errorf("aliases, -want +got:\n%s", diff)
	}
	wants(t, e, map[string]float64{"a": 0, "b": 4, "c": 0})
}

// In Plackett and Burman's array of 12 rows interactions are mixed with each other: none of them stands for all, and
// effects of settings are estimated without.
func TestMixedInteractions(t *testing.T) {
	const first = "11011100010"
	cells := []string{"00000"}
	for shift := range first {
		cells = append(cells, (first[shift:] + first[:shift])[:5])
	}
	e := effectsOf(t, factorRows(8, cells, 5, quiet, func(c string) float64 { return 3*float64(c[0]-'0') - 4*float64(c[4]-'0') }))
	if !e.Mixed || len(e.Pairs) > 0 || len(e.Aliases) > 0 {
		t.Errorf("mixed %t, pairs %+v, aliases %+v", e.Mixed, e.Pairs, e.Aliases)
	}
	if record.True(e.LackOfFit.Rejected) {
		t.Errorf("lack of fit: %+v", e.LackOfFit)
	}
	wants(t, e, map[string]float64{"a": 3, "b": 0, "c": 0, "d": 0, "e": -4})
}

// Settings that always move together have one effect, which goes by the first and names the other.
func TestLinkedSettingsHaveOneEffect(t *testing.T) {
	var cells []string
	for _, c := range allCells(2) {
		cells = append(cells, c[:1]+string('0'+'1'-c[0])+c[1:])
	}
	e := effectsOf(t, factorRows(9, cells, 6, quiet, func(c string) float64 { return 3*float64(c[0]-'0') + 2*float64(c[2]-'0') }))
	if diff := cmp.Diff([]Alias{{"a", []string{"b"}}}, e.Aliases); diff != "" {
		t.Errorf("aliases, -want +got:\n%s", diff)
	}
	if len(e.NotEstimable) > 0 {
		t.Errorf("not estimable: %v", e.NotEstimable)
	}
	wants(t, e, map[string]float64{"a": 3, "c": 2})
}

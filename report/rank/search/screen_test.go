package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/results/sample"
)

func screenOf(t *testing.T, effect func(string) float64, noise float64, keep int) (record.Screen, []string) {
	t.Helper()
	o := rank.DefaultOptions()
	o.Baseline = "00000"
	screen, kept, err := Screen(factorRows(61, allCells(5), 1, func(string) float64 { return noise }, effect), o, ScreenOptions{Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	return screen, kept
}

// The model's means are nearer to the truth than what one boot shows.
func TestScreenLooksThroughTheNoise(t *testing.T) {
	truth := func(c string) float64 {
		e := 4*float64(c[0]-'0') + 2*float64(c[3]-'0')
		if c[1] == '1' && c[2] == '1' {
			e += 3
		}
		return e
	}
	r, kept := screenOf(t, truth, 2, 8)
	if len(kept) != 8 || !slices.Contains(kept, "11110") || r.Parameters != 16 || r.DF != 16 || !(r.Variance > 1 && r.Variance < 10) {
		t.Fatalf("%+v", r)
	}
	fitted, seen := 0.0, 0.0
	for _, a := range r.Arms {
		fitted += math.Abs(float64(a.Fitted) - (truth(a.Name) - truth("11110")))
		seen += math.Abs(float64(a.Seen) - (truth(a.Name) - truth("11110")))
	}
	if !(fitted < seen) {
		t.Errorf("the model is off by %v in all, single boots by %v", fitted, seen)
	}
}

// What it cannot see: an arm that is best by an interaction of all settings.
func TestScreenHasNoGuarantee(t *testing.T) {
	_, kept := screenOf(t, func(c string) float64 {
		if c == "00000" {
			return 3
		}
		return 2 * float64(strings.Count(c, "1"))
	}, 0.01, 4)
	if slices.Contains(kept, "00000") {
		t.Errorf("%v", kept)
	}
	if _, kept = screenOf(t, func(c string) float64 {
		if c == "00000" {
			return 11
		}
		return 2 * float64(strings.Count(c, "1"))
	}, 0.01, 4); slices.Contains(kept, "00000") {
		t.Error("an interaction of five settings is seen by a model of two: it is no such model")
	}
}

func TestScreenRefuses(t *testing.T) {
	o := rank.DefaultOptions()
	o.Baseline = "00"
	rows := factorRows(62, allCells(2), 1, quiet, func(string) float64 { return 0 })
	for want, so := range map[string]ScreenOptions{"kept": {}, `no metric "x"`: {Workload: "tcp", Metric: "x", Keep: 2}} {
		if _, _, err := Screen(rows, o, so); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	for i := range rows {
		rows[i].Levels = nil
	}
	if _, _, err := Screen(rows, o, ScreenOptions{Keep: 2}); err == nil || !strings.Contains(err.Error(), "set:ID") {
		t.Errorf("no levels: %v", err)
	}
}

func allCells(n int) []string {
	var out []string
	for k := range 1 << n {
		out = append(out, fmt.Sprintf("%0*b", n, k))
	}
	return out
}

func quiet(string) float64 { return 0.3 }

// factorRows is one boot in each block of every combination of two-level settings a, b,
// c ...: each arm is the string of its levels ("010"); effect gives its y.
func factorRows(seed uint64, cells []string, blocks int, noise, effect func(cell string) float64) []sample.Row {
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

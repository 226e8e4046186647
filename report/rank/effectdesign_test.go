package rank

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/sample"
)

// armLevels reads arms written as "name a=1 b=2".
func armLevels(arms ...string) map[string]map[string]string {
	out := make(map[string]map[string]string)
	for _, arm := range arms {
		fields := strings.Fields(arm)
		out[fields[0]] = make(map[string]string)
		for _, f := range fields[1:] {
			id, level, _ := strings.Cut(f, "=")
			out[fields[0]][id] = level
		}
	}
	return out
}

func TestCrossedArms(t *testing.T) {
	for name, c := range map[string]struct {
		arms []string
		want string
	}{
		"factorial whose baseline is a cell": {[]string{"base a=0 b=0", "a a=1 b=0", "b a=0 b=1", "ab a=1 b=1"}, "a ab b base"},
		"factorial beside its baseline and a placebo": {[]string{"base a=found b=found p=found", "placebo a=found b=found p=1",
			"00 a=0 b=0 p=found", "01 a=0 b=1 p=found", "10 a=1 b=0 p=found", "11 a=1 b=1 p=found"}, "00 01 10 11"},
		"placebo of a crossed baseline": {[]string{"base a=0 b=0 p=found", "placebo a=0 b=0 p=1", "a a=1 b=0 p=found", "b a=0 b=1 p=found", "ab a=1 b=1 p=found"},
			"a ab b base placebo"},
		"a forbidden pair":      {[]string{"00 a=0 b=0", "01 a=0 b=1", "10 a=1 b=0", "11 a=1 b=1", "20 a=2 b=0"}, "00 01 10 11 20"},
		"one at a time":         {[]string{"base a=0 b=0 c=0", "a a=1 b=0 c=0", "b a=0 b=1 c=0", "c a=0 b=0 c=1"}, ""},
		"one at a time, levels": {[]string{"base a=0 b=0", "a1 a=1 b=0", "a2 a=2 b=0", "b1 a=0 b=1", "b2 a=0 b=2"}, ""},
		"a list of profiles":    {[]string{"base a=0 b=0 c=0 d=0", "p a=1 b=1 c=1 d=0", "d a=0 b=0 c=0 d=1"}, ""},
		"one setting":           {[]string{"base a=0", "1 a=1", "2 a=2"}, ""},
		"equal arms":            {[]string{"base a=0 b=0", "again a=0 b=0"}, ""},
		"no levels":             {[]string{"base", "other"}, ""},
	} {
		if got := strings.Join(crossedArms(armLevels(c.arms...)), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// rowsOf boots each arm once a block.
func rowsOf(blocks int, arms ...string) []sample.Row {
	levels := armLevels(arms...)
	var rows []sample.Row
	for block := range blocks {
		for k, name := range slices.Sorted(maps.Keys(levels)) {
			rows = append(rows, sample.Row{Combination: name, Block: fmt.Sprint(block), Boot: name + fmt.Sprint(block), Workload: "tcp", Metric: "throughput",
				Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, HasValue: true, Value: float64(1000 + (7*k*k+11*block+5*k*block)%9), Levels: levels[name]})
		}
	}
	return rows
}

func TestEffectsOfSettingsFindTheDesign(t *testing.T) {
	profile := []string{"base a=0 b=0 c=0", "p a=1 b=1 c=1", "a a=1 b=0 c=0", "b a=0 b=1 c=0", "c a=0 b=0 c=1",
		"p-without-a a=0 b=1 c=1", "p-without-b a=1 b=0 c=1", "p-without-c a=1 b=1 c=0"}
	o := DefaultOptions()
	o.Baseline = "base"
	for name, c := range map[string]struct {
		arms    []string
		profile string
		factors []string
		leftOut []string
	}{
		"profile":        {arms: profile, profile: "p"},
		"another's name": {arms: append(slices.Clone(profile)[:7], "x-without-c a=1 b=1 c=0"), profile: "p"},
		"factorial":      {arms: []string{"base a=found b=found", "01 a=absent b=x", "02 a=0 b=x", "03 a=absent b=y", "04 a=0 b=y"}, factors: []string{"a absent 0", "b x y"}, leftOut: []string{"base"}},
		"list":           {arms: []string{"base a=0 b=0", "a a=1 b=0", "b a=0 b=1"}},
	} {
		all, err := EffectsOfSettings(rowsOf(3, c.arms...), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, factors, leftOut := "", []string(nil), []string(nil)
		if len(all) > 0 && all[0].Profile != nil {
			got = all[0].Profile.Profile
		}
		if len(all) > 0 && all[0].Factors != nil {
			leftOut = all[0].Factors.LeftOut
			for _, f := range all[0].Factors.Factors {
				factors = append(factors, f.ID+" "+strings.Join(f.Levels, " "))
			}
		}
		if d := cmp.Diff(c.profile, got) + cmp.Diff(c.factors, factors) + cmp.Diff(c.leftOut, leftOut); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// A boot that is missing makes type II and III differ; a whole campaign does not.
func TestEffectsUnbalanced(t *testing.T) {
	rows := factorRows(60, allCells(3), 4, quiet, func(c string) float64 { return 5 * float64(c[0]-'0') })
	if e := effectsOf(t, rows); e.Unbalanced {
		t.Error("a whole campaign is called unbalanced")
	}
	if e := effectsOf(t, rows[:len(rows)-3]); !e.Unbalanced || !(e.Main[0].P2 < 0.001) {
		t.Errorf("unbalanced %v, %+v", e.Unbalanced, e.Main[0])
	}
}

package effects

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
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

func options(baseline string) rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = baseline
	return o
}

// effectsOf is the effects by all arms, crossed or not.
func effectsOf(t *testing.T, rows []sample.Row) FactorEffects {
	t.Helper()
	e, err := crossed(rows, options(rows[0].Combination), slices.Sorted(maps.Keys(boots.Levels(rows))))
	if err != nil {
		t.Fatal(err)
	}
	return e[0]
}

func TestEffectsAddUp(t *testing.T) {
	e := effectsOf(t, factorRows(51, allCells(3), 4, quiet, func(c string) float64 {
		return 5*float64(c[0]-'0') - 2*float64(c[2]-'0')
	}))
	if !e.WithInteractions || record.True(e.LackOfFit.Rejected) || len(e.NotEstimable) != 0 || len(e.Simple) != 0 || len(e.Levels) != 3 {
		t.Fatalf("%+v", e)
	}
	for i, want := range []float64{5, 0, -2} {
		if l := e.Levels[i]; math.Abs(l.Y-want) > 0.5 || !(l.Interval.Low < record.Number(stat.Percent(want)) && record.Number(stat.Percent(want)) < l.Interval.High) || *e.Main[i].Significant != (want != 0) {
			t.Errorf("%+v, significant %v, want %v", l, *e.Main[i].Significant, want)
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
		if strings.HasSuffix(string(l.At), "=1") {
			want = 6
		}
		if math.Abs(l.Y-want) > 0.6 {
			t.Errorf("%s at %s: %v, want %v", l.Factor, l.At, l.Y, want)
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
	if !record.True(e.LackOfFit.Rejected) || e.Main[0].Suppressed != "depends on further settings" || e.Main[3].Suppressed != "" {
		t.Errorf("%+v", e)
	}
}

// One setting at a time shows main effects only, and says so.
func TestEffectsOneAtATime(t *testing.T) {
	e := effectsOf(t, factorRows(54, []string{"000", "100", "010", "001"}, 8, quiet, func(c string) float64 { return 3 * float64(c[1]-'0') }))
	if !slices.Equal(e.NotEstimable, []string{"a:b", "a:c", "b:c"}) || len(e.Levels) != 3 || math.Abs(e.Levels[1].Y-3) > 0.5 {
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
		if p.P.Exists() || p.Significant != nil {
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
	if !e.Robust || !(e.BreuschPagan < 0.01) || !*e.Main[1].Significant {
		t.Errorf("%+v", e)
	}
}

// With few boots only main effects are estimated.
func TestEffectsOfFewBoots(t *testing.T) {
	rows := factorRows(57, allCells(3), 1, quiet, func(string) float64 { return 0 })
	if e := effectsOf(t, rows); e.WithInteractions || len(e.Pairs) != 0 || len(e.Main) != 3 || len(e.NotEstimable) != 0 {
		t.Errorf("%+v", e)
	}
}

func TestEffectsRefuse(t *testing.T) {
	rows := factorRows(58, allCells(2), 3, quiet, func(string) float64 { return 0 })
	for i := range rows {
		rows[i].Levels = nil
	}
	if _, err := crossed(rows, options("00"), allCells(2)); err == nil || !strings.Contains(err.Error(), "set:ID") {
		t.Errorf("no levels: %v", err)
	}
}

func TestEffectsOfProfile(t *testing.T) {
	cells := []string{"000", "100", "010", "001", "111", "011", "110"}
	o := options("000")
	rows := factorRows(59, cells, 6, quiet, func(c string) float64 { return 4 * float64(c[0]-'0') })
	all, err := ofProfile(rows, o, "111")
	if err != nil {
		t.Fatal(err)
	}
	s := all[0].Settings
	if len(s) != 3 || s[0].Alone.Arm != "100" || s[0].LeftOut.Arm != "011" || s[1].LeftOut != nil || s[2].LeftOut.Arm != "110" {
		t.Fatalf("%+v", s)
	}
	if !(s[0].Alone.Interval.Low > 2) || !(s[0].LeftOut.Interval.High < -2) || s[1].Alone.PHolm < 0.05 {
		t.Errorf("%+v", s)
	}
}

// A list with a profile and some of its lines crosses nothing: each arm is its own effect.
func TestAListHasNoEffects(t *testing.T) {
	arms := map[string]map[string]string{
		"baseline":  {"a": "0", "b": "0", "c": "0", "d": "0", "p": "0"},
		"a-alone":   {"a": "1", "b": "0", "c": "0", "d": "0", "p": "0"},
		"b-and-d":   {"a": "0", "b": "1", "c": "0", "d": "1", "p": "0"},
		"c-alone":   {"a": "0", "b": "0", "c": "1", "d": "0", "p": "0"},
		"published": {"a": "1", "b": "1", "c": "1", "d": "1", "p": "0"},
		"placebo":   {"a": "0", "b": "0", "c": "0", "d": "0", "p": "1"},
	}
	var rows []sample.Row
	for block := range 5 {
		for name, levels := range arms {
			rows = append(rows, sample.Row{Combination: name, Levels: levels, Block: fmt.Sprint(block), Boot: fmt.Sprintf("%s-%d", name, block),
				Workload: "w", Metric: "throughput", Unit: "Mbit/s", Better: "higher", Repetition: 1, HasValue: true,
				Value: 1000 + float64((block*7+len(name)*3)%11)})
		}
	}
	effects, err := OfSettings(rows, options("baseline"))
	if err != nil || len(effects) != 0 {
		t.Errorf("%d effects, %v; want none", len(effects), err)
	}
}

// searched makes the first blocks a search's own, and adds later ones in which some arms
// boot only, with a value that would spoil every effect.
func searched(rows []sample.Row, later ...sample.Row) []sample.Row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Status = sample.StatusSearch
	}
	return append(out, later...)
}

// Effects of a campaign with a search rest on the blocks in which every combination has a
// planned boot, the search's own taken for ranked ones; what looks good boots more often
// later, and those blocks are never used, ranked or not.
func TestEffectsOfASearch(t *testing.T) {
	truth := func(c string) float64 { return 5*float64(c[0]-'0') - 2*float64(c[1]-'0') }
	rows := factorRows(60, allCells(2), 4, quiet, truth)
	later := func(block, cell, status string) sample.Row {
		i := slices.IndexFunc(rows, func(r sample.Row) bool { return r.Combination == cell })
		r := rows[i]
		r.Block, r.Boot, r.Status, r.Value = block, cell+"-"+block, status, 90000
		return r
	}
	never := later("late", "01", sample.StatusNotRun)
	never.Workload, never.Metric, never.Unit, never.Repetition, never.HasValue = "", "", "", 0, false
	all := searched(rows, later("4", "10", sample.StatusSearch), later("4", "11", sample.StatusSearch), later("5", "00", ""), later("5", "10", ""), never)

	if got := Rows(all); len(got) != len(rows) || slices.ContainsFunc(got, func(r sample.Row) bool { return r.Block > "3" || !r.Ranked() }) {
		t.Errorf("%d rows of %d, want those of the first four blocks, ranked", len(got), len(all))
	}
	want, err := OfSettings(rows, options("00"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := OfSettings(all, options("00"))
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b record.Number) bool { return a == b || !a.Exists() && !b.Exists() })); err != nil || d != "" || len(got) != 1 {
		t.Errorf("%v, %d results\n%s", err, len(got), d)
	}
	// A planned boot that was lost leaves its block one in which all had one.
	lost := slices.Clone(all)
	lost[0].Status, lost[0].HasValue, lost[0].Value = "no_boot", false, 0
	if e, err := OfSettings(lost, options("00")); err != nil || len(e) != 1 || e[0].Factors.Boots != len(rows)-1 {
		t.Errorf("one lost: %+v, %v", e, err)
	}
	// Nothing is known before the baseline is booted, and nothing is read off a
	// search whose blocks are never complete.
	for name, some := range map[string][]sample.Row{
		"not begun":  slices.DeleteFunc(slices.Clone(all), func(r sample.Row) bool { return r.Combination == "00" && r.Block != "5" }),
		"incomplete": slices.DeleteFunc(slices.Clone(all), func(r sample.Row) bool { return r.Combination == "01" && r.Status == sample.StatusSearch }),
	} {
		if e, err := OfSettings(some, options("00")); err != nil || len(e) != 0 {
			t.Errorf("%s: %d results, %v", name, len(e), err)
		}
	}
	// Without a search all rows count.
	if got := Rows(rows); len(got) != len(rows) {
		t.Errorf("%d rows of %d", len(got), len(rows))
	}
}

// The blocks are absorbed: many of them cost next to nothing.
func BenchmarkEffectsOfManyBlocks(b *testing.B) {
	rows := factorRows(70, allCells(2), 1000, quiet, func(c string) float64 { return 3 * float64(c[0]-'0') })
	for b.Loop() {
		if e, err := OfSettings(rows, options("00")); err != nil || len(e) != 1 || e[0].Factors.DF != 4*1000-1000-3 {
			b.Fatal(e, err)
		}
	}
}

// Effects of loss are differences in points, more being worse; a setting that ends it has its size.
func TestEffectsOnLoss(t *testing.T) {
	rows := factorRows(58, allCells(2), 6, quiet, func(string) float64 { return 0 })
	for i := range rows {
		r := &rows[i]
		r.Workload, r.Metric, r.Unit, r.Better = "udp", "loss", "%", sample.LowerIsBetter
		r.Value = 3 + 0.1*math.Sin(float64(7*i))
		if r.Levels["a"] == "1" {
			r.Value = 0
		}
	}
	e := effectsOf(t, rows)
	if len(e.Levels) != 2 {
		t.Fatalf("%+v", e)
	}
	a, b := e.Levels[0], e.Levels[1]
	if math.Abs(float64(a.Difference)+3) > 0.1 || !(a.Interval.Low < -2.9 && a.Interval.High > -3.1 && a.Interval.High < -2.8) || math.Abs(a.Y-3) > 0.1 {
		t.Errorf("a: %+v", a)
	}
	if math.Abs(float64(b.Difference)) > 0.1 || record.True(e.Main[1].Significant) {
		t.Errorf("b: %+v", b)
	}
}

package minimal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/effects"
	"vnettune/report/rank/stints"
	"vnettune/results/sample"
)

// drawn is a profile campaign: loses is what the profile loses, in the unit of y, without each of its lines a, b,
// c ..., and their effects add up. Each workload has a column of them.
type drawn struct {
	blocks int
	noise  float64
	loses  map[string][]float64
	metric string
	equal  string // a line without which the profile measures one and the same in every boot, as with it
}

func (d drawn) rows(seed uint64) []sample.Row {
	rng := rand.New(rand.NewPCG(seed, 15))
	metric, better := "throughput", sample.HigherIsBetter
	if d.metric != "" {
		metric, better = d.metric, sample.LowerIsBetter
	}
	var rows []sample.Row
	for workload, loses := range sorted(d.loses) {
		lines := len(loses)
		for block := range d.blocks {
			drift := 2 * rng.NormFloat64()
			boot := func(name string, has func(i int) bool) {
				levels, y := map[string]string{}, drift
				for i, loss := range loses {
					levels[line(i)] = "found"
					if has(i) {
						levels[line(i)] = "1"
						y += loss
					}
				}
				y += d.noise * rng.NormFloat64()
				if d.equal != "" && (name == "p" || name == "p-without-"+d.equal) {
					y = 8
				}
				if better == sample.LowerIsBetter {
					y = -y
				}
				rows = append(rows, sample.Row{Combination: name, Levels: levels, Block: fmt.Sprint(block), Boot: fmt.Sprint(name, block),
					Workload: workload, Metric: metric, Unit: "u", Better: better, Repetition: 1, HasValue: true, Status: sample.StatusOK,
					Value: 900 * math.Exp(y/100)})
			}
			boot("base", func(int) bool { return false })
			boot("p", func(int) bool { return true })
			for k := range lines {
				boot(line(k)+"=1", func(i int) bool { return i == k })
				boot("p-without-"+line(k), func(i int) bool { return i != k })
			}
		}
	}
	return rows
}

func sorted(m map[string][]float64) func(yield func(string, []float64) bool) {
	return func(yield func(string, []float64) bool) {
		var names []string
		for name := range m {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

func line(i int) string { return string(rune('a' + i)) }

func found(t *testing.T, rows []sample.Row) *Set {
	t.Helper()
	o := rank.DefaultOptions()
	o.Baseline = "base"
	all, err := effects.OfSettings(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	var keys []boots.Key
	for _, e := range all {
		keys = append(keys, boots.Key{Workload: e.Workload, Metric: e.Metric})
	}
	s, err := Find(rows, o, all, keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(lines []Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Setting)
	}
	return strings.Join(all, "")
}

// outcome is a set in a word: what matters, what can be left out, what is undecided.
func outcome(s *Set) string {
	if s == nil {
		return "none"
	}
	return names(s.Of(Matters)) + "|" + names(s.Of(Dropped)) + "|" + names(s.Of(Undecided))
}

func TestTheMinimalSet(t *testing.T) {
	for name, tt := range map[string]struct {
		drawn
		want string
	}{
		"one line does it all":      {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {0, 8, 0, 0}}}, "b|acd|"},
		"nothing does anything":     {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {0, 0, 0}}}, "|abc|"},
		"too much noise":            {drawn{blocks: 5, noise: 12, loses: map[string][]float64{"w": {0, 0, 0}}}, "||abc"},
		"few boots":                 {drawn{blocks: 2, noise: 0.1, loses: map[string][]float64{"w": {0, 9, 0}}}, "||abc"},
		"less is better":            {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {0, 8, 0}}, metric: "latency"}, "b|ac|"},
		"what harms goes":           {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {-9, 0, 6}}}, "c|ab|"},
		"harm pays for no loss":     {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {-9, 1.2, 1.2, 1.2}}}, ""},
		"every workload must allow": {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"v": {0, 6, 0}, "w": {0, 0, 6}}}, "bc|a|"},
		"small losses add up":       {drawn{blocks: 12, noise: 0.1, loses: map[string][]float64{"w": {0.9, 0.9, 0.9, 0.9}}}, ""},
		"equal in every boot":       {drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {0, 8, 0}}, equal: "c"}, ""},
	} {
		s := found(t, tt.rows(11))
		got := outcome(s)
		switch name {
		case "harm pays for no loss":
			// One line of 1.2 may go beside the one that harms, two would lose 2.4.
			if s == nil || s.Order[0] != "a" || len(s.Order) != 2 || len(s.Of(Matters)) != 2 {
				t.Errorf("%s: %s, in the order %v", name, got, s.Order)
			}
		case "small losses add up":
			// Each alone can go, two can, and more would lose 2.7: what still matters is said of them.
			if s == nil || len(s.Order) > 2 || len(s.Order) == 0 || len(s.Of(Matters)) != 4-len(s.Order) {
				t.Errorf("%s: %s", name, got)
			}
		case "equal in every boot":
			if s == nil || len(s.Order) == 0 || s.Order[0] != "c" || s.Lines[2].Outcome != Dropped {
				t.Errorf("%s: %s in the order %v", name, got, s.Order)
			}
		default:
			if got != tt.want {
				t.Errorf("%s: %s, want %s", name, got, tt.want)
			}
		}
		if s == nil {
			continue
		}
		if len(s.Order) > 0 != (len(s.Bounds) == len(tt.loses)) {
			t.Errorf("%s: bounds %+v", name, s.Bounds)
		}
		for _, b := range s.Bounds {
			if tt.metric == "" && !(b.Worst > -2 && b.Worst <= b.Difference) || tt.metric != "" && !(b.Worst < 2 && b.Worst >= b.Difference) {
				t.Errorf("%s: bound %+v", name, b)
			}
		}
		if kept := len(s.Lines) - len(s.Order); (s.ConfirmBlocks >= leastConfirm) != (len(s.Order) > 0 && kept > 0) {
			t.Errorf("%s: %d blocks confirm it", name, s.ConfirmBlocks)
		}
	}
}

// Without blocks of their own, or of one line, nothing is said; lost boots decide nothing.
func TestWhereThereIsNoSet(t *testing.T) {
	d := drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {0, 8, 0}}}
	if s := found(t, drawn{blocks: 12, noise: 0.2, loses: map[string][]float64{"w": {8}}}.rows(1)); s != nil {
		t.Errorf("one line: %+v", s)
	}
	rows := slices.DeleteFunc(d.rows(7), func(r sample.Row) bool { return r.Combination == "p-without-c" })
	if got := outcome(found(t, rows)); got != "b|a|c" {
		t.Errorf("without an arm: %s", got)
	}
	rows = d.rows(7)
	for i := range rows {
		if rows[i].Combination == "p-without-a" && (rows[i].Block == "3" || rows[i].Block == "5") {
			rows[i].HasValue, rows[i].Value, rows[i].Status = false, 0, "boot_timeout"
		}
	}
	if got := outcome(found(t, rows)); got != "b|c|a" {
		t.Errorf("lost boots: %s", got)
	}
}

// The error: the lines that are left out together lose the margin or more in at most 5 % of campaigns, wherever
// the margin falls. The limit is what a rate of 5 % exceeds with a chance of 0.001.
func TestTheSetLosesTheMarginSeldom(t *testing.T) {
	const campaigns = 150
	limit := int(math.Ceil(campaigns*0.05 + 3.09*math.Sqrt(campaigns*0.05*0.95)))
	margin := -100 * math.Log1p(-0.02)
	for name, loses := range map[string][]float64{
		"one of six":        {margin, 0, 0, 0, 0, 0},
		"two halves of six": {margin / 2, margin / 2, 0, 0, 0, 0},
		"six halves":        {margin / 2, margin / 2, margin / 2, margin / 2, margin / 2, margin / 2},
		"six thirds":        {margin / 3, margin / 3, margin / 3, margin / 3, margin / 3, margin / 3},
		"one hidden by one": {margin, -margin, 0, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong, sets := 0, 0
			for seed := range uint64(campaigns) {
				s := found(t, drawn{blocks: 10, noise: 0.6, loses: map[string][]float64{"w": loses}}.rows(seed))
				lost := 0.0
				for _, l := range s.Of(Dropped) {
					lost += max(0, loses[l.Setting[0]-'a'])
				}
				if len(s.Order) > 0 {
					sets++
				}
				if lost > margin-1e-9 {
					wrong++
				}
			}
			t.Logf("%d of %d campaigns leave out too much, %d leave out anything", wrong, campaigns, sets)
			if wrong > limit {
				t.Errorf("%d of %d campaigns leave out too much, more than %d", wrong, campaigns, limit)
			}
			if sets < campaigns/10 && !strings.HasPrefix(name, "six halves") {
				t.Errorf("%d of %d campaigns leave out anything: the test proves little", sets, campaigns)
			}
		})
	}
}

// The power: with the boots that are said to be needed, lines that lose nothing are left out.
func TestTheNeededBootsHaveThePower(t *testing.T) {
	const campaigns = 150
	needed, all := 0.0, 0
	for seed := range uint64(50) {
		s := found(t, drawn{blocks: 6, noise: 0.6, loses: map[string][]float64{"w": {0, 0, 0, 0, 9}}}.rows(seed))
		if s.BootsNeeded > 0 {
			needed += float64(s.BootsNeeded)
			all++
		}
	}
	if all < 25 {
		t.Fatalf("%d of 50 campaigns say what is needed", all)
	}
	boots := int(math.Round(needed / float64(all)))
	dropped := 0
	for seed := range uint64(campaigns) {
		if s := found(t, drawn{blocks: boots, noise: 0.6, loses: map[string][]float64{"w": {0, 0, 0, 0, 9}}}.rows(1000+seed)); outcome(s) == "e|abcd|" {
			dropped++
		}
	}
	t.Logf("%d boots: %d of %d campaigns leave out all", boots, dropped, campaigns)
	if least := campaigns*0.8 - 3.09*math.Sqrt(campaigns*0.8*0.2); float64(dropped) < least {
		t.Errorf("%d boots: %d of %d campaigns leave out all, less than %.0f", boots, dropped, campaigns, least)
	}
}

// It works where arms are switched within boots, a line that needs a reboot among them: what lacks it shares no
// boot with the whole.
func TestTheMinimalSetWithinBoots(t *testing.T) {
	level := func(a, b, c string) map[string]string { return map[string]string{"a": a, "b": b, "c": c} }
	arms := map[string]map[string]string{"base": level("0", "0", "0"), "a=1": level("1", "0", "0"), "p-without-c": level("1", "1", "0"),
		"p": level("1", "1", "1"), "p-without-a": level("0", "1", "1"), "p-without-b": level("1", "0", "1")}
	rng := rand.New(rand.NewPCG(4, 15))
	var rows []sample.Row
	order := 0
	for block := range 30 {
		for plot, level := range [][]string{{"base", "a=1", "p-without-c"}, {"p", "p-without-a", "p-without-b"}} {
			order++
			boot, first := 0.3*rng.NormFloat64(), rng.IntN(len(level))
			for k, at := range append([]int{first}, stints.Sequence(len(level), 0, first, rng.IntN)...) {
				y := boot + 0.2*rng.NormFloat64()
				if arms[level[at]]["b"] == "1" {
					y += 8
				}
				rows = append(rows, sample.Row{Combination: level[at], Levels: arms[level[at]], Block: fmt.Sprint(block), Boot: fmt.Sprintf("b%d-%d", block, plot),
					Order: order, Stint: k + 1, Workload: "w", Metric: "throughput", Unit: "u", Better: sample.HigherIsBetter, Repetition: 1, HasValue: true,
					Status: sample.StatusOK, Value: 900 * math.Exp(y/100)})
			}
		}
	}
	if s := found(t, rows); outcome(s) != "b|ac|" || !s.BySwitching {
		t.Errorf("%s: %+v", outcome(s), s)
	}
}

// confirming is a campaign of the baseline, a profile of three lines, and a part of it, which loses some percent.
func confirming(seed uint64, loses float64) []sample.Row {
	rng := rand.New(rand.NewPCG(seed, 16))
	var rows []sample.Row
	for block := range 8 {
		for _, one := range [][2]string{{"base", "000"}, {"p", "111"}, {"part", "010"}, {"placebo", "000x"}} {
			arm, set := one[0], one[1]
			y := map[string]float64{"p": 8, "part": 8 - loses}[arm]
			rows = append(rows, sample.Row{Combination: arm, Block: fmt.Sprint(block), Boot: fmt.Sprint(arm, block), Workload: "w", Metric: "throughput",
				Levels: map[string]string{"a": set[:1], "b": set[1:2], "c": set[2:3], "x": set[3:]}, Unit: "u", Better: sample.HigherIsBetter, Repetition: 1,
				HasValue: true, Status: sample.StatusOK, Value: 900 * math.Exp((y+0.3*rng.NormFloat64())/100)})
		}
	}
	return rows
}

func TestThePartIsComparedWithTheWhole(t *testing.T) {
	o := rank.DefaultOptions()
	o.Baseline = "base"
	keys := []boots.Key{{Workload: "w", Metric: "throughput"}}
	for loses, want := range map[float64]bool{0: true, 3: false, 2: false} {
		s, err := Compare(confirming(5, loses), o, keys)
		if err != nil || s == nil || s.Arm != "part" || s.Whole != "p" || s.Lines != 1 || s.Of != 3 {
			t.Fatalf("%+v, %v", s, err)
		}
		if b := s.Bounds[0]; s.NoWorse != want || float64(b.Worst) > -2 != want || b.Worst >= b.Difference {
			t.Errorf("a loss of %v: %+v", loses, s)
		}
	}
	// Several pairs, as every profile campaign has them, are no pair that was chosen beforehand.
	rows := drawn{blocks: 5, noise: 0.2, loses: map[string][]float64{"w": {0, 8, 0}}}.rows(1)
	if s, err := Compare(rows, o, keys); s != nil || err != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

package report

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/effects"
	"vnettune/report/rank/minimal"
	"vnettune/results/sample"
)

// fixture is a synthetic campaign: effects in percent on a scale of 100 ln, or in the unit on the
// difference scale, where no value is below zero; noise from a fixed formula, failures where named.
type fixture struct {
	name     string
	guest    string
	workload string
	metric   string
	unit     string
	better   sample.Better
	level    float64
	noise    float64
	blocks   int
	order    fixtureOrder
	arms     []fixtureArm
	report   Report
	options  func(*rank.Options)
}

// fixtureOrder is the order of a fixture's boots: in blocks, arm by arm, or not said.
type fixtureOrder int

const (
	inBlocks fixtureOrder = iota
	armByArm
	notSaid
)

// of is the place of a boot in the campaign, from 1.
func (o fixtureOrder) of(arm, arms, block, blocks int) int {
	switch o {
	case armByArm:
		return 1 + arm*blocks + block
	case notSaid:
		return 0
	}
	return 1 + block*arms + (arm+3*block)%arms
}

type fixtureArm struct {
	name   string
	effect float64
	levels map[string]string // nil: one setting, whose level is the arm's name
	// fails maps a block to a status that replaces the measurement, apart to an effect of its own.
	fails map[int]string
	apart map[int]float64
}

func (f fixture) rows() []sample.Row {
	var rows []sample.Row
	for block := range f.blocks {
		drift := 2 * f.noise * math.Sin(float64(block))
		for k, arm := range f.arms {
			levels := arm.levels
			if levels == nil {
				levels = map[string]string{"arm": arm.name}
			}
			boot := f.noise * math.Sin(float64(7+13*k+29*block+3*k*block))
			for rep := 1; rep <= 3; rep++ {
				r := sample.Row{
					Combination: arm.name, Block: fmt.Sprint(block + 1), Boot: fmt.Sprintf("%d-%d", block+1, k+1),
					Workload: f.workload, Metric: f.metric, Unit: f.unit, Better: f.better,
					Repetition: rep, GuestKind: f.guest, Levels: levels, Order: f.order.of(k, len(f.arms), block, f.blocks),
				}
				noise := f.noise / 2 * math.Sin(float64(rep+5*k+11*block))
				y := arm.effect + arm.apart[block+1] + drift + boot + noise
				value := f.level * math.Exp(y/100)
				if known, ok := sample.KnownMetric(f.metric); ok && known.Scale == sample.Difference {
					value = max(0, f.level+y)
				}
				r.Value = math.Round(1000*value) / 1000
				r.HasValue = true
				if status := arm.fails[block+1]; status != "" {
					r.Status = status
					r.HasValue = !r.Failed()
				}
				if !r.HasValue {
					r.Value = 0
				}
				rows = append(rows, r)
			}
		}
	}
	return rows
}

func (f fixture) ranked(t *testing.T) Report {
	t.Helper()
	o := rank.DefaultOptions()
	o.Baseline = f.arms[0].name
	if f.options != nil {
		f.options(&o)
	}
	return f.rankedFrom(t, f.rows(), o)
}

func (f fixture) rankedFrom(t *testing.T, rows []sample.Row, o rank.Options) Report {
	t.Helper()
	r := f.report
	var err error
	if r.Ranking, err = rank.Analyze(rows, o); err != nil {
		t.Fatal(err)
	}
	if r.Effects, err = effects.OfSettings(rows, o); err != nil {
		t.Fatal(err)
	}
	var keys []boots.Key
	for _, a := range r.Ranking.Analyses {
		keys = append(keys, boots.Key{Workload: a.Workload, Metric: a.Metric})
	}
	if r.Minimal, err = minimal.Find(rows, o, r.Effects, keys); err != nil {
		t.Fatal(err)
	}
	if r.Subset, err = minimal.Compare(rows, o, keys); err != nil {
		t.Fatal(err)
	}
	return r
}

// crossing makes every combination of levels, written "id=a,b", beside a baseline
// that has none of them; effect gives the percent of a combination.
func crossing(effect func(levels map[string]string) float64, settings ...string) []fixtureArm {
	arms := []fixtureArm{{name: "as-found", levels: map[string]string{}}}
	cells := []fixtureArm{{levels: map[string]string{}}}
	for _, setting := range settings {
		id, values, _ := strings.Cut(setting, "=")
		arms[0].levels[id] = "found"
		var more []fixtureArm
		for _, cell := range cells {
			for value := range strings.SplitSeq(values, ",") {
				one := fixtureArm{name: strings.TrimPrefix(cell.name+","+id+"="+value, ","), levels: maps.Clone(cell.levels)}
				one.levels[id] = value
				more = append(more, one)
			}
		}
		cells = more
	}
	for i := range cells {
		cells[i].effect = effect(cells[i].levels)
	}
	return append(arms, cells...)
}

// wholeProfile is the arms of the design profile: effects are those of the settings,
// one after the other, named a, b, c ...
func wholeProfile(name string, effects ...float64) []fixtureArm {
	arm := func(name string, has func(i int) bool) fixtureArm {
		a := fixtureArm{name: name, levels: map[string]string{}}
		for i, e := range effects {
			a.levels[string(rune('a'+i))] = "found"
			if has(i) {
				a.levels[string(rune('a'+i))] = "1"
				a.effect += e
			}
		}
		return a
	}
	arms := []fixtureArm{arm("as-found", func(int) bool { return false }), arm(name, func(int) bool { return true })}
	for k := range effects {
		id := string(rune('a' + k))
		arms = append(arms, arm(id+"=1", func(i int) bool { return i == k }), arm(name+"-without-"+id, func(i int) bool { return i != k }))
	}
	return arms
}

// withLoss has the second boot of an arm fail.
func withLoss(arms []fixtureArm, name string) []fixtureArm {
	for i := range arms {
		if arms[i].name == name {
			arms[i].fails = map[int]string{2: "boot_timeout"}
		}
	}
	return arms
}

var fixtures = []fixture{
	{
		name: "campaign", guest: "lab", workload: "tcp-rx", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 9400, noise: 0.8, blocks: 6,
		arms: []fixtureArm{
			{name: "as-found"},
			{name: "placebo", effect: 0.2},
			{name: "mtu=9000", effect: 14},
			{name: "rss=off", effect: -9},
			{name: "lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off", effect: 2.1},
			{name: "queues=4", effect: 1.4, fails: map[int]string{4: "boot_timeout"}},
			{name: "ring=4096", effect: -1.1, fails: map[int]string{2: sample.StatusNotInEffect, 5: sample.StatusExcluded}},
			{name: "driver=test", fails: map[int]string{1: "no_boot", 2: "no_boot", 3: "no_boot", 4: "no_boot", 5: "no_boot", 6: "blue_screen"}},
		},
		report: Report{
			Campaign: "seed-page", Placebo: "placebo",
			Plan:          []string{"Design: one setting at a time, 6 blocks, seed 42; a fresh random order in every block."},
			Setups:        setupsOf(sessionsFixture()),
			NotApplicable: []string{"chimney=off: gone since Windows 10 1703"},
			ExpectedInert: []string{"TcpWindowSize=131072: not read since Vista"},
			NoiseFloor:    floorPointer(),
			Notes:         []string{"Boot 5-7 excluded by the operator: host was compiling."},
		},
	},
	{
		name: "two-arms", guest: "windows", workload: "udp", metric: "latency", unit: "ms", better: sample.LowerIsBetter,
		level: 0.42, noise: 2.5, blocks: 6,
		arms: []fixtureArm{{name: "default"}, {name: "im=off", effect: -6}},
	},
	{
		name: "no-variance", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 940, blocks: 3, arms: []fixtureArm{{name: "a"}, {name: "b", effect: 1}, {name: "c"}},
	},
	{
		name: "one-boot", guest: "lab-fast", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 940, noise: 1, blocks: 1, order: notSaid, arms: []fixtureArm{{name: "a"}, {name: "b", effect: 1}, {name: "c"}},
	},
	{
		name: "pilot", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 940, noise: 3, blocks: 3,
		arms: []fixtureArm{
			{name: "a"}, {name: "b", effect: 1}, {name: "c", effect: 14}, {name: "d", effect: -1}, {name: "e"},
			{name: "f", effect: 4, fails: map[int]string{3: "boot_timeout"}},
		},
		options: func(o *rank.Options) { o.Margin = 5 },
	},
	{
		name: "factorial", guest: "windows", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 9400, noise: 0.6, blocks: 4, arms: withLoss(crossing(func(l map[string]string) float64 {
			effect := map[string]float64{"1M": 5, "64K": -3}[l["window"]]
			if l["rss"] == "on" && l["lso"] == "on" {
				effect += 7
			}
			return effect
		}, "window=absent,64K,1M", "rss=off,on", "lso=off,on", "timestamps=off,on"), "window=absent,rss=on,lso=off,timestamps=on"),
	},
	{
		name: "factorial-deep", workload: "udp", metric: "latency", unit: "ms", better: sample.LowerIsBetter,
		level: 0.4, noise: 0.4, blocks: 3, arms: crossing(func(l map[string]string) float64 {
			if l["a"]+l["b"]+l["c"] == "111" {
				return -8
			}
			return 0
		}, "a=0,1", "b=0,1", "c=0,1", "d=0,1"),
	},
	{
		name: "factorial-pilot", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 940, noise: 1, blocks: 2, arms: crossing(func(l map[string]string) float64 { return map[string]float64{"1": 9}[l["a"]] }, "a=0,1", "b=0,1"),
	},
	{
		name: "profile", guest: "windows", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 9400, noise: 0.4, blocks: 6, arms: wholeProfile("guide", 6, -5, 0.1, 1.6),
	},
	{
		name: "profile-latency", workload: "udp", metric: "latency", unit: "ms", better: sample.LowerIsBetter,
		level: 0.4, noise: 2, blocks: 3, arms: wholeProfile("guide", -9, 6, 0, 0)[:8],
	},
	{
		name: "minimal", guest: "windows", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 9400, noise: 0.6, blocks: 8, arms: []fixtureArm{
			{name: "as-found", levels: map[string]string{"a": "found", "b": "found", "c": "found"}},
			{name: "guide", effect: 6, levels: map[string]string{"a": "1", "b": "1", "c": "1"}},
			{name: "guide-minimal", effect: 5.8, levels: map[string]string{"a": "1", "b": "found", "c": "found"}},
		},
	},
	{
		name: "loss", guest: "windows", workload: "udp", metric: "loss", unit: "%", better: sample.LowerIsBetter,
		level: 3, noise: 0.05, blocks: 5, arms: []fixtureArm{
			{name: "as-found"}, {name: "queue=1024", effect: -9}, {name: "queue=512", effect: -2.9, apart: map[int]float64{2: -9, 4: -9}},
			{name: "rss=off", effect: 0.7}, {name: "placebo"}, {name: "ring=4096", effect: 0.03},
		},
	},
	{
		name: "no-loss", guest: "windows", workload: "udp", metric: "loss", unit: "%", better: sample.LowerIsBetter,
		level: 0, noise: 0.05, blocks: 5, arms: []fixtureArm{{name: "as-found", effect: -1}, {name: "a", effect: -1}, {name: "b", effect: 0.4}, {name: "c", effect: 0.05}},
	},
	{
		name: "no-margin", guest: "windows", workload: "tcp", metric: "retransmits", unit: "segments", better: sample.LowerIsBetter,
		level: 40, noise: 2, blocks: 5, arms: []fixtureArm{{name: "as-found"}, {name: "a", effect: -20}, {name: "b"}},
	},
	{
		name: "grouped", guest: "windows", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 9400, noise: 0.5, blocks: 5, order: armByArm, arms: []fixtureArm{{name: "as-found"}, {name: "a", effect: 4}, {name: "b"}, {name: "c", effect: -6}},
	},
	{
		name: "placements", guest: "windows", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 9400, noise: 0.3, blocks: 10, arms: []fixtureArm{
			{name: "as-found", apart: map[int]float64{7: -18}}, {name: "a", effect: 3, apart: map[int]float64{3: -15}}, {name: "b"},
			{name: "c", apart: map[int]float64{5: -16}}, {name: "d", effect: -4}, {name: "e", effect: 1},
		},
	},
}

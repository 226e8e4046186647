package report

import (
	"fmt"
	"math"
	"testing"

	"vnettune/report/rank"
	"vnettune/results/sample"
)

// fixture is a synthetic campaign: effects in percent on a scale of 100 ln, noise
// from a fixed formula, failures where named.
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
	arms     []fixtureArm
	report   Report
	options  func(*rank.Options)
}

type fixtureArm struct {
	name   string
	effect float64
	// fails maps a block to a status that replaces the measurement.
	fails map[int]string
}

func (f fixture) rows() []sample.Row {
	var rows []sample.Row
	for block := range f.blocks {
		drift := 2 * f.noise * math.Sin(float64(block))
		for k, arm := range f.arms {
			boot := f.noise * math.Sin(float64(7+13*k+29*block+3*k*block))
			for rep := 1; rep <= 3; rep++ {
				r := sample.Row{
					Combination: arm.name, Block: fmt.Sprint(block + 1), Boot: fmt.Sprintf("%d-%d", block+1, k+1),
					Workload: f.workload, Metric: f.metric, Unit: f.unit, Better: f.better,
					Repetition: rep, GuestKind: f.guest, Levels: map[string]string{"arm": arm.name},
				}
				noise := f.noise / 2 * math.Sin(float64(rep+5*k+11*block))
				r.Value = math.Round(1000*f.level*math.Exp((arm.effect+drift+boot+noise)/100)) / 1000
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
	ranking, err := rank.Analyze(f.rows(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := f.report
	r.Ranking = ranking
	return r
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
			NotApplicable: []string{"chimney=off: gone since Windows 10 1703"},
			ExpectedInert: []string{"TcpWindowSize=131072: not read since Vista"},
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
		level: 940, noise: 1, blocks: 1, arms: []fixtureArm{{name: "a"}, {name: "b", effect: 1}, {name: "c"}},
	},
	{
		name: "pilot", workload: "tcp", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter,
		level: 940, noise: 3, blocks: 3,
		arms: []fixtureArm{
			{name: "a"}, {name: "b", effect: 1}, {name: "c", effect: 14}, {name: "d", effect: -1}, {name: "e"},
			{name: "f", effect: 4, fails: map[int]string{3: "boot_timeout"}},
		},
		options: func(o *rank.Options) { o.Summary = rank.SummaryMedian; o.Margin = 5 },
	},
}

package synthetic

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/results/sample"
)

// Without noise each value is what the plan says: what the boot was booted into, its own effect, and what
// the arm before leaves in force.
func TestDrawWithin(t *testing.T) {
	p := DefaultPlan()
	p.WithinBoot, p.Combinations, p.WholePlots, p.Blocks, p.Repetitions, p.BootSD, p.RepSD = true, 6, 2, 8, 2, 0, 0
	p.Effects = map[string]float64{"c01": 10, "c05": -20}
	p.RebootOnly = map[string]float64{"c02": 50}
	p.CarryOver = 0.25
	rows, err := Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Draw(p)
	if err != nil || !slices.EqualFunc(rows, again, func(a, b sample.Row) bool { return a.Value == b.Value && a.Boot == b.Boot && a.Stint == b.Stint }) {
		t.Errorf("the same plan gives other rows (%v)", err)
	}
	order := map[string][]string{}
	for _, r := range rows {
		if r.Repetition == 1 {
			if r.Stint != len(order[r.Boot])+1 {
				t.Fatalf("boot %s: stint %d after %v", r.Boot, r.Stint, order[r.Boot])
			}
			order[r.Boot] = append(order[r.Boot], r.Combination)
		}
	}
	if len(order) != 8*3 {
		t.Errorf("%d boots, want three in each of 8 blocks", len(order))
	}
	into := map[string]int{}
	for boot, arms := range order {
		into[arms[0]]++
		switch arms[0] {
		case "c04", "c05":
			if len(arms) != 1 {
				t.Errorf("boot %s of a whole plot goes through %v", boot, arms)
			}
			continue
		}
		count := map[string]int{}
		for k, arm := range arms {
			if k > 0 {
				count[arm]++
				if arm == arms[k-1] {
					t.Errorf("boot %s: %v has an arm after itself", boot, arms)
				}
			}
		}
		if count[Baseline] != 2 || count["c01"] != 1 || count["c02"] != 1 || count["c03"] != 1 || len(count) != 4 {
			t.Errorf("boot %s goes through %v", boot, arms)
		}
	}
	for _, arm := range []string{Baseline, "c01", "c02", "c03"} {
		if into[arm] != 2 {
			t.Errorf("%d boots into %s, want 2", into[arm], arm)
		}
	}
	log := func(percent float64) float64 { return math.Log1p(percent / 100) }
	for _, r := range rows {
		arms := order[r.Boot]
		want := log(p.RebootOnly[arms[0]])
		if r.Stint == 1 {
			want += log(p.Effects[r.Combination])
		} else {
			want += 0.75*log(p.Effects[r.Combination]) + 0.25*log(p.Effects[arms[r.Stint-2]])
		}
		if got := math.Log(r.Value / p.Mean); math.Abs(got-want) > 1e-9 {
			t.Errorf("boot %s stint %d: %v, want %v", r.Boot, r.Stint, got, want)
		}
	}
}

func TestDrawWithinRefuses(t *testing.T) {
	for want, change := range map[string]func(*Plan){
		"ask for that":               func(p *Plan) { p.InteractionSD = 1 },
		"at least two combinations":  func(p *Plan) { p.WithinBoot, p.WholePlots = true, 7 },
		"random order":               func(p *Plan) { p.WithinBoot, p.Sequential = true, true },
		"carry-over 2":               func(p *Plan) { p.WithinBoot, p.CarryOver = true, 2 },
		"interaction SD":             func(p *Plan) { p.WithinBoot, p.InteractionSD = true, -1 },
		`effect of "c99"`:            func(p *Plan) { p.WithinBoot, p.RebootOnly = true, map[string]float64{"c99": 1} },
		"must be above -100 and at ": func(p *Plan) { p.WithinBoot, p.RebootOnly = true, map[string]float64{"c01": -100} },
	} {
		p := DefaultPlan()
		change(&p)
		if _, err := Draw(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

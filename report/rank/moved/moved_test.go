package moved

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vnettune/report/rank"
	"vnettune/results/sample"
)

// campaign draws boots of arms with counters: level says what a counter is in an arm, apart from its noise of 1.
func campaign(arms []string, blocks int, counters []string, level func(counter, arm string) float64) []sample.Row {
	rng := rand.New(rand.NewPCG(1, 2))
	var rows []sample.Row
	slot := 0
	for b := range blocks {
		for _, i := range rng.Perm(len(arms)) {
			slot++
			row := sample.Row{Combination: arms[i], Block: fmt.Sprint(b + 1), Boot: fmt.Sprintf("b%03d", slot), Order: slot, Workload: "tcp", Repetition: 1, HasValue: true, Status: sample.StatusOK}
			for _, name := range append([]string{"throughput"}, counters...) {
				m, ok := sample.KnownMetric(name)
				if !ok {
					panic(name)
				}
				row.Metric, row.Unit, row.Better, row.Value = m.Name, m.Unit, m.Better, 1000+rng.NormFloat64()
				if m.Counter != "" {
					row.Value = max(0, level(name, arms[i])+rng.NormFloat64())
				}
				rows = append(rows, row)
			}
		}
	}
	return rows
}

func options() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = "base"
	return o
}

var (
	arms  = []string{"base", "off", "same"}
	names = []string{"tcp_rwnd_limited", "retransmits_per_gb", "tcp_cwnd"}
)

// windowed: with one arm the receiver's window holds the stream, and with it the congestion window is another.
func windowed(counter, arm string) float64 {
	switch {
	case counter == "tcp_rwnd_limited" && arm == "off":
		return 95
	case counter == "tcp_cwnd" && arm == "off":
		return 500
	}
	return 20
}

func TestFind(t *testing.T) {
	all, err := Find(campaign(arms, 6, names, windowed), options())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	w := all[0]
	// Two counters that may be named in two arms; what is only shown is in no family.
	if w.Family != 4 || w.Workload != "tcp" || len(w.Counters) != 3 || w.Counters[2].Name != "tcp_cwnd" || w.Counters[2].Named {
		t.Errorf("%+v", w)
	}
	if with := w.With("off"); len(with) != 1 || with[0].Name != "tcp_rwnd_limited" {
		t.Errorf("with off moved %+v", with)
	}
	if with := append(w.With("same"), w.With("base")...); len(with) != 0 {
		t.Errorf("with the others moved %+v", with)
	}
	at, _ := w.With("off")[0].Level("off")
	base, _ := w.With("off")[0].Level("base")
	if math.Abs(float64(at.Mean)-95) > 3 || math.Abs(float64(base.Mean)-20) > 3 || math.Abs(float64(at.Difference)-75) > 4 || at.Boots != 6 || base.Difference.Exists() || !(at.PHolm >= at.P) {
		t.Errorf("%+v, baseline %+v", at, base)
	}
	if shown, _ := w.Counters[2].Level("off"); shown.Moved || shown.PHolm.Exists() || !(shown.P < 0.001) {
		t.Errorf("what is only shown: %+v", shown)
	}
}

// What no claim may rest on names no counter, however far it moved.
func TestNothingIsNamed(t *testing.T) {
	few := campaign(arms, rank.LeastBeside-1, names, windowed)
	grouped := campaign(arms, 6, names, windowed)
	slices.SortStableFunc(grouped, func(a, b sample.Row) int {
		return slices.Index(arms, a.Combination) - slices.Index(arms, b.Combination)
	})
	order := 0
	for i := range grouped {
		if i == 0 || grouped[i].Boot != grouped[i-1].Boot {
			order++
		}
		grouped[i].Order = order
	}
	for name, rows := range map[string][]sample.Row{"few boots": few, "arm by arm": grouped} {
		all, err := Find(rows, options())
		if err != nil || len(all) != 1 || all[0].Family != 4 {
			t.Fatalf("%s: %+v, %v", name, all, err)
		}
		for _, arm := range arms {
			if with := all[0].With(arm); len(with) != 0 {
				t.Errorf("%s: with %s moved %+v", name, arm, with)
			}
		}
	}
	if all, err := Find(campaign(arms, 5, nil, nil), options()); err != nil || all != nil {
		t.Errorf("without counters: %+v, %v", all, err)
	}
}

// Arms that settle at looks share the error rate with the looks.
func TestLooksShareTheErrorRate(t *testing.T) {
	o := options()
	o.Settle = &rank.Settle{Looks: []int{3, 6}, Arms: map[string]int{}}
	all, err := Find(campaign(arms, 6, names, windowed), o)
	if err != nil || all[0].Alpha != o.Alpha/2 || len(all[0].With("off")) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

package rank

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestChangePoints(t *testing.T) {
	series := func(seed uint64, levels ...float64) []float64 {
		rng := rand.New(rand.NewPCG(seed, 9))
		var x []float64
		for _, level := range levels {
			for range 10 {
				x = append(x, level+rng.NormFloat64())
			}
		}
		return x
	}
	for _, tt := range []struct {
		name string
		x    []float64
		want []int
	}{
		{"one level", series(1, 0, 0, 0), nil},
		{"a step", series(2, 0, 8), []int{10}},
		{"two steps", series(3, 0, 8, -8), []int{10, 20}},
		{"too short to split", []float64{0, 0, 0, 0, 9, 9, 9, 9}, nil},
		{"constant", make([]float64, 20), nil},
	} {
		var got []int
		for _, s := range changePoints(tt.x) {
			got = append(got, s.at)
			if !(s.p > 0 && s.p <= historyAlpha) {
				t.Errorf("%s: p %v", tt.name, s.p)
			}
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if again := changePoints(tt.x); len(again) != len(got) {
			t.Errorf("%s: another answer the second time", tt.name)
		}
	}
}

// The sums that are moved along are those of the definition.
func TestEnergySplitByDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x := make([]float64, 23)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	mean := func(a, b []float64, same bool) float64 {
		sum, n := 0.0, 0.0
		for i, u := range a {
			for j, v := range b {
				if !same || i != j {
					sum, n = sum+math.Abs(u-v), n+1
				}
			}
		}
		return sum / n
	}
	at, best := 0, math.Inf(-1)
	for s := historySegment; s <= len(x)-historySegment; s++ {
		l, r := x[:s], x[s:]
		m, n := float64(len(l)), float64(len(r))
		if q := m * n / (m + n) * (2*mean(l, r, false) - mean(l, l, true) - mean(r, r, true)); q > best {
			at, best = s, q
		}
	}
	if gotAt, got := energySplit(x); gotAt != at || math.Abs(got-best) > 1e-9 {
		t.Errorf("%d %v, want %d %v", gotAt, got, at, best)
	}
}

// historyCampaigns has an arm that loses 10 % from campaign 8 on, while the level
// of all arms wanders from day to day.
func historyCampaigns(n int) []StoredSession {
	var out []StoredSession
	for k := range n {
		effect := 0.0
		if k >= 8 {
			effect = -10
		}
		rows := campaign(uint64(100+k), map[string]float64{"base": 0, "a": effect}, 4, 2, 0.2)
		for i := range rows {
			rows[i].Value *= 1 + 0.3*math.Sin(float64(3*k))
		}
		out = append(out, StoredSession{fmt.Sprintf("day%02d", k), rows, "base"})
	}
	return out
}

func TestHistoryOf(t *testing.T) {
	h, err := HistoryOf(historyCampaigns(16), "a", baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	if len(h) != 1 || len(h[0].Changes) != 1 || h[0].TooShort {
		t.Fatalf("%+v", h)
	}
	c := h[0].Changes[0]
	if c.From != "day08" || c.Index != 8 || !c.Matters || math.Abs(c.ChangePercent-percent(-10)) > 0.5 || math.Abs(c.Before-100) > 0.5 {
		t.Errorf("%+v", c)
	}
	if short, err := HistoryOf(historyCampaigns(9), "a", baseOptions()); err != nil || !short[0].TooShort || short[0].Changes != nil {
		t.Errorf("9 campaigns: %+v %v", short, err)
	}
	o := baseOptions()
	o.Margin = 15
	if small, err := HistoryOf(historyCampaigns(16), "a", o); err != nil || small[0].Changes[0].Matters {
		t.Errorf("margin 15 %%: %+v %v", small, err)
	}
}

// The baseline itself is in the metric's unit.
func TestHistoryOfBaseline(t *testing.T) {
	h, err := HistoryOf(historyCampaigns(10), "", baseOptions())
	if err != nil || h[0].Unit != "Mbit/s" || !(h[0].Points[0].Value > 5000) {
		t.Errorf("%+v %v", h, err)
	}
	if _, err := HistoryOf(historyCampaigns(10), "x", baseOptions()); err == nil || !strings.Contains(err.Error(), "day00") {
		t.Errorf("unknown arm: %v", err)
	}
}

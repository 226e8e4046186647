package rank

import (
	"math"
	"testing"

	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// What a plan is said to detect is what its ranking says it could have: the same
// noise gives the same numbers before and after.
func TestForecastAgreesWithTheRanking(t *testing.T) {
	for _, c := range []struct {
		name    string
		effects map[string]float64
		blocks  int
	}{
		{"eight arms", eight, 7}, {"six arms", same, 5},
		{"two arms, paired", map[string]float64{"base": 0, "a": 3}, 8},
	} {
		rows := ranktest.Campaign(9, c.effects, c.blocks, 3, 1)
		a := analyze(t, rows, baseOptions())
		p := Planned{Arms: len(c.effects), Blocks: c.blocks, BaselinePerBlock: 1, Margin: float64(a.Margin), Alpha: a.Alpha}
		if len(c.effects) > 2 {
			if got := p.BlocksNeeded(float64(a.VarianceUpper80)); got != int(a.BootsNeeded) {
				t.Errorf("%s: %d blocks needed, the ranking says %d boots", c.name, got, a.BootsNeeded)
			}
		}
		variance := float64(a.Pooled)
		se := math.Sqrt(2 * variance / float64(c.blocks))
		want := stat.Percent(stat.Detectable(stat.UsualPower, se, float64(a.DF), a.Alpha/float64(2*a.Family)))
		if got := p.Detectable(variance); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: detectable %v, want %v at the ranking's %d degrees of freedom", c.name, got, want, a.DF)
		}
		noise, err := MeasureNoise(rows, baseOptions())
		if err != nil || len(noise) != 1 {
			t.Fatal(noise, err)
		}
		n := noise[0]
		if math.Abs(n.BootMean-variance) > 1e-12 || n.DF != a.DF || math.Abs(n.Boot+n.Repetition/3-n.BootMean) > 1e-9 {
			t.Errorf("%s: noise %+v of variance %v with %d degrees of freedom", c.name, n, variance, a.DF)
		}
		if got := n.BootMeanWith(3); math.Abs(got/float64(a.VarianceUpper80)-1) > 1e-9 {
			t.Errorf("%s: upper limit %v, the ranking's %v", c.name, got, a.VarianceUpper80)
		}
		if !(n.BootMeanWith(10) < n.BootMeanWith(1)) {
			t.Errorf("%s: repetitions do not help", c.name)
		}
	}
}

// G4 of the specification: with a boot-mean SD of 2.31 %, 32 arms and the baseline
// find +5 % with a power of at least half at 5 blocks and nine tenths at 10.
func TestForecastAtTheSpecifiedNoise(t *testing.T) {
	at := func(blocks int) float64 {
		return Planned{Arms: 33, Blocks: blocks, BaselinePerBlock: 1, Margin: 2, Alpha: 0.05}.Detectable(2.31 * 2.31)
	}
	if five, ten := at(5), at(10); !(five > 5 && five < 7.5) || !(ten < 5 && ten > 3.5) {
		t.Errorf("80 %% power at %.2f %% with 5 blocks, %.2f %% with 10", five, ten)
	}
}

func TestForecastOfNothing(t *testing.T) {
	p := Planned{Arms: 3, Blocks: 1, BaselinePerBlock: 1, Margin: 2, Alpha: 0.05}
	if got := p.Detectable(4); !math.IsNaN(got) {
		t.Errorf("one block detects %v", got)
	}
	if got := p.BlocksNeeded(math.NaN()); got != 0 {
		t.Errorf("%d blocks for an unknown noise", got)
	}
	if got := (Noise{Boot: math.NaN(), Repetition: math.NaN(), BootMean: 4, DF: 8}).BootMeanWith(3); !(got > 4) {
		t.Errorf("noise of boots with one repetition: %v, want more than what was seen", got)
	}
}

// More power takes more blocks and finds only larger differences; at the number of
// blocks that is said to be needed, the margin is what is found.
func TestForecastOfAnotherPower(t *testing.T) {
	p := Planned{Arms: 6, Blocks: 5, BaselinePerBlock: 1, Margin: 2, Alpha: 0.05}
	before, detected := 0, 0.0
	for _, power := range []float64{0.6, 0.8, 0.9, 0.99} {
		p.Power, p.Blocks = power, 5
		n, d := p.BlocksNeeded(4), p.Detectable(4)
		if n <= before || d <= detected {
			t.Errorf("power %v: %d blocks after %d, %v %% after %v %%", power, n, before, d, detected)
		}
		before, detected = n, d
		p.Blocks = n
		if now := p.Detectable(4); now > 2.0001 {
			t.Errorf("power %v: %d blocks find %v %%, not the margin", power, n, now)
		}
		p.Blocks = n - 1
		if now := p.Detectable(4); now < 2 {
			t.Errorf("power %v: %d blocks would do, too", power, n-1)
		}
	}
	if zero, eighty := (Planned{Arms: 6, Blocks: 5, Margin: 2, Alpha: 0.05}), (Planned{Arms: 6, Blocks: 5, Margin: 2, Alpha: 0.05, Power: 0.8}); zero.BlocksNeeded(4) != eighty.BlocksNeeded(4) {
		t.Error("the default power is not 80 %")
	}
}

// On the difference scale margin and answer are in the metric's unit; without a margin no number of
// blocks is asked for.
func TestForecastOfADifference(t *testing.T) {
	p := Planned{Arms: 6, Blocks: 5, BaselinePerBlock: 2, Scale: sample.Difference, Margin: 0.1, Alpha: 0.05}
	const variance = 0.01
	se, df := math.Sqrt(variance/5*(1+0.5)), float64(5*7-6-5+1)
	want := stat.Detectable(stat.UsualPower, se, df, 0.05/10)
	if got := p.Detectable(variance); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("detectable %v, want %v", got, want)
	}
	n := p.BlocksNeeded(variance)
	p.Blocks = n
	if got := p.Detectable(variance); n == 0 || got > 0.1 {
		t.Errorf("%d blocks find %v points, not the margin", n, got)
	}
	p.Margin = math.NaN()
	if n := p.BlocksNeeded(variance); n != 0 {
		t.Errorf("%d blocks without a margin", n)
	}
}

func TestPlannedRepetitions(t *testing.T) {
	for _, tt := range []struct {
		boot, rep float64
		want      int
	}{{1, 1, 3}, {0, 1, 10}, {100, 1, 1}, {1, 1000, 10}, {1, math.NaN(), 0}} {
		n := Noise{Boot: tt.boot, Repetition: tt.rep}
		if got := n.Repetitions(150, 15); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

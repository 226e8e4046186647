package rank

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank/ranktest"
	"vnettune/results/record"
	"vnettune/results/sample"
)

var same = map[string]float64{"base": 0, "a": 0, "b": 0, "c": 0, "d": 0, "e": 0}

func calibrate(t *testing.T, rows []sample.Row) record.Calibration {
	t.Helper()
	all, err := Calibrate(rows, baseOptions())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d results, %v; want one", len(all), err)
	}
	return all[0]
}

// A sound A/A run: nothing differs, and neither does it under other names.
func TestCalibrateOfOneCombination(t *testing.T) {
	rows := ranktest.Campaign(3, same, 5, 3, 1)
	c := calibrate(t, rows)
	if c.Arms != 6 || c.Blocks != 5 || c.Boots != 30 || len(c.Differ) != 0 {
		t.Errorf("%+v", c)
	}
	if c.Relabelled != 1000 || c.Differing == 0 || !c.Calibrated {
		t.Errorf("relabelled: %+v, want some of 1000 draws with a difference, and not too many", c)
	}
	boot, rep, mean := byHand(rows)
	if d := cmp.Diff([]record.Number{record.Number(boot), record.Number(rep), record.Number(mean)}, []record.Number{c.BootSD, c.RepetitionSD, c.BootMeanSD}, roughly(1e-9, 0)); d != "" {
		t.Errorf("standard deviations (-by hand +got):\n%s", d)
	}
	shuffled := slices.Clone(rows)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if d := cmp.Diff(c, calibrate(t, shuffled), roughly(0, 0)); d != "" {
		t.Errorf("another order of the rows changed the answer:\n%s", d)
	}
}

// byHand is the standard deviations of a balanced campaign by the textbook's double centring.
func byHand(rows []sample.Row) (boot, rep, mean float64) {
	type cell struct{ arm, block string }
	logs := map[cell][]float64{}
	arms, blocks := map[string][]float64{}, map[string][]float64{}
	for _, r := range rows {
		k := cell{r.Combination, r.Block}
		logs[k] = append(logs[k], 100*math.Log(r.Value))
	}
	within, df, all := 0.0, 0.0, []float64{}
	for k, x := range logs {
		m := meanOfAll(x)
		for _, v := range x {
			within += (v - m) * (v - m)
		}
		df += float64(len(x) - 1)
		arms[k.arm], blocks[k.block] = append(arms[k.arm], m), append(blocks[k.block], m)
		all = append(all, m)
	}
	residual := 0.0
	for k, x := range logs {
		e := meanOfAll(x) - meanOfAll(arms[k.arm]) - meanOfAll(blocks[k.block]) + meanOfAll(all)
		residual += e * e
	}
	residual /= float64((len(arms) - 1) * (len(blocks) - 1))
	within /= df
	reps := float64(len(rows) / len(logs))
	return math.Sqrt(max(0, residual-within/reps)), math.Sqrt(within), math.Sqrt(residual)
}

func meanOfAll(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// A rig whose guest was not the same under one of the names is found out.
func TestCalibrateFindsAFalseDifference(t *testing.T) {
	broken := map[string]float64{}
	for name := range same {
		broken[name] = 0
	}
	broken["d"] = 9
	if c := calibrate(t, ranktest.Campaign(3, broken, 5, 3, 0.5)); !slices.Equal(c.Differ, []string{"d"}) {
		t.Errorf("differ: %v, want d", c.Differ)
	}
}

// One block tests nothing: the data say so and are no calibration.
func TestCalibrateOfOneBlock(t *testing.T) {
	c := calibrate(t, ranktest.Campaign(3, map[string]float64{"base": 0, "a": 0}, 1, 3, 1))
	if c.Relabelled != 0 || c.Calibrated || c.BootSD.Exists() || c.MDE.Exists() || !(c.RepetitionSD > 0) {
		t.Errorf("%+v", c)
	}
}

// TestAtMost: R's qbinom(0.99, c(1000, 1000, 100), c(0.05, 0.01, 0.05)).
func TestAtMost(t *testing.T) {
	for _, c := range []struct {
		n    int
		p    float64
		want int
	}{{1000, 0.05, 67}, {1000, 0.01, 18}, {100, 0.05, 11}} {
		if got := atMost(c.n, c.p); got != c.want {
			t.Errorf("atMost(%d, %g) = %d, want %d", c.n, c.p, got, c.want)
		}
	}
}

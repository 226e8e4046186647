package rank

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/results/sample"
)

// pacedCampaign draws boots of a baseline and of a positive control, in blocks: in each boot of the control a run without
// a pace, and runs of which each gives the less of what it would have given and the pace. Standard deviations are in
// percent, of boots and of the runs of a boot. A pace of 0 is none: the control's runs are as any other.
func pacedCampaign(rng *rand.Rand, blocks, reps int, planted, pace, bootSD, repSD float64) (rows, control []sample.Row) {
	order := 0
	for block := range blocks {
		arms := []string{"base", "control"}
		if rng.Float64() < 0.5 {
			slices.Reverse(arms)
		}
		for _, arm := range arms {
			order++
			level := 9000 * math.Exp((3*math.Sin(float64(block))+bootSD*rng.NormFloat64())/100)
			run := func() float64 { return level * math.Exp(repSD*rng.NormFloat64()/100) }
			unpaced := run()
			for rep := range reps {
				r := sample.Row{
					Combination: arm, Block: fmt.Sprint(block), Boot: fmt.Sprint(arm, block), Order: order, Workload: "tcp", Metric: "throughput", Unit: "Mbit/s",
					Better: sample.HigherIsBetter, Repetition: rep + 1, Value: run(), HasValue: true, Status: sample.StatusOK,
				}
				if arm == "base" {
					rows = append(rows, r)
					continue
				}
				if r.Control = planted; pace > 0 {
					r.Value = math.Min(r.Value, unpaced*(1-pace/100))
				}
				control = append(control, r)
			}
		}
	}
	return rows, control
}

func judgeControl(t *testing.T, rows, control []sample.Row, alpha float64) Control {
	t.Helper()
	o := DefaultOptions()
	o.Baseline, o.Alpha = "base", alpha
	all, err := FindControl(rows, control, o)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d judged, %v", len(all), err)
	}
	return all[0]
}

// What is said of a control follows from its interval: as large as planted, too small, or contradicting.
func TestAControlIsFoundOrTooSmallOrContradicts(t *testing.T) {
	for name, c := range map[string]struct {
		planted, pace, bootSD float64
		want                  ControlOutcome
	}{
		"found":                              {5, 5, 0.3, ControlFound},
		"too small":                          {0.1, 0.1, 1, ControlTooSmall},
		"larger than planted":                {5, 20, 0.3, ControlContradicts},
		"not paced, by a rig that would see": {5, 0, 0.3, ControlContradicts},
		"not paced, and nobody would see it": {5, 0, 12, ControlTooSmall},
		"smaller than planted":               {20, 5, 0.3, ControlContradicts},
	} {
		t.Run(name, func(t *testing.T) {
			rows, control := pacedCampaign(rand.New(rand.NewPCG(1, 2)), 8, 3, c.planted, c.pace, c.bootSD, 0.2)
			got := judgeControl(t, rows, control, 0.05)
			if got.Outcome != c.want || got.Planted != c.planted || got.Boots != 8 || got.BaselineBoots != 8 {
				t.Errorf("%+v, want %s", got, c.want)
			}
		})
	}
}

// Three boots of each are the least, and boots that were made arm by arm say nothing: drift would be taken for the
// pace.
func TestAControlThatCannotBeJudged(t *testing.T) {
	rows, control := pacedCampaign(rand.New(rand.NewPCG(3, 4)), 2, 3, 5, 5, 0.1, 0.1)
	if got := judgeControl(t, rows, control, 0.05); got.Outcome != ControlNotJudged {
		t.Errorf("two boots: %+v", got)
	}
	rows, control = pacedCampaign(rand.New(rand.NewPCG(3, 4)), 5, 1, 5, 5, 0.1, 0.1)
	for i := range rows {
		rows[i].Order, control[i].Order = i+1, len(rows)+i+1
	}
	if got := judgeControl(t, rows, control, 0.05); got.Outcome != ControlNotJudged {
		t.Errorf("arm by arm: %+v", got)
	}
}

// A control says something of the baseline whose settings it has: of another one, and of workloads that it has not,
// nothing is said, and other arms do not count.
func TestAControlIsOfItsBaselineAlone(t *testing.T) {
	rows, control := pacedCampaign(rand.New(rand.NewPCG(5, 6)), 6, 2, 5, 5, 0.2, 0.2)
	alone := judgeControl(t, rows, control, 0.05)
	more := slices.Clone(rows)
	for _, r := range rows {
		other, udp := r, r
		other.Combination, other.Boot, other.Value = "other", "other"+r.Boot, 2*r.Value
		udp.Workload = "udp"
		more = append(more, other, udp)
	}
	if beside := judgeControl(t, more, control, 0.05); beside != alone {
		t.Errorf("beside other arms and workloads %+v, alone %+v", beside, alone)
	}
	for i := range rows {
		rows[i].Levels = map[string]string{"tcp.rss": "disabled"}
	}
	o := DefaultOptions()
	o.Baseline = "base"
	if all, err := FindControl(rows, control, o); err != nil || len(all) != 0 {
		t.Errorf("of a baseline with other settings: %+v, %v", all, err)
	}
	if all, err := FindControl(rows, nil, o); err != nil || all != nil {
		t.Errorf("without a control: %+v, %v", all, err)
	}
}

// How often it is wrong, by simulation: a control that was paced as asked contradicts in at most alpha of campaigns, also
// where runs vary by as much as the pace takes; one that was not paced is called out by a rig that sees its size, and is
// found in at most alpha of campaigns. Bounds at 0.001.
func TestHowOftenAControlIsMisjudged(t *testing.T) {
	const campaigns, alpha = 300, 0.05
	most := atMostOf(campaigns, alpha)
	for name, c := range map[string]struct {
		planted, pace, bootSD, repSD float64
		blocks, reps                 int
	}{
		"quiet":                        {5, 5, 0.5, 0.5, 5, 3},
		"runs vary":                    {5, 5, 1, 4, 6, 3},
		"runs vary, one a boot":        {5, 5, 0.5, 3, 8, 1},
		"small":                        {1, 1, 0.5, 1, 8, 3},
		"tiny":                         {0.1, 0.1, 0.3, 2, 8, 3},
		"large":                        {50, 50, 2, 2, 6, 3},
		"not paced, and too noisy":     {5, 0, 6, 1, 5, 3},
		"not paced, and seen to be so": {5, 0, 0.3, 0.3, 6, 3},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(20261130, uint64(len(name))))
			of := map[ControlOutcome]int{}
			for range campaigns {
				rows, control := pacedCampaign(rng, c.blocks, c.reps, c.planted, c.pace, c.bootSD, c.repSD)
				of[judgeControl(t, rows, control, alpha).Outcome]++
			}
			t.Logf("%v of %d", of, campaigns)
			switch {
			case c.pace > 0:
				if of[ControlContradicts] > most {
					t.Errorf("%d of %d contradict, at most %d", of[ControlContradicts], campaigns, most)
				}
			case of[ControlFound] > most:
				t.Errorf("%d of %d that were not paced are found, at most %d", of[ControlFound], campaigns, most)
			}
			if name == "quiet" && of[ControlFound] < campaigns-most || name == "not paced, and seen to be so" && of[ControlContradicts] < campaigns-most {
				t.Errorf("%v", of)
			}
		})
	}
}

// What a pace takes in the mean is what was planted where runs do not vary, and more the more they do: as drawn.
func TestWhatAPaceTakes(t *testing.T) {
	if got := paceTakes(5, 0); got != 5 {
		t.Errorf("%v of runs that are alike", got)
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for _, sd := range []float64{0.5, 2, 6} {
		const n = 200_000
		sum, squares := 0.0, 0.0
		for range n {
			d := math.Max(0, 5+sd*rng.NormFloat64()-sd*rng.NormFloat64())
			sum, squares = sum+d, squares+d*d
		}
		mean := sum / n
		se := math.Sqrt((squares/n - mean*mean) / n)
		if got := paceTakes(5, sd); math.Abs(got-mean) > 4*se {
			t.Errorf("sd %v: %v, drawn %v, standard error %v", sd, got, mean, se)
		}
	}
}

// atMostOf is the largest number in n that a rate of p explains, but for once in a thousand.
func atMostOf(n int, p float64) int {
	b := distuv.Binomial{N: float64(n), P: p}
	k := 0
	for 1-b.CDF(float64(k)) > 0.001 {
		k++
	}
	return k
}

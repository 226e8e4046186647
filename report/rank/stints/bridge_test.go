package stints

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank/boots"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// drawn is a level of three arms and the baseline, each booted into n times: into arm "a" all that a boot
// gives is higher by shift, and its first stint by stays.
func drawn(seed uint64, n int, sd, shift, stays float64) Series {
	rng := rand.New(rand.NewPCG(seed, 3))
	level := Level{Arms: []string{"a", "b", "c"}}
	for range n {
		for _, into := range []string{"base", "a", "b", "c"} {
			x := Boot{Into: into, Between: sd * rng.NormFloat64(), Within: 7 + sd*rng.NormFloat64()}
			if into == "a" {
				x.Between, x.Within = x.Between+shift, x.Within+stays
			}
			level.Boots = append(level.Boots, x)
		}
	}
	return Series{Key: boots.Key{Workload: "tcp", Metric: "throughput"}, Axis: boots.Axis{Scale: sample.Ratio, Better: sample.HigherIsBetter},
		Primary: true, Margin: 2, Resolution: 1e-9, Levels: []Level{level}}
}

func of(t *testing.T, all []Bridged, arm string) Bridged {
	t.Helper()
	for _, b := range all {
		if b.Arm == arm {
			return b
		}
	}
	t.Fatalf("nothing about %s", arm)
	return Bridged{}
}

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name          string
		series        Series
		look          Look
		a, b          Outcome
		least, most   float64 // the bound of b
		between, only bool
	}{
		{name: "many quiet boots", series: drawn(1, 20, 0.5, 0, 0), a: Agrees, b: Agrees, least: 0.1, most: 2},
		{name: "few noisy boots", series: drawn(2, 3, 2, 0, 0), a: NotShown, b: NotShown, least: 2, most: 12},
		{name: "takes only at a reboot", series: drawn(3, 10, 0.5, 5, 0), a: Differs, b: Agrees, least: 0.1, most: 2, between: true},
		{name: "stays partly in force", series: drawn(4, 10, 0.5, 0, 5), a: Differs, b: Agrees, least: 0.1, most: 2},
		{name: "one boot each", series: drawn(5, 1, 0.5, 5, 5), a: NotShown, b: NotShown, least: math.Inf(1), most: math.Inf(1)},
		{name: "many looks", series: drawn(3, 10, 0.5, 0.6, 0), look: Look{1, 1000}, a: Agrees, b: Agrees, least: 0.1, most: 2},
	} {
		got := Bridge([]Series{tt.series}, nil, 0.05, tt.look)
		a, b := of(t, got, "a"), of(t, got, "b")
		if a.Outcome != tt.a || b.Outcome != tt.b {
			t.Errorf("%s: %s and %s, want %s and %s", tt.name, a.Outcome, b.Outcome, tt.a, tt.b)
		}
		if x := float64(b.Bound); !(x >= tt.least && x <= tt.most) {
			t.Errorf("%s: bound %v, want one from %v to %v", tt.name, x, tt.least, tt.most)
		}
		if tt.between && !(a.Between.P < a.Within.P) {
			t.Errorf("%s: p %v between, %v within", tt.name, a.Between.P, a.Within.P)
		}
	}
	if got := of(t, Bridge([]Series{drawn(3, 10, 0.5, 0.6, 0)}, nil, 0.05, Look{}), "a"); got.Outcome != Differs {
		t.Errorf("asked once: %s, want %s", got.Outcome, Differs)
	}
}

// Nothing varies: however many boots agree to the last digit, or differ, nothing is shown, and nothing bounds it.
func TestNothingVaries(t *testing.T) {
	for _, n := range []int{2, 3, 20} {
		for _, shift := range []float64{0, 5} {
			for _, scale := range []sample.Scale{sample.Difference, sample.Ratio} {
				s := drawn(1, n, 0, shift, shift)
				s.Scale = scale
				got := of(t, Bridge([]Series{s}, nil, 0.05, Look{}), "a")
				if got.Outcome != NotShown || !math.IsInf(float64(got.Bound), 1) || !got.Between.Estimate.Exists() || got.Between.Low.Exists() || got.Within.P.Exists() {
					t.Errorf("%d boots each, %v apart: %s within %v, %+v, %+v", n, shift, got.Outcome, got.Bound, got.Between, got.Within)
				}
			}
		}
	}
	s := drawn(1, 20, 0.5, 0, 0)
	s.Margin = math.NaN()
	if got := of(t, Bridge([]Series{s}, nil, 0.05, Look{}), "a"); got.Outcome != NotShown {
		t.Errorf("without a margin: %s, want %s", got.Outcome, NotShown)
	}
}

// A metric that is the same in every boot keeps no other from being shown to agree, and is not shown itself; one of
// which two boots differ does.
func TestOneMetricDoesNotVary(t *testing.T) {
	loss := drawn(1, 20, 0, 0, 0)
	loss.Metric, loss.Scale, loss.Axis.Better = "loss", sample.Difference, sample.LowerIsBetter
	rate := drawn(1, 20, 0.5, 0, 0)
	a := of(t, Bridge([]Series{loss, rate}, nil, 0.05, Look{}), "a")
	inRate, _ := a.Of(rate.Key)
	inLoss, _ := a.Of(loss.Key)
	if a.Outcome != Agrees || a.Metric != rate.Metric || a.In(inRate) != Agrees || a.In(inLoss) != NotShown || !math.IsInf(float64(inLoss.Bound), 1) {
		t.Errorf("beside a loss of nothing: %s by %s within %v; the loss %s within %v", a.Outcome, a.Metric, a.Bound, a.In(inLoss), inLoss.Bound)
	}
	loss = drawn(1, 20, 0, 1, 0)
	loss.Metric, loss.Scale = "loss", sample.Difference
	if a := of(t, Bridge([]Series{loss, rate}, nil, 0.05, Look{}), "a"); a.Outcome != NotShown {
		t.Errorf("beside a loss of the arm's boots alone: %s, want %s", a.Outcome, NotShown)
	}
}

// An arm that differs, and one that fell back before, is none of the others: the rest does not differ
// because of it. A metric that is not primary decides nothing.
func TestOthers(t *testing.T) {
	far := drawn(6, 8, 0.5, 300, 0)
	got := Bridge([]Series{far}, nil, 0.05, Look{})
	if b := of(t, got, "b"); b.Outcome == Differs || b.Between.Others != 16 {
		t.Errorf("beside an arm that differs: %s by %d others, want 16", b.Outcome, b.Between.Others)
	}
	far.Levels[0].Arms = []string{"b", "c"}
	got = Bridge([]Series{far}, []string{"a"}, 0.05, Look{})
	if b := of(t, got, "b"); b.Outcome == Differs || b.Between.Others != 16 {
		t.Errorf("beside an arm that fell back: %s by %d others, want 16", b.Outcome, b.Between.Others)
	}
	other := drawn(6, 8, 0.5, 300, 0)
	other.Primary, other.Metric = false, "cpu_host"
	got = Bridge([]Series{drawn(7, 8, 0.5, 0, 0), other}, nil, 0.05, Look{})
	a := of(t, got, "a")
	if m, ok := a.Of(other.Key); a.Outcome == Differs || !ok || !(m.Bound > 100) {
		t.Errorf("by a metric that is not primary: %s, bound %v", a.Outcome, m.Bound)
	}
}

// The tests are those of one mean for each group of boots, by dense least squares.
func TestAgreesWithDense(t *testing.T) {
	s := drawn(8, 5, 1, 0.4, 0)
	level := &s.Levels[0]
	level.Boots = level.Boots[:17] // groups of 5, 4, 4 and 4
	groups := []string{"base", "a", "b", "c"}
	x, y := mat.NewDense(17, 4, nil), mat.NewVecDense(17, nil)
	count := map[string]float64{}
	for i, b := range level.Boots {
		for k, g := range groups {
			if b.Into == g {
				x.Set(i, k, 1)
			}
		}
		count[b.Into]++
		y.SetVec(i, b.Between)
	}
	var beta mat.VecDense
	if err := beta.SolveVec(x, y); err != nil {
		t.Fatal(err)
	}
	var fitted mat.VecDense
	fitted.MulVec(x, &beta)
	rss := 0.0
	for i := range 17 {
		rss += math.Pow(y.AtVec(i)-fitted.AtVec(i), 2)
	}
	l := mat.NewVecDense(4, nil)
	for k, g := range groups {
		l.SetVec(k, -count[g]/(17-count["b"]))
	}
	l.SetVec(2, 1)
	var inverse mat.Dense
	var xx mat.Dense
	xx.Mul(x.T(), x)
	if err := inverse.Inverse(&xx); err != nil {
		t.Fatal(err)
	}
	diff, df := mat.Dot(l, &beta), 13.0
	se := math.Sqrt(rss / df * mat.Inner(l, &inverse, l))
	tail := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	m, _ := of(t, Bridge([]Series{s}, nil, 0.05, Look{1, 2}), "b").Of(s.Key)
	width := tail.Quantile(1-0.05/2/12) * se // half of alpha, both sides of six tests
	for what, pair := range map[string][2]float64{
		"difference": {float64(m.Between.Estimate), 100 * math.Expm1(diff/100)},
		"p":          {float64(m.Between.P), 2 * tail.Survival(math.Abs(diff/se))},
		"lower":      {float64(m.Between.Low), 100 * math.Expm1((diff-width)/100)},
		"upper":      {float64(m.Between.High), 100 * math.Expm1((diff+width)/100)},
	} {
		if !(math.Abs(pair[0]-pair[1]) < 1e-8) {
			t.Errorf("%s %v, want %v", what, pair[0], pair[1])
		}
	}
	if m.Bound < max(m.Between.High, -m.Between.Low) || record.Number(math.Inf(1)) == m.Bound {
		t.Errorf("bound %v of %v", m.Bound, m.Between)
	}
}

// Every arm follows once and the hub twice, none after itself; of two arms the hub once where it was
// booted into.
func TestSequence(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for arms := 2; arms <= 9; arms++ {
		for into := range arms {
			order := Sequence(arms, 0, into, rng.IntN)
			count := make([]int, arms)
			before := into
			for _, arm := range order {
				if arm == before {
					t.Errorf("%d arms into %d: %v", arms, into, order)
				}
				before = arm
				count[arm]++
			}
			for arm, n := range count {
				want := 1
				if arm == 0 && !(arms == 2 && into == 0) {
					want = 2
				}
				if n != want {
					t.Errorf("%d arms into %d: %v has arm %d %d times, want %d", arms, into, order, arm, n, want)
				}
			}
		}
	}
}

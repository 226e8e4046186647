package synthetic

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestDrawIsDeterministic(t *testing.T) {
	p := DefaultPlan()
	a, err := Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Draw(p)
	p.Seed++
	c, _ := Draw(p)
	// 8 combinations, the baseline twice, in 5 blocks of 3 repetitions
	if len(a) != 9*5*3 || !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Errorf("%d rows; equal for the same seed %v, for another %v", len(a), reflect.DeepEqual(a, b), reflect.DeepEqual(a, c))
	}
	boots := map[string]string{}
	for _, r := range a {
		boots[r.Boot] = r.Combination + r.Block
	}
	seen := map[string]bool{}
	for _, where := range boots {
		seen[where] = true
	}
	if len(boots) != 45 || len(seen) != 40 {
		t.Errorf("%d boots in %d places", len(boots), len(seen))
	}
}

func TestDrawBootsTheBaselineMoreOften(t *testing.T) {
	for _, tt := range []struct{ combinations, perBlock, want int }{{5, 0, 1}, {6, 0, 2}, {17, 0, 2}, {17, 1, 1}, {3, 4, 4}} {
		p := DefaultPlan()
		p.Combinations, p.Blocks, p.Repetitions, p.BaselinePerBlock = tt.combinations, 1, 1, tt.perBlock
		rows, err := Draw(p)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range rows {
			if r.Combination == Baseline {
				n++
			}
		}
		if n != tt.want || len(rows) != tt.combinations-1+tt.want {
			t.Errorf("%+v: %d times among %d", tt, n, len(rows))
		}
	}
}

// Without noise the rows are the stated effects and drift.
func TestDrawHasTheEffects(t *testing.T) {
	p := Plan{Metric: "throughput", Combinations: 3, Blocks: 2, Repetitions: 2, Shape: Normal, Mean: 1000, Effects: map[string]float64{"c02": -20}, Sequential: true, Drift: 50, Seed: 3}
	rows, err := Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		want := 1000 * (1 + 0.5*float64(i/2)/5)
		if r.Combination == "c02" {
			want *= 0.8
		}
		if math.Abs(r.Value-want) > 1e-6 {
			t.Errorf("row %d (%s): %v, want %v", i, r.Combination, r.Value, want)
		}
	}
}

// Every shape has the mean 0 and the standard deviation 1 (drops: 1.69); heavy
// tails converge slowly, hence the loose bounds at a fixed seed.
func TestShapes(t *testing.T) {
	for _, shape := range Shapes() {
		p := DefaultPlan()
		p.Combinations, p.Blocks, p.Repetitions, p.Shape, p.RepSD, p.BootSD = 1, 50000, 1, shape, 0, 1
		rows, err := Draw(p)
		if err != nil {
			t.Fatal(err)
		}
		sum, squares := 0.0, 0.0
		for _, r := range rows {
			y := 100 * math.Log(r.Value/p.Mean)
			sum, squares = sum+y, squares+y*y
		}
		n := float64(len(rows))
		want := 1.0
		if shape == Drops {
			want = math.Sqrt(1 + 0.03*0.97*64)
		}
		if sd := math.Sqrt(squares / n); math.Abs(sum/n) > 0.03 || math.Abs(sd/want-1) > 0.1 {
			t.Errorf("%s: mean %v, standard deviation %v, want 0 and %v", shape, sum/n, sd, want)
		}
	}
}

func TestDrawCorrelation(t *testing.T) {
	p := DefaultPlan()
	p.Combinations, p.Blocks, p.Repetitions, p.BootSD, p.RepSD, p.Correlation = 1, 1, 20000, 0, 1, 0.7
	rows, err := Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, len(rows))
	for i, r := range rows {
		y[i] = 100 * math.Log(r.Value/p.Mean)
	}
	product, squares := 0.0, 0.0
	for i := 1; i < len(y); i++ {
		product, squares = product+y[i]*y[i-1], squares+y[i]*y[i]
	}
	if r := product / squares; math.Abs(r-0.7) > 0.03 {
		t.Errorf("correlation %v", r)
	}
}

func TestDrawRefuses(t *testing.T) {
	for want, change := range map[string]func(*Plan){
		"at least 1":    func(p *Plan) { p.Blocks = 0 },
		"shapes are":    func(p *Plan) { p.Shape = "cauchy" },
		"in a block":    func(p *Plan) { p.BaselinePerBlock = -1 },
		"correlation":   func(p *Plan) { p.Correlation = 1 },
		"boot SD":       func(p *Plan) { p.BootSD = math.NaN() },
		"drift":         func(p *Plan) { p.Drift = -100 },
		"c99":           func(p *Plan) { p.Effects = map[string]float64{"c99": 1} },
		"above -100":    func(p *Plan) { p.Effects = map[string]float64{"c01": -100} },
		"mean":          func(p *Plan) { p.Mean = math.Inf(1) },
		"of the covari": func(p *Plan) { p.CovariateSD, p.CovariateRho = 1, 2 },
		"give its SD":   func(p *Plan) { p.CovariateRho = 0.5 },
		"is not drawn":  func(p *Plan) { p.CovariateSD, p.WithinBoot = 1, true },
		"rows are dra":  func(p *Plan) { p.Repetitions = 1 << 40 },
	} {
		p := DefaultPlan()
		change(&p)
		if _, err := Draw(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// The covariate goes with the boot's deviation as it is asked to, shifts with the arm where it is asked to, and leaves the
// rest as it would be without it.
func TestDrawCovariate(t *testing.T) {
	p := DefaultPlan()
	p.Combinations, p.Blocks, p.Repetitions, p.RepSD, p.BootSD = 2, 4000, 1, 0, 1
	plain, err := Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	p.CovariateSD, p.CovariateRho, p.CovariateEffects = 2, 0.6, map[string]float64{"c01": 10}
	rows, err := Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]*[6]float64{Baseline: {}, "c01": {}}
	for i, r := range rows {
		if r.Value != plain[i].Value || plain[i].Covariate != 0 {
			t.Fatalf("row %d is %+v, without a covariate %+v", i, r, plain[i])
		}
		s, x, y := sums[r.Combination], 100*math.Log(r.Covariate/covariateMean), 100*math.Log(r.Value/p.Mean)
		for k, v := range []float64{1, x, y, x * x, y * y, x * y} {
			s[k] += v
		}
	}
	for arm, shift := range map[string]float64{Baseline: 0, "c01": 100 * math.Log(1.1)} {
		s := sums[arm]
		n, mx, my := s[0], s[1]/s[0], s[2]/s[0]
		sx, sy := math.Sqrt(s[3]/n-mx*mx), math.Sqrt(s[4]/n-my*my)
		if rho := (s[5]/n - mx*my) / sx / sy; math.Abs(rho-0.6) > 0.05 || math.Abs(sx-2) > 0.1 || math.Abs(mx-shift) > 0.15 {
			t.Errorf("%s: correlation %v, standard deviation %v, mean %v", arm, rho, sx, mx)
		}
	}
}

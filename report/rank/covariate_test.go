package rank

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// withCovariate is a drawn campaign whose boots have a covariate.
func withCovariate(t *testing.T, change func(p *synthetic.Plan)) []sample.Row {
	t.Helper()
	p := synthetic.DefaultPlan()
	p.Combinations, p.Blocks, p.CovariateSD, p.CovariateRho, p.Seed = 4, 6, 3, 0.9, 17
	change(&p)
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// adjusted analyses the rows with their covariate, or without.
func adjusted(t *testing.T, rows []sample.Row, name string) Analysis {
	t.Helper()
	o := DefaultOptions()
	o.Baseline, o.Covariate = synthetic.Baseline, name
	r, err := Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Analyses[0]
}

// wholeMatrix is the same analysis the long way: a boot's values by hand, a column for every arm, block and the covariate, the
// normal equations of the whole matrix, each arm's variance by its own residuals and Satterthwaite's degrees of freedom.
func wholeMatrix(rows []sample.Row) (diff, se, df map[string]float64, slope, slopeSE float64) {
	type boot struct {
		arm, block string
		y, x       float64
		n          float64
	}
	var names, arms, blocks []string
	boots := map[string]*boot{}
	for _, r := range rows {
		if !r.HasValue {
			continue
		}
		b := boots[r.Boot]
		if b == nil {
			b = &boot{arm: r.Combination, block: r.Block, x: 100 * math.Log(r.Covariate)}
			boots[r.Boot], names = b, append(names, r.Boot)
		}
		b.y, b.n = b.y+100*math.Log(r.Value), b.n+1
		if !slices.Contains(arms, r.Combination) {
			arms = append(arms, r.Combination)
		}
		if !slices.Contains(blocks, r.Block) {
			blocks = append(blocks, r.Block)
		}
	}
	p, n := len(arms)+len(blocks), len(names) // the first block is left out, the covariate is last
	x, y := mat.NewDense(n, p, nil), mat.NewVecDense(n, nil)
	for i, name := range names {
		b := boots[name]
		x.Set(i, slices.Index(arms, b.arm), 1)
		if k := slices.Index(blocks, b.block); k > 0 {
			x.Set(i, len(arms)+k-1, 1)
		}
		x.Set(i, p-1, b.x)
		y.SetVec(i, b.y/b.n)
	}
	var xx, inverse, weights, hat mat.Dense
	xx.Mul(x.T(), x)
	if err := inverse.Inverse(&xx); err != nil {
		panic(err)
	}
	weights.Mul(&inverse, x.T())
	hat.Mul(x, &weights)
	var beta, fitted mat.VecDense
	beta.MulVec(&weights, y)
	fitted.MulVec(x, &beta)
	rss := 0.0
	v, d := map[string]float64{}, map[string]float64{}
	for i, name := range names {
		e := y.AtVec(i) - fitted.AtVec(i)
		rss += e * e
		v[boots[name].arm] += e * e
		d[boots[name].arm] += 1 - hat.At(i, i)
	}
	diff, se, df = map[string]float64{}, map[string]float64{}, map[string]float64{}
	base := slices.Index(arms, synthetic.Baseline)
	for k, arm := range arms {
		parts := map[string]float64{}
		for i, name := range names {
			a := weights.At(k, i) - weights.At(base, i)
			parts[boots[name].arm] += a * a * v[boots[name].arm] / d[boots[name].arm]
		}
		sum, squares := 0.0, 0.0
		for of, part := range parts {
			sum, squares = sum+part, squares+part*part/d[of]
		}
		diff[arm], se[arm], df[arm] = beta.AtVec(k)-beta.AtVec(base), math.Sqrt(sum), sum*sum/squares
	}
	return diff, se, df, beta.AtVec(p - 1), math.Sqrt(rss / float64(n-p) * inverse.At(p-1, p-1))
}

func TestCovariateAgainstTheWholeMatrix(t *testing.T) {
	for name, change := range map[string]func(p *synthetic.Plan){
		"complete":   func(*synthetic.Plan) {},
		"lost boots": func(p *synthetic.Plan) { p.Lost = 0.1 },
		"unequal":    func(p *synthetic.Plan) { p.NoiseSpread, p.BaselinePerBlock = 0.5, 2 },
	} {
		rows := withCovariate(t, change)
		a := adjusted(t, rows, "drawn")
		if a.Covariate == nil || !a.Covariate.Used {
			t.Fatalf("%s: %+v", name, a.Covariate)
		}
		diff, se, df, slope, slopeSE := wholeMatrix(rows)
		near := func(what string, got, want float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 1e-7*math.Max(1, math.Abs(want))) {
				t.Errorf("%s: %s %v, by the whole matrix %v", name, what, got, want)
			}
		}
		for _, arm := range a.Arms {
			if arm.IsBaseline {
				continue
			}
			near(arm.Name, float64(arm.Difference), 100*math.Expm1(diff[arm.Name]/100))
			near(arm.Name+" SE", float64(arm.SE), se[arm.Name])
			near(arm.Name+" DF", float64(arm.DF), df[arm.Name])
		}
		near("slope", float64(a.Covariate.Slope), 100*math.Expm1(slope/100))
		low, high := float64(a.Covariate.Low), float64(a.Covariate.High)
		if !(100*math.Log1p(high/100)-100*math.Log1p(low/100) > 2*1.96*slopeSE) || !(low < float64(a.Covariate.Slope)) || !(high > float64(a.Covariate.Slope)) {
			t.Errorf("%s: the slope's interval [%v, %v] with the standard error %v", name, low, high, slopeSE)
		}
		plain := adjusted(t, rows, "")
		if plain.Covariate != nil || a.DF != plain.DF-1 || name == "complete" && !(a.Covariate.SDAfter < 0.75*a.Covariate.SDBefore) || math.Abs(float64(a.Covariate.SDBefore)-math.Sqrt(float64(plain.Pooled))) > 1e-9 {
			t.Errorf("%s: %d degrees of freedom with it and %d without, %+v", name, a.DF, plain.DF, a.Covariate)
		}
	}
}

// Whether the covariate is used is decided by fixed rules; where it is not, the ranking is that without it.
func TestCovariateRules(t *testing.T) {
	nothing := func(*synthetic.Plan) {}
	set := func(to func(r sample.Row) float64) func([]sample.Row) {
		return func(rows []sample.Row) {
			for i := range rows {
				rows[i].Covariate = to(rows[i])
			}
		}
	}
	for name, c := range map[string]struct {
		plan   func(p *synthetic.Plan)
		change func(rows []sample.Row)
		want   NotUsed
		arm    string
	}{
		"used": {nothing, nil, "", ""},
		"none": {nothing, set(func(sample.Row) float64 { return 0 }), CovariateMissing, ""},
		"one missing": {nothing, set(func(r sample.Row) float64 {
			if r.Boot == "b000003" {
				return 0
			}
			return r.Covariate
		}), CovariateMissing, ""},
		"constant":          {nothing, set(func(sample.Row) float64 { return 8000 }), CovariateConstant, ""},
		"of blocks alone":   {nothing, set(func(r sample.Row) float64 { return 8000 + float64(len(r.Block)) + float64(r.Block[3]) }), CovariateConstant, ""},
		"an arm acts":       {func(p *synthetic.Plan) { p.CovariateEffects = map[string]float64{"c02": 30} }, nil, CovariateDepends, "c02"},
		"the baseline does": {func(p *synthetic.Plan) { p.CovariateEffects = map[string]float64{synthetic.Baseline: 30} }, nil, CovariateDepends, ""},
		"too few boots":     {func(p *synthetic.Plan) { p.Combinations, p.Blocks = 2, 7 }, nil, CovariateFew, ""},
		"just enough":       {func(p *synthetic.Plan) { p.Combinations, p.Blocks = 2, 8 }, nil, "", ""},
		"arm of one boot": {nothing, func(rows []sample.Row) {
			for i := range rows {
				if rows[i].Combination == "c01" && rows[i].Block != "0001" {
					rows[i].Status = sample.StatusExcluded
				}
			}
		}, CovariateUntested, ""},
		"within boots": {func(p *synthetic.Plan) { p.WithinBoot, p.CovariateSD, p.CovariateRho = true, 0, 0 }, set(func(sample.Row) float64 { return 8000 }), CovariateWithin, ""},
	} {
		rows := withCovariate(t, c.plan)
		if c.change != nil {
			c.change(rows)
		}
		a, plain := adjusted(t, rows, "drawn"), adjusted(t, rows, "")
		if a.Covariate.Used != (c.want == "") || a.Covariate.Reason != c.want || c.arm != "" && string(a.Covariate.Arm) != c.arm {
			t.Errorf("%s: %+v", name, a.Covariate)
		}
		if same := asJSON(t, a.Arms) == asJSON(t, plain.Arms); same != (c.want != "") {
			t.Errorf("%s: the ranking is that without a covariate: %v", name, same)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is lost or flagged is looked at with the covariate, too.
func TestCovariateInSecondLooks(t *testing.T) {
	rows := withCovariate(t, func(p *synthetic.Plan) { p.Combinations, p.Blocks, p.Lost = 4, 12, 0.2 })
	for i := range rows {
		if rows[i].Boot == "b000005" {
			rows[i].Value *= 0.5
		}
	}
	o := DefaultOptions()
	o.Baseline, o.Covariate = synthetic.Baseline, "drawn"
	studies, err := Studies(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	st := studies[0]
	second, err := st.WithoutFlagged()
	if err != nil || second == nil {
		t.Fatalf("no boot is flagged: %v", err)
	}
	if st.Fit.Covariates() != 1 || second.Fit.Covariates() != 1 {
		t.Errorf("%d covariates, without the flagged boots %d", st.Fit.Covariates(), second.Fit.Covariates())
	}
	small, _ := st.Extremes()
	worst, err := st.With(Lost{1, small})
	if err != nil || worst.Fit.Covariates() != 1 || len(worst.Fit.Obs) == len(st.Fit.Obs) {
		t.Errorf("with lost boots %d covariates in %d boots, %v", worst.Fit.Covariates(), len(worst.Fit.Obs), err)
	}
}

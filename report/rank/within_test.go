package rank

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// naiveUnit is an arm in a boot, made of rows the long way.
type naiveUnit struct {
	arm, boot string
	y         float64
	before    map[string]float64 // the share of stints behind each arm
}

// naiveUnits reads the rule of units from the rows anew, for a metric on the ratio scale.
func naiveUnits(rows []sample.Row, fellBack []string) []naiveUnit {
	type at struct {
		boot  string
		stint int
	}
	arm, values := map[at]string{}, map[at][]float64{}
	for _, r := range rows {
		k := at{r.Boot, r.Stint}
		arm[k] = r.Combination
		if r.HasValue {
			values[k] = append(values[k], 100*math.Log(r.Value))
		}
	}
	parts := map[[2]string][]at{}
	for k := range values {
		if k.stint > 1 && !slices.Contains(fellBack, arm[k]) {
			unit := [2]string{arm[k], k.boot}
			parts[unit] = append(parts[unit], k)
		}
	}
	var out []naiveUnit
	for unit, ks := range parts {
		u := naiveUnit{arm: unit[0], boot: unit[1], before: map[string]float64{}}
		for _, k := range ks {
			mean := 0.0
			for _, v := range values[k] {
				mean += v / float64(len(values[k]))
			}
			u.y += mean / float64(len(ks))
			for n := k.stint - 1; n > 0; n-- {
				if p, ran := arm[at{k.boot, n}]; ran && p != unit[0] {
					u.before[p] += 1 / float64(len(ks))
					break
				}
			}
		}
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b naiveUnit) int { return cmp.Or(cmp.Compare(a.boot, b.boot), cmp.Compare(a.arm, b.arm)) })
	return out
}

// naive is dense least squares of units on arms, boots and the arms before, by singular values.
type naive struct {
	arms        []string
	diff, se    map[string]float64
	df          map[string]float64
	residual    float64
	degrees     int
	hat, pseudo *mat.Dense
}

// fitNaive gives every arm its own variance, as fewer than six arms have.
func fitNaive(units []naiveUnit, baseline string) naive {
	arms, boots := map[string]bool{}, map[string]bool{}
	for _, u := range units {
		arms[u.arm], boots[u.boot] = true, true
		for p := range u.before {
			arms[p] = true
		}
	}
	n := naive{arms: slices.Sorted(maps.Keys(arms)), diff: map[string]float64{}, se: map[string]float64{}, df: map[string]float64{}}
	bootNames := slices.Sorted(maps.Keys(boots))
	c, b := len(n.arms), len(bootNames)
	x, y := mat.NewDense(len(units), 2*c+b, nil), mat.NewVecDense(len(units), nil)
	for i, u := range units {
		x.Set(i, slices.Index(n.arms, u.arm), 1)
		x.Set(i, c+slices.Index(bootNames, u.boot), 1)
		for p, share := range u.before {
			x.Set(i, c+b+slices.Index(n.arms, p), share)
		}
		y.SetVec(i, u.y)
	}
	var svd mat.SVD
	svd.Factorize(x, mat.SVDThin)
	var left, right mat.Dense
	svd.UTo(&left)
	svd.VTo(&right)
	values := svd.Values(nil)
	inverse, rank := mat.NewDense(len(values), len(values), nil), 0
	for i, s := range values {
		if s > 1e-9*values[0] {
			inverse.Set(i, i, 1/s)
			rank++
		}
	}
	n.pseudo, n.hat = new(mat.Dense), new(mat.Dense)
	n.pseudo.Product(&right, inverse, left.T())
	n.hat.Mul(x, n.pseudo)
	var fitted mat.VecDense
	fitted.MulVec(n.hat, y)
	v, d := map[string]float64{}, map[string]float64{}
	for i, u := range units {
		e := y.AtVec(i) - fitted.AtVec(i)
		n.residual += e * e
		v[u.arm] += e * e
		d[u.arm] += 1 - n.hat.At(i, i)
	}
	n.degrees = len(units) - rank
	for arm := range v {
		v[arm] /= d[arm]
	}
	for _, arm := range n.arms {
		if arm == baseline {
			continue
		}
		k, base := slices.Index(n.arms, arm), slices.Index(n.arms, baseline)
		by := map[string]float64{}
		for i, u := range units {
			a := n.pseudo.At(k, i) - n.pseudo.At(base, i)
			n.diff[arm] += a * u.y
			by[u.arm] += a * a
		}
		variance, squares := 0.0, 0.0
		for of, a := range by {
			variance += a * v[of]
			squares += a * v[of] * a * v[of] / d[of]
		}
		n.se[arm], n.df[arm] = math.Sqrt(variance), math.Min(variance*variance/squares, float64(n.degrees))
	}
	return n
}

// The ranking of boots within which arms are switched is dense least squares of units on arms, boots and
// carry-over, whatever stints are lost.
func TestWithinBootsAgreesWithDense(t *testing.T) {
	fell := 0
	for seed := range uint64(40) {
		p := synthetic.DefaultPlan()
		p.WithinBoot, p.Combinations, p.Blocks, p.Repetitions, p.Seed = true, 3+int(seed%3), 6+int(seed%5), 1+int(seed%3), seed
		p.CarryOver, p.InteractionSD, p.Effects = 0.3, 1, map[string]float64{"c01": 8}
		if seed%2 == 1 {
			p.Lost = 0.08
		}
		rows, err := synthetic.Draw(p)
		if err != nil {
			t.Fatal(err)
		}
		o := DefaultOptions()
		o.Baseline = synthetic.Baseline
		r, err := Analyze(rows, o)
		if err != nil {
			t.Fatal(err)
		}
		a, want := r.Analyses[0], fitNaive(naiveUnits(rows, r.FellBack), synthetic.Baseline)
		fell += len(r.FellBack)
		what := fmt.Sprintf("seed %d", seed)
		if a.DF != want.degrees {
			t.Fatalf("%s: degrees of freedom %d, want %d", what, a.DF, want.degrees)
		}
		for _, arm := range a.Arms {
			if arm.IsBaseline || arm.Boots.OK == 0 {
				continue
			}
			agrees(t, what+" difference of "+arm.Name, record.Number(arm.y.diff), want.diff[arm.Name])
			agrees(t, what+" standard error of "+arm.Name, arm.SE, want.se[arm.Name])
			agrees(t, what+" degrees of freedom of "+arm.Name, arm.DF, want.df[arm.Name])
		}
	}
	if fell == 0 || fell > 20 {
		t.Errorf("%d arms fell back: the campaigns are to have some", fell)
	}
}

func agrees(t *testing.T, what string, got record.Number, want float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= 1e-7*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A repetition is far from others only beside what all arms of its boot share.
func TestRepetitionsOfApartBootsAreNotFlagged(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.BootSD, p.RepSD = true, 5, 12, 0.3, 0.3
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if rows[i].Boot == "b000004" {
			rows[i].Value *= 1.2
		}
	}
	last := &rows[len(rows)-1]
	last.Value *= 0.9
	o := DefaultOptions()
	o.Baseline = synthetic.Baseline
	r, err := Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, arm := range r.Analyses[0].Arms {
		for _, w := range arm.Warnings {
			for _, boot := range w.Boots {
				seen = seen || arm.Name == last.Combination && strings.HasPrefix(boot, last.Boot)
				if strings.HasPrefix(boot, "b000004") {
					t.Errorf("%s: %s", arm.Name, w.Text)
				}
			}
		}
	}
	if !seen {
		t.Error("the repetition that is apart within its boot is not flagged")
	}
}

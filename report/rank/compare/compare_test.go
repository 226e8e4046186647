package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/ranktest"
	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// campaignOf ranks rows.
func campaignOf(t *testing.T, rows []sample.Row, baseline string) Campaign {
	t.Helper()
	o := rank.DefaultOptions()
	o.Baseline = baseline
	r, err := rank.Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return Campaign{Ranking: r, Levels: boots.Levels(rows)}
}

func of(t *testing.T, a, b []sample.Row) Comparison {
	t.Helper()
	c, err := Of(campaignOf(t, a, ranktest.Baseline), campaignOf(t, b, ranktest.Baseline), false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func armOf(t *testing.T, c Comparison, name string) Arm {
	t.Helper()
	i := slices.IndexFunc(c.Results[0].Arms, func(a Arm) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("%s is not compared", name)
	}
	return c.Results[0].Arms[i]
}

// values are the boots of arms, one a block each, in Mbit/s.
type values map[string][]float64

func (v values) rows() []sample.Row {
	var rows []sample.Row
	for _, arm := range []string{"base", "a", "b"} {
		for block, x := range v[arm] {
			rows = append(rows, sample.Row{Combination: arm, Block: fmt.Sprint(block), Boot: fmt.Sprint(arm, block), Workload: "tcp",
				Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, Value: x, HasValue: true, Status: sample.StatusOK})
		}
	}
	return rows
}

// effect is an arm's effect by the closed form for complete blocks: the difference of two means, with
// each arm's own variance about mean and block.
func (v values) effect(arm string) (diff, variance, df float64) {
	y := map[string][]float64{}
	mean, grand, n := map[string]float64{}, 0.0, float64(len(v["base"]))
	block := make([]float64, len(v["base"]))
	c := float64(len(v))
	for name, xs := range v {
		for k, x := range xs {
			l := 100 * math.Log(x)
			y[name] = append(y[name], l)
			mean[name] += l / n
			block[k] += l / c
			grand += l / (n * c)
		}
	}
	d := (n - 1) * (c - 1) / c
	own := func(name string) float64 {
		ss := 0.0
		for k, l := range y[name] {
			e := l - mean[name] - block[k] + grand
			ss += e * e
		}
		return ss / d
	}
	x, z := own(arm)/n, own("base")/n
	return mean[arm] - mean["base"], x + z, math.Min((x+z)*(x+z)/(x*x/d+z*z/d), (n-1)*(c-1))
}

// tail is the chance that Student's t exceeds q, by Simpson's rule on its density.
func tail(q, df float64) float64 {
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	scale := math.Exp(lg((df+1)/2)-lg(df/2)) / math.Sqrt(df*math.Pi)
	density := func(u float64) float64 { // of x = q + u/(1-u)
		if u >= 1 {
			return 0
		}
		x := q + u/(1-u)
		return scale * math.Pow(1+x*x/df, -(df+1)/2) / ((1 - u) * (1 - u))
	}
	const steps = 20000
	sum := density(0) + density(1)
	for i := 1; i < steps; i++ {
		sum += density(float64(i)/steps) * float64(2+2*(i%2))
	}
	return sum / (3 * steps)
}

// The numbers are those of a closed form, with the tails of t by another way.
func TestKnownAnswers(t *testing.T) {
	a := values{"base": {9000, 9120, 8890, 9230, 9050}, "a": {9310, 9350, 9240, 9480, 9260}, "b": {8800, 9010, 8700, 8990, 8910}}
	b := values{"base": {8100, 8260, 8010, 8190, 8240, 8120}, "a": {8700, 8810, 8590, 8830, 8770, 8660}, "b": {7950, 8030, 7880, 8010, 8090, 7930}}
	c := of(t, a.rows(), b.rows())
	r := c.Results[0]
	if r.Family != 2 || !c.ByName || r.BaselineA.Boots != 5 || r.BaselineB.Boots != 6 {
		t.Fatalf("%+v", r)
	}
	p := map[string]float64{}
	for _, name := range []string{"a", "b"} {
		da, va, na := a.effect(name)
		db, vb, nb := b.effect(name)
		diff, se := db-da, math.Sqrt(va+vb)
		df := (va + vb) * (va + vb) / (va*va/na + vb*vb/nb)
		p[name] = 2 * tail(math.Abs(diff)/se, df)
		got := armOf(t, c, name)
		for what, pair := range map[string][2]float64{
			"difference": {float64(got.Difference), 100 * math.Expm1(diff/100)}, "se": {float64(got.SE), se}, "df": {float64(got.DF), df}, "p": {float64(got.P), p[name]},
			"above": {tail((100*math.Log1p(float64(got.High)/100)-diff)/se, df), 0.05 / 4}, "below": {tail((diff-100*math.Log1p(float64(got.Low)/100))/se, df), 0.05 / 4},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-7*(1+math.Abs(pair[1])) {
				t.Errorf("%s of %s: %v, want %v", what, name, pair[0], pair[1])
			}
		}
	}
	small, large := math.Min(p["a"], p["b"]), math.Max(p["a"], p["b"])
	for name, want := range map[string]float64{"a": math.Min(1, 2*small), "b": math.Max(2*small, large)} {
		if got := float64(armOf(t, c, name).PHolm); math.Abs(got-want) > 1e-7 || p["a"] > p["b"] {
			t.Errorf("adjusted p of %s: %v, want %v", name, got, want)
		}
	}
	if v := armOf(t, c, "a").Verdict; v != Better {
		t.Errorf("a is %q", v)
	}
}

// What is better in B is so whatever the direction of the metric; what is in both the same is
// equivalent; without a change of the effect the days' levels do not matter.
func TestVerdicts(t *testing.T) {
	a := ranktest.Campaign(1, map[string]float64{"base": 0, "a": 3, "b": 5, "c": -4}, 10, 2, 0.3)
	b := ranktest.Campaign(2, map[string]float64{"base": -60, "a": -49, "b": -55, "c": -72}, 10, 2, 0.3)
	for name, turn := range map[string]func([]sample.Row) []sample.Row{"throughput": slices.Clone[[]sample.Row], "latency": ranktest.Latency} {
		c := of(t, turn(a), turn(b))
		for arm, want := range map[string]Verdict{"a": Better, "b": Equivalent, "c": Worse} {
			got := armOf(t, c, arm)
			if got.Verdict != want || got.Label != want || got.Grade != rank.GradeCertifying {
				t.Errorf("%s: %s is %+v, want %q", name, arm, got, want)
			}
		}
		if d := float64(armOf(t, c, "a").Difference); (d > 0) != (name == "throughput") {
			t.Errorf("%s: the difference of a is %v", name, d)
		}
		base := c.Results[0]
		if ratio := float64(base.BaselineB.Estimate / base.BaselineA.Estimate); (ratio < 1) != (name == "throughput") {
			t.Errorf("%s: the baselines are %+v and %+v", name, base.BaselineA, base.BaselineB)
		}
	}
	confounded, err := Of(campaignOf(t, a, "base"), campaignOf(t, b, "base"), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range confounded.Results[0].Arms {
		if arm.Verdict != Confounded || !arm.Label.Plain() {
			t.Errorf("%s is %q by the numbers and %q", arm.Name, arm.Label, arm.Verdict)
		}
	}
}

// Too few boots, boots made arm by arm and an arm that does not work get the ranking's own words.
func TestNoVerdict(t *testing.T) {
	effects := map[string]float64{"base": 0, "a": 8, "b": 0}
	whole := ranktest.Campaign(3, effects, 6, 1, 0.5)
	only := func(n int, arms ...string) []sample.Row {
		seen := map[string]int{}
		return slices.DeleteFunc(slices.Clone(whole), func(r sample.Row) bool {
			seen[r.Combination]++
			return slices.Contains(arms, r.Combination) && seen[r.Combination] > n
		})
	}
	grouped := ranktest.Ordered(whole, 0, func(arm, block, blocks int) int { return arm*blocks + block })
	failed := slices.Clone(whole)
	for i, r := range failed {
		if r.Combination == "a" {
			failed[i] = sample.Row{Combination: r.Combination, Block: r.Block, Boot: r.Boot, Status: record.RebootFailed}
		}
	}
	for name, c := range map[string]struct {
		b    []sample.Row
		want Verdict
		test bool
	}{
		"two boots":    {only(2, "a"), Verdict(rank.LabelTwoBoots), true},
		"one boot":     {only(1, "a"), Verdict(rank.LabelOneBoot), false},
		"one baseline": {only(1, "base"), Verdict(rank.LabelOneBoot), false},
		"arm by arm":   {grouped, Verdict(rank.VerdictOrder), true},
		"not working":  {failed, Verdict(rank.LabelNotWorking), false},
	} {
		for _, turned := range []bool{false, true} {
			x, y := whole, c.b
			if turned {
				x, y = y, x
			}
			got := armOf(t, of(t, x, y), "a")
			if got.Verdict != c.want || got.P.Exists() != c.test || !c.test && got.Interval.Low.Exists() {
				t.Errorf("%s: %+v, want %q", name, got, c.want)
			}
		}
	}
}

// An arm and its baseline that are equal in every boot have the effect zero; beside a campaign in
// which they vary that is no certainty.
func TestEqualInEveryBoot(t *testing.T) {
	loss := func(seed uint64, of func(arm string, n int) float64) []sample.Row {
		n := 0
		return ranktest.Loss(ranktest.Campaign(seed, map[string]float64{"base": 0, "a": 0}, 5, 1, 1), func(r sample.Row) float64 {
			n++
			return of(r.Combination, n)
		})
	}
	none := loss(1, func(string, int) float64 { return 0 })
	some := loss(2, func(arm string, n int) float64 { return map[string]float64{"a": 2}[arm] + 0.01*float64(n%3) })
	if got := armOf(t, of(t, none, none), "a"); !got.Equal || got.Verdict != Equivalent || got.P.Exists() || got.Interval != (rank.Interval{}) {
		t.Errorf("both equal: %+v", got)
	}
	got := armOf(t, of(t, none, some), "a")
	varies := campaignOf(t, some, "base").Ranking.Analyses[0].Arms
	i := slices.IndexFunc(varies, func(a rank.Arm) bool { return a.Name == "a" })
	if want := math.Sqrt2 * float64(varies[i].SE); got.Verdict != Worse || math.Abs(float64(got.SE)-want) > 1e-12 || got.Difference != varies[i].Difference {
		t.Errorf("one equal: %+v, want a standard error of %v", got, want)
	}
}

// Flagged and lost boots take a claim back as they do within a campaign.
func TestWeakerClaimStands(t *testing.T) {
	effects := map[string]float64{"base": 0, "a": 0}
	flat := ranktest.Campaign(5, effects, 12, 1, 0.04)
	outlier := ranktest.Campaign(6, map[string]float64{"base": 0, "a": 1.8}, 12, 1, 0.04)
	for i, r := range outlier {
		if r.Combination == "base" && r.Block == "3" {
			outlier[i].Value *= 0.985
		}
	}
	if got := armOf(t, of(t, flat, outlier), "a"); got.Label != Better || got.WithoutFlagged == nil || got.WithoutFlagged.Label != Equivalent || got.Verdict != Undetermined {
		t.Errorf("a boot far off: %+v", got)
	}
	slotted := func(seed uint64, effect float64, lost int) []sample.Row {
		n := 0
		return ranktest.Slotted(ranktest.Campaign(seed, map[string]float64{"base": 0, "a": effect, "b": 40}, 10, 1, 0.2), func(r sample.Row) string {
			if r.Combination == "a" && n < lost {
				n++
				return sample.StatusNotRun
			}
			return ""
		})
	}
	got := armOf(t, of(t, slotted(7, 0, 0), slotted(8, 5, 3)), "a")
	if got.LostLow == nil || got.Label != Better || got.Verdict != Verdict(rank.VerdictMissing) || !(got.LostLow.Difference < got.Difference && got.Difference < got.LostHigh.Difference) {
		t.Errorf("boots are lost: %+v", got)
	}
	if got := armOf(t, of(t, slotted(7, 0, 0), slotted(8, 5, 0)), "a"); got.LostLow != nil || got.Verdict != Better {
		t.Errorf("none is lost: %+v", got)
	}
}

// Arms are one if name and combination are; a setting that one campaign does not test is as found.
func TestWhatIsCompared(t *testing.T) {
	rows := func(seed uint64, levels map[string]map[string]string) []sample.Row {
		effects := map[string]float64{}
		for name := range levels {
			effects[name] = 1
		}
		out := ranktest.Campaign(seed, effects, 4, 1, 1)
		for i := range out {
			out[i].Levels = levels[out[i].Combination]
		}
		return out
	}
	a := rows(1, map[string]map[string]string{"base": {"x": "found", "y": "found"}, "a": {"x": "on", "y": "found"}, "b": {"x": "on", "y": "on"}, "c": {"x": "off", "y": "off"}})
	b := rows(2, map[string]map[string]string{"base": {"x": "found"}, "a": {"x": "on"}, "b": {"x": "on"}, "d": {"x": "off"}})
	c := of(t, a, b)
	r := c.Results[0]
	if len(r.Arms) != 1 || r.Arms[0].Name != "a" || r.Family != 1 || c.ByName ||
		!slices.Equal(r.OnlyA, []string{"c"}) || !slices.Equal(r.OnlyB, []string{"d"}) || !slices.Equal(c.Unlike, []string{"b: y is on in A and found in B"}) {
		t.Errorf("%+v\n%+v", c, r)
	}
	other := rows(3, map[string]map[string]string{"base": {"x": "on"}, "a": {"x": "off"}})
	if _, err := Of(campaignOf(t, a, "base"), campaignOf(t, other, "base"), false); !errors.Is(err, ErrBaselines) || !strings.Contains(err.Error(), "x is found in A and on in B") {
		t.Errorf("baselines differ: %v", err)
	}
	margin, alpha := campaignOf(t, b, "base"), campaignOf(t, b, "base")
	margin.Ranking.Analyses[0].Margin = 3
	alpha.Ranking.Alpha = 0.01
	for want, x := range map[string]Campaign{"margin of throughput of tcp is 2 % in A and 3 % in B": margin, "alpha is 0.05 in A and 0.01 in B": alpha} {
		if _, err := Of(campaignOf(t, a, "base"), x, false); !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Of(campaignOf(t, a, "base"), campaignOf(t, ranktest.Latency(b), "base"), false); !errors.Is(err, ErrNothingInCommon) {
		t.Errorf("nothing in common: %v", err)
	}
	both := slices.Concat(b, ranktest.Loss(b, func(sample.Row) float64 { return 0 }))
	if c := of(t, a, both); !slices.Equal(c.OnlyB, []string{"loss of udp"}) || len(c.Results) != 1 {
		t.Errorf("%+v", c)
	}
}

// atMost is the largest number of errors in n that a rate of at most p explains, but for one case in
// a thousand.
func atMost(p float64, n int) int {
	b := distuv.Binomial{N: float64(n), P: p}
	k := 0
	for 1-b.CDF(float64(k)) > 0.001 {
		k++
	}
	return k
}

// Campaigns of guests in which nothing has changed seldom seem to differ, whatever their days, noise and
// numbers of boots are; intervals cover the truth; a change of 10 % is found.
func TestErrorRates(t *testing.T) {
	const runs = 300
	wrong, missed, found, arms := 0, 0, 0, 0
	for run := range runs {
		var c [2]Campaign
		for k := range c {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.Repetitions = []int{2, 4, 8}[run%3], []int{5, 8}[k], 2
			p.Shape = []synthetic.Shape{synthetic.Normal, synthetic.T3, synthetic.LogNormal}[run/3%3]
			p.Mean, p.BootSD, p.Drift, p.Seed = []float64{9400, 3100}[k], []float64{2, 3.5}[k], 6, uint64(2*run+k)
			p.Effects = map[string]float64{"c01": 10 * float64(k)}
			rows, err := synthetic.Draw(p)
			if err != nil {
				t.Fatal(err)
			}
			c[k] = campaignOf(t, rows, synthetic.Baseline)
		}
		got, err := Of(c[0], c[1], false)
		if err != nil {
			t.Fatal(err)
		}
		anyFalse, out := false, false
		for _, arm := range got.Results[0].Arms {
			truth := record.Number(0)
			if arm.Name == "c01" {
				truth = 10
				arms++
				if arm.Verdict == Better {
					found++
				}
			} else if record.True(arm.Differs) || arm.Verdict.Differs() {
				anyFalse = true
			}
			out = out || truth < arm.Low || truth > arm.High
		}
		if anyFalse {
			wrong++
		}
		if out {
			missed++
		}
	}
	if limit := atMost(0.05, runs); wrong > limit || missed > limit {
		t.Errorf("of %d comparisons %d have a false difference and %d an interval without the truth: at most %d are explained", runs, wrong, missed, limit)
	}
	if found < arms/3 {
		t.Errorf("a change of 10 %% is found in %d of %d", found, arms)
	}
}

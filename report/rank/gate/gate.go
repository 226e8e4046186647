package gate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Verdict is what the regression gate says.
type Verdict string

// The verdicts of the gate; PASS and FAIL exclude each other.
const (
	// Pass: the candidate is shown to be no worse than the margin.
	Pass Verdict = "PASS"
	// Fail: the candidate is shown to be worse, and by the margin or more.
	Fail Verdict = "FAIL"
	// FailFailures: the candidate's boots are shown to fail more often.
	FailFailures Verdict = "FAIL(failures)"
	// Inconclusive: neither is shown.
	Inconclusive Verdict = "INCONCLUSIVE"
)

// Reason says why a gate is inconclusive; empty otherwise.
type Reason string

// The reasons.
const (
	// ReasonBoots: fewer than three boots on a side.
	ReasonBoots Reason = "boots"
	// ReasonVariance: no variance is seen, so nothing can be tested.
	ReasonVariance Reason = "no variance"
	// ReasonSession: too few stored sessions to know how much sessions differ.
	ReasonSession Reason = "session"
	// ReasonOrder: the boots were made arm by arm, so that drift and difference cannot be
	// told apart.
	ReasonOrder Reason = "order"
	// ReasonMissing: a side lost more than a tenth of its planned boots, and the verdict
	// hangs on what they would have measured.
	ReasonMissing Reason = "missing"
	// ReasonFellBack: the candidate is not the same after a switch as after a reboot, and has fewer than three
	// boots of its own.
	ReasonFellBack Reason = "switch"
	// ReasonGrown: blocks were added more often than the campaign had fixed before the first boot.
	ReasonGrown Reason = "grown"
	// ReasonMargin: the metric has no margin.
	ReasonMargin Reason = "no margin"
	// ReasonNoise: the interval holds both a pass and a failure.
	ReasonNoise Reason = "noise"
)

// minGateBoots is the least number of boots on either side of a gate.
const minGateBoots = 3

// MarshalJSON writes the reason; null for none.
func (r Reason) MarshalJSON() ([]byte, error) { return record.Name(r).MarshalJSON() }

// Outcome is a gate as a whole.
type Outcome struct {
	Verdict Verdict
	// Results are those of the metrics.
	Results []Result
	// Failures compares how often boots fail.
	Failures Failures
	// NotJudged says of workloads and metrics that only one side measured.
	NotJudged []string
}

// Result is the gate of one workload's metric. Its JSON form is described in
// docs/schema/gate-v2.json; renderers add to it the counts and what they put into words.
type Result struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	// Scale is how the arms are compared; differences and Margin are in EffectUnit. Margin is
	// NaN if there is none.
	Scale      sample.Scale  `json:"scale"`
	EffectUnit string        `json:"effect_unit"`
	Margin     record.Number `json:"margin"`
	Verdict    Verdict       `json:"verdict"`
	Reason     Reason        `json:"reason"`
	// Method is rank.MethodPaired with Pairs blocks, rank.MethodWelch, or rank.MethodSessions;
	// empty where both are equal in every boot.
	Method rank.Method  `json:"method"`
	Pairs  record.Count `json:"pairs"`
	// New and Base count the boots of the candidate and of the baseline.
	New        boots.Counts `json:"-"`
	Base       boots.Counts `json:"-"`
	Comparison `json:"-"`
	// FoundBy says how the two were compared in a campaign that switches arms within boots; empty in others.
	FoundBy rank.FoundBy `json:"found_by,omitempty"`
	// FellBack: the candidate's switched stints are not judged.
	FellBack bool `json:"-"`
	// Equal: both gave one and the same value in every boot.
	Equal bool `json:"equal_in_every_boot"`
	// BootOrder says in which order the boots were made; unknown against stored campaigns.
	BootOrder rank.BootOrder `json:"boot_order"`
	// Drift of a campaign's boots; its numbers are NaN against stored campaigns and
	// where the samples do not say the order of boots.
	Drift rank.Drift `json:"-"`
	// MissingNew and MissingBase are the shares of planned boots that are not ranked,
	// tried or not; stored campaigns count as 0.
	MissingNew  float64 `json:"missing_share_new"`
	MissingBase float64 `json:"missing_share_base"`
	// Numbers is the verdict of the ranked boots alone. LostWorst and LostBest are those if the
	// candidate's lost boots had measured the worst of the campaign and the baseline's the best,
	// and the other way round; LostEven if they had made no difference. Empty where no side lost
	// many.
	Numbers   Verdict `json:"verdict_of_numbers"`
	LostWorst Verdict `json:"verdict_lost_worst,omitempty"`
	LostBest  Verdict `json:"verdict_lost_best,omitempty"`
	LostEven  Verdict `json:"verdict_lost_even,omitempty"`
	// Warnings name flagged boots and repetitions; none against stored campaigns.
	Warnings []rank.Warning `json:"warnings"`

	axis         boots.Axis
	lower, upper float64
	diff         float64
	low          float64 // lower end of the margin on the scale of y
}

// Comparison is the candidate against the baseline in numbers.
type Comparison struct {
	// Difference is new against base; Interval holds the two one-sided bounds, each
	// at error alpha.
	Difference record.Number `json:"difference"`
	rank.Interval
	// SE is on the scale of y, with DF degrees of freedom.
	SE record.Number `json:"se"`
	DF record.Number `json:"df"`
	// PPass is the p of "worse by the margin", PFail that of "not worse"; PFailHolm
	// is adjusted over all tests of the gate.
	PPass     record.Number `json:"p_pass"`
	PFail     record.Number `json:"p_fail"`
	PFailHolm record.Number `json:"p_fail_holm"`
	// BootsNeeded is the number of boots a side that would settle a candidate
	// without a difference with 80 % power; 0 when the data cannot tell.
	BootsNeeded record.Count `json:"boots_needed"`
	// Sessions is how many stored campaigns have the baseline, SessionsMissing how many more a gate
	// against them needs.
	Sessions        int `json:"sessions"`
	SessionsMissing int `json:"sessions_missing"`
}

// Judge compares the candidate with the baseline of o, one result for each workload and metric. The
// gate as a whole passes when each of them passes, fails when one fails or when boots of the candidate
// fail more often, and is inconclusive otherwise; failures are judged by Holm's rule over all tests.
// Other combinations in rows are left out. Looks share the alpha of o.
func Judge(rows []sample.Row, candidate string, o rank.Options, looks Looks) (Outcome, error) {
	o, err := looks.share(o)
	if err != nil {
		return Outcome{}, err
	}
	if candidate == o.Baseline {
		return Outcome{}, fmt.Errorf("candidate and baseline are both %q: name two combinations", candidate)
	}
	declared, err := boots.Declared(rows, o.Baseline)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(declared.Names, candidate) {
		return Outcome{}, fmt.Errorf("candidate %q is not in the samples: the combinations are %s", candidate, boots.Listed(declared.Names))
	}
	studies, err := rank.Studies(rows, o, candidate)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	var whole extremes
	for _, st := range studies {
		if !bothMeasured(st) {
			out.NotJudged = append(out.NotJudged, fmt.Sprintf("%s %s, which only one side measured", st.Series.Workload, st.Series.Metric))
			continue
		}
		r, err := resultOf(st, func() (low, high float64, err error) { return whole.of(st.Series.Key, rows, o) })
		if err != nil {
			return Outcome{}, err
		}
		out.Results = append(out.Results, r)
		out.Failures.count(st)
	}
	if len(out.Results) == 0 {
		return Outcome{}, errors.New("the two combinations have no workload in common")
	}
	out.decide(o.Alpha)
	return out, nil
}

// extremes are the smallest and the largest y of all arms of a campaign, by series: what lost boots may
// have measured. They are found when they are first asked for.
type extremes map[boots.Key][2]float64

func (e *extremes) of(key boots.Key, rows []sample.Row, o rank.Options) (low, high float64, err error) {
	if *e == nil {
		c, err := boots.Group(rows, o.Baseline, o.ScaleOf)
		if err != nil {
			return 0, 0, err
		}
		*e = make(extremes)
		for _, s := range c.Series {
			ends := [2]float64{math.Inf(1), math.Inf(-1)}
			for _, b := range s.Boots {
				if b.Fate == boots.OK {
					ends = [2]float64{math.Min(ends[0], b.Y), math.Max(ends[1], b.Y)}
				}
			}
			(*e)[s.Key] = ends
		}
	}
	ends := (*e)[key]
	return ends[0], ends[1], nil
}

// bothMeasured says whether both arms have boots in the series: those of one that has none measured
// other workloads.
func bothMeasured(st *rank.Study) bool {
	arms := make(map[int]bool)
	for _, b := range st.Series.Boots {
		arms[b.Arm] = true
	}
	return len(arms) == 2
}

// noResult is the result of a series before anything is estimated.
func noResult(key boots.Key, unit string, axis boots.Axis, margin float64) Result {
	nan := math.NaN()
	none := record.Number(nan)
	g := Result{
		Workload: key.Workload, Metric: key.Metric, Unit: unit, Better: axis.Better, Scale: axis.Scale, EffectUnit: rank.EffectUnit(axis.Scale, unit),
		Margin: record.Number(margin), BootOrder: rank.OrderUnknown, Warnings: []rank.Warning{},
		Comparison: Comparison{Difference: none, Interval: rank.NoInterval(), SE: none, DF: none, PPass: none, PFail: none, PFailHolm: none},
		Drift:      rank.NoDrift(), axis: axis, lower: nan, upper: nan, diff: nan,
	}
	g.low, _ = axis.Margins(margin)
	return g
}

// resultOf estimates; decide judges when all metrics are known. extremes are those of the campaign.
func resultOf(st *rank.Study, extremes func() (low, high float64, err error)) (Result, error) {
	g := newResult(st)
	for _, ws := range st.FlagWarnings() {
		g.Warnings = append(g.Warnings, ws...)
	}
	base := st.Arms.Baseline
	fresh := 1 - base
	g.BootOrder, g.Drift = st.OrderOf(1-st.Arms.Baseline), st.Drift()
	g.MissingNew, g.MissingBase = st.Tallies[fresh].Missing, st.Tallies[base].Missing
	if !st.LostMany(fresh) && !st.LostMany(base) {
		return g, nil
	}
	low, high, err := extremes()
	if err != nil {
		return g, err
	}
	small, large := func(int) float64 { return low }, func(int) float64 { return high }
	even := evenly(st)
	for _, c := range []struct {
		to          *Verdict
		fresh, base func(int) float64
	}{{&g.LostWorst, small, large}, {&g.LostBest, large, small}, {&g.LostEven, even(fresh), even(base)}} {
		other, err := st.With(rank.Lost{Arm: fresh, Value: c.fresh}, rank.Lost{Arm: base, Value: c.base})
		if err != nil {
			return g, err
		}
		r := newResult(other)
		*c.to, _ = r.ofNumbers(other.Options.Alpha, r.PFail)
	}
	return g, nil
}

// evenly gives lost boots of an arm the mean of the other arm's boots in the block: they made no
// difference. Where a block has none of them either, that is the mean of all boots; without blocks,
// of all of the other arm's.
func evenly(st *rank.Study) func(arm int) func(block int) float64 {
	mean := func(of func(arm, block int) bool) float64 {
		sum, n := 0.0, 0.0
		for _, b := range st.Fit.Obs {
			if of(b.Arm, b.Block) {
				sum += b.Y
				n++
			}
		}
		return sum / n
	}
	all := mean(func(int, int) bool { return true })
	return func(lost int) func(int) float64 {
		return func(in int) float64 {
			y := mean(func(arm, block int) bool { return arm != lost && block == in })
			if math.IsNaN(y) {
				return all
			}
			return y
		}
	}
}

// newResult estimates from the boots of a study of two arms.
func newResult(st *rank.Study) Result {
	base := st.Arms.Baseline
	fresh := 1 - base
	g := noResult(st.Series.Key, st.Series.Unit, st.Series.Axis, st.Margin)
	g.New, g.Base, g.Method = st.Tallies[fresh].Counts, st.Tallies[base].Counts, rank.MethodWelch
	g.New.OK, g.Base.OK = st.Fit.N[fresh], st.Fit.N[base]
	g.FoundBy, g.FellBack = st.FoundBy(fresh), st.FellBack(fresh)
	test, variance, df := g.test(st.Fit, fresh, base)
	if g.New.OK > 0 && g.Base.OK > 0 && st.Family.Equal(fresh, base) {
		g.Equal, test = true, stat.TTest{}
		g.lower, g.upper, g.Interval = 0, 0, rank.Interval{}
	}
	g.SE, g.DF, g.diff = record.Number(test.SE), record.Number(test.DF), test.Diff
	g.Difference = record.Number(g.axis.Shown(test.Diff))
	if g.Equal {
		g.Method, g.Pairs, g.DF = "", 0, record.Number(math.NaN())
		return g
	}
	if !(test.SE > st.Fit.Resolution) {
		return g
	}
	g.bound(test, st.Options.Alpha)
	upper80 := stat.VarianceUpper80(variance, df)
	if math.IsNaN(g.low) {
		return g
	}
	g.BootsNeeded = record.Count(stat.BootsFor(stat.UsualPower, -g.low, st.Options.Alpha, func(n int) (se, df float64) {
		if g.Method == rank.MethodPaired {
			return math.Sqrt(upper80 / float64(n)), float64(n - 1)
		}
		return math.Sqrt(2 * upper80 / float64(n)), float64(2 * (n - 1))
	}))
	return g
}

// bound fills in what a test with a standard error says.
func (g *Result) bound(test stat.TTest, alpha float64) {
	g.lower, g.upper = test.Interval(alpha)
	g.Interval = rank.IntervalOn(g.axis, contrast.Ends{Lower: g.lower, Upper: g.upper})
	g.PPass = record.Number(stat.TSurvival((test.Diff-g.low)/test.SE, test.DF))
	g.PFail = record.Number(stat.TSurvival(-test.Diff/test.SE, test.DF))
}

// test is the paired test over complete blocks when there are enough of them, else
// Welch's over all boots; with it the variance that planning starts from.
func (g *Result) test(f *stat.Fit, fresh, base int) (test stat.TTest, variance float64, df int) {
	means := [2][]float64{}
	means[0], means[1] = contrast.BlockPairs(f)
	x, y := means[fresh], means[base]
	if len(x) >= contrast.MinPairs {
		g.Method, g.Pairs = rank.MethodPaired, record.Count(len(x))
		test = stat.Paired(x, y)
		return test, test.SE * test.SE * float64(len(x)), len(x) - 1
	}
	values := [2][]float64{}
	for _, b := range f.Obs {
		values[b.Arm] = append(values[b.Arm], b.Y)
	}
	x, y = values[fresh], values[base]
	_, vx := stat.MeanVariance(x)
	_, vy := stat.MeanVariance(y)
	df = len(x) + len(y) - 2
	return contrast.WelchTest(f, fresh, base), (vx*float64(len(x)-1) + vy*float64(len(y)-1)) / float64(df), df
}

// ofNumbers is the verdict of the ranked boots alone; pFail is the p of "not worse", adjusted or
// not.
func (g *Result) ofNumbers(alpha float64, pFail record.Number) (Verdict, Reason) {
	switch {
	case g.SessionsMissing > 0:
		return Inconclusive, ReasonSession
	case g.FellBack && g.New.OK < minGateBoots:
		return Inconclusive, ReasonFellBack
	case min(g.New.OK, g.Base.OK) < minGateBoots:
		return Inconclusive, ReasonBoots
	case g.Equal:
		return Pass, ""
	case math.IsNaN(g.lower):
		return Inconclusive, ReasonVariance
	case math.IsNaN(g.low):
		return Inconclusive, ReasonMargin
	case g.lower > g.low:
		return Pass, ""
	case float64(pFail) < alpha && g.diff <= g.low:
		return Fail, ""
	}
	return Inconclusive, ReasonNoise
}

// settle settles the verdict of a metric: what the numbers say, unless the order of boots or the
// lost ones forbid it.
func (g *Result) settle(alpha float64) {
	g.Verdict, g.Reason = g.ofNumbers(alpha, g.PFailHolm)
	g.Numbers = g.Verdict
	holds := true
	switch {
	case g.BootOrder == rank.OrderGrouped:
		g.Verdict, g.Reason = Inconclusive, ReasonOrder
		return
	case g.Method == rank.MethodSessions:
		holds = g.MissingNew <= rank.MissingLimit
	case g.LostEven == "":
	case g.Verdict == Pass:
		holds = g.LostWorst == Pass && g.LostBest == Pass
	case g.Verdict == Fail:
		holds = g.LostEven == Fail
	}
	if !holds && g.Verdict != Inconclusive {
		g.Verdict, g.Reason = Inconclusive, ReasonMissing
	}
}

// decide settles the verdicts of all metrics, failures under Holm's rule, and of
// the gate as a whole.
func (out *Outcome) decide(alpha float64) {
	out.Failures.test()
	out.Failures.InFamily = out.Failures.Least <= record.Number(alpha)
	var p []float64
	for _, g := range out.Results {
		p = append(p, float64(g.PFail))
	}
	if out.Failures.InFamily {
		p = append(p, float64(out.Failures.P))
	}
	adjusted := stat.Holm(p)
	ordered, verdicts := true, make(map[Verdict]bool)
	for i := range out.Results {
		g := &out.Results[i]
		if g.PFail.Exists() {
			g.PFailHolm = record.Number(adjusted[i])
		}
		g.settle(alpha)
		verdicts[g.Verdict] = true
		ordered = ordered && g.Reason != ReasonOrder
	}
	out.Failures.PHolm = record.Number(math.NaN())
	if out.Failures.InFamily {
		out.Failures.PHolm = record.Number(adjusted[len(adjusted)-1])
	}
	switch {
	case verdicts[Fail]:
		out.Verdict = Fail
	case ordered && float64(out.Failures.PHolm) <= alpha:
		out.Verdict = FailFailures
	case verdicts[Inconclusive]:
		out.Verdict = Inconclusive
	default:
		out.Verdict = Pass
	}
}

package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/results/sample"
)

// GateVerdict is what the regression gate says.
type GateVerdict string

// The verdicts of the gate; PASS and FAIL exclude each other.
const (
	// GatePass: the candidate is shown to be no worse than the margin.
	GatePass GateVerdict = "PASS"
	// GateFail: the candidate is shown to be worse, and by the margin or more.
	GateFail GateVerdict = "FAIL"
	// GateInconclusive: neither is shown.
	GateInconclusive GateVerdict = "INCONCLUSIVE"
)

// GateReason says why a gate is inconclusive; empty otherwise.
type GateReason string

// The reasons.
const (
	// ReasonBoots: fewer than three boots on a side.
	ReasonBoots GateReason = "boots"
	// ReasonVariance: no variance is seen, so nothing can be tested.
	ReasonVariance GateReason = "no variance"
	// ReasonSession: too few stored sessions to know how much sessions differ.
	ReasonSession GateReason = "session"
	// ReasonDrift: the campaign drifted, and its boots are not in blocks of changing
	// order, so that drift and difference cannot be told apart.
	ReasonDrift GateReason = "drift"
	// ReasonMissing: a side lost more than a tenth of its planned boots; those that
	// are left may be the lucky ones.
	ReasonMissing GateReason = "missing"
	// ReasonNoise: the interval holds both a pass and a failure.
	ReasonNoise GateReason = "noise"
)

// minGateBoots is the least number of boots on either side of a gate.
const minGateBoots = 3

// GateResult is the gate of one workload's metric.
type GateResult struct {
	Workload, Metric, Unit string
	Better                 sample.Better
	// New and Base count the boots of the candidate and of the baseline.
	New, Base Counts
	// Method is MethodPaired with Pairs blocks, MethodWelch, or MethodSessions.
	Method Method
	Pairs  int
	// DiffPercent is new against base; Interval holds the two one-sided bounds, each
	// at error alpha, in percent.
	DiffPercent float64
	Interval    Interval
	// SE is on the scale of 100 ln, with DF degrees of freedom.
	SE, DF float64
	// PPass is the p of "worse by the margin", PFail that of "not worse"; PFailHolm
	// is adjusted over all metrics of the gate.
	PPass, PFail, PFailHolm float64
	Verdict                 GateVerdict
	Reason                  GateReason
	// Sessions that hold the baseline, of a gate against stored campaigns, and how
	// many more it needs.
	Sessions, SessionsMissing int
	// BootsNeeded is the number of boots a side that would settle a candidate
	// without a difference with 80 % power; 0 when the data cannot tell.
	BootsNeeded int
	// Drift of a campaign's boots; its numbers are NaN against stored campaigns and
	// where the samples do not say the order of boots.
	Drift Drift
	// MissingShare is the larger of the two sides' shares of lost boots, where boots
	// failed or were set aside; 0 against stored campaigns for the stored ones.
	MissingShare float64
	// Warnings name flagged boots and repetitions, and what the verdict is without
	// them; none against stored campaigns.
	Warnings     []Warning
	lower, upper float64
	diff         float64
}

// Gate compares the candidate with the baseline of o, one result for each
// workload and metric. The gate as a whole passes when each of them passes, fails
// when one fails, and is inconclusive otherwise; failures are judged by Holm's
// rule over the metrics. Other combinations in rows are left out.
func Gate(rows []sample.Row, candidate string, o Options) ([]GateResult, GateVerdict, error) {
	if err := o.validate(); err != nil {
		return nil, "", err
	}
	o.Alpha, o.Looks = o.Looks.Alpha(o.Alpha), Looks{}
	if candidate == o.Baseline {
		return nil, "", fmt.Errorf("candidate and baseline are both %q: name two combinations", candidate)
	}
	declared, err := collectArms(rows, o.Baseline)
	if err != nil {
		return nil, "", err
	}
	if !slices.Contains(declared.names, candidate) {
		return nil, "", fmt.Errorf("candidate %q is not in the samples: the combinations are %s", candidate, listed(declared.names))
	}
	two := slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool {
		return r.Combination != candidate && r.Combination != o.Baseline
	})
	results, studies, err := gateOf(two, o)
	if err != nil {
		return nil, "", err
	}
	overall := judge(results, o)
	left, flagged := withoutFlaggedRows(two, studies)
	if !flagged {
		return results, overall, nil
	}
	// What is left may not be enough for a gate; then there is no second look.
	second, _, err := gateOf(left, o)
	if err != nil || len(second) != len(results) {
		return results, overall, nil
	}
	judge(second, o)
	for i := range results {
		if len(results[i].Warnings) > 0 {
			results[i].secondLook(second[i])
		}
	}
	return results, overall, nil
}

// gateOf estimates every metric of the samples of two arms.
func gateOf(two []sample.Row, o Options) ([]GateResult, []*study, error) {
	declared, all, err := collect(two, o)
	if err != nil {
		return nil, nil, err
	}
	results, studies := make([]GateResult, len(all)), make([]*study, len(all))
	for i, s := range all {
		st, err := newStudy(declared, s, o)
		if err != nil {
			return nil, nil, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
		st.flags = st.findFlags()
		results[i], studies[i] = st.gate(), st
		results[i].Warnings = st.flaggedWarnings()
	}
	return results, studies, nil
}

// gate estimates; decide judges when all metrics are known.
func (st *study) gate() GateResult {
	base := st.declared.baseline
	fresh := 1 - base
	nan := math.NaN()
	g := GateResult{
		Workload: st.series.workload, Metric: st.series.metric, Unit: st.series.unit, Better: st.series.better,
		New: st.tallies[fresh].counts, Base: st.tallies[base].counts, Method: MethodWelch,
		DiffPercent: nan, Interval: Interval{nan, nan}, SE: nan, DF: nan, PPass: nan, PFail: nan, lower: nan, upper: nan, diff: nan,
	}
	g.Drift = st.findDrift()
	for _, t := range st.tallies {
		g.MissingShare = math.Max(g.MissingShare, t.lostShare())
	}
	test, variance, df := st.gateTest(&g, fresh, base)
	g.SE, g.DF, g.diff = test.SE, test.DF, test.Diff
	s := sign(st.series.better)
	g.DiffPercent = percent(s * test.Diff)
	if !(test.SE*test.SE >= exactZero) {
		return g
	}
	lo := newMargins(st.options.Margin, s).lo
	g.bound(test, lo, st.options.Alpha)
	upper80 := varianceUpper80(variance, df)
	g.BootsNeeded = bootsFor(-lo, st.options.Alpha, func(n int) (se, df float64) {
		if g.Method == MethodPaired {
			return math.Sqrt(upper80 / float64(n)), float64(n - 1)
		}
		return math.Sqrt(2 * upper80 / float64(n)), float64(2 * (n - 1))
	})
	return g
}

// bound fills in what a test with a standard error says.
func (g *GateResult) bound(test TTest, lo, alpha float64) {
	g.lower, g.upper = test.Interval(alpha)
	low, high := g.lower, g.upper
	if sign(g.Better) < 0 {
		low, high = -high, -low
	}
	g.Interval = Interval{percent(low) + 0, percent(high) + 0}
	g.PPass = tSurvival((test.Diff-lo)/test.SE, test.DF)
	g.PFail = tSurvival(-test.Diff/test.SE, test.DF)
}

// gateTest is the paired test over complete blocks when there are enough of them,
// else Welch's over all boots; with it the variance that planning starts from.
func (st *study) gateTest(g *GateResult, fresh, base int) (test TTest, variance float64, df int) {
	means := [2][]float64{}
	means[0], means[1] = pairs(st.fit)
	x, y := means[fresh], means[base]
	if len(x) >= minPairs {
		g.Method, g.Pairs = MethodPaired, len(x)
		test = Paired(x, y)
		return test, test.SE * test.SE * float64(len(x)), len(x) - 1
	}
	values := [2][]float64{}
	for _, b := range st.fit.boots {
		values[b.arm] = append(values[b.arm], b.y)
	}
	x, y = values[fresh], values[base]
	_, vx := meanVariance(x)
	_, vy := meanVariance(y)
	df = len(x) + len(y) - 2
	return Welch(x, y), (vx*float64(len(x)-1) + vy*float64(len(y)-1)) / float64(df), df
}

// decide settles the verdict; lo is the lower margin on the scale of y.
func (g *GateResult) decide(lo, alpha float64) {
	g.Verdict = GateInconclusive
	switch {
	case g.SessionsMissing > 0:
		g.Reason = ReasonSession
	case min(g.New.OK, g.Base.OK) < minGateBoots:
		g.Reason = ReasonBoots
	case math.IsNaN(g.lower):
		g.Reason = ReasonVariance
	case g.Drift.Confounds():
		g.Reason = ReasonDrift
	case g.MissingShare > missingLimit:
		g.Reason = ReasonMissing
	case g.lower > lo:
		g.Verdict = GatePass
	case g.PFailHolm < alpha && g.diff <= lo:
		g.Verdict = GateFail
	default:
		g.Reason = ReasonNoise
	}
}

// judge settles the verdicts of all metrics, failures under Holm's rule, and of
// the gate as a whole.
func judge(results []GateResult, o Options) GateVerdict {
	p := make([]float64, len(results))
	for i, g := range results {
		p[i] = g.PFail
	}
	overall := GatePass
	for i, adjusted := range Holm(p) {
		results[i].PFailHolm = adjusted
		results[i].decide(newMargins(o.Margin, sign(results[i].Better)).lo, o.Alpha)
		switch v := results[i].Verdict; {
		case v == GateFail:
			overall = GateFail
		case v == GateInconclusive && overall == GatePass:
			overall = GateInconclusive
		}
	}
	return overall
}

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
	// ReasonDrift: the campaign drifted, and its boots are not in blocks of changing
	// order, so that drift and difference cannot be told apart.
	ReasonDrift Reason = "drift"
	// ReasonMissing: a side lost more than a tenth of its planned boots; those that
	// are left may be the lucky ones.
	ReasonMissing Reason = "missing"
	// ReasonNoise: the interval holds both a pass and a failure.
	ReasonNoise Reason = "noise"
)

// minGateBoots is the least number of boots on either side of a gate.
const minGateBoots = 3

// MarshalJSON writes the reason; null for none.
func (r Reason) MarshalJSON() ([]byte, error) { return record.Name(r).MarshalJSON() }

// Result is the gate of one workload's metric. Its JSON form is described in
// docs/schema/gate-v1.json; renderers add to it the counts and what they put into words.
type Result struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	Verdict  Verdict       `json:"verdict"`
	Reason   Reason        `json:"reason"`
	// Method is rank.MethodPaired with Pairs blocks, rank.MethodWelch, or rank.MethodSessions.
	Method rank.Method  `json:"method"`
	Pairs  record.Count `json:"pairs"`
	// New and Base count the boots of the candidate and of the baseline.
	New        boots.Counts `json:"-"`
	Base       boots.Counts `json:"-"`
	Comparison `json:"-"`
	// Drift of a campaign's boots; its numbers are NaN against stored campaigns and
	// where the samples do not say the order of boots.
	Drift rank.Drift `json:"-"`
	// MissingShare is the larger of the two sides' shares of planned boots that are not ranked,
	// tried or not; stored campaigns count as 0.
	MissingShare float64 `json:"-"`
	// Warnings name flagged boots and repetitions, and what the verdict is without
	// them; none against stored campaigns.
	Warnings     []rank.Warning `json:"warnings"`
	lower, upper float64
	diff         float64
}

// Comparison is the candidate against the baseline in numbers.
type Comparison struct {
	// DiffPercent is new against base; Interval holds the two one-sided bounds, each
	// at error alpha, in percent.
	DiffPercent record.Number `json:"diff_percent"`
	rank.Interval
	// SE is on the scale of 100 ln, with DF degrees of freedom.
	SE record.Number `json:"se_log100"`
	DF record.Number `json:"df"`
	// PPass is the p of "worse by the margin", PFail that of "not worse"; PFailHolm
	// is adjusted over all metrics of the gate.
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
// gate as a whole passes when each of them passes, fails when one fails, and is inconclusive
// otherwise; failures are judged by Holm's rule over the metrics. Other combinations in rows are
// left out. Looks share the alpha of o.
func Judge(rows []sample.Row, candidate string, o rank.Options, looks Looks) ([]Result, Verdict, error) {
	o, err := looks.share(o)
	if err != nil {
		return nil, "", err
	}
	if candidate == o.Baseline {
		return nil, "", fmt.Errorf("candidate and baseline are both %q: name two combinations", candidate)
	}
	declared, err := boots.Declared(rows, o.Baseline)
	if err != nil {
		return nil, "", err
	}
	if !slices.Contains(declared.Names, candidate) {
		return nil, "", fmt.Errorf("candidate %q is not in the samples: the combinations are %s", candidate, boots.Listed(declared.Names))
	}
	two := slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool {
		return r.Combination != candidate && r.Combination != o.Baseline
	})
	two = withSeries(two, rows)
	results, flagged, err := estimate(two, o)
	if err != nil {
		return nil, "", err
	}
	overall := decide(results, o)
	left := flagged.without(two)
	if len(left) == len(two) {
		return results, overall, nil
	}
	// What is left may not be enough for a gate; then there is no second look.
	second, _, err := estimate(left, o)
	if err != nil || len(second) != len(results) {
		return results, overall, nil
	}
	decide(second, o)
	for i := range results {
		if len(results[i].Warnings) > 0 {
			results[i].secondLook(second[i])
		}
	}
	return results, overall, nil
}

// withSeries gives the boots of two arms that never came to measure a row in every metric
// that some boot of rows measured: what was lost of both arms is judged, not left out.
func withSeries(two, rows []sample.Row) []sample.Row {
	known := make(map[boots.Key]bool)
	for _, r := range two {
		known[boots.Key{Workload: r.Workload, Metric: r.Metric}] = true
	}
	out := two
	for _, head := range rows {
		key := boots.Key{Workload: head.Workload, Metric: head.Metric}
		if head.Workload == "" || known[key] {
			continue
		}
		known[key] = true
		for _, r := range two {
			if r.Workload == "" {
				r.Workload, r.Metric, r.Unit, r.Better = head.Workload, head.Metric, head.Unit, head.Better
				out = append(out, r)
			}
		}
	}
	return out
}

// estimate estimates every metric of the samples of two arms.
func estimate(two []sample.Row, o rank.Options) ([]Result, flagged, error) {
	studies, err := rank.Studies(two, o)
	if err != nil {
		return nil, nil, err
	}
	if len(studies[0].Arms.Names) < 2 {
		return nil, nil, errors.New("one of the two combinations has no boot")
	}
	results, all := make([]Result, len(studies)), make(flagged, len(studies))
	for i, st := range studies {
		results[i] = resultOf(st)
		flags := st.Flags()
		results[i].Warnings = flaggedWarnings(st.Arms.Names, flags)
		all[st.Series.Key] = make(map[string]rank.Flags)
		for arm, name := range st.Arms.Names {
			all[st.Series.Key][name] = flags[arm]
		}
	}
	return results, all, nil
}

// noResult is the result of a series before anything is estimated.
func noResult(key boots.Key, unit string, better sample.Better) Result {
	nan := math.NaN()
	none := record.Number(nan)
	return Result{
		Workload: key.Workload, Metric: key.Metric, Unit: unit, Better: better,
		Comparison: Comparison{DiffPercent: none, Interval: rank.NoInterval(), SE: none, DF: none, PPass: none, PFail: none},
		Drift:      rank.NoDrift(), lower: nan, upper: nan, diff: nan,
	}
}

// resultOf estimates; decide judges when all metrics are known.
func resultOf(st *rank.Study) Result {
	base := st.Arms.Baseline
	fresh := 1 - base
	g := noResult(st.Series.Key, st.Series.Unit, st.Series.Better)
	g.New, g.Base, g.Method = st.Tallies[fresh].Counts, st.Tallies[base].Counts, rank.MethodWelch
	g.Drift = st.Drift()
	for _, t := range st.Tallies {
		g.MissingShare = math.Max(g.MissingShare, t.Missing)
	}
	test, variance, df := g.test(st.Fit, fresh, base)
	g.SE, g.DF, g.diff = record.Number(test.SE), record.Number(test.DF), test.Diff
	s := st.Series.Sign()
	g.DiffPercent = record.Number(stat.Percent(s * test.Diff))
	if !(test.SE*test.SE >= stat.ExactZero) {
		return g
	}
	lo := rank.NewMargins(st.Options.Margin, s).Low
	g.bound(test, lo, st.Options.Alpha)
	upper80 := stat.VarianceUpper80(variance, df)
	needed := stat.BootsFor(stat.UsualPower, -lo, st.Options.Alpha, func(n int) (se, df float64) {
		if g.Method == rank.MethodPaired {
			return math.Sqrt(upper80 / float64(n)), float64(n - 1)
		}
		return math.Sqrt(2 * upper80 / float64(n)), float64(2 * (n - 1))
	})
	g.BootsNeeded = record.Count(needed)
	return g
}

// bound fills in what a test with a standard error says.
func (g *Result) bound(test stat.TTest, lo, alpha float64) {
	g.lower, g.upper = test.Interval(alpha)
	g.Interval = rank.Percents(g.lower, g.upper, boots.Sign(g.Better))
	g.PPass = record.Number(stat.TSurvival((test.Diff-lo)/test.SE, test.DF))
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
	return stat.Welch(x, y), (vx*float64(len(x)-1) + vy*float64(len(y)-1)) / float64(df), df
}

// settle settles the verdict; lo is the lower margin on the scale of y.
func (g *Result) settle(lo, alpha float64) {
	g.Verdict = Inconclusive
	switch {
	case g.SessionsMissing > 0:
		g.Reason = ReasonSession
	case min(g.New.OK, g.Base.OK) < minGateBoots:
		g.Reason = ReasonBoots
	case math.IsNaN(g.lower):
		g.Reason = ReasonVariance
	case g.Drift.Confounds():
		g.Reason = ReasonDrift
	case g.MissingShare > rank.MissingLimit:
		g.Reason = ReasonMissing
	case g.lower > lo:
		g.Verdict = Pass
	case float64(g.PFailHolm) < alpha && g.diff <= lo:
		g.Verdict = Fail
	default:
		g.Reason = ReasonNoise
	}
}

// decide settles the verdicts of all metrics, failures under Holm's rule, and of
// the gate as a whole.
func decide(results []Result, o rank.Options) Verdict {
	p := make([]float64, len(results))
	for i, g := range results {
		p[i] = float64(g.PFail)
	}
	overall := Pass
	for i, adjusted := range stat.Holm(p) {
		results[i].PFailHolm = record.Number(adjusted)
		results[i].settle(rank.NewMargins(o.Margin, boots.Sign(results[i].Better)).Low, o.Alpha)
		switch v := results[i].Verdict; {
		case v == Fail:
			overall = Fail
		case v == Inconclusive && overall == Pass:
			overall = Inconclusive
		}
	}
	return overall
}

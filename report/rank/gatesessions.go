package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/results/sample"
)

// minSessions is the least number of stored sessions from which the spread of
// sessions is known well enough to judge another one.
const minSessions = 5

// StoredSession is one earlier campaign: its samples and the arm in it that
// stands for "as before".
type StoredSession struct {
	Name     string
	Rows     []sample.Row
	Baseline string
}

// GateAgainst compares an arm of a new campaign with stored ones, one result for
// each workload and metric of rows. A campaign on another day differs even where
// nothing has changed, so every stored session is one value, and their spread is
// what the new one is held against: of 10+10 boots with a session deviation of
// 1.5 %, comparing boots alone fails 19 % of the time for nothing. Fewer than five
// stored sessions are inconclusive, whatever they show.
//
// The new mean minus that of S sessions has the variance s^2 (1 + 1/S), s^2 the
// variance of the sessions' means, with S-1 degrees of freedom; where the new
// session has fewer boots than the stored ones, what that adds is added.
func GateAgainst(rows []sample.Row, candidate string, stored []StoredSession, o Options) ([]GateResult, GateVerdict, error) {
	o.Baseline = candidate
	if err := o.validate(); err != nil {
		return nil, "", err
	}
	o.Alpha, o.Looks = o.Looks.Alpha(o.Alpha), Looks{}
	fresh, err := sessionMeans(rows, candidate, o)
	if err != nil {
		return nil, "", err
	}
	var before []map[seriesKey]sessionMean
	for _, s := range stored {
		m, err := sessionMeans(s.Rows, s.Baseline, o)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", s.Name, err)
		}
		before = append(before, m)
	}
	var results []GateResult
	for _, key := range sortedKeys(fresh) {
		now := fresh[key]
		var then []sessionMean
		for k, m := range before {
			s, ok := m[key]
			if !ok || s.n == 0 {
				continue
			}
			if s.unit != now.unit || s.better != now.better {
				return nil, "", fmt.Errorf("%s: workload %q, metric %q is in %s, %s is better; in the new campaign in %s, %s: they cannot be compared",
					stored[k].Name, key.workload, key.metric, s.unit, s.better, now.unit, now.better)
			}
			then = append(then, s)
		}
		results = append(results, againstSessions(key, now, then, o))
	}
	return results, judge(results, o), nil
}

// sessionMean is an arm's boots in one session: number, mean and variance of y.
type sessionMean struct {
	unit   string
	better sample.Better
	counts Counts
	n      int
	y, v   float64
	lost   float64 // share of its planned boots
}

func sessionMeans(rows []sample.Row, arm string, o Options) (map[seriesKey]sessionMean, error) {
	o.Baseline = arm
	if err := o.validate(); err != nil {
		return nil, err
	}
	if _, err := collectArms(rows, arm); err != nil {
		return nil, err
	}
	declared, all, err := collect(slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool { return r.Combination != arm }), o)
	if err != nil {
		return nil, err
	}
	out := make(map[seriesKey]sessionMean)
	for _, s := range all {
		st, err := newStudy(declared, s, o)
		if err != nil {
			return nil, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
		var y []float64
		for _, b := range st.fit.boots {
			y = append(y, b.y)
		}
		m := sessionMean{unit: s.unit, better: s.better, counts: st.tallies[0].counts, n: len(y), lost: st.tallies[0].lostShare()}
		m.y, m.v = meanVariance(y)
		out[seriesKey{s.workload, s.metric}] = m
	}
	return out, nil
}

func sortedKeys(m map[seriesKey]sessionMean) []seriesKey {
	var keys []seriesKey
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b seriesKey) int {
		return slices.Compare([]string{a.workload, a.metric}, []string{b.workload, b.metric})
	})
	return keys
}

func againstSessions(key seriesKey, now sessionMean, then []sessionMean, o Options) GateResult {
	nan := math.NaN()
	g := GateResult{
		Workload: key.workload, Metric: key.metric, Unit: now.unit, Better: now.better, New: now.counts, Method: MethodSessions, MissingShare: now.lost,
		Sessions: len(then), SessionsMissing: max(0, minSessions-len(then)),
		DiffPercent: nan, Interval: Interval{nan, nan}, SE: nan, DF: nan, PPass: nan, PFail: nan, Drift: Drift{ChangePercent: nan, T: nan, DF: nan, P: nan}, lower: nan, upper: nan, diff: nan,
	}
	var means []float64
	perBoot, inverse, df := 0.0, 0.0, 0.0
	for _, s := range then {
		g.Base.OK += s.n
		g.Base.Failed += s.counts.Failed
		g.Base.NotInEffect += s.counts.NotInEffect
		g.Base.Excluded += s.counts.Excluded
		g.Base.Planned += s.counts.Planned
		means = append(means, s.y)
		inverse += 1 / float64(s.n) / float64(len(then))
		if s.n > 1 {
			perBoot += s.v * float64(s.n-1)
			df += float64(s.n - 1)
		}
	}
	mean, v := meanVariance(means)
	if len(means) == 0 || now.n == 0 {
		return g
	}
	s := sign(now.better)
	g.diff = now.y - mean
	g.DiffPercent = percent(s*g.diff) + 0
	variance := v * (1 + 1/float64(len(means)))
	if df > 0 {
		variance += math.Max(0, perBoot/df*(1/float64(now.n)-inverse))
	}
	test := newTTest(g.diff, math.Sqrt(variance), float64(len(means)-1))
	if !(variance >= exactZero) {
		return g
	}
	g.SE, g.DF = test.SE, test.DF
	g.bound(test, newMargins(o.Margin, s).lo, o.Alpha)
	return g
}

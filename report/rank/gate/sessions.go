package gate

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// MinSessions is the least number of stored sessions from which the spread of
// sessions is known well enough to judge another one.
const MinSessions = 5

// Session is one earlier campaign: its samples and the arm in it that stands for "as before".
type Session struct {
	Name     string
	Rows     []sample.Row
	Baseline string
}

// Against compares an arm of a new campaign with stored ones, one result for each workload and
// metric of rows. A campaign on another day differs even where nothing has changed, so every stored
// session is one value, and their spread is what the new one is held against: of 10+10 boots with a
// session deviation of 1.5 %, comparing boots alone fails 19 % of the time for nothing. Fewer than
// five stored sessions are inconclusive, whatever they show.
//
// The new mean minus that of S sessions has the variance s^2 (1 + 1/S), s^2 the
// variance of the sessions' means, with S-1 degrees of freedom; where the new
// session has fewer boots than the stored ones, what that adds is added.
func Against(rows []sample.Row, candidate string, stored []Session, o rank.Options, looks Looks) (Outcome, error) {
	o.Baseline = candidate
	o, err := looks.share(o)
	if err != nil {
		return Outcome{}, err
	}
	var before []map[boots.Key]sessionMean
	for _, s := range stored {
		m, err := sessionMeans(s.Rows, s.Baseline, o)
		if err != nil && !errors.Is(err, boots.ErrNothingMeasured) {
			return Outcome{}, fmt.Errorf("%s: %w", s.Name, err)
		}
		before = append(before, m)
	}
	fresh, err := sessionMeans(rows, candidate, o)
	if errors.Is(err, boots.ErrNothingMeasured) {
		fresh, err = crashed(rows, candidate, before), nil
	}
	if err != nil {
		return Outcome{}, err
	}
	if len(fresh) == 0 {
		return Outcome{}, fmt.Errorf("the new campaign and all stored ones: %w", boots.ErrNothingMeasured)
	}
	var out Outcome
	for _, key := range sortedKeys(fresh) {
		now := fresh[key]
		var then []sessionMean
		for k, m := range before {
			s, ok := m[key]
			if !ok || s.n == 0 {
				continue
			}
			if s.unit != now.unit || s.axis != now.axis {
				return Outcome{}, fmt.Errorf("%s: workload %q, metric %q is in %s, %s is better; in the new campaign in %s, %s: they cannot be compared",
					stored[k].Name, key.Workload, key.Metric, s.unit, s.axis.Better, now.unit, now.axis.Better)
			}
			then = append(then, s)
		}
		g := againstSessions(key, now, then, o)
		out.Results = append(out.Results, g)
		out.Failures.against(g)
	}
	out.decide(o.Alpha)
	return out, nil
}

// sessionMean is an arm's boots in one session: number, mean and variance of y.
type sessionMean struct {
	unit   string
	axis   boots.Axis
	counts boots.Counts
	n      int
	y, v   float64
	lost   float64 // share of its planned boots
}

func sessionMeans(rows []sample.Row, arm string, o rank.Options) (map[boots.Key]sessionMean, error) {
	o.Baseline = arm
	if err := o.Check(); err != nil {
		return nil, err
	}
	if _, err := boots.Declared(rows, arm); err != nil {
		return nil, err
	}
	studies, err := rank.Studies(rows, o, arm)
	if err != nil {
		return nil, err
	}
	out := make(map[boots.Key]sessionMean)
	for _, st := range studies {
		var y []float64
		for _, b := range st.Fit.Obs {
			y = append(y, b.Y)
		}
		m := sessionMean{unit: st.Series.Unit, axis: st.Series.Axis, counts: st.Tallies[0].Counts, n: len(y), lost: st.Tallies[0].Missing}
		m.y, m.v = stat.MeanVariance(y)
		out[st.Series.Key] = m
	}
	return out, nil
}

// crashed is an arm none of whose boots measured anything, in every series of the stored campaigns.
func crashed(rows []sample.Row, arm string, before []map[boots.Key]sessionMean) map[boots.Key]sessionMean {
	var c boots.Counts
	for _, r := range rows {
		if r.Combination == arm {
			c.Planned++
			if r.Failed() && !record.OfHarness(r.Status) {
				c.Failed++
			}
		}
	}
	out := make(map[boots.Key]sessionMean)
	for _, m := range before {
		for key, then := range m {
			out[key] = sessionMean{unit: then.unit, axis: then.axis, counts: c, y: math.NaN(), lost: 1}
		}
	}
	return out
}

func sortedKeys(m map[boots.Key]sessionMean) []boots.Key {
	return slices.SortedFunc(maps.Keys(m), boots.Key.Compare)
}

func againstSessions(key boots.Key, now sessionMean, then []sessionMean, o rank.Options) Result {
	g := noResult(key, now.unit, now.axis, o.MarginOf(key.Metric, now.unit))
	g.New, g.Method, g.MissingNew = now.counts, rank.MethodSessions, now.lost
	g.Sessions, g.SessionsMissing = len(then), max(0, MinSessions-len(then))
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
	mean, v := stat.MeanVariance(means)
	if len(means) == 0 || now.n == 0 {
		return g
	}
	g.diff = now.y - mean
	g.Difference = record.Number(g.axis.Shown(g.diff))
	variance := v * (1 + 1/float64(len(means)))
	if df > 0 {
		variance += math.Max(0, perBoot/df*(1/float64(now.n)-inverse))
	}
	values := make([]stat.Observation, 0, len(means)+1)
	for _, y := range append(means, now.y) {
		values = append(values, stat.Observation{Y: y})
	}
	test := stat.NewTTest(g.diff, math.Sqrt(variance), float64(len(means)-1))
	if resolution := g.axis.Resolution(values); !(test.SE > resolution) {
		g.Equal = math.Abs(g.diff) <= resolution && len(means) > 1
		if g.Equal {
			g.lower, g.upper, g.Interval = 0, 0, rank.Interval{}
		}
		return g
	}
	g.SE, g.DF = record.Number(test.SE), record.Number(test.DF)
	g.bound(test, o.Alpha)
	return g
}

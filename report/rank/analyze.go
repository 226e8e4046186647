package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vnettune/results/sample"
)

// Analyze ranks the combinations in rows: one Analysis for each workload and
// metric, each a family of its own. The declared combinations are those that
// occur in the rows. The order of the rows does not matter. The error names what
// is wrong with the options or the rows, and the remedy.
func Analyze(rows []sample.Row, o Options) (Ranking, error) {
	if err := o.validate(); err != nil {
		return Ranking{}, err
	}
	declared, all, err := collect(rows, o)
	if err != nil {
		return Ranking{}, err
	}
	r := Ranking{Baseline: o.Baseline, Margin: o.Margin, Alpha: o.Alpha, GuestKind: rows[0].GuestKind}
	for _, s := range all {
		st, err := newStudy(declared, s, o)
		if err != nil {
			return Ranking{}, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
		a, err := st.analysis()
		if err != nil {
			return Ranking{}, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
		r.Analyses = append(r.Analyses, a)
	}
	return r, nil
}

// study is one analysis in the making: what the steps below hand on.
type study struct {
	declared arms
	series   series
	options  Options
	outcomes []outcome
	tallies  []tally
	fit      *fit
	mod      moderation
	compare  comparer
	rule     rule
	method   Method
	known    constants // of the pooled method, kept for second looks
	// connected: every arm with boots can be compared with every other.
	connected bool
	// What is found out about the rig before the arms are described.
	drift     Drift
	trend     Trend
	armTrends []Trend
	flags     []flags
	// labelsOnly leaves out what no label rests on.
	labelsOnly bool
}

// newStudy goes from boots to the fit and the arms' variances.
func newStudy(declared arms, s series, o Options) (*study, error) {
	st := &study{declared: declared, series: s, options: o}
	st.outcomes = make([]outcome, len(s.boots))
	var values []bootValue
	for i := range s.boots {
		b := &s.boots[i]
		st.outcomes[i] = b.outcomeOf(sign(s.better), o)
		if st.outcomes[i].fate == fateOK {
			values = append(values, bootValue{arm: b.arm, block: b.block, y: st.outcomes[i].y, name: b.name})
		}
	}
	st.tallies = tallies(s, st.outcomes, declared.names, o.PerBlock)
	var err error
	if st.fit, err = fitBlocks(values, len(declared.names), s.blocks); err != nil {
		return nil, err
	}
	st.chooseMethod()
	return st, nil
}

// analysis goes from the fit to the verdicts.
func (st *study) analysis() (Analysis, error) {
	st.diagnose()
	a := st.head()
	a.Diagnostics = st.diagnostics()
	arms := st.baselineComparisons()
	second, err := st.withoutFlagged()
	if err != nil {
		return Analysis{}, err
	}
	for i := range arms {
		if second != nil && i != st.declared.baseline {
			arms[i].WithoutFlagged = second[i]
		}
	}
	st.failureTests(arms)
	st.override(arms)
	if err := st.worstCases(arms); err != nil {
		return Analysis{}, err
	}
	st.ranks(&a, arms)
	a.Warnings = append(a.Warnings, st.warnings()...)
	for i := range arms {
		arms[i].Warnings = st.armWarnings(i, arms[i])
	}
	a.Arms = arms
	slices.SortFunc(a.Arms, func(x, y Arm) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.Changed, y.Changed), cmp.Compare(x.Name, y.Name))
	})
	return a, nil
}

// place puts arms without a rank last.
func place(a Arm) int {
	if a.Rank == 0 {
		return math.MaxInt
	}
	return a.Rank
}

// chooseMethod settles how arms are compared: two arms in all have classical
// tests of their own.
func (st *study) chooseMethod() {
	st.connected = st.fit.parts <= 1
	st.rule = holmRule{alpha: st.options.Alpha, arms: st.fit.arms}
	if st.options.Variance == VariancePooled {
		p := newPooled(st.fit, st.options.Alpha, st.declared.baseline)
		if st.known == nil {
			st.known = p.known
		}
		p.known = st.known
		st.compare, st.rule, st.mod, st.method = p, p, p.mod, MethodPooled
		return
	}
	if st.fit.arms == 2 {
		two := newTwoArms(st.fit)
		st.compare, st.method, st.connected = two, two.method, true
		st.mod = moderation{v: st.fit.v, s0: math.NaN(), noVariance: two.noVariance}
		return
	}
	st.mod = moderate(st.fit.v, st.fit.d)
	st.compare = newFitted(st.fit, st.mod)
	st.method = MethodSeparate
	if st.mod.on {
		st.method = MethodModerated
	}
}

// head is what holds for all arms.
func (st *study) head() Analysis {
	f, o := st.fit, st.options
	a := Analysis{
		Workload: st.series.workload, Metric: st.series.metric, Unit: st.series.unit, Better: st.series.better,
		Method: st.method, Summary: o.Summary,
		Family: f.arms - 1, Margin: o.Margin, Alpha: o.Alpha,
		Blocks: st.series.blocks, Boots: len(f.boots), Components: f.parts,
		DF: f.df, Variance: f.pooled, VarianceUpper80: varianceUpper80(f.pooled, f.df),
		PriorDF: st.mod.d0, PriorVariance: st.mod.s0, ranked: make(map[string]bool, len(f.boots)),
	}
	for _, b := range f.boots {
		a.ranked[b.name] = true
	}
	if a.VarianceUpper80 > 0 && f.arms > 1 {
		hi := newMargins(o.Margin, sign(st.series.better)).hi
		a.BootsNeeded = bootsFor(hi, o.Alpha/float64(2*a.Family), st.plan(a.VarianceUpper80))
	}
	return a
}

// plan is the precision of a comparison at n boots an arm, in the campaign's
// design: with blocks each costs a degree of freedom.
func (st *study) plan(s2 float64) planned {
	c := float64(st.fit.arms)
	return func(n int) (se, df float64) {
		df = c * float64(n-1)
		if st.series.blocks >= 2 {
			df = (c - 1) * float64(n-1)
		}
		return math.Sqrt(2 * s2 / float64(n)), df
	}
}

// participants are the arms that show noise of their own.
func (st *study) participants() []int {
	var out []int
	for i, d := range st.fit.d {
		if d > 0 {
			out = append(out, i)
		}
	}
	return out
}

// ranks fills in what compares an arm with the other arms: order, best set,
// tiers, letters. All of it needs one connected design; where drift may be what
// differs there is the order only.
func (st *study) ranks(a *Analysis, arms []Arm) {
	if !st.connected {
		return
	}
	participants := st.participants()
	order, rank := orderArms(participants, st.fit.mean, st.declared.changed, st.declared.names)
	for i := range arms {
		arms[i].Rank = rank[i]
	}
	if st.mod.noVariance || len(participants) < 2 || st.drift.Confounds() {
		return
	}
	table := newPairTable(st.compare, st.rule, len(arms), participants)
	for k, tier := range tiersOf(order, table.significant) {
		names := make([]string, len(tier))
		for n, i := range tier {
			arms[i].Tier = k + 1
			names[n] = arms[i].Name
		}
		a.Tiers = append(a.Tiers, names)
	}
	st.fromLeader(arms, table, order[0])
	if letters := lettersOf(order, table.significant); letters != nil {
		for position, i := range order {
			arms[i].Letters = letters[position]
		}
	} else {
		a.Warnings = append(a.Warnings, Warning{Code: WarnManyLetters, Text: fmt.Sprintf("more than %d groups of arms that are not shown to differ: letters are left out", maxLetterSets)})
	}
	st.bestSet(a, arms, table, participants)
}

func (st *study) bestSet(a *Analysis, arms []Arm, table *pairTable, participants []int) {
	b := compareWithBest(table, participants, st.rule)
	if b == nil {
		return
	}
	fewBoots := false
	for i := range arms {
		arms[i].log.bestLower, arms[i].log.bestUpper = b.lower[i], b.upper[i]
		arms[i].FromBest = st.percentInterval(b.lower[i], b.upper[i])
		arms[i].MayBeBest = b.may[i]
		fewBoots = fewBoots || st.fit.n[i] == 1 || st.fit.n[i] == 2
	}
	for _, i := range b.members {
		a.BestSet = append(a.BestSet, arms[i].Name)
	}
	if len(a.BestSet) == 1 && !fewBoots {
		a.SingleWinner = a.BestSet[0]
	}
}

// percentInterval turns an interval on the scale of y into percent of the
// measured quantity; where less is better it is turned around.
func (st *study) percentInterval(lower, upper float64) Interval {
	if sign(st.series.better) < 0 {
		lower, upper = -upper, -lower
	}
	// Adding 0 makes a negative zero, which is no difference, a plain one.
	return Interval{Low: percent(lower) + 0, High: percent(upper) + 0}
}

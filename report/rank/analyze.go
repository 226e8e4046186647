package rank

import (
	"cmp"
	"math"
	"slices"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Analyze ranks the combinations in rows: one Analysis for each workload and metric, each a family
// of its own. The declared combinations are those that occur in the rows. The order of the rows
// does not matter. The error names what is wrong with the options or the rows, and the remedy.
func Analyze(rows []sample.Row, o Options) (Ranking, error) {
	studies, err := Studies(rows, o)
	if err != nil {
		return Ranking{}, err
	}
	r := Ranking{Baseline: o.Baseline, Margin: o.Margin, Alpha: o.Alpha, GuestKind: rows[0].GuestKind}
	if studies, err = r.bridged(studies, rows, o); err != nil {
		return Ranking{}, err
	}
	looks, err := earlierLooks(rows, o)
	if err != nil {
		return Ranking{}, err
	}
	for _, st := range studies {
		st.takeLooks(looks)
		a, err := st.analysis()
		if err != nil {
			return Ranking{}, st.named(err)
		}
		r.Analyses = append(r.Analyses, a)
	}
	return r, r.confirmed(rows, o)
}

// analysis goes from the fit to the verdicts.
func (st *Study) analysis() (Analysis, error) {
	a := st.head()
	a.BootOrder = st.Order()
	flags, reps := st.findFlags(), st.flaggedRepetitions()
	a.Placements = st.placements(flags)
	trend, armTrends := st.findTrends()
	a.Diagnostics = st.diagnostics(flags, reps)
	a.Diagnostics.Drift, a.Diagnostics.Trend = st.Drift(), trend
	arms := st.baselineComparisons()
	second, err := st.without(flags)
	if err != nil {
		return Analysis{}, err
	}
	st.failureTests(arms)
	if err := st.losses(arms); err != nil {
		return Analysis{}, err
	}
	for i := range arms {
		if i == st.Arms.Baseline {
			continue
		}
		if record.True(arms[i].Equal) {
			arms[i].Estimate = arms[st.Arms.Baseline].Estimate // what the blocks make of it is no difference
		}
		if second != nil {
			arms[i].WithoutFlagged = new(second.look(i))
		}
		arms[i].Verdict = st.afterReboot(arms[i], verdict(arms[i], st.OrderOf(i)))
	}
	if err := st.takeSettled(arms); err != nil {
		return Analysis{}, err
	}
	if err := st.ranks(&a, arms, second); err != nil {
		return Analysis{}, err
	}
	a.Warnings = append(a.Warnings, st.warnings(a, flags)...)
	flagged, names := st.flagWarnings(flags, reps), st.flaggedOf(flags)
	for i := range arms {
		if arms[i].Settled != nil {
			continue // it has those of its look
		}
		arms[i].Warnings = slices.Concat(st.armWarnings(i, arms[i]), flagged[i], st.secondWarnings(arms[i], names), st.stintWarnings(arms[i]), st.armTrendWarnings(armTrends[i], arms[i]))
	}
	a.Arms = arms
	slices.SortFunc(a.Arms, func(x, y Arm) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.Changed, y.Changed), cmp.Compare(x.Name, y.Name))
	})
	return a, nil
}

func (st *Study) diagnostics(f flags, reps []map[string][]int) Diagnostics {
	noise := st.noise()
	d := Diagnostics{BootSD: sd(noise.Boot), RepetitionSD: sd(noise.Repetition)}
	d.Within = noise.Within.sd()
	for _, is := range f.boots {
		if is {
			d.FlaggedBoots++
		}
	}
	for _, arm := range reps {
		for _, numbers := range arm {
			d.FlaggedRepetitions += len(numbers)
		}
	}
	return d
}

// sd is the standard deviation of a variance.
func sd(variance float64) record.Number { return record.Number(math.Sqrt(variance)) }

// place puts arms without a rank last.
func place(a Arm) int {
	if a.Rank == 0 {
		return math.MaxInt
	}
	return int(a.Rank)
}

// head fills in what holds for all arms.
func (st *Study) head() Analysis {
	f, o, moderation := st.Fit, st.Options, st.Family.Moderation
	upper80 := stat.VarianceUpper80(f.Pooled, f.DF)
	a := unranked(st.Series.Key, st.Series.Unit, st.Series.Better, o)
	a.NotMeasured = append(a.NotMeasured, st.Series.NotMeasured...)
	a.Method, a.Family, a.Blocks, a.Boots, a.Parts, a.DF = st.method(), f.Arms-1, len(st.Series.Blocks), len(f.Obs), f.Parts, f.DF
	a.Pooled, a.VarianceUpper80 = record.Number(f.Pooled), record.Number(upper80)
	a.PriorDF, a.PriorVariance = record.Number(moderation.D0), record.Number(moderation.S0)
	a.Stints = st.stintDesign()
	a.Covariate = st.covariate
	a.Alpha, a.Looks = st.alpha, st.allLooks()
	a.ranked = make(map[string]bool, len(f.Obs))
	for _, b := range st.ranked {
		a.ranked[b.Name] = true
		for _, stint := range b.Stints {
			a.ranked[stint.Name] = true
		}
	}
	if upper80 > 0 && f.Arms > 1 && !math.IsNaN(st.Margin) {
		a.BootsNeeded = record.Count(stat.BootsFor(stat.UsualPower, st.Margins.High, o.Alpha/float64(2*a.Family), st.plan(upper80)))
	}
	return a
}

// unranked is the analysis of a workload's metric before anything is known about it.
func unranked(key boots.Key, unit string, better sample.Better, o Options) Analysis {
	scale := o.ScaleOf(key.Metric)
	return Analysis{
		Workload: key.Workload, Metric: key.Metric, Unit: unit, Better: better, Scale: scale, EffectUnit: EffectUnit(scale, unit),
		Method: MethodSeparate, Variance: o.Variance, Summary: "mean", BootOrder: OrderUnknown, Placements: []Placement{},
		Margin: record.Number(o.MarginOf(key.Metric, unit)), Alpha: o.Alpha, Pooled: none, VarianceUpper80: none, PriorDF: none, PriorVariance: none,
		BestSet: []string{}, MCBSet: []string{}, Tiers: [][]string{}, NotMeasured: []string{},
		Diagnostics: Diagnostics{BootSD: none, RepetitionSD: none, Drift: NoDrift(), Trend: noTrend()},
	}
}

// Unranked is the ranking of rows none of which is ranked, such as those of a search alone, or of no
// rows: its analyses have no arms.
func Unranked(rows []sample.Row, o Options) Ranking {
	r := Ranking{Baseline: o.Baseline, Margin: o.Margin, Alpha: o.Alpha}
	if len(rows) > 0 {
		r.GuestKind = rows[0].GuestKind
	}
	for _, row := range rows {
		same := func(a Analysis) bool { return a.Workload == row.Workload && a.Metric == row.Metric }
		if row.Workload != "" && !slices.ContainsFunc(r.Analyses, same) {
			r.Analyses = append(r.Analyses, unranked(boots.Key{Workload: row.Workload, Metric: row.Metric}, row.Unit, row.Better, o))
		}
	}
	return r
}

// WithoutBest removes what a ranking says about the best: fresh boots compare the pick of a search
// with the baseline, not with the arms that it was picked from.
func (r *Ranking) WithoutBest() {
	for i := range r.Analyses {
		a := &r.Analyses[i]
		a.BestSet, a.MCBSet, a.SingleWinner = []string{}, []string{}, ""
		for k := range a.Arms {
			a.Arms[k].MayBeBest, a.Arms[k].FromBest = nil, FromBest(NoInterval())
		}
	}
}

// plan is the precision of a comparison with n boots of each arm in the campaign's design, in which
// every block costs a degree of freedom.
func (st *Study) plan(s2 float64) stat.Plan {
	c, extra := float64(st.Fit.Arms), 0.0
	if st.covariate != nil && st.covariate.Used {
		extra = 1
	}
	return func(n int) (se, df float64) {
		df = c * float64(n-1)
		if len(st.Series.Blocks) >= 2 {
			df = (c - 1) * float64(n-1)
		}
		return math.Sqrt(2 * s2 / float64(n)), max(1, df-extra)
	}
}

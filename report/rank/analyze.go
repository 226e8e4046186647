package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
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
	for _, st := range studies {
		a, err := st.analysis()
		if err != nil {
			return Ranking{}, st.named(err)
		}
		r.Analyses = append(r.Analyses, a)
	}
	return r, nil
}

// analysis goes from the fit to the verdicts.
func (st *Study) analysis() (Analysis, error) {
	st.diagnose()
	a := st.head()
	a.Diagnostics = st.diagnostics()
	arms := st.baselineComparisons()
	second, err := st.withoutFlagged()
	if err != nil {
		return Analysis{}, err
	}
	for i := range arms {
		if second != nil && i != st.Arms.Baseline {
			arms[i].WithoutFlagged = &second[i]
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

// diagnose looks for drift, trends and outliers, which later steps warn of.
func (st *Study) diagnose() {
	st.drift = st.Drift()
	st.trend, st.armTrends = st.findTrends()
	st.flags = st.Flags()
}

func (st *Study) diagnostics() Diagnostics {
	noise := st.noise()
	d := Diagnostics{BootSD: sd(noise.Boot), RepetitionSD: sd(noise.Repetition), Drift: st.drift, Trend: st.trend}
	for _, f := range st.flags {
		d.FlaggedBoots += len(f.Boots)
		for _, reps := range f.Reps {
			d.FlaggedRepetitions += len(reps)
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
	a.Method, a.Family, a.Blocks, a.Boots, a.Parts, a.DF = st.method(), f.Arms-1, len(st.Series.Blocks), len(f.Obs), f.Parts, f.DF
	a.Pooled, a.VarianceUpper80 = record.Number(f.Pooled), record.Number(upper80)
	a.PriorDF, a.PriorVariance = record.Number(moderation.D0), record.Number(moderation.S0)
	a.ranked = make(map[string]bool, len(f.Obs))
	for _, b := range st.ranked {
		a.ranked[b.Name] = true
	}
	if upper80 > 0 && f.Arms > 1 {
		hi := NewMargins(o.Margin, st.Series.Sign()).High
		a.BootsNeeded = record.Count(stat.BootsFor(stat.UsualPower, hi, o.Alpha/float64(2*a.Family), st.plan(upper80)))
	}
	return a
}

// unranked is the analysis of a workload's metric before anything is known about it.
func unranked(key boots.Key, unit string, better sample.Better, o Options) Analysis {
	return Analysis{
		Workload: key.Workload, Metric: key.Metric, Unit: unit, Better: better, Method: MethodSeparate, Variance: o.Variance, Summary: "mean",
		Margin: o.Margin, Alpha: o.Alpha, Pooled: none, VarianceUpper80: none, PriorDF: none, PriorVariance: none, BestSet: []string{}, Tiers: [][]string{},
		Diagnostics: Diagnostics{BootSD: none, RepetitionSD: none, Drift: NoDrift(), Trend: noTrend()},
	}
}

// Unranked is the ranking of rows that are all a search's own: its analyses have no arms.
func Unranked(rows []sample.Row, o Options) Ranking {
	r := Ranking{Baseline: o.Baseline, Margin: o.Margin, Alpha: o.Alpha, GuestKind: rows[0].GuestKind}
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
		a.BestSet, a.SingleWinner = []string{}, ""
		for k := range a.Arms {
			a.Arms[k].MayBeBest, a.Arms[k].FromBest = nil, FromBest(NoInterval())
		}
	}
}

// plan is the precision of a comparison with n boots of each arm in the campaign's design, in which
// every block costs a degree of freedom.
func (st *Study) plan(s2 float64) stat.Plan {
	c := float64(st.Fit.Arms)
	return func(n int) (se, df float64) {
		df = c * float64(n-1)
		if len(st.Series.Blocks) >= 2 {
			df = (c - 1) * float64(n-1)
		}
		return math.Sqrt(2 * s2 / float64(n)), df
	}
}

// participants are the arms that show noise of their own.
func (st *Study) participants() []int {
	var out []int
	for i, d := range st.Fit.D {
		if d > 0 {
			out = append(out, i)
		}
	}
	return out
}

// ranks fills in what compares an arm with the other arms: order, best set, tiers, letters. All of
// it needs a connected design; if drift may explain the differences, only the order is given.
func (st *Study) ranks(a *Analysis, arms []Arm) {
	if !st.Family.Connected {
		return
	}
	participants := st.participants()
	order, rank := contrast.Order(participants, st.Fit.Mean, st.Arms.Changed, st.Arms.Names)
	for i := range arms {
		arms[i].Rank = record.Count(rank[i])
	}
	if st.Family.Moderation.NoVariance || len(participants) < 2 || st.drift.Confounds() {
		return
	}
	table := st.Family.Pairs(participants)
	for k, tier := range contrast.Tiers(order, table.Significant) {
		names := make([]string, len(tier))
		for n, i := range tier {
			arms[i].Tier = record.Count(k + 1)
			names[n] = arms[i].Name
		}
		a.Tiers = append(a.Tiers, names)
	}
	st.fromLeader(arms, table, order[0])
	if letters := contrast.Letters(order, table.Significant); letters != nil {
		for position, i := range order {
			arms[i].Letters = record.Name(letters[position])
		}
	} else {
		a.Warnings = append(a.Warnings, Warning{Code: WarnManyLetters, Text: fmt.Sprintf("more than %d groups of arms that are not shown to differ: letters are left out", contrast.MaxLetterSets)})
	}
	st.bestSet(a, arms, table, participants)
}

func (st *Study) bestSet(a *Analysis, arms []Arm, table *contrast.Table, participants []int) {
	b := st.Family.Best(table, participants)
	if b == nil {
		return
	}
	fewBoots := false
	for i := range arms {
		arms[i].log.bestLower, arms[i].log.bestUpper = b.Lower[i], b.Upper[i]
		if !math.IsNaN(b.Upper[i]) {
			arms[i].FromBest, arms[i].MayBeBest = FromBest(Percents(b.Lower[i], b.Upper[i], st.Series.Sign())), &b.May[i]
		}
		fewBoots = fewBoots || st.Fit.N[i] == 1 || st.Fit.N[i] == 2
	}
	for _, i := range b.Members {
		a.BestSet = append(a.BestSet, arms[i].Name)
	}
	if len(a.BestSet) == 1 && !fewBoots {
		a.SingleWinner = record.Name(a.BestSet[0])
	}
}

// fromLeader says of each arm that is shown to be worse than the leader by how much it is at least.
func (st *Study) fromLeader(arms []Arm, t *contrast.Table, leader int) {
	each := st.Options.Alpha / float64(len(arms)*(len(arms)-1)) // on either side of every pair
	s := st.Series.Sign()
	for i := range arms {
		if !t.Significant(leader, i) {
			continue
		}
		c := t.Get(leader, i)
		arms[i].FromLeader = new(Percent(-s * math.Max(0, c.Diff-c.Width(each))))
	}
}

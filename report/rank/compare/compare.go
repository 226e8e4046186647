package compare

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Campaign is one of the two: its ranking, and the levels of the settings in each combination, as far
// as they are known.
type Campaign struct {
	Ranking rank.Ranking
	Levels  map[string]map[string]string
}

// Comparison is all that two campaigns say about each other. B is held against A.
type Comparison struct {
	Results []Result `json:"metrics"`
	// OnlyA and OnlyB name workloads and metrics that one campaign alone has: "loss of udp".
	OnlyA []string `json:"metrics_only_a"`
	OnlyB []string `json:"metrics_only_b"`
	// Unlike says of arms with one name, and of metrics, why they are not compared.
	Unlike []string `json:"not_alike"`
	// ByName: the settings of one campaign's arms are not known, so that arms with one name are taken for
	// one combination.
	ByName bool `json:"by_name_alone"`
}

// Result is the comparison of one workload's metric: one family.
type Result struct {
	Workload   string        `json:"workload"`
	Metric     string        `json:"metric"`
	Unit       string        `json:"unit"`
	Better     sample.Better `json:"better"`
	Scale      sample.Scale  `json:"scale"`
	EffectUnit string        `json:"effect_unit"`
	// Family is the number of arms that both campaigns declare. Margin is in EffectUnit; NaN if there
	// is none, and then nothing is claimed.
	Family int           `json:"family"`
	Alpha  float64       `json:"alpha"`
	Margin record.Number `json:"margin"`
	// BaselineA and BaselineB are levels, side by side: they have no verdict, since days differ.
	BaselineA Level `json:"baseline_a"`
	BaselineB Level `json:"baseline_b"`
	// OrderA and OrderB say in which order the boots were made.
	OrderA rank.BootOrder `json:"boot_order_a"`
	OrderB rank.BootOrder `json:"boot_order_b"`
	Arms   []Arm          `json:"combinations"`
	// OnlyA and OnlyB are arms that one campaign alone has.
	OnlyA []string `json:"only_a"`
	OnlyB []string `json:"only_b"`
}

// Level is what a baseline measured, in the metric's unit.
type Level struct {
	Name     string        `json:"combination"`
	Estimate record.Number `json:"estimate"`
	Boots    int           `json:"boots"`
}

// Arm is one arm in both campaigns.
type Arm struct {
	Name string `json:"combination"`
	A    Side   `json:"a"`
	B    Side   `json:"b"`
	// Difference is the effect in B less that in A, in EffectUnit: on the ratio scale the ratio of the two
	// ratios, in percent. Interval is simultaneous over the family.
	Difference record.Number `json:"difference"`
	rank.Interval
	// SE is the standard error of the difference on the scale of y, with DF degrees of freedom.
	SE record.Number `json:"se"`
	DF record.Number `json:"df"`
	// P tests for a difference of the effects; PHolm is adjusted over the family.
	P     record.Number `json:"p_raw"`
	PHolm record.Number `json:"p_holm"`
	// Differs: PHolm is at most Alpha. SizeUncertain: it differs, yet the interval touches zero. Both are
	// nil without a test.
	Differs       *bool `json:"differs"`
	SizeUncertain *bool `json:"size_uncertain"`
	// Equal: in both campaigns arm and baseline gave one and the same value in every boot.
	Equal bool `json:"equal_in_every_boot"`
	// MDE is the difference of effects that would have been shown with 80 % power.
	MDE record.Number `json:"mde"`
	// Label is what the interval of all boots says, Verdict what is claimed.
	Label   Verdict    `json:"label"`
	Verdict Verdict    `json:"verdict"`
	Grade   rank.Grade `json:"grade"`
	// WithoutFlagged is the comparison without the boots that are flagged in their campaign. LostLow and
	// LostHigh are those if lost boots had made the difference as small, and as large, as they can. Each
	// is nil where there is nothing of the kind.
	WithoutFlagged *Look `json:"without_flagged"`
	LostLow        *Look `json:"lost_low"`
	LostHigh       *Look `json:"lost_high"`
}

// Side is an arm in one campaign, as that campaign's own ranking has it.
type Side struct {
	Boots         int           `json:"boots"`
	BaselineBoots int           `json:"baseline_boots"`
	Difference    record.Number `json:"difference"`
	rank.Interval
	Verdict rank.Verdict `json:"verdict"`
	// OnlySwitched: it was switched to within boots, and nothing shows that a reboot does the same.
	OnlySwitched bool `json:"only_switched,omitempty"`
}

// Look is the difference of the effects on other data than the label's.
type Look struct {
	Label      Verdict       `json:"label"`
	Difference record.Number `json:"difference"`
	rank.Interval
}

// Verdict is what is claimed of the difference of two effects. Where no claim is possible it is the
// rank.Label that says why in one of the campaigns.
type Verdict string

// The verdicts.
const (
	// Better and Worse: the effect in B differs from that in A.
	Better Verdict = "differs, better"
	Worse  Verdict = "differs, worse"
	// Equivalent: the difference of the effects is inside the margin.
	Equivalent   Verdict = "equivalent"
	Undetermined Verdict = "undetermined"
	// Confounded: besides the change under test something else differs, or may differ, between the two.
	Confounded Verdict = "confounded"
)

// Plain says whether the verdict comes from numbers, and is not the reason why there is none.
func (v Verdict) Plain() bool {
	return v == Better || v == Worse || v == Equivalent || v == Undetermined
}

// Differs says whether the verdict is that the effects differ.
func (v Verdict) Differs() bool { return v == Better || v == Worse }

// ErrOptions: the campaigns are judged by different margins or error rates.
var ErrOptions = errors.New("the campaigns are judged differently")

// ErrBaselines: the baselines are not the same combination.
var ErrBaselines = errors.New("the baselines are not the same combination")

// ErrNothingInCommon: no workload and metric is in both.
var ErrNothingInCommon = errors.New("the campaigns have no workload and metric in common")

// Of compares two campaigns. Confounded: besides the change under test something else differs, or may
// differ, so that no verdict stands. The error is an ErrOptions, ErrBaselines or ErrNothingInCommon
// with what is wrong.
func Of(a, b Campaign, confounded bool) (Comparison, error) {
	c := Comparison{Results: []Result{}, OnlyA: []string{}, OnlyB: []string{}, Unlike: []string{}}
	if a.Ranking.Alpha != b.Ranking.Alpha {
		return c, fmt.Errorf("%w: alpha is %v in A and %v in B", ErrOptions, a.Ranking.Alpha, b.Ranking.Alpha)
	}
	c.ByName = len(a.Levels[a.Ranking.Baseline]) == 0 || len(b.Levels[b.Ranking.Baseline]) == 0
	if why := unlike(a.Levels[a.Ranking.Baseline], b.Levels[b.Ranking.Baseline]); why != "" {
		return c, fmt.Errorf("%w: %s", ErrBaselines, why)
	}
	same := func(name string) bool {
		why := unlike(a.Levels[name], b.Levels[name])
		text := name + ": " + why
		if why != "" && !slices.Contains(c.Unlike, text) {
			c.Unlike = append(c.Unlike, text)
		}
		return why == ""
	}
	others := b.Ranking.Analyses
	for _, in := range a.Ranking.Analyses {
		i := slices.IndexFunc(others, func(x rank.Analysis) bool { return x.Workload == in.Workload && x.Metric == in.Metric })
		if i < 0 {
			c.OnlyA = append(c.OnlyA, metricName(in))
			continue
		}
		if why := unlikeMetric(in, others[i]); why != "" {
			c.Unlike = append(c.Unlike, metricName(in)+": "+why)
			continue
		}
		if m, n := in.Margin, others[i].Margin; m != n && (m.Exists() || n.Exists()) {
			return c, fmt.Errorf("%w: the margin of %s is %s in A and %s in B", ErrOptions, metricName(in), margin(in), margin(others[i]))
		}
		c.Results = append(c.Results, resultOf(in, others[i], same, confounded))
	}
	for _, in := range others {
		if !slices.ContainsFunc(a.Ranking.Analyses, func(x rank.Analysis) bool { return x.Workload == in.Workload && x.Metric == in.Metric }) {
			c.OnlyB = append(c.OnlyB, metricName(in))
		}
	}
	if len(c.Results) == 0 {
		return c, fmt.Errorf("%w: A has %s; B has %s", ErrNothingInCommon, listed(a.Ranking.Analyses), listed(others))
	}
	return c, nil
}

func metricName(a rank.Analysis) string { return a.Metric + " of " + a.Workload }

func listed(all []rank.Analysis) string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = metricName(a)
	}
	if len(names) == 0 {
		return "none"
	}
	return boots.Listed(names)
}

func margin(a rank.Analysis) string {
	if !a.Margin.Exists() {
		return "none"
	}
	return fmt.Sprintf("%v %s", float64(a.Margin), a.EffectUnit)
}

func unlikeMetric(a, b rank.Analysis) string {
	switch {
	case a.Scale != b.Scale:
		return fmt.Sprintf("it is compared by its %s in A and by its %s in B", a.Scale, b.Scale)
	case a.Better != b.Better:
		return fmt.Sprintf("%s is better in A and %s in B", a.Better, b.Better)
	case a.Unit != b.Unit && a.Scale != sample.Ratio: // a ratio has no unit
		return fmt.Sprintf("it is in %s in A and in %s in B", a.Unit, b.Unit)
	}
	return ""
}

// found is the level of a setting that the guest was left with. A setting that only one campaign has
// under test is as found in the other.
const found = "found"

// unlike says in which settings two combinations differ; "" for none, and where the levels of one are
// not known.
func unlike(a, b map[string]string) string {
	if len(a) == 0 || len(b) == 0 {
		return ""
	}
	ids := slices.Collect(maps.Keys(a))
	ids = slices.AppendSeq(ids, maps.Keys(b))
	slices.Sort(ids)
	level := func(of map[string]string, id string) string {
		if v, ok := of[id]; ok {
			return v
		}
		return found
	}
	var words []string
	for _, id := range slices.Compact(ids) {
		if x, y := level(a, id), level(b, id); x != y {
			words = append(words, fmt.Sprintf("%s is %s in A and %s in B", id, x, y))
		}
	}
	return strings.Join(words, ", ")
}

// resultOf compares the arms that both analyses declare.
func resultOf(a, b rank.Analysis, same func(name string) bool, confounded bool) Result {
	r := Result{
		Workload: a.Workload, Metric: a.Metric, Unit: a.Unit, Better: a.Better, Scale: a.Scale, EffectUnit: a.EffectUnit, Alpha: a.Alpha, Margin: a.Margin,
		BaselineA: levelOf(a), BaselineB: levelOf(b), OrderA: orderOf(a), OrderB: orderOf(b), Arms: []Arm{}, OnlyA: []string{}, OnlyB: []string{},
	}
	if a.Unit != b.Unit {
		r.Unit = a.Unit + " and " + b.Unit
	}
	inB := armsOf(b)
	type pair struct{ a, b rank.Arm }
	var pairs []pair
	for _, arm := range a.Arms {
		other, both := inB[arm.Name]
		switch {
		case arm.IsBaseline:
		case !both:
			r.OnlyA = append(r.OnlyA, arm.Name)
		case same(arm.Name):
			pairs = append(pairs, pair{arm, other})
		}
	}
	inA := armsOf(a)
	for _, arm := range b.Arms {
		if _, both := inA[arm.Name]; !both && !arm.IsBaseline {
			r.OnlyB = append(r.OnlyB, arm.Name)
		}
	}
	r.Family = len(pairs)
	j := judge{result: r, axis: boots.Axis{Scale: a.Scale, Better: a.Better}, confounded: confounded}
	j.margins.Low, j.margins.High = j.axis.Margins(float64(a.Margin))
	j.each = r.Alpha / float64(2*max(1, r.Family))
	p := make([]float64, len(pairs))
	for i, x := range pairs {
		c := j.contrast(x.a, x.b)
		p[i] = c.P
		r.Arms = append(r.Arms, j.arm(x.a, x.b, c))
	}
	for i, adjusted := range stat.Holm(p) {
		if arm := &r.Arms[i]; arm.P.Exists() {
			arm.PHolm = record.Number(adjusted)
			differs := adjusted <= r.Alpha
			arm.Differs, arm.SizeUncertain = &differs, new(differs && arm.Low <= 0 && 0 <= arm.High)
		}
	}
	for i := range r.Arms {
		r.Arms[i].A.BaselineBoots, r.Arms[i].B.BaselineBoots = r.BaselineA.Boots, r.BaselineB.Boots
	}
	return r
}

// armsOf are the arms of an analysis but its baseline, by name.
func armsOf(a rank.Analysis) map[string]rank.Arm {
	arms := make(map[string]rank.Arm)
	for _, arm := range a.Arms {
		if !arm.IsBaseline {
			arms[arm.Name] = arm
		}
	}
	return arms
}

func levelOf(a rank.Analysis) Level {
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			return Level{arm.Name, arm.Estimate, arm.Boots.OK}
		}
	}
	return Level{Estimate: record.Number(math.NaN())}
}

// orderOf is the order of an analysis's boots, the worse one of the boots and of the levels within which arms are switched.
func orderOf(a rank.Analysis) rank.BootOrder {
	if a.Stints != nil && a.Stints.LevelOrder == rank.OrderGrouped {
		return rank.OrderGrouped
	}
	return a.BootOrder
}

// judge judges the arms of one family.
type judge struct {
	result     Result
	axis       boots.Axis
	margins    rank.Margins
	each       float64 // the family's error on each side of an interval
	confounded bool
}

// contrast is the difference of an arm's effects; none where a campaign gives no claimable effect.
func (j judge) contrast(a, b rank.Arm) contrast.Contrast {
	if !numbers(a) || !numbers(b) {
		return contrast.None()
	}
	return subtract(a.Effect(), b.Effect())
}

// numbers says whether an arm's effect has an error that may be used, whether or not it has a verdict.
func numbers(a rank.Arm) bool {
	return a.Label.Plain() || a.Label == rank.LabelTwoBoots || a.Label == rank.LabelNoMargin
}

// subtract is the effect in B less that in A. The campaigns are independent, so that variances add, and
// the degrees of freedom are Welch and Satterthwaite's of the two. An effect whose arms are equal in
// every boot shows no error of its own; beside one that does it gets the other's, since no variance in
// a few boots is not the absence of noise (as within a campaign).
func subtract(a, b rank.Effect) contrast.Contrast {
	c := contrast.None()
	c.Comparable, c.Diff = true, b.Diff-a.Diff
	switch {
	case a.Equal && b.Equal:
		c.Diff, c.SE, c.Equal = 0, 0, true
		return c
	case a.Equal:
		a.SE, a.DF = b.SE, b.DF
	case b.Equal:
		b.SE, b.DF = a.SE, a.DF
	}
	va, vb := a.SE*a.SE, b.SE*b.SE
	c.SE = math.Sqrt(va + vb)
	c.DF = (va + vb) * (va + vb) / (va*va/a.DF + vb*vb/b.DF)
	if c.HasInterval() {
		c.P = stat.TTwoSided(c.Diff/c.SE, c.DF)
	}
	return c
}

// arm judges one arm by the contrast of all boots and by what flagged and lost boots leave of it.
func (j judge) arm(a, b rank.Arm, c contrast.Contrast) Arm {
	none := record.Number(math.NaN())
	out := Arm{
		Name: a.Name, A: sideOf(a), B: sideOf(b), Difference: record.Number(j.axis.Shown(c.Diff)), Interval: j.interval(c),
		SE: record.Number(c.SE), DF: record.Number(c.DF), P: record.Number(c.P), PHolm: none, Equal: c.Equal, MDE: none,
	}
	if c.HasInterval() {
		out.MDE = record.Number(stat.Detectable(stat.UsualPower, c.SE, c.DF, j.each))
		if j.axis.Ratio() {
			out.MDE = record.Number(stat.Percent(float64(out.MDE)))
		}
	}
	out.Label = j.label(a.Label, b.Label, c)
	if look(a.WithoutFlagged, b.WithoutFlagged) {
		out.WithoutFlagged = j.look(or(a.WithoutFlagged, a), or(b.WithoutFlagged, b))
	}
	if look(a.LostWorst, b.LostWorst) {
		out.LostLow = j.look(or(a.LostBest, a), or(b.LostWorst, b))
		out.LostHigh = j.look(or(a.LostWorst, a), or(b.LostBest, b))
	}
	out.Verdict = j.verdict(out)
	if out.Verdict == Equivalent && out.EquivalentBySwitching() {
		out.Verdict = Undetermined
	}
	out.Grade = rank.GradeNone
	if out.Label.Plain() {
		out.Grade = a.Grade
		if b.Grade == rank.GradeProvisional {
			out.Grade = b.Grade
		}
	}
	return out
}

// EquivalentBySwitching says whether the effects are equivalent by switching within boots alone, which is not claimed.
func (a Arm) EquivalentBySwitching() bool {
	return a.Label == Equivalent && (a.A.OnlySwitched || a.B.OnlySwitched)
}

func sideOf(a rank.Arm) Side {
	return Side{Boots: a.Boots.OK, Difference: a.Difference, Interval: a.Interval, Verdict: a.Verdict, OnlySwitched: a.OnlySwitched()}
}

// interval is the simultaneous interval of a difference of effects.
func (j judge) interval(c contrast.Contrast) rank.Interval {
	if !c.HasInterval() && !c.Equal {
		return rank.NoInterval()
	}
	return rank.IntervalOn(j.axis, c.Around(j.each))
}

// label is what the numbers say, or the first reason of a campaign why they say nothing.
func (j judge) label(a, b rank.Label, c contrast.Contrast) Verdict {
	for _, l := range []rank.Label{a, b} {
		if !l.Plain() {
			return Verdict(l)
		}
	}
	return j.claim(c)
}

// claim is what the interval of a difference supports. A single comparison is equivalent by the
// narrower interval of two one-sided tests.
func (j judge) claim(c contrast.Contrast) Verdict {
	if c.Equal {
		return Equivalent
	}
	if !c.HasInterval() {
		return Undetermined
	}
	ends := c.Around(j.each)
	within := ends
	if j.result.Family == 1 {
		within = c.Around(j.result.Alpha)
	}
	switch {
	case within.Lower > j.margins.Low && within.Upper < j.margins.High:
		return Equivalent
	case ends.Lower > 0:
		return Better
	case ends.Upper < 0:
		return Worse
	}
	return Undetermined
}

// second is an arm's effect on some of the data, with the label that it has there.
type second struct {
	label  rank.Label
	effect rank.Effect
}

// look says whether either campaign has a second look.
func look(a, b *rank.SecondLook) bool { return a != nil || b != nil }

// or is the second look, or the first where there is none.
func or(l *rank.SecondLook, a rank.Arm) second {
	if l == nil {
		return second{a.Label, a.Effect()}
	}
	return second{l.Label, l.Effect}
}

// look compares the effects on some of the data. Where one has no claim the look is undetermined.
func (j judge) look(a, b second) *Look {
	if !a.label.Plain() || !b.label.Plain() {
		return &Look{Undetermined, record.Number(math.NaN()), rank.NoInterval()}
	}
	c := subtract(a.effect, b.effect)
	return &Look{j.claim(c), record.Number(j.axis.Shown(c.Diff)), j.interval(c)}
}

// verdict is what is claimed: the label, unless the order of boots forbids any claim, something else
// differs too, or flagged or lost boots take it back.
func (j judge) verdict(a Arm) Verdict {
	switch {
	case !a.Label.Plain():
		return a.Label
	case j.result.OrderA == rank.OrderGrouped || j.result.OrderB == rank.OrderGrouped:
		return Verdict(rank.VerdictOrder)
	case j.confounded:
		return Confounded
	case a.Label == Undetermined:
		return Undetermined
	case a.LostLow != nil && (a.LostLow.Label != a.Label || a.LostHigh.Label != a.Label):
		return Verdict(rank.VerdictMissing)
	case a.WithoutFlagged != nil && a.WithoutFlagged.Label != a.Label:
		return Undetermined
	}
	return a.Label
}

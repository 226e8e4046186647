package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/report/chart"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/compare"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// TellCompare is a comparison of two campaigns as a page.
func TellCompare(c stored.Compared) (page.Page, error) {
	p := page.Page{
		Title: fmt.Sprintf("Campaigns A (%s) and B (%s)", c.A.Path, c.B.Path), Notice: Report{GuestKind: c.GuestKind}.notice(),
		Lead: compareLead(c), Next: compareNext(c), Verdict: compareMark(c),
	}
	p.Parts = append(p.Parts, page.Part{Title: "Campaigns", ID: "campaigns", Blocks: []page.Block{page.List{Items: []string{campaignWords("A", c.A), campaignWords("B", c.B)}}}})
	for _, r := range c.Results {
		part, err := comparedPart(r)
		if err != nil {
			return page.Page{}, err
		}
		p.Parts = append(p.Parts, part)
	}
	p.Parts = append(p.Parts, factsPart(c), baselinesPart(c))
	if items := notCompared(c); len(items) > 0 {
		p.Parts = append(p.Parts, page.Part{Title: "Not compared", ID: "not-compared", Blocks: []page.Block{page.List{Items: items}}})
	}
	p.Parts = append(p.Parts, page.Part{Title: "How it was judged", ID: "judged", Detail: true, Blocks: []page.Block{page.List{Items: howCompared(c)}}})
	return p, nil
}

func campaignWords(name string, c stored.ComparedCampaign) string {
	words := notEmpty(name+" is "+c.Path, labelled("campaign", string(c.Name)), guestWords(c.Guest))
	if !c.Begun.IsZero() {
		words = append(words, "begun "+c.Begun.UTC().Format("2006-01-02 15:04 MST"))
	}
	if c.Switches {
		words = append(words, "its arms were switched within boots")
	}
	if c.Unfinished {
		words = append(words, "not finished")
	}
	return strings.Join(words, ", ")
}

// comparedArm is an arm in one of the metrics.
type comparedArm struct {
	compare.Arm
	compareSpeaker
}

// primaryArms are the arms of the metrics that workloads are run for; those with the largest difference
// come first.
func primaryArms(c stored.Compared) []comparedArm {
	var all []rank.Analysis
	for _, r := range c.Results {
		all = append(all, comparedAs(r))
	}
	primary := stored.Primary(all)
	var arms []comparedArm
	for _, r := range c.Results {
		if slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.Workload == r.Workload && a.Metric == r.Metric }) {
			for _, arm := range r.Arms {
				arms = append(arms, comparedArm{arm, newCompareSpeaker(r)})
			}
		}
	}
	slices.SortStableFunc(arms, func(x, y comparedArm) int { return cmp.Compare(y.ofMargin(), x.ofMargin()) })
	return arms
}

// ofMargin is the size of a difference in margins; 0 where there is none.
func (a comparedArm) ofMargin() float64 {
	return armIn{rank.Arm{Difference: a.Difference}, a.a}.ofMargin()
}

// compareMark is worse if any effect is, and nothing is better; undecided where nothing stands.
func compareMark(c stored.Compared) page.Mark {
	seen := map[compare.Verdict]int{}
	arms := primaryArms(c)
	for _, a := range arms {
		seen[a.Verdict]++
	}
	switch {
	case seen[compare.Better] > 0 && seen[compare.Worse] == 0:
		return page.Better
	case seen[compare.Worse] > 0 && seen[compare.Better] == 0:
		return page.Worse
	case len(arms) > 0 && seen[compare.Equivalent] == len(arms):
		return page.Equivalent
	}
	return page.Undecided
}

// compareLead is the bottom line: how many effects differ, which, by how much, confounded by what.
func compareLead(c stored.Compared) []string {
	arms := primaryArms(c)
	if len(arms) == 0 {
		return []string{"The campaigns have no arm in common, so that there is nothing to compare."}
	}
	of := count(len(arms), "effect") + " that both campaigns have"
	lead := notEmpty(underTestSentence(c), unknownSentence(c), waysSentence(c), overGrownSentence(c))
	if len(c.Confounding())+len(c.NotExcluded()) > 0 {
		lead = append(lead, confoundedSentence(c))
		return append(lead, capital(fmt.Sprintf("by the numbers alone, of %s %s.", of, tally(arms, func(a comparedArm) compare.Verdict { return a.Label }))))
	}
	return append(lead, fmt.Sprintf("Of %s, each against the baseline of its own campaign, %s.", of, tally(arms, func(a comparedArm) compare.Verdict { return a.Verdict })))
}

// unknownSentence names the facts that neither campaign knows; "" for none.
func unknownSentence(c stored.Compared) string {
	var facts []record.Fact
	for _, f := range c.Facts {
		if f.State == stored.FactUnknown {
			facts = append(facts, f.Fact)
		}
	}
	if len(facts) == 0 {
		return ""
	}
	return fmt.Sprintf("Neither campaign says its %s: that a difference comes from there cannot be excluded.", factList(facts))
}

// waysSentence says where one campaign booted its arms and the other switched them; "" where both went one way.
func waysSentence(c stored.Compared) string {
	if c.A.Switches == c.B.Switches {
		return ""
	}
	return fmt.Sprintf("Effects in %s were found by switching within boots, those in %s by booting every arm: what differs may come from that.",
		map[bool]string{true: "A", false: "B"}[c.A.Switches], map[bool]string{true: "B", false: "A"}[c.A.Switches])
}

// tally counts verdicts, and names the largest differences.
func tally(arms []comparedArm, of func(comparedArm) compare.Verdict) string {
	kinds := []struct {
		is   func(compare.Verdict) bool
		word string
	}{
		{func(v compare.Verdict) bool { return v == compare.Better }, "better in B"},
		{func(v compare.Verdict) bool { return v == compare.Worse }, "worse in B"},
		{func(v compare.Verdict) bool { return v == compare.Equivalent }, "equivalent"},
		{func(v compare.Verdict) bool { return v == compare.Undetermined }, "undetermined"},
		{func(v compare.Verdict) bool { return !v.Plain() }, "without a verdict"},
	}
	var parts []string
	for _, k := range kinds {
		var names []string
		n := 0
		for _, a := range arms {
			if v := of(a); k.is(v) {
				n++
				if v.Differs() {
					names = append(names, a.size())
				}
			}
		}
		if n == 0 {
			continue
		}
		text := fmt.Sprintf("%d %s %s", n, map[bool]string{true: "is", false: "are"}[n == 1], k.word)
		if len(names) > fewNames {
			names = append(names[:fewNames], fmt.Sprintf("and %d more", len(names)-fewNames))
		}
		if len(names) > 0 {
			text += " (" + strings.Join(names, "; ") + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// size is a difference with its interval: "c01, throughput of tcp, +3.1 % [+2.0, +4.2]".
func (a comparedArm) size() string {
	return fmt.Sprintf("%s, %s of %s, %s", a.Name, a.a.Metric, a.a.Workload, a.withUnit())
}

// withUnit is the difference with its unit: "-6.6 % [-10.8, -2.2]".
func (a comparedArm) withUnit() string {
	cell := a.cell(a.Difference, a.Interval)
	number, rest, _ := strings.Cut(cell, " ")
	if number == "-" || number == "?" {
		return cell
	}
	return strings.TrimSpace(number + " " + shortUnit(a.a.EffectUnit) + " " + rest)
}

// underTestSentence says what the change under test is.
func underTestSentence(c stored.Compared) string {
	if c.Differs == "" {
		return ""
	}
	var differ, open []string
	for _, f := range c.Facts {
		switch {
		case !f.UnderTest:
		case f.State == stored.FactDiffers:
			differ = append(differ, factValues(f))
		case f.State == stored.FactNotKnown || f.State == stored.FactUnknown:
			open = append(open, string(f.Fact))
		}
	}
	text := fmt.Sprintf("The change under test is the %s", c.Differs)
	switch {
	case len(differ) == 1 && strings.HasPrefix(differ[0], string(c.Differs)+" "):
		return text + strings.TrimPrefix(differ[0], string(c.Differs)) + "."
	case len(differ) > 0:
		return text + ": " + strings.Join(differ, "; ") + "."
	case len(open) > 0:
		return text + "; whether it differs the campaigns do not say (" + strings.Join(open, ", ") + " not known)."
	}
	return text + ", which is the same in both campaigns: what differs is none of it."
}

// factValues say a fact in both campaigns: "driver (0.1.240 in A, 0.1.271 in B)". Where the values
// in a few words are alike the details follow.
func factValues(f stored.ComparedFact) string {
	if f.A != f.B && f.A != "" && f.B != "" {
		return fmt.Sprintf("%s (%s in A, %s in B)", f.Fact, f.A, f.B)
	}
	return fmt.Sprintf("%s (%s)", f.Fact, f.Words())
}

// confoundedSentence says why no verdict stands.
func confoundedSentence(c stored.Compared) string {
	var differ []string
	for _, f := range c.Facts {
		if f.Confounds() && f.State == stored.FactDiffers {
			differ = append(differ, factValues(f))
		}
	}
	besides := "the campaigns differ in "
	if c.Differs != "" {
		besides = "besides the change under test " + besides
	}
	var why []string
	if len(differ) > 0 {
		why = append(why, besides+strings.Join(differ, "; "))
	}
	if open := c.NotExcluded(); len(open) > 0 {
		why = append(why, fmt.Sprintf("that the campaigns differ in %s cannot be excluded, because that is not known of both", factList(open)))
	}
	return "Every verdict is confounded: " + strings.Join(why, "; ") + "."
}

func factList(facts []record.Fact) string {
	words := make([]string, len(facts))
	for i, f := range facts {
		words[i] = string(f)
	}
	return strings.Join(words, ", ")
}

// compareNext says what to do.
func compareNext(c stored.Compared) []string {
	var next []string
	differ, open := c.Confounding(), c.NotExcluded()
	if len(differ) == 1 && c.Differs == "" {
		next = append(next, fmt.Sprintf("If the %s is the change under test, say --differs %[1]s.", differ[0]))
	} else if len(differ) > 1 && c.Differs == "" {
		next = append(next, "If one of them is the change under test, say --differs FACT; host and guest stand for all of theirs.")
	}
	if len(differ) > 1 || len(differ) == 1 && c.Differs != "" {
		next = append(next, "To tell the changes apart, measure again with one of them alone, or measure both sides in one campaign, as variants whose boots alternate.")
	}
	if len(open) > 0 {
		next = append(next, fmt.Sprintf("Measure both sides with this vnettune, which records %s, or both in one campaign.", factList(open)))
	}
	for _, x := range []struct {
		name string
		c    stored.ComparedCampaign
	}{{"A", c.A}, {"B", c.B}} {
		if x.c.Unfinished {
			next = append(next, fmt.Sprintf("Finish %s (%s): to stop because of what is seen here voids the error rates.", x.name, x.c.Path))
		}
	}
	undecided := slices.DeleteFunc(primaryArms(c), func(a comparedArm) bool { return a.Label != compare.Undetermined || !a.MDE.Exists() })
	if len(undecided) > 0 {
		most := slices.MaxFunc(undecided, func(x, y comparedArm) int { return cmp.Compare(x.MDE/x.a.Margin, y.MDE/y.a.Margin) })
		next = append(next, fmt.Sprintf("Of %s of %s %s: both campaigns need more blocks for less.", most.a.Metric, most.a.Workload, unseenWords(most.a, most.MDE, most.MDE)))
	}
	return next
}

// comparedAs is a comparison as far as the words of a ranking ask for it.
func comparedAs(r compare.Result) rank.Analysis {
	a := rank.Analysis{Workload: r.Workload, Metric: r.Metric, Unit: r.Unit, Better: r.Better, Scale: r.Scale, EffectUnit: r.EffectUnit, Family: r.Family, Alpha: r.Alpha, Margin: r.Margin}
	for _, arm := range r.Arms {
		a.Arms = append(a.Arms, rank.Arm{Name: arm.Name, Interval: arm.Interval})
	}
	return a
}

// compareSpeaker says what is known of the difference of two effects.
type compareSpeaker struct{ speaker }

func newCompareSpeaker(r compare.Result) compareSpeaker {
	a := comparedAs(r)
	return compareSpeaker{speaker{a, decimalsFor(a)}}
}

// cell is a difference with its interval: "+3.1 % [+2.0, +4.2]".
func (s compareSpeaker) cell(diff record.Number, in rank.Interval) string {
	switch {
	case !diff.Exists():
		return "-"
	case beyondSense(s.a, in):
		return "?"
	}
	text := signed(diff, s.decimals)
	if in.Low.Exists() {
		text += fmt.Sprintf(" [%s, %s]", signed(in.Low, s.decimals), signed(in.High, s.decimals))
	}
	return text
}

// sentence says of an arm what its verdict means.
func (s compareSpeaker) sentence(arm compare.Arm) string {
	claim := s.claim(arm, arm.Verdict)
	if arm.Verdict == compare.Undetermined && arm.EquivalentBySwitching() {
		claim = "its effect " + s.claim(arm, arm.Label) + "; that is by switching, and that a reboot does the same is not shown, so that equivalence is not claimed"
	} else if arm.Verdict == compare.Confounded {
		claim = "confounded; by the numbers alone its effect " + s.claim(arm, arm.Label)
	} else if arm.Verdict.Plain() {
		claim = "its effect " + claim
	}
	if w := arm.WithoutFlagged; w != nil && arm.Label.Plain() && w.Label != arm.Label {
		if arm.Verdict == compare.Undetermined {
			claim = fmt.Sprintf("its effect is not shown to differ, nor to be equivalent: by every measured boot, against the baseline, %s, which reads %q", s.both(arm.Interval), arm.Label)
		}
		claim += fmt.Sprintf("; without the flagged boots it reads %q: %s", w.Label, s.both(w.Interval))
	}
	if arm.Grade == rank.GradeProvisional && arm.Verdict.Plain() {
		claim += " (provisional: fewer than 5 boots on a side)"
	}
	return arm.Name + ": " + claim + "."
}

// both says where a difference of effects lies.
func (s compareSpeaker) both(in rank.Interval) string { return s.difference(in) + " in B than in A" }

func (s compareSpeaker) claim(arm compare.Arm, v compare.Verdict) string {
	switch v {
	case compare.Better:
		return "is better in B: against the baseline, " + s.both(arm.Interval)
	case compare.Worse:
		return "is worse in B: against the baseline, " + s.both(arm.Interval)
	case compare.Equivalent:
		if arm.Equal {
			return "is zero in every boot of both campaigns"
		}
		less := fmt.Sprintf("less than the margin of %s %s", plainNumber(float64(s.a.Margin)), s.a.EffectUnit)
		if record.True(arm.Differs) {
			return "is equivalent in both, though it is shown to differ: against the baseline, " + s.both(arm.Interval) + ", which is " + less
		}
		return "is equivalent in both, what differs is " + less + ": against the baseline, " + s.both(arm.Interval)
	case compare.Undetermined:
		text := "is not shown to differ, nor to be equivalent: against the baseline, " + s.both(arm.Interval)
		if !arm.Interval.Low.Exists() {
			text = "is not shown to differ, nor to be equivalent: no interval can be given"
		}
		if record.True(arm.SizeUncertain) {
			text += fmt.Sprintf("; by Holm's rule it differs (p %s), and in which direction is not claimed", pValue(arm.PHolm))
		}
		if arm.MDE.Exists() {
			text += "; " + unseenWords(s.a, arm.MDE, arm.MDE)
		}
		return text
	case compare.Verdict(rank.VerdictOrder):
		return "INCONCLUSIVE(order): boots of a campaign were made arm by arm, so that drift and difference cannot be told apart"
	case compare.Verdict(rank.VerdictMissing):
		return fmt.Sprintf("INCONCLUSIVE(missing): that its effect is %q hangs on what the lost boots would have measured", arm.Label)
	}
	return "no verdict: " + strings.Join(notEmpty(noClaim("A", arm.A), noClaim("B", arm.B)), ", ")
}

// noClaim says why one campaign gives an arm no verdict; "" where it does.
func noClaim(name string, s compare.Side) string {
	l := rank.Label(s.Verdict)
	if l.Plain() || s.Verdict == rank.VerdictOrder || s.Verdict == rank.VerdictMissing {
		return ""
	}
	return fmt.Sprintf("in %s %s", name, strings.TrimPrefix(string(l), "no verdict: "))
}

// compareMarkOf is how a verdict looks.
func compareMarkOf(v compare.Verdict) page.Mark {
	switch v {
	case compare.Better:
		return page.Better
	case compare.Worse:
		return page.Worse
	case compare.Equivalent:
		return page.Equivalent
	case compare.Undetermined:
		return page.Undecided
	}
	return page.NoVerdict
}

// comparedPart is one metric: the effects side by side, in words, and as a forest plot.
func comparedPart(r compare.Result) (page.Part, error) {
	s := newCompareSpeaker(r)
	part := page.Part{Title: fmt.Sprintf("%s: %s in %s, %s is better", r.Workload, r.Metric, r.Unit, compareMoreOrLess(r.Better)), ID: compareID(r.Workload + "-" + r.Metric)}
	if r.Family == 0 {
		part.Blocks = append(part.Blocks, page.Text{Words: "The campaigns have no arm in common here."})
		return part, nil
	}
	part.Blocks = append(part.Blocks, page.Text{Words: fmt.Sprintf("Effects against each campaign's own baseline, and that in B against that in A; %s; error rate %s for the family of %s.",
		marginWords(s.a), plainNumber(r.Alpha), count(r.Family, "arm"))})
	unit := shortUnit(r.EffectUnit)
	grid := page.Grid{
		Columns: []page.Column{{Head: "combination", Name: true}, {Head: "in A, " + unit, Spare: 3}, {Head: "in B, " + unit, Spare: 3}, {Head: fmt.Sprintf("B against A, %s [%s %% sure]", unit, sure(r.Alpha))},
			{Head: "p (Holm)", Right: true, Detail: true}, {Head: "boots", Right: true, Detail: true}, {Head: "verdict", Verdict: true}},
		Bars: &page.Bars{Margin: marginOf(r), Unit: unit, Spare: 9}, // the effects that are compared are worth more
	}
	var sentences []string
	forest := chart.Forest{Title: part.Title, Axis: fmt.Sprintf("effect on %s against the campaign's own baseline, %s", r.Metric, r.EffectUnit), Unit: r.EffectUnit, Margin: marginOf(r)}
	for _, arm := range r.Arms {
		row := page.Row{Mark: compareMarkOf(arm.Verdict), Cells: []string{arm.Name, s.cell(arm.A.Difference, arm.A.Interval), s.cell(arm.B.Difference, arm.B.Interval),
			s.cell(arm.Difference, arm.Interval), pValue(arm.PHolm), fmt.Sprintf("%d and %d", arm.A.Boots, arm.B.Boots), string(arm.Verdict)}}
		if arm.Interval.Low.Exists() && !beyondSense(s.a, arm.Interval) {
			row.Interval = &page.Interval{Low: float64(arm.Low), Estimate: float64(arm.Difference), High: float64(arm.High)}
		}
		grid.Rows = append(grid.Rows, row)
		sentences = append(sentences, s.sentence(arm))
		forest.Rows = append(forest.Rows, s.forestRow(arm.Name+", A", arm.A), s.forestRow(arm.Name+", B", arm.B))
	}
	part.Blocks = append(part.Blocks, grid, page.List{Items: sentences})
	drawing, err := compareForest(forest, "forest-"+part.ID)
	if err != nil {
		return part, fmt.Errorf("compare: %w", err)
	}
	if drawing != nil {
		part.Blocks = append(part.Blocks, *drawing)
	}
	return part, nil
}

func (s compareSpeaker) forestRow(name string, x compare.Side) chart.ForestRow {
	return chart.ForestRow{Name: name, Low: float64(x.Low), High: float64(x.High), Estimate: float64(x.Difference), Verdict: comparedVerdict(x.Verdict), Note: s.cell(x.Difference, x.Interval)}
}

// comparedVerdict is how the verdict of a ranking is drawn.
func comparedVerdict(v rank.Verdict) chart.Verdict {
	switch outcomeOf(v) {
	case helps, helpsMaybe:
		return chart.Better
	case harms:
		return chart.Worse
	case equivalent:
		return chart.Equivalent
	case noWorse, undecided:
		return chart.Undecided
	}
	return chart.None
}

// Widths of a chart in pixels: on a wide page, and on one of 375.
const (
	compareWide   = chart.DefaultWidth
	compareNarrow = 343
)

// compareMostRows is how many rows a forest plot may have and still be read.
const compareMostRows = 200

// compareForest is the chart of a forest plot; nil for one that nobody could read.
func compareForest(f chart.Forest, name string) (*page.Chart, error) {
	if len(f.Rows) > compareMostRows {
		return nil, nil
	}
	out := page.Chart{Title: f.Title, Name: name}
	var err error
	if f.Width = compareWide; err == nil {
		out.Wide, err = f.Spec()
	}
	if f.Width = compareNarrow; err == nil {
		out.Narrow, err = f.Spec()
	}
	return &out, err
}

func marginOf(r compare.Result) float64 {
	if !r.Margin.Exists() {
		return 0
	}
	return float64(r.Margin)
}

func compareMoreOrLess(b sample.Better) string {
	if b == sample.LowerIsBetter {
		return "less"
	}
	return "more"
}

// compareID makes an id of words.
func compareID(words string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, words)
}

// factsPart sets the facts side by side, and marks what differs.
func factsPart(c stored.Compared) page.Part {
	grid := page.Grid{Columns: []page.Column{{Head: "fact", Name: true}, {Head: "A"}, {Head: "B"}, {Head: "state"}}}
	details := page.List{Title: "What differs, from A to B", Marked: map[int]page.Mark{}}
	for _, f := range c.Facts {
		row := page.Row{Cells: []string{string(f.Fact), cmp.Or(string(f.A), "not known"), cmp.Or(string(f.B), "not known"), string(f.State)}}
		if f.UnderTest {
			row.Cells[3] += ", under test"
		}
		if f.Confounds() {
			row.Mark = page.Undecided
		}
		grid.Rows = append(grid.Rows, row)
		if words := f.Words(); words != "" {
			if f.Confounds() {
				details.Marked[len(details.Items)] = page.Undecided
			}
			details.Items = append(details.Items, words)
		}
	}
	part := page.Part{Title: "Facts beside the settings", ID: "facts", Long: true, Blocks: []page.Block{grid}}
	if len(details.Items) > 0 {
		part.Blocks = append(part.Blocks, details)
	}
	return part
}

// baselinesPart sets the baselines' levels side by side.
func baselinesPart(c stored.Compared) page.Part {
	grid := page.Grid{Columns: []page.Column{{Head: "workload", Name: true}, {Head: "metric"}, {Head: "A", Right: true}, {Head: "B", Right: true}, {Head: "unit"}, {Head: "boots", Right: true, Spare: 1}}}
	for _, r := range c.Results {
		grid.Rows = append(grid.Rows, page.Row{Mark: page.Base, Cells: []string{r.Workload, r.Metric, significant(r.BaselineA.Estimate, 4), significant(r.BaselineB.Estimate, 4), r.Unit,
			fmt.Sprintf("%d and %d", r.BaselineA.Boots, r.BaselineB.Boots)}})
	}
	return page.Part{Title: "Levels of the baselines", ID: "baselines", Blocks: []page.Block{
		grid, page.Text{Words: "No verdict: days differ, and how much of this is the day cannot be told from one campaign each."},
	}}
}

// notCompared says what only one campaign has, and what is not the same in both.
func notCompared(c stored.Compared) []string {
	var items []string
	add := func(where string, names []string) {
		if len(names) > 0 {
			items = append(items, where+": "+strings.Join(names, ", "))
		}
	}
	add("only A has", c.OnlyA)
	add("only B has", c.OnlyB)
	for _, r := range c.Results {
		add(fmt.Sprintf("arms that only A has (%s of %s)", r.Metric, r.Workload), r.OnlyA)
		add(fmt.Sprintf("arms that only B has (%s of %s)", r.Metric, r.Workload), r.OnlyB)
	}
	for _, text := range c.Unlike {
		items = append(items, "of one name, and not the same: "+text)
	}
	minor := slices.Concat(c.A.Minor, c.B.Minor)
	slices.Sort(minor)
	add("minor, and compared with --all-metrics", slices.Compact(minor))
	return items
}

// howCompared says how the page was reached.
func howCompared(c stored.Compared) []string {
	lines := []string{
		"Compared are effects: each arm against the baseline of its own campaign, whose boots alternate with its own. What the day does to arm and baseline alike cancels; what it does to one of them alone does not, and one campaign a side cannot show it.",
		"The difference is the effect in B less that in A, of metrics that are compared by their ratio the ratio of the two ratios. Its error is that of both campaigns together, with Welch and Satterthwaite's degrees of freedom.",
		"All arms that both campaigns have are one family for each metric: p values by Holm's rule, intervals simultaneous by Bonferroni's. Intervals in A and in B are those of each campaign's own report.",
		"The effect differs where the interval leaves zero out; it is equivalent where the interval lies inside the margin. A claim that flagged boots or lost ones take back is not made.",
		"A fact that differs and is not the change under test (--differs), or that is not known of both, makes every verdict confounded.",
	}
	if c.ByName {
		lines = append(lines, "The settings of the arms are not known on both sides: arms with one name are taken for one combination.")
	}
	for _, r := range c.Results {
		if r.OrderA == rank.OrderUnknown || r.OrderB == rank.OrderUnknown {
			return append(lines, "The order of the boots is not known of both campaigns, so that drift cannot be excluded.")
		}
	}
	return lines
}

// CompareSchema names the JSON form of a comparison; docs/schema/compare-v1.json describes it.
const CompareSchema = "vnettune/compare/v1"

// jsonCompare is a comparison in numbers and in words.
type jsonCompare struct {
	Schema string `json:"schema"`
	stored.Compared
	GuestKind   record.Name   `json:"guest_kind"`
	Notice      record.Name   `json:"notice"`
	BottomLine  Bottom        `json:"bottom_line"`
	Confounding []record.Fact `json:"confounded_by"`
	NotExcluded []record.Fact `json:"not_excluded"`
	Facts       []jsonFact    `json:"facts"`
	Results     []jsonMetric  `json:"metrics"`
}

// jsonFact is a fact with what differs of it in words.
type jsonFact struct {
	stored.ComparedFact
	Words record.Name `json:"sentence"`
}

// jsonMetric is the comparison of one metric.
type jsonMetric struct {
	compare.Result
	Arms []jsonComparedArm `json:"combinations"`
}

// jsonComparedArm is an arm with what is said of it.
type jsonComparedArm struct {
	compare.Arm
	Sentence string `json:"sentence"`
}

// CompareJSON writes a comparison for programs.
func CompareJSON(w io.Writer, c stored.Compared) error {
	r := Report{GuestKind: c.GuestKind}
	d := jsonCompare{Schema: CompareSchema, Compared: c, GuestKind: record.Name(r.guestKind()), Notice: record.Name(r.notice()),
		BottomLine: Bottom{list(compareLead(c)), list(compareNext(c))}, Confounding: list(c.Confounding()), NotExcluded: list(c.NotExcluded()), Facts: []jsonFact{}, Results: []jsonMetric{}}
	d.OnlyA, d.OnlyB, d.Unlike = list(d.OnlyA), list(d.OnlyB), list(d.Unlike)
	for _, f := range c.Facts {
		f.ChangedA, f.ChangedB = list(f.ChangedA), list(f.ChangedB)
		d.Facts = append(d.Facts, jsonFact{f, record.Name(f.Words())})
	}
	for _, m := range c.Results {
		one := jsonMetric{m, []jsonComparedArm{}}
		s := newCompareSpeaker(m)
		for _, arm := range m.Arms {
			one.Arms = append(one.Arms, jsonComparedArm{arm, s.sentence(arm)})
		}
		d.Results = append(d.Results, one)
	}
	return writeJSON(w, "compare", d)
}

package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/gate"
	"vnettune/report/rank/stints"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// Switched is what only a store knows of a campaign that switches arms within boots.
type Switched struct {
	// Decisions are what was decided while it ran: which arms fell back, which one is confirmed.
	Decisions []record.SwitchDecision
	// Read are the arms whose switch was read in effect by a number, every time.
	Read []string
}

// switchedOf is nil for a campaign that boots every arm.
func switchedOf(c *stored.Campaign) *Switched {
	if c.Plan().Switch == nil {
		return nil
	}
	s := &Switched{Decisions: c.Kept.Switching}
	read := c.SwitchRead()
	for _, arm := range c.Plan().Arms {
		if read[arm.Name] {
			s.Read = append(s.Read, arm.Name)
		}
	}
	return s
}

// switches says whether arms were switched within boots.
func (r Report) switches() bool {
	return r.Switched != nil || slices.ContainsFunc(r.Ranking.Analyses, func(a rank.Analysis) bool { return a.Stints != nil })
}

// applied is what an arm is measured in once: a boot or, where it is switched to within one, a stint.
func applied(switched bool) string {
	if switched {
		return "stint"
	}
	return "boot"
}

// unitOf is what is analysed as one number: a boot or, where arms are switched within boots, the value of an arm
// in a boot.
func unitOf(a rank.Analysis) string {
	if a.Stints != nil {
		return "value"
	}
	return "boot"
}

// extent is how many boots there are in how many blocks, or how many stints in how many boots.
func extent(a rank.Analysis) string {
	if a.Stints == nil {
		return fmt.Sprintf("%s in %s", count(a.Boots, "boot"), count(a.Blocks, "block"))
	}
	boots := 0
	for _, n := range a.Stints.Boots {
		boots += n
	}
	return count(boots, "boot") + ", " + count(a.Stints.Stints, "stint")
}

// foundSentence says by which of the two an arm was compared with the baseline, and how far that holds after a
// reboot; "" in a campaign that boots every arm.
func foundSentence(a rank.Analysis, arm rank.Arm) string {
	switch arm.FoundBy {
	case rank.FoundBetween:
		return "Compared between boots."
	case rank.FoundWithin:
		return "Compared by switching within boots" + notEmptyAfter("; ", rebooted(a, []rank.Arm{arm})) + "."
	}
	return ""
}

// notEmptyAfter is the text behind what joins it to others; "" for none.
func notEmptyAfter(joint, text string) string {
	if text == "" {
		return ""
	}
	return joint + text
}

// foundSentences say so of all arms of an analysis together.
func foundSentences(a rank.Analysis) []string {
	var within, between, read []rank.Arm
	for _, arm := range a.Arms {
		if b := arm.Bridge; arm.Verdict == rank.Verdict(rank.LabelEquivalent) && b != nil && b.Outcome != stints.Agrees && b.Read {
			read = append(read, arm)
		}
		switch arm.FoundBy {
		case rank.FoundWithin:
			within = append(within, arm)
		case rank.FoundBetween:
			between = append(between, arm)
		}
	}
	var lines []string
	switch {
	case len(within)+len(between) == 0:
		return nil
	case len(between) == 0:
		lines = append(lines, "Compared by switching within boots"+notEmptyAfter("; ", rebooted(a, within))+".")
	case len(within) == 0:
		lines = append(lines, "Compared between boots.")
	default:
		lines = append(lines, "Compared by switching within boots: "+armNames(within)+notEmptyAfter("; ", rebooted(a, within))+".",
			"Compared between boots: "+armNames(between)+".")
	}
	if len(read) > 0 {
		lines = append(lines, "Called equivalent because every switch was read in effect by a number, not because the bridge agrees: "+armNames(read)+".")
	}
	return lines
}

// armNames are the names of arms, or how many there are.
func armNames(arms []rank.Arm) string {
	var names []string
	for _, arm := range arms {
		names = append(names, arm.Name)
	}
	return fewOf(names)
}

// rebooted says how far what was found by switching holds after a reboot.
func rebooted(a rank.Analysis, arms []rank.Arm) string {
	low, high := math.Inf(1), 0.0
	var agree, open []rank.Arm
	for _, arm := range arms {
		switch b := arm.Bridge; {
		case b == nil:
		case b.Outcome == stints.Agrees:
			agree = append(agree, arm)
		case math.IsInf(float64(b.Bound), 0):
			open = append(open, arm)
		default:
			low, high = min(low, float64(b.Bound)), max(high, float64(b.Bound))
		}
	}
	var parts []string
	of := func(some []rank.Arm) string {
		if len(some) == len(arms) {
			return ""
		}
		return " of " + armNames(some)
	}
	if len(agree) > 0 {
		parts = append(parts, fmt.Sprintf("the bridge agrees%s: after a reboot the same within the %s", notEmptyAfter(" for ", strings.TrimPrefix(of(agree), " of ")), strings.Replace(marginWords(a), "margin ", "margin of ", 1)))
	}
	if low <= high {
		from, to := significant(low, 2), significant(high, 2)
		bound := from
		if from != to {
			bound = from + " to " + to
		}
		text := fmt.Sprintf("after a reboot the same within %s %s", bound, a.EffectUnit)
		if len(agree) > 0 {
			text = fmt.Sprintf("of the others within %s %s", bound, a.EffectUnit)
		}
		if from != to {
			text += ", depending on the arm"
		}
		parts = append(parts, text)
	}
	if len(open) > 0 {
		parts = append(parts, "not measured whether a reboot gives the same"+of(open))
	}
	return strings.Join(parts, "; ")
}

// bySwitchingAlone says whether an arm is equivalent by switching, and only because a reboot into it is not shown to
// do the same its verdict is weaker.
func bySwitchingAlone(arm rank.Arm) bool {
	if arm.Label != rank.LabelEquivalent || arm.Verdict != rank.Verdict(rank.LabelNoWorse) || !arm.OnlySwitched() {
		return false
	}
	for _, look := range []*rank.SecondLook{arm.WithoutFlagged, arm.LostWorst, arm.LostBest} {
		if look != nil && look.Label != rank.LabelEquivalent {
			return false
		}
	}
	return true
}

// fallBack is an arm whose switched stints are not ranked.
type fallBack struct {
	arm    string
	size   string // the difference that shows it, with its workload; "" where the samples do not say
	behind int    // the block after which it was booted; 0: it was not decided while the campaign ran
	booted bool   // it has boots of its own that are ranked
}

// fallBacks are those of a report, by name.
func (r Report) fallBacks() []fallBack {
	var all []fallBack
	for _, name := range r.Ranking.FellBack {
		f := fallBack{arm: name}
		for _, x := range r.Ranking.Bridged {
			if x.Arm != name || x.Outcome != stints.Differs {
				continue
			}
			d, how := x.Within, "after the reboot against the switch"
			if !d.P.Exists() || x.Between.P < d.P {
				d, how = x.Between, "between boots"
			}
			if a, ok := r.analysis(x.Workload, x.Metric); ok {
				f.size = bridgedSize(a.Metric, a.EffectUnit, a.Workload, how, d.Estimate, rank.Interval{Low: d.Low, High: d.High})
			}
		}
		if decided, blocks, ok := r.decided(name); ok {
			how := "after the reboot against the switch"
			if decided.Between {
				how = "between boots"
			}
			f.behind = blocks
			f.size = bridgedSize(decided.Metric, decided.Unit, decided.Workload, how, decided.Difference, rank.Interval{Low: decided.Lower, High: decided.Upper})
		}
		for _, a := range r.Ranking.Analyses {
			for _, arm := range a.Arms {
				f.booted = f.booted || arm.Name == name && arm.Boots.OK > 0
			}
		}
		all = append(all, f)
	}
	return all
}

// decided is what took an arm out while the campaign ran, and after which block.
func (r Report) decided(arm string) (f record.FellBack, blocks int, ok bool) {
	if r.Switched == nil {
		return f, 0, false
	}
	for _, d := range r.Switched.Decisions {
		if i := slices.IndexFunc(d.FellBack, func(x record.FellBack) bool { return x.Arm == arm }); i >= 0 {
			return d.FellBack[i], d.Blocks, true
		}
	}
	return f, 0, false
}

func bridgedSize(metric, unit, workload, how string, v record.Number, in rank.Interval) string {
	decimals := decimalsOf([]rank.Interval{in})
	return fmt.Sprintf("%s %s %s [%s, %s] in %s, %s", metric, signed(v, decimals), unit, signed(in.Low, decimals), signed(in.High, decimals), workload, how)
}

// sentence says what became of the arm.
func (f fallBack) sentence() string {
	switch {
	case f.size == "" && f.booted:
		return fmt.Sprintf("%s was switched at first and then booted: its stints are not ranked, its boots are.", f.arm)
	case f.size == "":
		return fmt.Sprintf("%s was taken out of switching: its stints are not ranked.", f.arm)
	}
	text := fmt.Sprintf("%s is not the same after a switch as after a reboot (%s)", f.arm, f.size)
	switch {
	case f.behind > 0 && f.booted:
		return fmt.Sprintf("%s: from block %d on it was booted; its stints are not ranked.", text, f.behind+1)
	case f.booted:
		return text + ": its stints are not ranked, its boots are."
	}
	return text + ": its stints are not ranked, and it has no boots of its own."
}

// fallBackSentences are for the bottom line. Where the baseline is among them all arms of its level are, and only it is
// said of.
func (r Report) fallBackSentences() []string {
	var lines []string
	all := r.fallBacks()
	if i := slices.IndexFunc(all, func(f fallBack) bool { return f.arm == r.Ranking.Baseline }); i >= 0 {
		if all[i].size == "" {
			return []string{fmt.Sprintf("The baseline %s was taken out of switching, and with it all arms that are compared with it by switching: no stint of theirs is ranked.", all[i].arm)}
		}
		text := fmt.Sprintf("The baseline %s is not the same after a switch as after a reboot (%s): ", all[i].arm, all[i].size)
		if all[i].behind > 0 {
			text += fmt.Sprintf("from block %d on it was booted, with all arms that are compared with it by switching; ", all[i].behind+1)
		}
		return []string{text + "no stint of theirs is ranked."}
	}
	for i, f := range all {
		if i == fewNames {
			lines = append(lines, fmt.Sprintf("%s more are not the same after a switch as after a reboot: see the bridge.", count(len(all)-i, "arm")))
			break
		}
		lines = append(lines, f.sentence())
	}
	return lines
}

// bestBySwitching says of the arm that is best by switching whether boots confirm it; "" where no single arm is.
func bestBySwitching(a rank.Analysis) string {
	best := string(a.BestBySwitching)
	c := a.Confirmation
	switch {
	case best == "" && c == nil:
		return ""
	case best == "":
		return fmt.Sprintf("Boots that were made to confirm %s: %s; no arm is the single best by switching now.", c.Arm, confirmationWords(a, *c))
	case a.SingleWinner != "" && c != nil:
		return fmt.Sprintf("Best: %s, the only arm that may be the best by switching, confirmed by %s.", best, confirmationWords(a, *c))
	case c == nil:
		return fmt.Sprintf("Best by switching: %s, not confirmed by boots: none was made to confirm it.", best)
	case c.Arm != best:
		return fmt.Sprintf("Best by switching: %s, not confirmed by boots: those that were made to confirm are of %s.", best, c.Arm)
	}
	return fmt.Sprintf("Best by switching: %s, not confirmed by boots: %s.", best, confirmationWords(a, *c))
}

// confirmationWords are the boots that confirm and what they show: "5 boots of it and 5 of the baseline: +6.1 % [+2.0, +10.4]".
func confirmationWords(a rank.Analysis, c rank.Confirmation) string {
	text := fmt.Sprintf("%s of it and %d of the baseline", count(c.Boots, "boot"), c.BaselineBoots)
	if c.BaselineBoots == 0 {
		return count(c.Boots, "boot") + " of it and none of the baseline, with which it could be compared"
	}
	if !c.Difference.Exists() {
		return text + ", which cannot be compared"
	}
	decimals := decimalsFor(a)
	text += fmt.Sprintf(": %s %s %s", a.Metric, signed(c.Difference, decimals), a.EffectUnit)
	if c.Low.Exists() && !beyondSense(a, c.Interval) {
		text += fmt.Sprintf(" [%s, %s]", signed(c.Low, decimals), signed(c.High, decimals))
	}
	return text
}

// unconfirmed says in the bottom line which arm is the best by switching alone; "" for none, and where boots confirm
// it.
func (r Report) unconfirmed(primary []rank.Analysis) string {
	best := ""
	var why []string
	for i, a := range primary {
		if a.BestBySwitching == "" || i > 0 && string(a.BestBySwitching) != best {
			return ""
		}
		best = string(a.BestBySwitching)
		if a.SingleWinner != "" {
			continue
		}
		text := "none was made to confirm it"
		if r.Interim != "" {
			text = "they are still to come"
		}
		if c := a.Confirmation; c != nil && c.Arm == best {
			text = confirmationWords(a, *c)
			if len(primary) > 1 {
				text += " in " + a.Workload
			}
		}
		if !slices.Contains(why, text) {
			why = append(why, text)
		}
	}
	if best == "" || len(why) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is the best by switching, and boots do not confirm it: %s.", best, strings.Join(why, "; "))
}

// bridgePart shows what the bridge says of every arm that is switched.
func bridgePart(r Report, primary []rank.Analysis) []page.Part {
	if !slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.Stints != nil }) {
		return nil
	}
	p := page.Part{Title: "After a switch and after a reboot: the bridge", ID: "bridge", Long: true}
	p.Blocks = paragraphs("That a switch does what a reboot does is an assumption until this guest has shown it. So the guest is booted into the arms in turn. " +
		"Between boots: boots that were booted into the arm, against the others, by what all stints of a boot share. Within boots: the arm after its reboot, against the switch to it in the same boot.")
	for _, a := range primary {
		g := r.bridgeGrid(a)
		if len(g.Rows) == 0 {
			continue
		}
		if len(primary) > 1 {
			g.Title = of(a)
		}
		p.Blocks = append(p.Blocks, g)
	}
	words := page.List{Title: "What the outcomes mean, of all workloads together", Items: []string{
		"agrees: both differences are shown to lie inside the margin.",
		"differs: one of them is shown not to be zero. The arm's stints are not ranked.",
		"not shown: neither. What was found by switching is the same after a reboot within what the last column says: the farthest end of the two intervals, or of the baseline's where that is farther; \"not shown\" there where either arm was booted into fewer than twice, or nothing varies.",
	}}
	p.Blocks = append(p.Blocks, words)
	if r.Switched == nil {
		return []page.Part{p}
	}
	if read := r.Switched.Read; len(read) > 0 {
		p.Blocks = append(p.Blocks, paragraphs("Every switch was read in effect by a number in all stints of: "+listed(read)+".")...)
	} else {
		p.Blocks = append(p.Blocks, paragraphs("Of no arm was every switch read in effect by a number.")...)
	}
	decided := page.List{Title: "Decided while the campaign ran"}
	for _, d := range r.Switched.Decisions {
		decided.Items = append(decided.Items, d.String())
	}
	p.Blocks = append(p.Blocks, lists(decided)...)
	return []page.Part{p}
}

// bridgeGrid is the bridge in one analysis: arms in the order of the ranking, those that fell back last.
func (r Report) bridgeGrid(a rank.Analysis) page.Grid {
	unit := shortUnit(a.EffectUnit)
	g := page.Grid{Columns: []page.Column{{Head: "combination", Name: true}, {Head: "outcome", Verdict: true}, {Head: "between boots, " + unit}, {Head: "within boots, " + unit},
		{Head: "boots into it", Right: true, Spare: 1}, {Head: "same within", Right: true}}}
	decimals := bridgeDecimals(a)
	for _, arm := range a.Arms {
		b := arm.Bridge
		if b == nil {
			decided, _, ok := r.decided(arm.Name)
			if !ok || decided.Workload != a.Workload || decided.Metric != a.Metric {
				continue
			}
			d := stints.Difference{Estimate: decided.Difference, Low: decided.Lower, High: decided.Upper}
			cells := []string{arm.Name, string(stints.Differs), "-", bridgedCell(d, decimals), "-", "-"}
			if decided.Between {
				cells[2], cells[3] = cells[3], cells[2]
			}
			g.Rows = append(g.Rows, page.Row{Mark: page.NoVerdict, Cells: cells})
			continue
		}
		same := significant(b.Bound, 2) + " " + unit
		switch {
		case b.Outcome == stints.Differs:
			same = "-"
		case math.IsInf(float64(b.Bound), 0):
			same = "not shown"
		}
		g.Rows = append(g.Rows, page.Row{Mark: bridgeMark(b.Outcome), Cells: []string{arm.Name, string(b.Outcome), bridgedCell(b.Between, decimals), bridgedCell(b.Within, decimals), bridgedBoots(b.Measured), same}})
	}
	return g
}

func bridgeMark(o stints.Outcome) page.Mark {
	switch o {
	case stints.Agrees:
		return page.Equivalent
	case stints.NotShown:
		return page.Undecided
	}
	return page.NoVerdict
}

// bridgedCell is one contrast of the bridge: "-0.2 [-1.3, +1.0]".
func bridgedCell(d stints.Difference, decimals int) string {
	if !d.Estimate.Exists() {
		return "not measured"
	}
	if !d.Low.Exists() {
		return signed(d.Estimate, decimals) + ", nothing varies"
	}
	return fmt.Sprintf("%s [%s, %s]", signed(d.Estimate, decimals), signed(d.Low, decimals), signed(d.High, decimals))
}

// bridgedBoots are the boots into an arm: those with a value, and where they are not as many those with a first stint too.
func bridgedBoots(m stints.Measured) string {
	if m.Between.Boots == m.Within.Boots {
		return fmt.Sprint(m.Between.Boots)
	}
	return fmt.Sprintf("%d, %d", m.Between.Boots, m.Within.Boots)
}

// bridgeDecimals is the number of decimals of the bridge's differences.
func bridgeDecimals(a rank.Analysis) int {
	var all []rank.Interval
	for _, arm := range a.Arms {
		if b := arm.Bridge; b != nil {
			all = append(all, rank.Interval{Low: b.Between.Low, High: b.Between.High}, rank.Interval{Low: b.Within.Low, High: b.Within.High})
		}
	}
	return decimalsOf(all)
}

// switchWords say how a campaign is switched within boots; none for one that boots every arm.
func switchWords(p matrix.Plan) []string {
	s := p.Switch
	if s == nil {
		return nil
	}
	var lines []string
	if len(s.Levels) > 1 {
		var levels []string
		for _, level := range s.Levels {
			var names []string
			for _, arm := range level {
				names = append(names, p.Arms[arm].Name)
			}
			levels = append(levels, strings.Join(names, ", "))
		}
		lines = append(lines, fmt.Sprintf("a block has %d boots, one of each level: %s", len(levels), strings.Join(levels, " | ")))
	}
	for _, x := range s.Whole {
		lines = append(lines, fmt.Sprintf("%s is not switched: %s", x.ID, x.Reason))
	}
	var restarts []string
	for _, x := range p.Settings {
		if s.Takes[x.Setting.ID] == matrix.TakesAdapterRestart {
			restarts = append(restarts, x.Setting.ID)
		}
	}
	if len(restarts) > 0 {
		lines = append(lines, "the adapter was restarted at a switch of "+listed(restarts))
	}
	return lines
}

// switchTakes says what a switch of a setting takes within a boot; "" in a campaign that boots every arm.
func switchTakes(p matrix.Plan, id string) string {
	if p.Switch == nil {
		return ""
	}
	switch takes, varies := p.Switch.Takes[id]; {
	case !varies:
		return "a reboot"
	case takes == matrix.TakesAdapterRestart:
		return "a restart of the adapter"
	case takes == matrix.TakesNewConnections:
		return "new connections"
	case takes == matrix.TakesAtOnce:
		return "nothing"
	default:
		return string(takes)
	}
}

// bySwitching says whether a gate rests on switches within boots of which nothing shows that a reboot does the same.
func bySwitching(g stored.Gated) bool {
	return g.Bridged != nil && g.Bridged.Outcome == stints.NotShown &&
		slices.ContainsFunc(g.Results, func(r gate.Result) bool { return r.FoundBy == rank.FoundWithin })
}

// switchSentence says of a gate how the two were compared where arms were switched within boots; "" where they were booted.
func switchSentence(g stored.Gated) string {
	var by []rank.FoundBy
	for _, r := range g.Results {
		if r.FoundBy != "" && !slices.Contains(by, r.FoundBy) {
			by = append(by, r.FoundBy)
		}
	}
	b := g.Bridged
	switch {
	case b != nil && b.Outcome == stints.Differs:
		d, how := b.Within, "after the reboot against the switch"
		if !d.P.Exists() || b.Between.P < d.P {
			d, how = b.Between, "between boots"
		}
		unit := ""
		for _, r := range g.Results {
			if r.Workload == b.Workload && r.Metric == b.Metric {
				unit = r.EffectUnit
			}
		}
		return fmt.Sprintf("%s is not the same after a switch as after a reboot (%s): its stints are not judged.", g.Candidate,
			bridgedSize(b.Metric, unit, b.Workload, how, d.Estimate, rank.Interval{Low: d.Low, High: d.High}))
	case len(by) == 0:
		return ""
	case !slices.Contains(by, rank.FoundWithin):
		return "Candidate and baseline were compared between boots."
	case b == nil:
		return "Candidate and baseline were compared by switching within boots."
	case b.Outcome == stints.Agrees:
		return "Candidate and baseline were compared by switching within boots; the bridge agrees: after a reboot the same within the margin."
	}
	var parts []string
	for _, r := range g.Results {
		m, ok := b.Of(boots.Key{Workload: r.Workload, Metric: r.Metric})
		switch {
		case !ok:
		case math.IsInf(float64(m.Bound), 0):
			parts = append(parts, fmt.Sprintf("not measured whether a reboot gives the same (%s %s)", r.Workload, r.Metric))
		default:
			parts = append(parts, fmt.Sprintf("after a reboot the same within %s %s (%s %s)", significant(m.Bound, 2), r.EffectUnit, r.Workload, r.Metric))
		}
	}
	text := "Candidate and baseline were compared by switching within boots; " + strings.Join(parts, "; ") + "."
	if g.SwitchRead {
		text += " The switch was read in effect by a number."
	}
	return text
}

// switchedAlone says whether what an arm helps by was found by switching, and neither the bridge nor boots show it of a
// reboot.
func (j judgedArm) switchedAlone() bool {
	return slices.ContainsFunc(j.in, func(i armIn) bool {
		if outcomeOf(i.Verdict) != helps || i.FoundBy != rank.FoundWithin {
			return false
		}
		if c := i.of.Confirmation; c != nil && c.Arm == i.Name {
			return !c.Shown
		}
		return i.Bridge == nil || i.Bridge.Outcome != stints.Agrees
	})
}

package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/results/record"
)

// methodWords says how arms were compared.
func methodWords(a rank.Analysis) string {
	blocks := "block means removed, "
	if s := a.Stints; s != nil {
		blocks = "what the arms of a boot share removed, "
		if s.CarryOver > 0 {
			blocks += fmt.Sprintf("after-effects of the arm before in the model (%s), ", count(s.CarryOver, "term"))
		}
		if len(s.Levels) > 1 {
			blocks += "arms of different levels compared between boots by a mixed model, "
		}
	}
	if a.Blocks == 1 {
		blocks = ""
	}
	switch a.Method {
	case rank.MethodModerated:
		return blocks + "variances moderated between arms"
	case rank.MethodSeparate:
		return blocks + "each arm its own variance"
	case rank.MethodPooled:
		return blocks + "one variance for all arms"
	case rank.MethodWelch:
		return "two arms: Welch's t test on boots, blocks ignored"
	}
	return "two arms: paired t test on blocks"
}

// constants is the line with what is the same for the whole table.
func constants(a rank.Analysis, baseline string) string {
	adjusted := "Holm"
	if a.Method == rank.MethodPooled {
		adjusted = "Dunnett"
	}
	parts := []string{
		"against " + baseline,
		marginWords(a),
		"alpha " + plainNumber(a.Alpha),
		fmt.Sprintf("family of %s (%s)", count(a.Family, "comparison"), adjusted),
		extent(a),
	}
	if n, ok := sameBoots(a); ok && a.Stints != nil {
		parts = append(parts, fmt.Sprintf("each arm in %s", count(n, "boot")))
	} else if ok {
		parts = append(parts, fmt.Sprintf("%s each", count(n, "boot")))
	}
	parts = append(parts, methodWords(a))
	switch a.BootOrder {
	case rank.OrderUnknown:
		parts = append(parts, "ORDER OF BOOTS NOT KNOWN, so that drift cannot be excluded")
	case rank.OrderGrouped:
		parts = append(parts, "BOOTED ARM BY ARM, so that nothing can be claimed")
	}
	return strings.Join(parts, "; ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sameBoots says whether all arms have the same boots and none was lost.
func sameBoots(a rank.Analysis) (int, bool) {
	for _, arm := range a.Arms {
		if arm.Boots.OK != a.Arms[0].Boots.OK || lost(arm) > 0 {
			return 0, false
		}
	}
	return a.Arms[0].Boots.OK, true
}

func lost(arm rank.Arm) int {
	return arm.Boots.Failed + arm.Boots.NotInEffect + arm.Boots.Excluded + arm.Boots.Lost
}

// bestLines says which arms may be the best, and the tiers. The comparison of all pairs is stricter
// than that with the baseline: an arm that it does not exclude may be shown to be worse than the
// baseline, or the baseline than an arm, and then it is not called a candidate here.
func bestLines(a rank.Analysis) []string {
	may, excluded := a.BestSet, []string(nil)
	if a.SingleWinner == "" {
		may = nil
		for _, name := range a.BestSet {
			if notBest(a, name) {
				excluded = append(excluded, name)
			} else {
				may = append(may, name)
			}
		}
	}
	var lines []string
	if text := bestBySwitching(a); text != "" {
		lines = append(lines, text)
	}
	switch {
	case a.BestBySwitching != "": // all is said
	case a.SingleWinner != "":
		text := "Best: " + string(a.SingleWinner) + ", the only arm that may be the best"
		if onlyBelowMargin(a) {
			text += ", though by less than the margin: no reason to change anything"
		}
		lines = append(lines, text+".")
	case len(a.BestSet) == 1:
		lines = append(lines, "May be the best: "+a.BestSet[0]+" alone. No winner is claimed while an arm has fewer than 3 boots.")
	case len(may) > 0:
		text := "May be the best: " + strings.Join(may, ", ") + ". No single winner is claimed."
		if len(excluded) > 0 {
			text += " Left out by the verdicts above: " + strings.Join(excluded, ", ") + "; the comparison of all pairs, which is stricter, would not exclude as much."
		}
		lines = append(lines, text)
	}
	if len(a.Tiers) > 1 {
		var tiers []string
		for k, names := range a.Tiers {
			tiers = append(tiers, fmt.Sprintf("%d: %s", k+1, strings.Join(names, ", ")))
		}
		lines = append(lines, "Tiers, by the comparison of all pairs (a boundary means worse than that tier's leader, not than every member): "+strings.Join(tiers, "; ")+".")
	} else if len(a.Tiers) == 1 && len(a.Tiers[0]) > 1 && a.Family > 1 {
		lines = append(lines, fmt.Sprintf("One tier: the comparison of all pairs, which is stricter than that with the baseline, shows no arm to be worse than %s.", a.Tiers[0][0]))
	}
	if text := worseLine(a); text != "" {
		lines = append(lines, text)
	}
	return lines
}

// onlyBelowMargin says whether all that the winner is better by lies inside the margin, as far as the
// comparison with the baseline goes.
func onlyBelowMargin(a rank.Analysis) bool {
	winner := string(a.SingleWinner)
	for _, arm := range a.Arms {
		if !arm.IsBaseline && (arm.Name == winner || a.IsBaseline(winner)) && arm.Verdict != rank.Verdict(rank.LabelEquivalent) {
			return false
		}
	}
	return true
}

// notBest says whether the comparison with the baseline excludes that an arm is the best: it harms, or
// it is the baseline and another one helps.
func notBest(a rank.Analysis, name string) bool {
	for _, arm := range a.Arms {
		helps := arm.Verdict == rank.Verdict(rank.LabelHelps) || arm.Verdict == rank.Verdict(rank.LabelHelpsMaybe)
		switch {
		case arm.Name == name && arm.Verdict == rank.Verdict(rank.LabelHarms):
			return true
		case helps && a.IsBaseline(name):
			return true
		}
	}
	return false
}

// worseLine says which arms are shown to be worse than the first, and by how much at least; empty
// if none is.
func worseLine(a rank.Analysis) string {
	decimals := decimalsFor(a)
	scale := math.Pow10(decimals) // rounded down, because it is a minimum
	var shown []string
	direction := "lower"
	if a.Better == "lower" {
		direction = "higher"
	}
	var leader rank.Arm
	for _, arm := range a.Arms {
		if len(a.Tiers) > 0 && arm.Name == a.Tiers[0][0] {
			leader = arm
		}
	}
	for _, arm := range a.Arms {
		if arm.FromLeader == nil {
			continue
		}
		size := math.Abs(float64(*arm.FromLeader))
		switch least := math.Floor(size*scale) / scale; {
		case arm.MissingShare > rank.MissingLimit || leader.MissingShare > rank.MissingLimit:
			shown = append(shown, arm.Name+" (by how much hangs on lost boots)")
		case size == 0:
			shown = append(shown, arm.Name+" (by how much is uncertain)")
		case least == 0:
			digit := math.Pow10(-int(math.Floor(math.Log10(size))))
			shown = append(shown, fmt.Sprintf("%s (%g %s)", arm.Name, math.Floor(size*digit)/digit, a.EffectUnit))
		default:
			shown = append(shown, fmt.Sprintf("%s (%.*f %s)", arm.Name, decimals, least, a.EffectUnit))
		}
	}
	if len(shown) == 0 {
		return ""
	}
	return fmt.Sprintf("Shown to be worse than %s by the comparison of all pairs, %s %s by at least: %s.", a.Tiers[0][0], a.Metric, direction, strings.Join(shown, ", "))
}

// answers are the lines under a ranking: how sure it is, which arms may be best and which are
// worse, and what could not have been seen.
func answers(r Report, a rank.Analysis) []string {
	if nothingMeasured(a) {
		return []string{everyRunFailed(a)}
	}
	var lines []string
	if text := sureLine(r, a); text != "" {
		lines = append(lines, text)
	}
	lines = slices.Concat(lines, bestLines(a), powerLines(a, r.BootTime))
	undetermined := func(arm rank.Arm) bool {
		return arm.Verdict == rank.Verdict(rank.LabelUndetermined) && arm.P.Exists()
	}
	if slices.ContainsFunc(a.Arms, undetermined) {
		lines = append(lines, rankingQuestion(a))
	}
	return lines
}

// rankingQuestion says what a ranking asks, and what it does not.
func rankingQuestion(a rank.Analysis) string {
	if a.Family == 1 {
		return "The ranking asks in both directions how the arm differs from the baseline; vnettune gate asks whether it is worse, and may decide what is undetermined here."
	}
	return fmt.Sprintf("The ranking asks %s, in both directions; vnettune gate asks of one arm, chosen beforehand, only whether it is worse, and may decide what is undetermined here.",
		map[bool]string{true: "how the arm differs from the baseline", false: fmt.Sprintf("of %d arms at once how they differ from the baseline", a.Family)}[a.Family == 1])
}

// nothingMeasured says whether no arm has a number, the baseline among them.
func nothingMeasured(a rank.Analysis) bool {
	return len(a.Arms) > 0 && !slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return arm.Boots.OK > 0 })
}

// everyRunFailed says so of a workload, and why: the arms have nothing to do with it.
func everyRunFailed(a rank.Analysis) string {
	if fellBackAll(a) {
		return fmt.Sprintf("No stint of %s is ranked: all arms were taken out of switching, and have no boots of their own. The bridge says why.", a.Workload)
	}
	classes := map[string]int{}
	aside, noun := 0, applied(a.Stints != nil)
	for _, arm := range a.Arms {
		for _, f := range arm.Failures {
			classes[f.Class] += f.Boots
		}
		aside += arm.Boots.NotInEffect + arm.Boots.Excluded
	}
	if aside > 0 {
		return fmt.Sprintf("No %s of %s is ranked, neither of the baseline nor of any other arm: %s set aside, the others failed or were never made.", noun, a.Workload, count(aside, noun))
	}
	var words []string
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		words = append(words, fmt.Sprintf("%s %d", class, classes[class]))
	}
	why := ""
	if len(words) > 0 {
		why = " (" + noun + "s: " + strings.Join(words, ", ") + ")"
	}
	return fmt.Sprintf("No %s gave a number in %s, neither of the baseline nor of any other arm%s: that says something of the workload, and nothing of the arms.", noun, a.Workload, why)
}

// powerLines say what could not have been seen, and what it would take; bootTime is what a boot
// takes with all its runs, 0 if that is not known.
func powerLines(a rank.Analysis, bootTime time.Duration) []string {
	low, high := record.Number(math.Inf(1)), record.Number(math.Inf(-1))
	for _, arm := range a.Arms {
		if arm.MDE.Exists() {
			low, high = min(low, arm.MDE), max(high, arm.MDE)
		}
	}
	if a.BootOrder == rank.OrderGrouped {
		return []string{"To claim anything takes a new campaign, booted in blocks: more boots of this one do not help."}
	}
	text := "The boots do not tell which differences could have been seen."
	if low <= high {
		text = unseenWords(a, low, high) + " (80 % power)."
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	lines := []string{text}
	switch {
	case a.BootsNeeded > manyBoots:
		lines = append(lines, fmt.Sprintf("To find a difference of %s %s with 80 %% power takes %s per arm: lower the noise first (docs/quiet.md).", plainNumber(float64(a.Margin)), a.EffectUnit, bootsWords(int(a.BootsNeeded))))
	case a.BootsNeeded > 0 && a.Stints != nil:
		lines = append(lines, fmt.Sprintf("To find a difference of %s %s within boots with 80 %% power: %s that go through the arms, by the upper 80 %% limit of the noise seen (%s %s of an arm in a boot).",
			plainNumber(float64(a.Margin)), a.EffectUnit, bootsWords(int(a.BootsNeeded)), significant(math.Sqrt(float64(a.VarianceUpper80)), 2), a.EffectUnit)+moreBoots(a, bootTime))
	case a.BootsNeeded > 0:
		lines = append(lines, fmt.Sprintf("To find a difference of %s %s with 80 %% power: %s per arm, by the upper 80 %% limit of the noise seen (%s %s per boot).",
			plainNumber(float64(a.Margin)), a.EffectUnit, bootsWords(int(a.BootsNeeded)), significant(math.Sqrt(float64(a.VarianceUpper80)), 2), a.EffectUnit)+moreBoots(a, bootTime))
	}
	return lines
}

// moreBoots says how many boots are still missing, and how long they take.
func moreBoots(a rank.Analysis, bootTime time.Duration) string {
	more := bootsMissing(a)
	if more.boots == 0 {
		return " The campaign has them."
	}
	text := fmt.Sprintf(" That is %s more in all", bootsWords(more.boots))
	if more.boots <= manyBoots && a.Stints == nil {
		text = fmt.Sprintf(" That is %d more in all, %s", more.boots, count(more.blocks, "block"))
	}
	if bootTime > 0 {
		text += ", " + hoursWords((time.Duration(more.boots) * bootTime).Hours()) + " at the pace so far"
	}
	return text + "."
}

// sureLine says how sure the claims are, and of which family; empty when nothing was tested.
func sureLine(r Report, a rank.Analysis) string {
	families := familiesOf(r, a)
	if len(families) == 0 {
		return ""
	}
	rate := percentOf(a.Alpha)
	text := fmt.Sprintf("Any claim from %s is wrong in at most %s %% of campaigns.", families[0], rate)
	if len(families) == 1 {
		return text
	}
	return fmt.Sprintf("%s The same holds for each other family of claims here (%s); some claim in this ranking is wrong in at most %d times %s %% of campaigns.",
		text, strings.Join(families[1:], "; "), len(families), rate)
}

// familiesOf names the families of claims about an analysis, that with the baseline first; none when
// nothing is claimed.
func familiesOf(r Report, a rank.Analysis) []string {
	if a.BootOrder == rank.OrderGrouped || !a.Margin.Exists() {
		return nil
	}
	var families []string
	claimed := func(arm rank.Arm) bool {
		return (arm.Grade == rank.GradeProvisional || arm.Grade == rank.GradeCertifying) && !record.True(arm.Equal)
	}
	if slices.ContainsFunc(a.Arms, claimed) {
		families = append(families, theseComparisons(a.Family)+" with the baseline")
	}
	if len(a.Tiers) > 0 && a.Family > 1 {
		families = append(families, "all pairs of arms, behind tiers, groups and what may be the best")
	}
	if slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return float64(arm.FailurePHolm) <= a.Alpha }) {
		families = append(families, "the failures of boots")
	}
	return append(families, effectFamilies(r.effectsOf(a))...)
}

// pageLine says of several rankings how many families of claims they hold; empty for one.
func pageLine(r Report) string {
	if len(r.Ranking.Analyses) < 2 {
		return ""
	}
	families := 0
	for _, a := range r.Ranking.Analyses {
		families += len(familiesOf(r, a))
	}
	text := fmt.Sprintf("%d rankings: each workload and metric is judged on its own, and so are the error rates.", len(r.Ranking.Analyses))
	switch rate := 100 * r.Ranking.Alpha; {
	case families < 2:
	case float64(families)*rate < 50:
		text += fmt.Sprintf(" They hold %d families of claims in all: some claim on this page is wrong in at most %d times %s %% of campaigns.", families, families, plainNumber(rate))
	default:
		text += fmt.Sprintf(" They hold %d families of claims in all, each wrong in at most %s %% of campaigns: somewhere on a page as long as this a false claim is to be expected.", families, plainNumber(rate))
	}
	return text
}

func theseComparisons(n int) string {
	if n == 1 {
		return "this comparison"
	}
	return fmt.Sprintf("these %d comparisons", n)
}

// effectFamilies names the families of what settings do.
func effectFamilies(e *effects.SettingEffects) []string {
	switch {
	case e == nil:
		return nil
	case e.Profile != nil:
		return []string{fmt.Sprintf("the %s of settings of %s", count(e.Profile.Family, "comparison"), e.Profile.Profile)}
	}
	f := []string{"the effects of settings"}
	if len(e.Factors.Pairs) > 0 {
		f = append(f, "their interactions")
	}
	if len(e.Factors.Simple) > 0 {
		f = append(f, "the effects at single levels")
	}
	return f
}

// placeboLine says what the placebo did; empty without one.
func placeboLine(a rank.Analysis, placebo string) string {
	for _, arm := range a.Arms {
		if arm.Name != placebo {
			continue
		}
		where := speaker{a, decimalsFor(a)}.whereabouts(arm)
		if record.True(arm.Differs) {
			return fmt.Sprintf("Placebo \"%s\" differs from the baseline although it cannot (%s): by chance that happens in at most %s %% of campaigns; if it happens again, the rig is at fault.", placebo, where, percentOf(a.Alpha))
		}
		return fmt.Sprintf("Placebo \"%s\", which cannot make a difference, is not shown to differ: %s.", placebo, where)
	}
	return ""
}

// groupsLegend explains the compact letters.
const groupsLegend = "Groups: arms that share a letter are not shown to differ by the comparison of all pairs, which is stricter than that with the baseline"

// lettersList has the letters of each arm that has any.
func lettersList(a rank.Analysis) string {
	var out []string
	for _, arm := range a.Arms {
		if arm.Letters != "" {
			out = append(out, arm.Name+" "+string(arm.Letters))
		}
	}
	return strings.Join(out, "; ")
}

package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// methodWords says how arms were compared.
func methodWords(a rank.Analysis) string {
	blocks := "block means removed, "
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
		"baseline " + baseline,
		"margin " + plainNumber(a.Margin) + " %",
		"alpha " + plainNumber(a.Alpha),
		fmt.Sprintf("family of %s (%s)", count(a.Family, "comparison"), adjusted),
		fmt.Sprintf("%s in %s", count(a.Boots, "boot"), count(a.Blocks, "block")),
	}
	if n, ok := sameBoots(a); ok {
		parts = append(parts, fmt.Sprintf("%s each", count(n, "boot")))
	}
	parts = append(parts, methodWords(a))
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
	return arm.Boots.Failed + arm.Boots.NotInEffect + arm.Boots.Excluded
}

// bestLines says which arms may be the best, and the tiers.
func bestLines(a rank.Analysis) []string {
	var lines []string
	switch {
	case a.SingleWinner != "":
		lines = append(lines, "Best: "+string(a.SingleWinner)+", the only arm that may be the best.")
	case len(a.BestSet) == 1:
		lines = append(lines, "May be the best: "+a.BestSet[0]+" alone. No winner is claimed while an arm has fewer than 3 boots.")
	case len(a.BestSet) > 0:
		lines = append(lines, "May be the best: "+strings.Join(a.BestSet, ", ")+". No single winner is claimed.")
	}
	if len(a.Tiers) > 1 {
		var tiers []string
		for k, names := range a.Tiers {
			tiers = append(tiers, fmt.Sprintf("%d: %s", k+1, strings.Join(names, ", ")))
		}
		lines = append(lines, "Tiers (a boundary means worse than that tier's leader, not than every member): "+strings.Join(tiers, "; ")+".")
	} else if len(a.Tiers) == 1 && len(a.Tiers[0]) > 1 {
		lines = append(lines, "All arms with a rank are in one tier: none is shown to be worse than the leader.")
	}
	if text := worseLine(a); text != "" {
		lines = append(lines, text)
	}
	return lines
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
	for _, arm := range a.Arms {
		switch {
		case arm.FromLeader == nil:
		case *arm.FromLeader == 0:
			shown = append(shown, arm.Name+" (by how much is uncertain)")
		default:
			shown = append(shown, fmt.Sprintf("%s (%.*f %%)", arm.Name, decimals, math.Floor(math.Abs(float64(*arm.FromLeader))*scale)/scale))
		}
	}
	if len(shown) == 0 {
		return ""
	}
	return fmt.Sprintf("Shown to be worse than %s, %s %s by at least: %s.", a.Arms[0].Name, a.Metric, direction, strings.Join(shown, ", "))
}

// answers are the lines under a ranking: how sure it is, which arms may be best and which are
// worse, and what could not have been seen.
func answers(r Report, a rank.Analysis) []string {
	var lines []string
	if text := sureLine(a); text != "" {
		lines = append(lines, text)
	}
	return slices.Concat(lines, bestLines(a), powerLines(a, r.BootTime))
}

// powerLines say what could not have been seen, and what it would take; bootTime is what a boot
// takes with all its runs, 0 if that is not known.
func powerLines(a rank.Analysis, bootTime time.Duration) []string {
	low, high := record.Number(math.Inf(1)), record.Number(math.Inf(-1))
	for _, arm := range a.Arms {
		if arm.MDEPercent.Exists() {
			low, high = min(low, arm.MDEPercent), max(high, arm.MDEPercent)
		}
	}
	mde := "Smallest detectable difference (MDE, 80 % power): none can be stated."
	if low <= high {
		from, to := significant(low, 2), significant(high, 2)
		span := from
		if from != to {
			span = from + " to " + to
		}
		mde = fmt.Sprintf("Smallest detectable difference (MDE, 80 %% power): %s %%; smaller ones could not have been seen.", span)
	}
	lines := []string{mde}
	if a.BootsNeeded > 0 {
		lines = append(lines, fmt.Sprintf("To find a difference of %s %% with 80 %% power: %s per arm, by the upper 80 %% limit of the noise seen (%s %% per boot).",
			plainNumber(a.Margin), count(int(a.BootsNeeded), "boot"), significant(math.Sqrt(float64(a.VarianceUpper80)), 2))+moreBoots(a, bootTime))
	}
	return lines
}

// moreBoots says how many boots are still missing, and how long they take.
func moreBoots(a rank.Analysis, bootTime time.Duration) string {
	more := 0
	for _, arm := range a.Arms {
		more += max(0, int(a.BootsNeeded)-arm.Boots.OK)
	}
	if more == 0 {
		return " The campaign has them."
	}
	text := fmt.Sprintf(" That is %d more in all", more)
	if bootTime > 0 {
		text += fmt.Sprintf(", about %s hours at the pace so far", significant((time.Duration(more)*bootTime).Hours(), 2))
	}
	return text + "."
}

// sureLine says how sure the claims are; empty when nothing was tested.
func sureLine(a rank.Analysis) string {
	if a.Diagnostics.Drift.Confounds() {
		return ""
	}
	for _, arm := range a.Arms {
		if arm.P.Exists() {
			return fmt.Sprintf("Claims like these, on this workload and metric, are wrong in at most %s %% of campaigns.", plainNumber(100*a.Alpha))
		}
	}
	return ""
}

// placeboLine says what the placebo did; empty without one.
func placeboLine(a rank.Analysis, placebo string) string {
	for _, arm := range a.Arms {
		if arm.Name != placebo {
			continue
		}
		where := speaker{a, decimalsFor(a)}.whereabouts(arm)
		if record.True(arm.Differs) {
			return fmt.Sprintf("Placebo \"%s\" differs from the baseline although it cannot (%s): by chance that happens in at most %s %% of campaigns; if it happens again, the rig is at fault.", placebo, where, plainNumber(100*a.Alpha))
		}
		return fmt.Sprintf("Placebo \"%s\", which cannot make a difference, is not shown to differ: %s.", placebo, where)
	}
	return ""
}

// groupsLegend explains the compact letters.
const groupsLegend = "Groups: arms that share a letter are not shown to differ"

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

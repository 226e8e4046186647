package report

import (
	"fmt"
	"math"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// saidTogether are the arms of an analysis of which the same is said, in the order of the table; the
// baseline is not among them.
func saidTogether(a rank.Analysis) [][]rank.Arm {
	s := speaker{a, decimalsFor(a)}
	var groups [][]rank.Arm
	at := map[string]int{}
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			continue
		}
		key := string(arm.Verdict)
		if bySwitchingAlone(arm) {
			key += " by switching"
		}
		if s.joinedClaim([]rank.Arm{arm}) == "" { // each has words of its own, and equal ones are said once
			key = s.claim(arm)
		}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], arm)
	}
	return groups
}

// said says in words what the verdicts of an analysis are: one sentence for all arms of which the same
// is said, since their numbers are in the table.
func said(a rank.Analysis) []string {
	s := speaker{a, decimalsFor(a)}
	var lines []string
	for _, arms := range saidTogether(a) {
		if len(arms) == 1 {
			lines = append(lines, s.sentence(arms[0]))
			continue
		}
		claim := s.joinedClaim(arms)
		if claim == "" {
			claim = " " + ofMany(s.claim(arms[0]))
		}
		names := make([]string, len(arms))
		provisional := 0
		for i, arm := range arms {
			names[i] = arm.Name
			if arm.Grade == rank.GradeProvisional && arm.Verdict == rank.Verdict(arm.Label) {
				provisional++
			}
		}
		text := fewOf(names) + claim
		switch provisional {
		case 0:
		case len(arms):
			text += " (provisional: fewer than 5 boots)"
		default:
			text += fmt.Sprintf(" (%d of them provisional: fewer than 5 boots)", provisional)
		}
		lines = append(lines, text+".")
	}
	return lines
}

// joinedClaim is what is said of several arms with one verdict, behind their names; "" where each has
// words of its own.
func (s speaker) joinedClaim(arms []rank.Arm) string {
	margin := "the " + strings.Replace(marginWords(s.a), "margin ", "margin of ", 1)
	arm := arms[0]
	if record.True(arm.Equal) || record.True(arm.SizeUncertain) {
		return ""
	}
	switch arm.Verdict {
	case rank.VerdictMissing:
		return " get no verdict: it hangs on what lost boots would have measured"
	case rank.VerdictOrder:
		return " get no verdict: the boots were made arm by arm"
	case rank.Verdict(rank.LabelHelps):
		return " help, by more than " + margin
	case rank.Verdict(rank.LabelHelpsMaybe):
		return " help, maybe by less than " + margin
	case rank.Verdict(rank.LabelEquivalent):
		return " are equivalent to the baseline: any difference is smaller than " + margin
	case rank.Verdict(rank.LabelNoWorse):
		if bySwitchingAlone(arm) {
			return " are no worse than " + margin + " allows; by switching they are equivalent, but that a reboot into them does the same is not shown"
		}
		return " are no worse than " + margin + " allows; that they help is not shown"
	case rank.Verdict(rank.LabelHarms):
		return " harm"
	case rank.Verdict(rank.LabelNoMargin):
		return fmt.Sprintf(" get no verdict: nobody said from which difference on %s matters", s.a.Metric)
	case rank.Verdict(rank.LabelTwoBoots):
		if arm.Boots.OK > 2 {
			return " get no verdict: two boots of the baseline are too few"
		}
		return " get no verdict: two boots are too few"
	case rank.Verdict(rank.LabelUndetermined):
		if arm.Boots.OK == 0 {
			return ""
		}
		low, high := record.Number(math.Inf(1)), record.Number(math.Inf(-1))
		for _, one := range arms {
			if one.MDE.Exists() {
				low, high = min(low, one.MDE), max(high, one.MDE)
			}
		}
		text := " are undetermined, which is not the same as equivalent"
		if low <= high {
			text += ": " + unseenWords(s.a, low, high)
		}
		return text
	}
	return ""
}

// ofMany makes a claim about one arm one about several.
func ofMany(claim string) string {
	verb, rest, _ := strings.Cut(claim, " ")
	if many, known := map[string]string{"is": "are", "has": "have", "gets": "get", "harms:": "harm:", "helps,": "help,"}[verb]; known {
		verb = many
	}
	return verb + " " + rest
}

// mostNamed is how long a list of names may be, in bytes: the table has all of them.
const mostNamed = 160

// fewOf names arms, or counts them where their names would fill a page.
func fewOf(names []string) string {
	if text := listed(names); len(text) <= mostNamed {
		return text
	}
	return fmt.Sprintf("%d arms (by their marks in the table)", len(names))
}

// listed joins names: "a, b and c".
func listed(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

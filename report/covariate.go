package report

import (
	"fmt"
	"maps"
	"slices"

	"vnettune/report/rank"
	"vnettune/results"
)

// covariateSentence says what became of the covariate of the boots in an analysis; "" where none was measured.
func covariateSentence(a rank.Analysis) string {
	c := a.Covariate
	if c == nil {
		return ""
	}
	if !c.Used {
		return fmt.Sprintf("Covariate: %s is not used: %s.", c.Name, notUsedWords(a))
	}
	return fmt.Sprintf("Covariate: %s, measured first in each boot, is taken out of the noise: where it is 1 %% higher, %s is %s [%s, %s] %s; a boot's mean varies by %s %s without it and by %s %s with it (standard deviations). "+
		"No arm is shown to act on it (%s comes nearest: %s %%, p %s); what one did to it unseen would be in the arm's difference. Effects of settings and the gate go by the boots as they are.",
		c.Name, a.Metric, signed(c.Slope, 2), signed(c.Low, 2), signed(c.High, 2), a.EffectUnit, significant(c.SDBefore, 2), a.EffectUnit, significant(c.SDAfter, 2), a.EffectUnit,
		c.Arm, signed(c.Difference, 1), pValue(c.PHolm))
}

// notUsedWords say why a covariate is not used.
func notUsedWords(a rank.Analysis) string {
	switch c := a.Covariate; c.Reason {
	case rank.CovariateMissing:
		return fmt.Sprintf("%d of %s have none", c.Missing, count(a.Boots, "ranked boot"))
	case rank.CovariateDepends:
		return fmt.Sprintf("it is shown to depend on the arm (%s: %s %%, p %s), so that it would take a part of the arm's effect away", c.Arm, signed(c.Difference, 1), pValue(c.PHolm))
	case rank.CovariateWithin:
		return "arms are switched within boots, of which nothing is left to take away"
	case rank.CovariateFew:
		return "there are too few boots for it"
	case rank.CovariateUntested:
		return "whether it depends on an arm cannot be tested"
	}
	return "it says nothing beside arms and blocks"
}

// covariateNotes say in how many boots the covariate could not be measured, and why.
func covariateNotes(boots []results.Boot) []string {
	times := map[string]int{}
	for _, b := range boots {
		if b.Covariate != nil && b.Covariate.Missing != "" {
			times[b.Covariate.String()]++
		}
	}
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(times)) {
		lines = append(lines, fmt.Sprintf("in %s the covariate %s", count(times[what], "boot"), what))
	}
	return lines
}

package report

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/results/record"
)

// effectsOf is what settings do to a's metric; nil if the combinations cannot tell.
func (r Report) effectsOf(a rank.Analysis) *effects.SettingEffects {
	for i := range r.Effects {
		if e := &r.Effects[i]; e.Workload == a.Workload && e.Metric == a.Metric {
			return e
		}
	}
	return nil
}

// effects writes the section about settings, after the one about arms.
func (p *page) effects(a rank.Analysis, e *effects.SettingEffects) error {
	switch {
	case e == nil:
		return nil
	case e.Profile != nil:
		return p.profileEffects(a, *e.Profile)
	}
	return p.factorEffects(a, *e.Factors)
}

func (p *page) factorEffects(a rank.Analysis, e effects.FactorEffects) error {
	p.WriteByte('\n')
	model := "main effects only: too few boots to look for interactions"
	if e.WithInteractions {
		model = "interactions of two settings in the model"
		if len(e.Pairs) == 0 {
			model = "interactions of two settings cannot be told apart from the effects, so that an effect may be theirs"
		}
	}
	p.line(fmt.Sprintf("Effects of settings, from %s of %s: one linear model with blocks; %s. An effect is that of a level against another, averaged evenly over the levels of all other settings.",
		count(e.Boots, "boot"), count(e.Combinations, "combination"), model))
	if len(e.LeftOut) > 0 {
		p.line("Not in the model, because their levels are not crossed with the others': " + strings.Join(e.LeftOut, ", ") + ".")
	}
	p.WriteByte('\n')
	words := settingSpeaker{speaker{a, effectDecimals(slices.Concat(e.Levels, e.Simple))}}
	if err := p.table(words.mainColumns(e)); err != nil {
		return err
	}
	if len(e.Simple) > 0 {
		p.line("Where a setting depends on another, its effect at each level of the other:")
		p.WriteByte('\n')
		if err := p.table(words.simpleColumns(e)); err != nil {
			return err
		}
	}
	for _, text := range modelLines(e) {
		p.line(text)
	}
	p.WriteByte('\n')
	for _, main := range e.Main {
		p.line(words.setting(e, main))
	}
	return nil
}

// settingSpeaker says what settings do.
type settingSpeaker struct{ speaker }

func (s settingSpeaker) effectHead() string {
	return fmt.Sprintf("effect, %s [%s %% sure]", shortUnit(s.a.EffectUnit), plainNumber(100*(1-s.a.Alpha)))
}

// mainColumns has one row for each level, or one that says why a setting has none.
func (s settingSpeaker) mainColumns(e effects.FactorEffects) []column {
	cols := []column{{head: "setting"}, {head: "level"}, {head: "against"}, {head: s.effectHead()}, {head: "p (Holm)", right: true}}
	if e.Unbalanced {
		cols[4].head = "p III (Holm)"
		cols = append(cols, column{head: "p III", right: true}, column{head: "p II", right: true})
	}
	for _, main := range e.Main {
		tests := []string{pValue(main.PHolm), pValue(main.P), pValue(main.P2)}
		levels := levelsOf(e.Levels, main.Term)
		if len(levels) == 0 {
			addRow(cols, append([]string{main.Term, "", "", noNumber(main)}, tests...)[:len(cols)]...)
		}
		for i, l := range levels {
			if i > 0 {
				tests = []string{"", "", ""} // they are the setting's, not the level's
			}
			addRow(cols, append([]string{main.Term, l.Level, l.Against, s.cell(l.Difference, l.Interval)}, tests...)[:len(cols)]...)
		}
	}
	return cols
}

func (s settingSpeaker) simpleColumns(e effects.FactorEffects) []column {
	cols := []column{{head: "setting"}, {head: "level"}, {head: "against"}, {head: "at"}, {head: s.effectHead()}}
	for _, l := range e.Simple {
		addRow(cols, l.Factor, l.Level, l.Against, string(l.At), s.cell(l.Difference, l.Interval))
	}
	return cols
}

func (s settingSpeaker) cell(diff record.Number, in rank.Interval) string {
	text := signed(diff, s.decimals)
	if in.Low.Exists() {
		text += fmt.Sprintf(" [%s, %s]", signed(in.Low, s.decimals), signed(in.High, s.decimals))
	}
	return text
}

func levelsOf(list []effects.LevelEffect, id string) []effects.LevelEffect {
	var out []effects.LevelEffect
	for _, l := range list {
		if l.Factor == id {
			out = append(out, l)
		}
	}
	return out
}

// noNumber is why a setting has no single effect.
func noNumber(main effects.TermEffect) string {
	if main.Suppressed != "" {
		return string(main.Suppressed)
	}
	return "not estimable"
}

// modelLines say what was found about interactions, and how far the model can be trusted.
func modelLines(e effects.FactorEffects) []string {
	var lines, shown []string
	tested := 0
	for _, pair := range e.Pairs {
		if pair.P.Exists() {
			tested++
		}
		if record.True(pair.Significant) {
			shown = append(shown, fmt.Sprintf("%s (p %s)", pair.Term, pValue(pair.PHolm)))
		}
	}
	switch {
	case len(shown) > 0:
		lines = append(lines, fmt.Sprintf("Interactions of two settings shown, of %d tested (Holm): %s.", tested, strings.Join(shown, "; ")))
	case tested > 0:
		lines = append(lines, fmt.Sprintf("No interaction of two settings is shown, of %d tested (Holm), which does not mean that there is none.", tested))
	}
	if len(e.NotEstimable) > 0 {
		lines = append(lines, "Not estimable by these combinations: "+strings.Join(e.NotEstimable, ", ")+".")
	}
	f := e.LackOfFit
	switch {
	case f.Rejected == nil:
		lines = append(lines, "Whether effects depend on further settings was not tested: no combination has boots or levels to spare for it.")
	case *f.Rejected:
		lines = append(lines, fmt.Sprintf("Lack of fit (F test against boots of the same combination, p %s): effects depend on further settings.", pValue(f.P)))
	default:
		lines = append(lines, fmt.Sprintf("No lack of fit is shown (F test against boots of the same combination, p %s).", pValue(f.P)))
	}
	if e.Robust {
		lines = append(lines, fmt.Sprintf("Noise depends on the settings (Breusch-Pagan, p %s): robust standard errors (HC3) and Wald tests are used.", pValue(e.BreuschPagan)))
	}
	if e.Unbalanced {
		line := "Combinations or boots are missing: tests of type II (p II) stand beside those of type III."
		if e.Robust {
			line = strings.TrimSuffix(line, ".") + ", but take noise as equal."
		}
		lines = append(lines, line)
	}
	return lines
}

// effectDecimals is the number of decimals that shows two significant digits of the
// narrowest interval.
func effectDecimals(list []effects.LevelEffect) int {
	var all []rank.Interval
	for _, l := range list {
		all = append(all, l.Interval)
	}
	return decimalsOf(all)
}

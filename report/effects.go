package report

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/report/page"
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

// effectBlocks say what settings do to an analysis's metric; none where the combinations cannot tell.
func (r Report) effectBlocks(a rank.Analysis) []page.Block {
	switch e := r.effectsOf(a); {
	case e == nil:
		return nil
	case e.Profile != nil:
		return profileBlocks(a, *e.Profile)
	default:
		return factorBlocks(a, *e.Factors)
	}
}

func factorBlocks(a rank.Analysis, e effects.FactorEffects) []page.Block {
	model := "main effects only: too few boots to look for interactions"
	if e.Mixed {
		model = "main effects only: interactions of two settings are mixed with each other in these combinations, and an effect may be theirs in part"
	} else if e.WithInteractions {
		model = "interactions of two settings in the model"
		if len(e.Pairs) == 0 {
			model = "interactions of two settings cannot be told apart from the effects, so that an effect may be theirs"
		}
	}
	words := settingSpeaker{speaker{a, effectDecimals(slices.Concat(e.Levels, e.Simple))}}
	blocks := paragraphs(fmt.Sprintf("Effects of settings, from %s of %s: one linear model with blocks; %s. An effect is that of a level against another, averaged evenly over the levels of all other settings.",
		count(e.Boots, unitOf(a)), count(e.Combinations, "combination"), model))
	if len(e.LeftOut) > 0 {
		blocks = append(blocks, paragraphs("Not in the model, because their levels are not crossed with the others': "+strings.Join(e.LeftOut, ", ")+".")...)
	}
	blocks = append(blocks, words.mainGrid(e))
	if len(e.Simple) > 0 {
		blocks = append(blocks, words.simpleGrid(e))
	}
	blocks = append(blocks, paragraphs(modelLines(e)...)...)
	for _, main := range e.Main {
		blocks = append(blocks, page.Text{Words: words.setting(e, main)})
	}
	return blocks
}

// settingSpeaker says what settings do.
type settingSpeaker struct{ speaker }

func (s settingSpeaker) effectHead() string {
	return fmt.Sprintf("effect, %s [%s %% sure]", shortUnit(s.a.EffectUnit), sure(s.a.Alpha))
}

// mainGrid has one row for each level, or one that says why a setting has none.
func (s settingSpeaker) mainGrid(e effects.FactorEffects) page.Grid {
	g := page.Grid{Columns: []page.Column{{Head: "setting", Name: true}, {Head: "level"}, {Head: "against"}, {Head: s.effectHead()}, {Head: "p (Holm)", Right: true, Spare: 1}}, Bars: s.bars()}
	if e.Unbalanced {
		g.Columns[4].Head = "p III (Holm)"
		g.Columns = append(g.Columns, page.Column{Head: "p III", Right: true, Spare: 2}, page.Column{Head: "p II", Right: true, Spare: 2})
	}
	n := len(g.Columns)
	for _, main := range e.Main {
		tests := []string{pValue(main.PHolm), pValue(main.P), pValue(main.P2)}
		levels := levelsOf(e.Levels, main.Term)
		if len(levels) == 0 {
			g.Rows = append(g.Rows, page.Row{Cells: append([]string{main.Term, "", "", noNumber(main)}, tests...)[:n]})
		}
		for i, l := range levels {
			if i > 0 {
				tests = []string{"", "", ""} // they are the setting's, not the level's
			}
			g.Rows = append(g.Rows, page.Row{Cells: append([]string{main.Term, l.Level, l.Against, s.cell(l.Difference, l.Interval)}, tests...)[:n], Interval: s.drawn(l.Difference, l.Interval)})
		}
	}
	return g
}

func (s settingSpeaker) simpleGrid(e effects.FactorEffects) page.Grid {
	g := page.Grid{Title: "Where a setting depends on another, its effect at each level of the other", Bars: s.bars(),
		Columns: []page.Column{{Head: "setting", Name: true}, {Head: "level"}, {Head: "against"}, {Head: "at"}, {Head: s.effectHead()}}}
	for _, l := range e.Simple {
		g.Rows = append(g.Rows, page.Row{Cells: []string{l.Factor, l.Level, l.Against, string(l.At), s.cell(l.Difference, l.Interval)}, Interval: s.drawn(l.Difference, l.Interval)})
	}
	return g
}

// bars is the scale of the intervals.
func (s settingSpeaker) bars() *page.Bars {
	b := &page.Bars{Unit: shortUnit(s.a.EffectUnit)}
	if s.a.Margin.Exists() {
		b.Margin = float64(s.a.Margin)
	}
	return b
}

// drawn is an interval as it is drawn; nil for none.
func (s settingSpeaker) drawn(diff record.Number, in rank.Interval) *page.Interval {
	if !diff.Exists() || beyondSense(s.a, in) {
		return nil
	}
	return &page.Interval{Low: float64(in.Low), Estimate: float64(diff), High: float64(in.High)}
}

func (s settingSpeaker) cell(diff record.Number, in rank.Interval) string {
	if beyondSense(s.a, in) {
		return tooFew
	}
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
	if len(e.Aliases) > 0 {
		var all []string
		for _, a := range e.Aliases {
			all = append(all, strings.Join(append([]string{a.Term}, a.With...), " = "))
		}
		lines = append(lines, "Aliased: these combinations cannot tell apart, and what is said of the first may be another's: "+strings.Join(all, "; ")+".")
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

package report

import (
	"fmt"
	"strings"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/results/record"
)

// setting says what one of several crossed settings does, and whether that depends on another.
func (s settingSpeaker) setting(e effects.FactorEffects, main effects.TermEffect) string {
	if main.Suppressed != "" {
		return main.Term + ": " + s.dependent(e, main) + "."
	}
	levels := levelsOf(e.Levels, main.Term)
	if len(levels) == 0 {
		return main.Term + ": what it does cannot be told from these combinations."
	}
	var parts []string
	for _, l := range levels {
		parts = append(parts, fmt.Sprintf("%s instead of %s %s", l.Level, l.Against, s.judged(l.Difference, l.Interval)))
	}
	text := main.Term + ": " + strings.Join(parts, "; ")
	if !e.WithInteractions || len(e.Pairs) == 0 {
		return text + ". Whether that depends on another setting was not tested."
	}
	return text + ". That it depends on another setting is not shown."
}

// dependent says what a setting without a single effect does.
func (s settingSpeaker) dependent(e effects.FactorEffects, main effects.TermEffect) string {
	simple := levelsOf(e.Simple, main.Term)
	text := "its effect " + string(main.Suppressed)
	if len(simple) == 0 {
		return text + ", so it has no single number: compare the combinations"
	}
	var parts []string
	for _, l := range simple {
		parts = append(parts, fmt.Sprintf("at %s, %s instead of %s %s", l.At, l.Level, l.Against, s.judged(l.Difference, l.Interval)))
	}
	return text + ": " + strings.Join(parts, "; ")
}

// judged says whether a difference helps, whether it matters, and where it lies.
func (s settingSpeaker) judged(diff record.Number, in rank.Interval) string {
	where := s.where(diff, in)
	if !in.Low.Exists() {
		return "gets no verdict: " + where
	}
	shown := s.better(in) || s.worse(in)
	switch {
	case s.within(in) && shown:
		return "is equivalent, though it differs: " + where + ", which is less than the margin"
	case s.within(in):
		return "is equivalent, any difference is smaller than the margin: " + where
	case s.better(in):
		return "helps: " + where
	case s.worse(in):
		return "harms: " + where
	}
	return "is undetermined: " + where
}

// where says in which range the difference lies or, without an interval, what was observed.
func (s settingSpeaker) where(diff record.Number, in rank.Interval) string {
	if !diff.Exists() {
		return s.a.Metric + " is not known, because boots are missing"
	}
	if !in.Low.Exists() {
		return fmt.Sprintf("%s differs by %s %s as observed, with no interval", s.a.Metric, signed(diff, s.decimals), s.a.EffectUnit)
	}
	return s.difference(in)
}

// benefit turns an interval so that above zero is better.
func (s settingSpeaker) benefit(in rank.Interval) rank.Interval {
	if s.a.Better == "lower" {
		return rank.Interval{Low: -in.High, High: -in.Low}
	}
	return in
}

func (s settingSpeaker) better(in rank.Interval) bool { return s.benefit(in).Low > 0 }
func (s settingSpeaker) worse(in rank.Interval) bool  { return s.benefit(in).High < 0 }

// within says whether the whole interval is inside the margin; never without a margin.
func (s settingSpeaker) within(in rank.Interval) bool {
	return in.Low > -s.a.Margin && in.High < s.a.Margin
}

// profileBlocks are the table of a profile's settings: what each does alone, and what the profile
// loses without it.
func profileBlocks(a rank.Analysis, e effects.ProfileEffects) []page.Block {
	s := settingSpeaker{speaker{a, profileDecimals(e)}}
	blocks := paragraphs(fmt.Sprintf("Settings of %s: each alone against the baseline, and %s without it against the whole of it, in %s; all %s together are %s %% sure.",
		e.Profile, e.Profile, s.a.EffectUnit, count(e.Family, "comparison"), sure(a.Alpha)))
	g := page.Grid{Columns: []page.Column{{Head: "setting", Name: true}, {Head: "alone"}, {Head: "leaving it out"}, {Head: "in the profile", Verdict: true}}}
	for _, one := range e.Settings {
		g.Rows = append(g.Rows, page.Row{Cells: []string{one.Setting, s.contrast(one.Alone), s.contrast(one.LeftOut), string(s.reading(one.LeftOut))}, Mark: markOfReading(s.reading(one.LeftOut))})
	}
	blocks = append(blocks, g)
	for _, one := range e.Settings {
		blocks = append(blocks, page.Text{Words: s.profiled(e, one)})
	}
	return blocks
}

func markOfReading(r Reading) page.Mark {
	switch r {
	case ReadingHelps:
		return page.Better
	case ReadingHarms:
		return page.Worse
	case ReadingCanGo:
		return page.Equivalent
	case ReadingUndetermined:
		return page.Undecided
	}
	return page.NoVerdict
}

func (s settingSpeaker) contrast(c *effects.ProfileContrast) string {
	if c == nil {
		return "-"
	}
	return s.cell(c.Difference, c.Interval)
}

// Reading is what a profile's setting is worth inside the profile.
type Reading string

// The readings.
const (
	ReadingHelps        Reading = "still helps"     // leaving it out harms
	ReadingHarms        Reading = "harms"           // leaving it out helps
	ReadingCanGo        Reading = "can be left out" // that costs less than the margin, if anything
	ReadingUndetermined Reading = "undetermined"
	ReadingNotRun       Reading = "not run" // no combination shows it
)

// reading is what leaving a setting out of its profile says about the setting.
func (s settingSpeaker) reading(leftOut *effects.ProfileContrast) Reading {
	if leftOut == nil {
		return ReadingNotRun
	}
	switch in := leftOut.Interval; {
	case s.within(in):
		return ReadingCanGo
	case s.worse(in):
		return ReadingHelps
	case s.better(in):
		return ReadingHarms
	case s.benefit(in).Low > -s.a.Margin:
		return ReadingCanGo
	}
	return ReadingUndetermined
}

// profiled says in words what one setting of a profile does.
func (s settingSpeaker) profiled(e effects.ProfileEffects, one effects.SettingInProfile) string {
	alone := "alone it was not run"
	if one.Alone != nil {
		alone = "alone it " + s.judged(one.Alone.Difference, one.Alone.Interval)
	}
	margin := "the " + strings.Replace(marginWords(s.a), "margin ", "margin of ", 1)
	where, rest := "", e.Profile+" without it was not run as an arm of its own"
	if one.LeftOut != nil {
		where = s.where(one.LeftOut.Difference, one.LeftOut.Interval)
	}
	switch s.reading(one.LeftOut) {
	case ReadingHelps:
		rest = fmt.Sprintf("within %s it still helps: without it %s", e.Profile, where)
	case ReadingHarms:
		rest = fmt.Sprintf("within %s it harms: without it %s", e.Profile, where)
	case ReadingCanGo:
		rest = fmt.Sprintf("%s can do without it, a loss of %s is ruled out: without it %s", e.Profile, margin, where)
	case ReadingUndetermined:
		rest = fmt.Sprintf("whether %s needs it is undetermined: without it %s", e.Profile, where)
	}
	return one.Setting + ": " + alone + "; " + rest + "."
}

func profileDecimals(e effects.ProfileEffects) int {
	var all []rank.Interval
	for _, one := range e.Settings {
		for _, c := range []*effects.ProfileContrast{one.Alone, one.LeftOut} {
			if c != nil {
				all = append(all, c.Interval)
			}
		}
	}
	return decimalsOf(all)
}

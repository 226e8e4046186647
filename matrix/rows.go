package matrix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/matrix/array"
)

// longestName is the longest name of an arm that is made of what it differs in from the baseline, in a design of rows,
// in which every arm may differ in every setting: if one is longer, the rows are numbered.
const longestName = 100

// ofRows drafts the arms of designs that make rows of their own. A row that is the baseline is the baseline.
func (b *builder) ofRows(d Design, factors []factor) {
	b.rows = &Rows{Kind: d.Kind}
	p := array.Problem{Seed: b.seed, MostRows: MaxArms}
	for _, f := range factors {
		p.Levels = append(p.Levels, len(f.levels))
		b.rows.Effects += len(f.levels) - 1
	}
	p.Rules = b.rules(factors)
	if row := b.baselineRow(factors); row != nil && !slices.ContainsFunc(p.Rules, func(r array.Rule) bool { return r.Meets(row) }) {
		p.Rows = [][]int{row}
	}
	var rows [][]int
	switch d.Kind {
	case Pairwise, Covering:
		rows = b.covering(d, p, factors)
	case Fractional, PlackettBurman:
		rows = b.twoLevels(d, p, factors)
	case Sample:
		rows = b.sample(d, p)
	}
	if len(b.errs) > 0 {
		return
	}
	var drafts []draft
	longest := 0
	for _, row := range rows {
		values, differs := map[string]Value{}, map[string]Value{}
		for f, level := range row {
			maps.Copy(values, factors[f].levels[level])
		}
		for id, v := range values {
			if v != b.base(id) {
				differs[id] = v
			}
		}
		if len(differs) == 0 {
			continue
		}
		longest = max(longest, len(join(differs)))
		drafts = append(drafts, draft{path: []string{"settings"}, role: RoleCandidate, values: values})
	}
	if longest > longestName {
		for i := range drafts {
			drafts[i].name = fmt.Sprintf("row-%0*d", len(fmt.Sprint(len(drafts))), i+1)
		}
	}
	b.drafts = slices.Concat(drafts, b.drafts) // the placebo stays last
}

// base is the value that the baseline has.
func (b *builder) base(id string) Value {
	if v, ok := b.baseline[id]; ok {
		return v
	}
	return Found
}

// baselineRow is the row of levels that the baseline has; nil where it has others.
func (b *builder) baselineRow(factors []factor) []int {
	var row []int
	for _, f := range factors {
		level := slices.IndexFunc(f.levels, func(values map[string]Value) bool {
			for id, v := range values {
				if v != b.base(id) {
					return false
				}
			}
			return true
		})
		if level < 0 {
			return nil
		}
		row = append(row, level)
	}
	return row
}

// rules are what is forbidden in terms of factors: entries that no row can meet, for a value that no level has, are
// none, and what only settings meet that are no factors is the baseline's fault, which settle tells.
func (b *builder) rules(factors []factor) []array.Rule {
	var all []array.Rule
	for _, set := range b.forbid {
		var rule array.Rule
		met := true // by what does not move
		moving := map[string]bool{}
		for i, f := range factors {
			part := array.Part{Factor: i, Levels: slices.Repeat([]bool{true}, len(f.levels))}
			in := false
			for _, id := range f.ids {
				want, ok := set[id]
				if moving[id] = true; !ok {
					continue
				}
				in = true
				for l, values := range f.levels {
					part.Levels[l] = part.Levels[l] && values[id] == want
				}
			}
			if in {
				rule = append(rule, part)
			}
		}
		for id, want := range set {
			met = met && (moving[id] || b.base(id) == want)
		}
		if met && len(rule) > 0 {
			all = append(all, rule)
		}
	}
	return all
}

// covering are the rows of a covering array, the baseline's left out if it is one.
func (b *builder) covering(d Design, p array.Problem, factors []factor) [][]int {
	p.Strength = MinStrength
	if d.Kind == Covering {
		if p.Strength = d.Strength; p.Strength == 0 {
			p.Strength = DefaultStrength
		}
		if p.Strength < MinStrength || p.Strength > MaxStrength {
			b.fail(fmt.Sprintf("legal: %d to %d", MinStrength, MaxStrength), fmt.Sprintf("%d is no strength of a covering array", p.Strength), "strength")
			return nil
		}
	}
	if len(factors) < p.Strength {
		b.fail("write design: factorial", fmt.Sprintf("an array of strength %d needs as many settings or groups of linked ones, and there are fewer (%d)", p.Strength, len(factors)), "settings")
		return nil
	}
	rows, impossible, err := array.Cover(p)
	if err != nil {
		b.cannotMake(d, err)
		return nil
	}
	b.rows.Strength, b.rows.Runs = p.Strength, len(p.Rows)+len(rows)
	for _, t := range impossible {
		values := map[string]Value{}
		for i, f := range t.Factors {
			maps.Copy(values, factors[f].levels[t.Levels[i]])
		}
		baselines := true // the baseline, which nothing forbids, has them together
		for id, v := range values {
			baselines = baselines && v == b.base(id)
		}
		if !baselines {
			b.rows.Impossible = append(b.rows.Impossible, together(values))
		}
	}
	return rows
}

// together says which values meet: "a=1 with b=2".
func together(values map[string]Value) string { return strings.ReplaceAll(join(values), ",", " with ") }

// cannotMake refuses a design for which there are no rows.
func (b *builder) cannotMake(d Design, err error) {
	switch {
	case errors.Is(err, array.ErrTangled):
		b.fail("forbid less", "the entries are "+err.Error(), "forbid")
	case errors.Is(err, array.ErrNoRow):
		b.fail("forbid less", "no combination of the settings is left", "forbid")
	default:
		b.fail("test fewer values or settings, lower the strength, or write design: sample", fmt.Sprintf("the design %s would have more than %d rows, or more combinations to cover than can be looked through", d.Kind, MaxArms), "settings")
	}
}

// sample are rows drawn by the seed.
func (b *builder) sample(d Design, p array.Problem) [][]int {
	if d.Rows < 1 || d.Rows >= MaxArms {
		b.fail(fmt.Sprintf("legal: 1 to %d", MaxArms-1), fmt.Sprintf("%d rows make no sample", d.Rows), "rows")
		return nil
	}
	rows, err := array.Sample(p, d.Rows)
	if err != nil {
		b.fail("ask for fewer rows, or write design: factorial", fmt.Sprintf("there are no %d combinations beside the baseline that are not forbidden, or they are too rare to be drawn", d.Rows), "rows")
	}
	b.rows.Runs = len(rows)
	return rows
}

// twoLevels are the rows of a fraction or of one of Plackett and Burman's arrays. Every row is needed: what is
// aliased with what holds for all of them only.
func (b *builder) twoLevels(d Design, p array.Problem, factors []factor) [][]int {
	for _, f := range factors {
		if n := len(f.levels); n != 2 {
			b.fail("give it two, a low and a high one, or write design: pairwise", fmt.Sprintf("the design %s needs two values of each setting, and here are %d", d.Kind, n), "settings", f.ids[0])
		}
	}
	if len(factors) < 2 {
		b.fail("write design: factorial", "there is one setting or group of linked ones", "settings")
	}
	if len(b.errs) > 0 {
		return nil
	}
	var rows [][]int
	if d.Kind == PlackettBurman {
		if rows = array.PlackettBurman(len(factors)); rows == nil {
			b.fail("test fewer, or write design: pairwise", fmt.Sprintf("Plackett and Burman's arrays here have at most %d settings, and there are %d", array.MostPlackettBurman, len(factors)), "settings")
			return nil
		}
		b.rows.Resolution = MinResolution
	} else if rows = b.fraction(d, factors); rows == nil {
		return nil
	}
	for _, row := range rows {
		if slices.ContainsFunc(p.Rules, func(r array.Rule) bool { return r.Meets(row) }) {
			b.fail("forbid none of its rows, or write design: pairwise, which goes around what is forbidden", "a row of the design "+d.Kind+" is forbidden, and its effects rest on every row", "forbid")
			return nil
		}
	}
	b.rows.Runs = len(rows)
	return rows
}

// fraction are the rows of the smallest fraction of the resolution, with its aliases.
func (b *builder) fraction(d Design, factors []factor) [][]int {
	want := d.Resolution
	if want == 0 {
		want = DefaultResolution
	}
	if want < MinResolution || want > MaxResolution {
		b.fail(fmt.Sprintf("legal: %d to %d", MinResolution, MaxResolution), fmt.Sprintf("%d is no resolution here", want), "resolution")
		return nil
	}
	f, ok := array.NewFraction(len(factors), want)
	if !ok {
		b.fail("test fewer, lower the resolution, or write design: plackett-burman", fmt.Sprintf("no fraction of %d settings at resolution %d is known here", len(factors), want), "resolution")
		return nil
	}
	b.rows.Resolution, b.rows.Generators, b.rows.Aliases = f.Resolution, f.Generators(), f.Aliases()
	for i, x := range factors {
		b.rows.Factors = append(b.rows.Factors, fmt.Sprintf("%s: low %s, high %s", array.Letter(i), together(x.levels[0]), together(x.levels[1])))
	}
	return f.Rows()
}

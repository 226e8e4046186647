package forecast

import (
	"fmt"
	"strings"

	"vnettune/matrix"
	"vnettune/report/page"
)

// rowsWords say in a line or two what rows that are a part of all combinations hold, and what they cannot tell.
func rowsWords(r *matrix.Rows) []string {
	if r == nil {
		return nil
	}
	var all []string
	switch r.Kind {
	case matrix.Pairwise, matrix.Covering:
		all = append(all, fmt.Sprintf("%s: %d rows have every combination of values of any %d settings", r.Kind, r.Runs, r.Strength))
	case matrix.Fractional:
		words := fmt.Sprintf("fractional: %d rows", r.Runs)
		switch r.Resolution {
		case 0:
			words += ": no fraction is smaller at this resolution, and these are all combinations"
		case matrix.MinResolution:
			words += fmt.Sprintf(" of resolution %s: effects of settings are aliased with those of two together", matrix.Roman(r.Resolution))
		default:
			words += fmt.Sprintf(" of resolution %s: effects of settings are not aliased with those of two together", matrix.Roman(r.Resolution))
		}
		if len(r.Aliases) > 0 {
			words += fmt.Sprintf("; %d groups are aliased (--full)", len(r.Aliases))
		}
		all = append(all, words)
	case matrix.PlackettBurman:
		all = append(all, fmt.Sprintf("plackett-burman: %d rows of resolution III: the effect of each setting is aliased, wholly or in part, with those of every two others together", r.Runs))
	case matrix.Sample:
		all = append(all, fmt.Sprintf("sample: %d rows drawn by the seed", r.Runs))
	}
	if r.Effects > r.Runs-1 {
		all = append(all, fmt.Sprintf("%d rows cannot tell %d effects of single values apart: they compare combinations", r.Runs, r.Effects))
	}
	if n := len(r.Impossible); n > 0 {
		words := "no row has " + r.Impossible[0]
		if n > 1 {
			words += fmt.Sprintf(" (and %d more, --full)", n-1)
		}
		all = append(all, words+": it is forbidden wherever it would stand")
	}
	return all
}

// designs are what the rows of a design are made of, and how large each design over its settings would be.
func (f Forecast) designs(p matrix.Plan) []page.Block {
	var all []page.Block
	add := func(title string, items []string) {
		if len(items) > 0 {
			all = append(all, page.List{Title: title, Items: items})
		}
	}
	if r := p.Rows; r != nil {
		add("Letters of the design", r.Factors)
		if len(r.Generators) > 0 {
			add("Generators", []string{strings.Join(r.Generators, ", ")})
		}
		add("Aliases, up to two settings together: what stands in a line cannot be told apart", r.Aliases)
		add("What no row has, since it is forbidden", r.Impossible)
	}
	var sizes []string
	for _, s := range f.Sizes {
		sizes = append(sizes, s.String())
	}
	add("Sizes of designs over these settings, the baseline included", sizes)
	return all
}

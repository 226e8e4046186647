package stored

import (
	"slices"

	"vnettune/results/sample"
)

// covariateOfFile is what the covariate in a file of samples is called, which does not name it.
const covariateOfFile = "covariate"

// covariate names what was measured first in each boot and is to be taken out of the noise; "" for nothing. It is
// the ranking's alone: effects of settings, what a profile can do without, the gate, histories and comparisons go by
// boots as they are.
func (c *Campaign) covariate(a Asked) string {
	switch {
	case a.AsTheyAre:
	case c.IsStore():
		return c.Plan().Covariate
	case slices.ContainsFunc(c.Rows, func(r sample.Row) bool { return r.Covariate > 0 }):
		return covariateOfFile
	}
	return ""
}

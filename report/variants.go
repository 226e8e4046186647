package report

import (
	"fmt"
	"slices"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/report/stored"
)

// variantsOf says of each variant of a plan which it is.
func variantsOf(p matrix.Plan) []string {
	var all []string
	for _, v := range p.Variants {
		what := "made by a command on its host"
		switch d := v.Driver; {
		case d != nil && len(d.Files) > 0:
			what = fmt.Sprintf("driver %s of %s; its INF file has the SHA-256 %.16s", foreign.Word(d.Version), foreign.Word(d.Date), foreign.Word(d.Files[0].SHA256))
		case d != nil:
			what = v.Is()
		case v.XML != nil:
			what = "a patch of its domain's XML"
		case v.AsFound():
			what = "as it was found"
		}
		all = append(all, v.Name+": "+what)
	}
	return all
}

// guestOf is guestWords for a campaign: where its baseline is a driver's package, what the guest was found with ran in no
// boot of it.
func guestOf(c *stored.Campaign) string {
	g := c.Guest()
	if v, ok := c.Plan().Variant(c.Plan().Baseline().Combination); ok && v.Driver != nil {
		g.Adapters = slices.Clone(g.Adapters)
		for i := range g.Adapters {
			g.Adapters[i].DriverVersion = foreign.Word(v.Driver.Version)
		}
	}
	return guestWords(g)
}

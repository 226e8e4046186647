package forecast

import (
	"strconv"

	"vnettune/matrix"
	"vnettune/report/page"
)

// shownHash is how much of a hash tells one package from another for people; JSON has all of it.
const shownHash = 16

// drivers is the table of the packages that variants install; nothing where there is none.
func drivers(p matrix.Plan) []page.Block {
	g := page.Grid{Columns: []page.Column{{Head: "VARIANT", Name: true}, {Head: "DRIVER"}, {Head: "DATE"}, {Head: "INF"}, {Head: "SHA-256 OF INF"}, {Head: "FILES", Right: true}}}
	for _, v := range p.Variants {
		if d := v.Driver; d != nil && len(d.Files) > 0 {
			g.Rows = append(g.Rows, page.Row{Cells: []string{v.Name, d.Version, d.Date, d.INF, d.Files[0].SHA256[:min(shownHash, len(d.Files[0].SHA256))], strconv.Itoa(len(d.Files))}})
		}
	}
	if len(g.Rows) == 0 {
		return nil
	}
	return []page.Block{g}
}

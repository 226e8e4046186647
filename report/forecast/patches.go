package forecast

import (
	"vnettune/report/page"
)

// Patch is what a variant has another in the XML of the guest's domain: lines of diff -u, or where the domain could not be
// read its edits in words.
type Patch struct {
	Variant string
	Diff    []string `json:",omitempty"`
	Edits   []string `json:",omitempty"`
	NotRead string   `json:",omitempty"` // why
}

// patches are those of the variants, as texts.
func (f Forecast) patches() []page.Block {
	var all []page.Block
	for _, p := range f.Patches {
		switch {
		case p.NotRead != "":
			all = append(all, page.List{Title: "Variant " + p.Variant + ": edits of the domain's XML, which could not be read (" + p.NotRead + ")", Items: p.Edits})
		case len(p.Diff) == 0:
			all = append(all, page.Text{Words: "Variant " + p.Variant + " changes nothing of the domain's XML: run will call it not_in_effect", Mark: page.Undecided})
		default:
			g := page.Grid{Columns: []page.Column{{Head: "VARIANT " + p.Variant + ": XML OF THE DOMAIN", Name: true}}}
			for _, line := range p.Diff {
				g.Rows = append(g.Rows, page.Row{Cells: []string{line}})
			}
			all = append(all, g)
		}
	}
	return all
}

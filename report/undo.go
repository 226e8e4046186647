package report

import (
	"cmp"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/trouble"
)

// FoundSetting is a setting under test: how it is set, to what, and what the guest had.
type FoundSetting struct {
	ID, How string
	Tried   []string // the values that arms have, but what was found
	Was     string   // "" where nobody looked
	Switch  string   // what a switch to another value takes within a boot; "" where every arm was booted
	Default string   // of this Windows, in the catalogue's words; "" where it is not known
}

// foundOf are the settings under test of a campaign.
func foundOf(c *stored.Campaign) []FoundSetting {
	var all []FoundSetting
	for _, planned := range c.Plan().Settings {
		id := planned.Setting.ID
		if id == matrix.PlaceboID {
			continue
		}
		one := FoundSetting{ID: id, How: planned.Form.How(), Switch: switchTakes(c.Plan(), id), Default: planned.Setting.Defaults[c.Plan().Generation]}
		for _, a := range c.Plan().Arms {
			if v, ok := a.Combination.Value(id); ok && v != matrix.Found && !slices.Contains(one.Tried, string(v)) {
				one.Tried = append(one.Tried, string(v))
			}
		}
		if c.Originals != nil {
			var was []string
			for _, o := range c.Originals.Settings {
				if words := o.State.String(); o.Place.ID == id && !slices.Contains(was, words) {
					was = append(was, words)
				}
			}
			one.Was = strings.Join(was, ", ")
		}
		all = append(all, one)
	}
	return all
}

// undoPart says how each setting is set by hand, and what undoes it.
func undoPart(r Report) []page.Part {
	if len(r.Found) == 0 {
		return nil
	}
	g := page.Grid{Columns: []page.Column{{Head: "setting", Name: true}, {Head: "how it is set"}, {Head: "tried"}, {Head: "to undo: as this guest was found"}, {Head: "default of this Windows"}}}
	if r.Switched != nil {
		g.Columns = slices.Insert(g.Columns, 2, page.Column{Head: "a switch takes"})
	}
	for _, f := range r.Found {
		was := f.Was
		if was == "" {
			was = "not known"
		}
		row := page.Row{Cells: []string{f.ID, f.How, strings.Join(f.Tried, ", "), was, cmp.Or(f.Default, "not known")}}
		if r.Switched != nil {
			row.Cells = slices.Insert(row.Cells, 2, f.Switch)
		}
		g.Rows = append(g.Rows, row)
	}
	words := "This guest has its own values back. If it is to be done again: vnettune restore " + trouble.ShellWord(r.Path) + "."
	if r.LeftChanged {
		words = "This guest is left changed: vnettune restore " + trouble.ShellWord(r.Path) + " puts it back."
	}
	words += " On another guest, set by hand what is to be used, and note what was there before: absent means that the value is deleted."
	if r.Switched != nil {
		words += " Then do what a switch takes: so it was measured. Whether a reboot gives the same is what the bridge says."
	} else {
		words += " Reboot it: all of this was measured after a reboot."
	}
	return []page.Part{{Title: "How to set it, and how to undo it", ID: "undo", Long: true, Blocks: append(paragraphs(words), g)}}
}

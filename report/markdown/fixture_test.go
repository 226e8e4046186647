package markdown

import (
	"encoding/json"

	"vnettune/report/page"
)

// everyBlock is a page that has all there is, as report would write it.
func everyBlock() page.Page {
	table := page.Grid{
		Title: "Throughput (tcp-rx), median of 12 boots",
		Columns: []page.Column{
			{Head: "arm", Name: true},
			{Head: "Mbit/s", Right: true},
			{Head: "against baseline", Right: true},
			{Head: "p", Right: true, Detail: true},
			{Head: "verdict"},
		},
		Rows: []page.Row{
			{Cells: []string{"rss=on|4", "9412", "+5.2 % [+3.1, +7.4]", "0.0004", "better"}, Mark: page.Better, Notes: []int{1}, Interval: &page.Interval{Low: 3.1, Estimate: 5.2, High: 7.4}},
			{Cells: []string{"rsc_off", "8011", "-10.1 % [-12.9, -7.2]", "0.0001", "worse"}, Mark: page.Worse, Notes: []int{1, 2}},
			{Cells: []string{"lso*", "8950", "+0.1 % [-0.8, +1.0]", "0.81", "equivalent"}, Mark: page.Equivalent},
			{Cells: []string{"mtu-9000", "9020", "+0.9 % [-3.0, +4.9]", "0.61", "undecided"}, Mark: page.Undecided},
			{Cells: []string{"`ecn`", "-", "-", "-", "no verdict"}, Mark: page.NoVerdict, Links: map[int]string{4: "https://example.org/failures?a=1&b=2#not_run"}},
			{Cells: []string{"found", "8944", "", "", "baseline"}, Mark: page.Base},
		},
		Notes: []string{"2 of 12 boots are flagged: host load > 0.5.", "The order of boots is not known."},
		Bars:  &page.Bars{Margin: 2, Unit: "%"},
	}
	long := table
	long.Title = "All columns"
	return page.Page{
		Title:   "Campaign seed-page",
		Notice:  "Measured in the stand-in guest: says nothing of a Windows.",
		Lead:    []string{"rss=on|4 is better than found by 3.1 % or more in tcp-rx.", "Nothing else is shown."},
		Next:    []string{"Use rss=on|4.", "Make 8 more boots of mtu-9000 (about 1 h 20 min) to decide it."},
		Verdict: page.Better,
		Parts: []page.Part{
			{Title: "Ranking", ID: "ranking", Blocks: []page.Block{
				page.Text{Words: "12 boots an arm, 6 blocks; differences below 2 % do not count."},
				page.Text{Words: "1. of 2 sessions was ended by hand.\nIts boots count.", Mark: page.Undecided},
				table,
				page.Chart{Title: "Forest of tcp-rx", Name: "forest-tcp-rx", Wide: json.RawMessage(`{}`), Narrow: json.RawMessage(`{}`)},
			}},
			{Title: "Reproduce", ID: "reproduce", Blocks: []page.Block{
				page.Text{Words: "vnettune run seed-page.yaml --seed 7"},
				page.File{Title: "The campaign", Name: "seed-page.yaml", Text: "name: seed-page\nnote: |\n  ```\n  fenced\n  ```\n"},
				page.File{Title: "All samples", Name: "samples.csv", Text: "arm,boot\n", Offered: true},
			}},
			{Title: "Charts", ID: "charts", Detail: true, Blocks: []page.Block{
				page.Chart{Title: "Boots of tcp-rx", Name: "boots-tcp-rx"},
			}},
			{Title: "Every column & what was lost", ID: "details", Detail: true, Blocks: []page.Block{
				long,
				page.List{Title: "Changed between sessions", Items: []string{"kernel 6.1.0-13 to 6.1.0-15", "- nothing of the guest"}, Marked: map[int]page.Mark{0: page.Worse}},
			}},
		},
		More: "vnettune report seed-page.db --full",
	}
}

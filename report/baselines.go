package report

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"vnettune/report/baseline"
	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/trouble"
)

// TellBaselines puts a folder of baselines into words.
func TellBaselines(folder string, all []baseline.Entry) page.Page {
	p := page.Page{Title: "Baselines in " + folder}
	var readable []baseline.Entry
	unreadable := page.List{Title: "Cannot be read", Marked: map[int]page.Mark{}}
	for _, e := range all {
		if e.Err == nil {
			readable = append(readable, e)
			continue
		}
		unreadable.Marked[len(unreadable.Items)] = page.Worse
		unreadable.Items = append(unreadable.Items, trouble.Line(e.Err))
	}
	p.Lead = []string{capital(count(len(readable), "stored campaign")) + "."}
	stores := page.Part{Title: "Stores", ID: "stores"}
	if len(readable) > 0 {
		p.Notice = Report{GuestKind: readable[0].Campaign.GuestKind()}.noticeWords()
		g := baselineGrid(readable)
		for i := describing - 1; i >= 0; i-- { // what is alike for all of them is said once
			first := g.Rows[0].Cells[i]
			if slices.ContainsFunc(g.Rows, func(r page.Row) bool { return r.Cells[i] != first }) {
				continue
			}
			stores.Blocks = append(stores.Blocks, page.Text{Words: g.Columns[i].Head + ": " + first})
			g.Columns = slices.Delete(g.Columns, i, i+1)
			for k := range g.Rows {
				g.Rows[k].Cells = slices.Delete(g.Rows[k].Cells, i, i+1)
			}
		}
		stores.Blocks = append(stores.Blocks, g)
	}
	stores.Blocks = append(stores.Blocks, lists(unreadable)...)
	p.Parts = parts(stores)
	return p
}

// describing is how many of the columns say what the stores are of.
const describing = 2

// baselineGrid has a column for each primary metric of any of the stores.
func baselineGrid(all []baseline.Entry) page.Grid {
	g := page.Grid{Columns: []page.Column{{Head: "campaign"}, {Head: "Windows", Spare: 1}, {Head: "file", Name: true}, {Head: "begun (UTC)", Spare: 3}, {Head: "boots", Right: true, Spare: 2}}}
	first := len(g.Columns)
	place := make(map[[3]string]int)
	for _, e := range all {
		for _, l := range e.Levels {
			key := [3]string{l.Workload, l.Metric, l.Unit}
			if _, ok := place[key]; !ok {
				place[key] = len(g.Columns)
				g.Columns = append(g.Columns, page.Column{Head: fmt.Sprintf("%s %s, %s", l.Workload, l.Metric, l.Unit), Right: true})
			}
		}
	}
	for _, e := range all {
		c := e.Campaign
		cells := []string{c.File.Name, cmp.Or(guestWords(c.Guest()), "not known"), filepath.Base(e.Path), c.Begun().UTC().Format("2006-01-02 15:04"), strconv.Itoa(c.BootsMade())}
		cells = append(cells, slices.Repeat([]string{"-"}, len(g.Columns)-first)...)
		for _, l := range e.Levels {
			cells[place[[3]string{l.Workload, l.Metric, l.Unit}]] = significant(l.Value, 4)
		}
		g.Rows = append(g.Rows, page.Row{Cells: cells})
	}
	return g
}

// BaselinesSchema names the JSON form of a folder of baselines; docs/schema/baselines-v1.json describes it.
const BaselinesSchema = "vnettune/baselines/v1"

// jsonBaselines is a folder of baselines.
type jsonBaselines struct {
	Schema     string           `json:"schema"`
	Folder     string           `json:"folder"`
	Stores     []jsonBaseline   `json:"stores"`
	Unreadable []jsonUnreadable `json:"unreadable"`
}

// jsonBaseline is one store of the folder.
type jsonBaseline struct {
	File      string         `json:"file"`
	Campaign  string         `json:"campaign"`
	Begun     time.Time      `json:"begun"`
	GuestKind record.Name    `json:"guest_kind"`
	Notice    record.Name    `json:"notice"`
	Guest     record.Name    `json:"guest"`
	Boots     int            `json:"boots"`
	Levels    []stored.Level `json:"levels"`
}

// jsonUnreadable is a file of the folder that is no store, or a damaged one.
type jsonUnreadable struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// BaselinesJSON lists a folder of baselines for programs.
func BaselinesJSON(w io.Writer, folder string, all []baseline.Entry) error {
	d := jsonBaselines{Schema: BaselinesSchema, Folder: folder, Stores: []jsonBaseline{}, Unreadable: []jsonUnreadable{}}
	for _, e := range all {
		if e.Err != nil {
			d.Unreadable = append(d.Unreadable, jsonUnreadable{e.Path, trouble.Line(e.Err)})
			continue
		}
		c := e.Campaign
		r := Report{GuestKind: c.GuestKind()}
		d.Stores = append(d.Stores, jsonBaseline{
			File: e.Path, Campaign: c.File.Name, Begun: c.Begun().UTC(), GuestKind: record.Name(r.guestKind()), Notice: record.Name(r.notice()),
			Guest: record.Name(guestWords(c.Guest())), Boots: c.BootsMade(), Levels: list(e.Levels),
		})
	}
	return writeJSON(w, "baselines", d)
}

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
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/trouble"
)

// BaselinesText lists a folder of baselines for people.
func BaselinesText(w io.Writer, folder string, all []baseline.Entry) error {
	p := page{}
	var readable, unreadable []baseline.Entry
	for _, e := range all {
		if e.Err != nil {
			unreadable = append(unreadable, e)
		} else {
			readable = append(readable, e)
		}
	}
	p.line(fmt.Sprintf("%s: %s", folder, count(len(readable), "stored campaign")))
	if len(readable) > 0 {
		r := Report{GuestKind: readable[0].Campaign.GuestKind()}
		if n := r.notice(); n != "" {
			p.line("Guest: " + r.guestKind() + " - " + n)
		}
		cols := baselineColumns(readable)
		for _, c := range cols[:describing] {
			if !c.varies() {
				p.line(c.head + ": " + c.cells[0])
			}
		}
		p.WriteByte('\n')
		if err := p.table(slices.Concat(slices.DeleteFunc(slices.Clone(cols[:describing]), func(c column) bool { return !c.varies() }), cols[describing:])); err != nil {
			return fmt.Errorf("baselines: %w", err)
		}
	}
	for _, e := range unreadable {
		p.line("cannot be read: " + trouble.Line(e.Err))
	}
	return p.writeTo(w, "baselines")
}

// describing is how many of the columns say what the stores are of; one value of all is said once.
const describing = 2

// baselineColumns have one for each primary metric of any of the stores.
func baselineColumns(all []baseline.Entry) []column {
	cols := []column{{head: "campaign"}, {head: "Windows"}, {head: "file"}, {head: "begun (UTC)"}, {head: "boots", right: true}}
	first := len(cols)
	place := make(map[[3]string]int)
	for _, e := range all {
		for _, l := range e.Levels {
			key := [3]string{l.Workload, l.Metric, l.Unit}
			if _, ok := place[key]; !ok {
				place[key] = len(cols)
				cols = append(cols, column{head: fmt.Sprintf("%s %s, %s", l.Workload, l.Metric, l.Unit), right: true})
			}
		}
	}
	for _, e := range all {
		c := e.Campaign
		cells := []string{c.File.Name, cmp.Or(guestWords(c.Guest()), "not known"), filepath.Base(e.Path), c.Begun().UTC().Format("2006-01-02 15:04"), strconv.Itoa(len(c.Kept.Boots))}
		cells = append(cells, slices.Repeat([]string{"-"}, len(cols)-first)...)
		for _, l := range e.Levels {
			cells[place[[3]string{l.Workload, l.Metric, l.Unit}]] = significant(l.Value, 4)
		}
		addRow(cols, cells...)
	}
	return cols
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
			Guest: record.Name(guestWords(c.Guest())), Boots: len(c.Kept.Boots), Levels: list(e.Levels),
		})
	}
	return writeJSON(w, "baselines", d)
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// check is one line of doctor.
type check struct {
	ID     string `json:"id"`     // area and name, such as guest.adapter
	Status string `json:"status"` // one of the words below
	Saw    string `json:"saw"`
	Do     string `json:"do,omitempty"` // what mends it; given for warnings and failures
}

// The words of a check.
const (
	statusOK       = "ok"
	statusWarning  = "warning"
	statusFailed   = "failed"
	statusNotAsked = "not asked"
)

// diagnosis is what doctor says; docs/schema/doctor-v1.json describes its JSON.
type diagnosis struct {
	Schema    string  `json:"schema"`
	Campaign  string  `json:"campaign"`
	GuestKind *string `json:"guest_kind"` // windows, or the stand-in's; nil when the guest did not say
	Notice    *string `json:"notice"`
	Verdict   string  `json:"verdict"` // the worst status of all checks
	Checks    []check `json:"checks"`
}

// doctorSchema names the form of the JSON.
const doctorSchema = "vnettune/doctor/v1"

// standInNotice is what every report of a stand-in says.
const standInNotice = "stand-in guest, not Windows"

func (d *diagnosis) ok(id, saw string, args ...any) {
	d.Checks = append(d.Checks, check{ID: id, Status: statusOK, Saw: fmt.Sprintf(saw, args...)})
}

func (d *diagnosis) notAsked(id, why string) {
	d.Checks = append(d.Checks, check{ID: id, Status: statusNotAsked, Saw: why})
}

func (d *diagnosis) warn(id, do, saw string, args ...any) {
	d.Checks = append(d.Checks, check{id, statusWarning, fmt.Sprintf(saw, args...), do})
}

func (d *diagnosis) fail(id, do, saw string, args ...any) {
	d.Checks = append(d.Checks, check{id, statusFailed, fmt.Sprintf(saw, args...), do})
}

// count says how many checks have a status.
func (d *diagnosis) count(status string) int {
	n := 0
	for _, c := range d.Checks {
		if c.Status == status {
			n++
		}
	}
	return n
}

// areas is the order in which checks are shown; they are made in the order in which
// one answer needs another.
var areas = []string{"host", "network", "winrm", "guest", "rights", "iperf", "firewall", "rescue", "campaign"}

func (c check) area() string {
	area, _, _ := strings.Cut(c.ID, ".")
	return area
}

// judge puts the checks in order and sets the verdict.
func (d *diagnosis) judge() {
	slices.SortStableFunc(d.Checks, func(a, b check) int {
		return slices.Index(areas, a.area()) - slices.Index(areas, b.area())
	})
	d.Verdict = statusOK
	for _, s := range []string{statusFailed, statusWarning} {
		if d.count(s) > 0 {
			d.Verdict = s
			return
		}
	}
}

// write shows the diagnosis to a person.
func (d *diagnosis) write(w io.Writer) error {
	var b strings.Builder
	if d.Notice != nil {
		fmt.Fprintf(&b, "%s\n", *d.Notice)
	}
	last := ""
	for _, c := range d.Checks {
		area, name, _ := strings.Cut(c.ID, ".")
		if area != last {
			fmt.Fprintf(&b, "%s\n", area)
			last = area
		}
		fmt.Fprintf(&b, "  %-9s  %-15s %s\n", c.Status, name, c.Saw)
		if c.Do != "" {
			fmt.Fprintf(&b, "  %9s  %15s do: %s\n", "", "", c.Do)
		}
	}
	warnings := d.count(statusWarning)
	fmt.Fprintf(&b, "%d ok, %d %s, %d failed, %d not asked\n", d.count(statusOK), warnings, plural(warnings, "warning"), d.count(statusFailed), d.count(statusNotAsked))
	_, err := io.WriteString(w, b.String())
	return err
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

package doctor

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Check is one line of a diagnosis.
type Check struct {
	ID     string `json:"id"`     // area and name, such as guest.adapter
	Status string `json:"status"` // one of the words below
	Saw    string `json:"saw"`
	Do     string `json:"do,omitempty"` // what mends it; given for warnings and failures
}

// The statuses of a check.
const (
	OK       = "ok"
	Warning  = "warning"
	Failed   = "failed"
	NotAsked = "not asked"
)

// Diagnosis is what doctor says; docs/schema/doctor-v1.json describes its JSON.
type Diagnosis struct {
	Schema    string  `json:"schema"`
	Campaign  string  `json:"campaign"`
	GuestKind *string `json:"guest_kind"` // windows, or the stand-in's; nil when the guest did not say
	Notice    *string `json:"notice"`
	Verdict   string  `json:"verdict"` // the worst status of all checks
	Checks    []Check `json:"checks"`
}

// schema names the form of the JSON.
const schema = "vnettune/doctor/v1"

// standInNotice is what every report of a stand-in says.
const standInNotice = "stand-in guest, not Windows"

func (d *Diagnosis) ok(id, saw string, args ...any) {
	d.Checks = append(d.Checks, Check{ID: id, Status: OK, Saw: fmt.Sprintf(saw, args...)})
}

func (d *Diagnosis) notAsked(id, why string) {
	d.Checks = append(d.Checks, Check{ID: id, Status: NotAsked, Saw: why})
}

func (d *Diagnosis) warn(id, do, saw string, args ...any) {
	d.Checks = append(d.Checks, Check{id, Warning, fmt.Sprintf(saw, args...), do})
}

func (d *Diagnosis) fail(id, do, saw string, args ...any) {
	d.Checks = append(d.Checks, Check{id, Failed, fmt.Sprintf(saw, args...), do})
}

// Count says how many checks have a status.
func (d *Diagnosis) Count(status string) int {
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

func (c Check) area() string {
	area, _, _ := strings.Cut(c.ID, ".")
	return area
}

// judge puts the checks in order and sets the verdict.
func (d *Diagnosis) judge() {
	slices.SortStableFunc(d.Checks, func(a, b Check) int {
		return slices.Index(areas, a.area()) - slices.Index(areas, b.area())
	})
	d.Verdict = OK
	for _, s := range []string{Failed, Warning} {
		if d.Count(s) > 0 {
			d.Verdict = s
			return
		}
	}
}

// WriteText shows the diagnosis to a person.
func (d *Diagnosis) WriteText(w io.Writer) error {
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
	warnings := "warnings"
	if d.Count(Warning) == 1 {
		warnings = "warning"
	}
	fmt.Fprintf(&b, "%d ok, %d %s, %d failed, %d not asked\n", d.Count(OK), d.Count(Warning), warnings, d.Count(Failed), d.Count(NotAsked))
	for _, of := range []struct{ status, named string }{{Failed, "failed"}, {Warning, warnings}} { // which have scrolled away
		var ids []string
		for _, c := range d.Checks {
			if c.Status == of.status {
				ids = append(ids, c.ID)
			}
		}
		if len(ids) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", of.named, strings.Join(ids, ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

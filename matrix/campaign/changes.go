package campaign

import (
	"maps"
	"reflect"

	"vnettune/matrix"
)

// Changed are the parts of a campaign file, by their keys, in which b is another experiment than a. What may change
// between two sessions is left out: where the guest is and how it is reached, who logs on, the ways back, limits, the
// time of a session, notices; and blocks, of which more may come.
func Changed(a, b Campaign) []string {
	parts := []struct {
		key string
		of  func(Campaign) any
	}{
		{"name", func(c Campaign) any { return c.Name }},
		{"guest.lab", func(c Campaign) any { return c.Guest.Lab }},
		{"guest.generation", func(c Campaign) any { return c.Guest.Generation }},
		{"guest", func(c Campaign) any { return c.Guest.Remote == nil }},
		{"guest.iperf", func(c Campaign) any {
			if c.Guest.Remote == nil {
				return ""
			}
			return c.Guest.Remote.Iperf
		}},
		{"guest.iperf2", func(c Campaign) any {
			if c.Guest.Remote == nil {
				return ""
			}
			return c.Guest.Remote.Iperf2
		}},
		{"host", func(c Campaign) any { return c.Host }},
		{"peer", func(c Campaign) any { return c.Peer }},
		{"design", func(c Campaign) any { return experiment(c.Design) }},
		{"workloads", func(c Campaign) any { return c.Workloads }},
		{"repetitions", func(c Campaign) any { return c.Repetitions }},
		{"margin", func(c Campaign) any { return c.Margin }},
		{"margins", func(c Campaign) any { return c.Margins }},
		{"alpha", func(c Campaign) any { return c.Alpha }},
		{"looks", func(c Campaign) any { return c.Looks }},
		{"seed", func(c Campaign) any { return c.Seed }},
		{"search", func(c Campaign) any { return c.Search }},
		{"settle", func(c Campaign) any { return c.Settle }},
	}
	var all []string
	for _, p := range parts {
		if !reflect.DeepEqual(p.of(a), p.of(b)) {
			all = append(all, p.key)
		}
	}
	return all
}

// experiment is a design without what may be otherwise in a later session: another way back lets the adapter be
// restarted, which only switching within boots needs.
func experiment(d matrix.Design) matrix.Design {
	if d.Switch != matrix.SwitchWithinBoots {
		d.Restarts = false
	}
	d.Define = maps.Clone(d.Define)
	for id, own := range d.Define { // in which line it is decides nothing
		own.Where = ""
		d.Define[id] = own
	}
	return d
}

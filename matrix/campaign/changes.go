package campaign

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

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
		{"profiles", func(c Campaign) any { return c.inline() }},
		{"define", func(c Campaign) any { return c.inlineDefine() }},
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
	return append(append(all, ChangedPackages(a, b)...), ChangedFiles(a, b)...)
}

// ChangedPackages are the variants whose driver's package is another, by what it is, in b than in a.
func ChangedPackages(a, b Campaign) []string {
	var all []string
	for _, v := range a.Design.Variants {
		i := slices.IndexFunc(b.Design.Variants, func(w matrix.Variant) bool { return w.Name == v.Name })
		if i < 0 || v.Driver == nil || b.Design.Variants[i].Driver == nil {
			continue
		}
		switch is := b.Design.Variants[i].Driver; {
		case v.Driver.Same(*is), len(v.Driver.Files) == 0, len(is.Files) == 0:
		case v.Driver.Version != is.Version:
			all = append(all, fmt.Sprintf("the driver's package of variant %s (%s, now %s)", v.Name, v.Driver.Version, is.Version))
		default:
			all = append(all, fmt.Sprintf("the driver's package of variant %s (%s, now of other files)", v.Name, is.Version))
		}
	}
	return all
}

// ChangedFiles are the files of profiles in which b is another experiment than a, as Changed names them.
func ChangedFiles(a, b Campaign) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(merged(a.Files, b.Files))) {
		was, had := a.Files[name]
		is, has := b.Files[name]
		if had != has || !reflect.DeepEqual(was.measured(), is.measured()) {
			all = append(all, "profiles ("+name+")")
		}
	}
	return all
}

// merged are the keys of both.
func merged(a, b map[string]Own) map[string]Own {
	all := maps.Clone(a)
	if all == nil {
		return b
	}
	maps.Copy(all, b)
	return all
}

// measured is what users bring themselves without what only people read, and without where it stands.
func (o Own) measured() Own {
	m := Own{Define: map[string]matrix.Definition{}}
	for _, p := range o.Profiles {
		m.Profiles = append(m.Profiles, matrix.Profile{ID: p.ID, AppliesTo: p.AppliesTo, Lines: p.Lines})
	}
	for id, d := range o.Define {
		d.Where = ""
		m.Define[id] = d
	}
	return m
}

// inline are the profiles that stand in the campaign file itself.
func (c Campaign) inline() []matrix.Profile {
	own := Own{Profiles: slices.DeleteFunc(slices.Clone(c.Own.Profiles), func(p matrix.Profile) bool {
		for _, f := range c.Files {
			if slices.ContainsFunc(f.Profiles, func(of matrix.Profile) bool { return of.ID == p.ID }) {
				return true
			}
		}
		return false
	})}
	return own.measured().Profiles
}

// inlineDefine are the settings that the campaign file itself defines.
func (c Campaign) inlineDefine() map[string]matrix.Definition {
	own := Own{Define: maps.Clone(c.Own.Define)}
	for _, f := range c.Files {
		for id := range f.Define {
			delete(own.Define, id)
		}
	}
	return own.measured().Define
}

// experiment is a design without what may be otherwise in a later session: another way back lets the adapter be
// restarted, which only switching within boots needs.
func experiment(d matrix.Design) matrix.Design {
	if d.Switch != matrix.SwitchWithinBoots {
		d.Restarts = false
	}
	d.Profiles, d.For, d.Define = nil, nil, nil // which are parts of their own
	d.Variants = slices.Clone(d.Variants)
	for i, v := range d.Variants {
		if v.Driver != nil {
			d.Variants[i].Driver = &matrix.Package{} // ChangedPackages says whether it is another
		}
	}
	return d
}

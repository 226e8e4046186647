package matrix

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// StandsAt are the values at which s stands on a Windows that nobody changed, as far as the catalogue says them: of a
// value in the registry that it is not there, or that it is there with what counts without it. None: not known, or
// known to the guest's driver alone (a property of the adapter).
func (s Setting) StandsAt(w Windows) []Value {
	f := s.Forms[w.Generation]
	if f.Kind == AdapterKeyword {
		return nil
	}
	var all []Value
	if v, ok := s.DefaultValue(w); ok {
		all = append(all, v)
	}
	if f.Default != "" && f.Default != Absent {
		all = append(all, f.Default)
	}
	if f.Kind == "" || s.DefaultsOf[w.Generation] != nil && !f.Kind.InRegistry() {
		return all
	}
	said := strings.TrimPrefix(s.Defaults[w.Generation], "absent = ")
	if f.Kind == NetshDynamicPort {
		said, _, _ = strings.Cut(said, "/") // the first port; how many there are goes with it
	}
	text := s.Legal.Canon(Value(said))
	plain := text != Found && text != Absent && text != Default && s.Legal.Check(text) == nil && s.has(w, text) == nil
	if plain && !slices.Contains(all, text) {
		all = append(all, text)
	}
	return all
}

// redHat is the third number of the version of a NetKVM of Red Hat's packages.
const redHat = "104"

// DriverBuild is the build of a NetKVM by the version that Windows gives: 100.93.104.24000 is of virtio-win 0.1.240
// (docs/facts/windows-settings.md 5). False for a version of another form, as other vendors have.
func DriverBuild(version string) (int, bool) {
	parts := strings.Split(version, ".")
	if len(parts) != 4 || parts[2] != redHat {
		return 0, false
	}
	n, err := strconv.Atoi(parts[3])
	if err != nil || n < 100 || n%100 != 0 {
		return 0, false
	}
	return n / 100, true
}

// Everywhere are the settings that a Windows has a form of, whether or not this tool may change them there: what can
// be read. The placebo, which is no knob of Windows, is none of them. own are settings that a campaign defines.
func (c *SettingSet) Everywhere(w Windows, own map[string]Definition) []Planned {
	var all []Planned
	for _, s := range c.all {
		f, has := s.Forms[w.Generation]
		if !has || s.ID == PlaceboID {
			continue
		}
		if why, cannot := s.CanSet(w).(*CannotError); cannot && why.Why != ReadOnly {
			continue
		}
		all = append(all, Planned{Setting: s, Form: f, Inert: s.inert(w.Generation)})
	}
	for _, id := range slices.Sorted(maps.Keys(own)) {
		if s, wrong := own[id].setting(id); len(wrong) == 0 {
			all = append(all, Planned{Setting: s, Form: s.Forms[w.Generation]})
		}
	}
	return all
}

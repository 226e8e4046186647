package record

import (
	"fmt"
	"slices"
)

// Originals is what a guest had before the first write, with the place of each
// setting: enough to put the guest back without the campaign.
type Originals struct {
	Generation string     `json:"generation"` // of Windows
	Adapter    Adapter    `json:"adapter"`
	Template   string     `json:"template"` // TCP template in use, "" where none was asked for
	Settings   []Original `json:"settings"` // in order of id; a setting of TCP templates once for each that is written
}

// Original is one setting as it was found.
type Original struct {
	Place   Place  `json:"place"`
	State   State  `json:"state"`
	Default *State `json:"default,omitempty"` // what the word default stands for: a driver's for its property, the campaign's for a setting of its own, the catalogue's for what no registry holds; nil where it is not known
}

// Place is where one setting lives on one guest: the form of its generation with
// everything that depends on the guest filled in.
type Place struct {
	ID        string   `json:"id"`
	Kind      string   `json:"kind"`               // the mechanism by which it is written and read
	Path      string   `json:"path,omitempty"`     // registry key
	Name      string   `json:"name"`               // registry value or netsh key
	Type      string   `json:"type,omitempty"`     // registry kind written
	Template  string   `json:"template,omitempty"` // TCP template, as CIM names it
	Interface int      `json:"interface,omitempty"`
	CIM       string   `json:"cim,omitempty"`
	Enum      []string `json:"enum,omitempty"`
	Inert     string   `json:"inert,omitempty"` // why no effect is expected
	// Texts are what values stand for, where they are names of texts.
	Texts map[string]string `json:"texts,omitempty"`
}

// perTemplate is the kind of places that each TCP template has.
const perTemplate = "netsh-template"

// Key tells a place from all others of the same originals: its setting's id, with the template
// where each TCP template has a place of its own.
func (p Place) Key() string {
	if p.Kind == perTemplate {
		return p.ID + "@" + p.Template
	}
	return p.ID
}

// State is what a place holds.
type State struct {
	Exists bool   `json:"exists"`
	Kind   string `json:"kind,omitempty"` // registry kind; "word" for what netsh and CIM say
	Data   string `json:"data,omitempty"` // decimal number, text or word in lower case
}

// String is the state as a campaign says it: the value, or that there is none.
func (s State) String() string {
	if !s.Exists {
		return "absent"
	}
	return s.Data
}

// Same says whether the guest is still as it was found; the error names what differs. A TCP template
// that was not looked at, as by an earlier version, is no difference.
func (o Originals) Same(now Originals) error {
	is := now.States()
	for _, s := range now.Settings {
		if !slices.ContainsFunc(o.Settings, func(was Original) bool { return was.Place.ID == s.Place.ID }) {
			return fmt.Errorf("the guest is not as the campaign found it: %s was not looked at and is %s", s.Place.ID, s.State)
		}
	}
	for _, s := range o.Settings {
		if after, ok := is[s.Place.Key()]; !ok || after != s.State {
			return fmt.Errorf("the guest is not as the campaign found it: %s was %s and is %s", s.Place.Key(), s.State, after)
		}
	}
	if o.Adapter.GUID != now.Adapter.GUID {
		return fmt.Errorf("the guest's adapter under test is another one: %s was %s", now.Adapter.GUID, o.Adapter.GUID)
	}
	return nil
}

// States is what was found, by the keys of the places.
func (o Originals) States() map[string]State {
	was := map[string]State{}
	for _, s := range o.Settings {
		was[s.Place.Key()] = s.State
	}
	return was
}

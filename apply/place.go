package apply

import (
	"fmt"
	"strings"

	"vnettune/matrix"
)

// Place is where one setting lives on one guest: the form of its generation with
// everything that depends on the guest filled in.
type Place struct {
	ID        string          `json:"id"`
	Kind      matrix.FormKind `json:"kind"`
	Path      string          `json:"path,omitempty"`     // registry key
	Name      string          `json:"name"`               // registry value or netsh key
	Type      string          `json:"type,omitempty"`     // registry kind written
	Template  string          `json:"template,omitempty"` // TCP template, as CIM names it
	Interface int             `json:"interface,omitempty"`
	CIM       string          `json:"cim,omitempty"`
	Enum      []string        `json:"enum,omitempty"`
	Inert     string          `json:"inert,omitempty"` // why no effect is expected
}

// registry says whether the place is a value in the registry.
func (p Place) registry() bool { return p.Kind == matrix.Registry || p.Kind == matrix.AdapterKeyword }

// netshTemplates are the templates that netsh names as CIM does, but for case.
// InternetCustom and DatacenterCustom have no name of their own in netsh.
var netshTemplates = []string{"Internet", "Datacenter", "Compat"}

// locate fills in where a setting lives on this guest.
func locate(s matrix.Planned, a Adapter, template string) (Place, error) {
	f := s.Form
	p := Place{ID: s.Setting.ID, Kind: f.Kind, Path: f.Path, Name: f.Name, Type: f.Type, CIM: f.CIM, Enum: f.Enum, Inert: s.Inert}
	switch f.Kind {
	case matrix.Registry:
		if !strings.HasPrefix(f.Path, `HKLM\`) {
			return Place{}, fmt.Errorf("%s: key %q is not under HKLM", s.Setting.ID, f.Path)
		}
	case matrix.AdapterKeyword:
		if a.ClassKey == "" {
			return Place{}, fmt.Errorf("%s: adapter %q has no class key in the registry", s.Setting.ID, a.Name)
		}
		if _, ok := a.Keywords[f.Name]; !ok {
			return Place{}, fmt.Errorf("%s: the driver of adapter %q (%s) has no property %s", s.Setting.ID, a.Name, a.DriverVersion, f.Name)
		}
		p.Path, p.Type = a.ClassKey, "String"
	case matrix.NetshTemplate:
		if template == "" {
			return Place{}, fmt.Errorf("%s: the guest does not say which TCP template its connections use", s.Setting.ID)
		}
		for _, known := range netshTemplates {
			if known == template {
				p.Template = template
			}
		}
		if p.Template == "" {
			return Place{}, fmt.Errorf("%s: connections use the TCP template %q, which netsh cannot set by name", s.Setting.ID, template)
		}
	case matrix.NetshSubinterface:
		p.Interface = a.Index
	case matrix.NetshGlobal, matrix.NetshHeuristics:
		p.Template = template
	default:
		return Place{}, fmt.Errorf("%s: no way to write a setting of kind %q", s.Setting.ID, f.Kind)
	}
	return p, nil
}

package apply

import (
	"fmt"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// inRegistry says whether the place is a value in the registry.
func inRegistry(p record.Place) bool {
	return kindOf(p) == matrix.Registry || kindOf(p) == matrix.AdapterKeyword
}

// kindOf is the mechanism by which the place is written and read.
func kindOf(p record.Place) matrix.FormKind { return matrix.FormKind(p.Kind) }

// netshTemplates are the templates that netsh names as CIM does, but for case.
// InternetCustom and DatacenterCustom have no name of their own in netsh.
var netshTemplates = []string{"Internet", "Datacenter", "Compat"}

// locate fills in where a setting lives on this guest.
func locate(s matrix.Planned, a record.Adapter, template string) (record.Place, error) {
	f := s.Form
	p := record.Place{ID: s.Setting.ID, Kind: string(f.Kind), Path: f.Path, Name: f.Name, Type: f.Type, CIM: f.CIM, Enum: f.Enum, Inert: s.Inert}
	switch f.Kind {
	case matrix.Registry:
		if !strings.HasPrefix(f.Path, `HKLM\`) {
			return record.Place{}, fmt.Errorf("%s: key %q is not under HKLM", s.Setting.ID, f.Path)
		}
	case matrix.AdapterKeyword:
		if a.ClassKey == "" {
			return record.Place{}, fmt.Errorf("%s: adapter %q has no class key in the registry", s.Setting.ID, a.Name)
		}
		if _, ok := a.Keywords[f.Name]; !ok {
			return record.Place{}, fmt.Errorf("%s: the driver of adapter %q (%s) has no property %s", s.Setting.ID, a.Name, a.DriverVersion, f.Name)
		}
		p.Path, p.Type = a.ClassKey, "String"
	case matrix.NetshTemplate:
		if template == "" {
			return record.Place{}, fmt.Errorf("%s: the guest does not say which TCP template its connections use", s.Setting.ID)
		}
		for _, known := range netshTemplates {
			if known == template {
				p.Template = template
			}
		}
		if p.Template == "" {
			return record.Place{}, fmt.Errorf("%s: connections use the TCP template %q, which netsh cannot set by name", s.Setting.ID, template)
		}
	case matrix.NetshSubinterface:
		p.Interface = a.Index
	case matrix.NetshGlobal, matrix.NetshHeuristics:
		p.Template = template
	default:
		return record.Place{}, fmt.Errorf("%s: no way to write a setting of kind %q", s.Setting.ID, f.Kind)
	}
	return p, nil
}

package scripts

import (
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
)

type driverInput struct {
	ClassKey string `json:"classKey"`
}

type driverAnswer struct {
	Keywords []driverKeyword   `json:"keywords"`
	Problems map[string]string `json:"problems"`
}

type driverKeyword struct {
	Name     string   `json:"name"`
	Type     *string  `json:"type"`
	Default  *string  `json:"default"`
	Min      *string  `json:"min"`
	Max      *string  `json:"max"`
	Step     *string  `json:"step"`
	Base     *string  `json:"base"`
	Optional *string  `json:"optional"`
	Enum     []string `json:"enum"`
	Set      bool     `json:"set"`
}

// playDriver plays the contract "driver": it reads the registry, as a Windows does, and not
// the driver that was installed.
func playDriver(m *machine.Machine, in driverInput) (any, error) {
	a := driverAnswer{Keywords: []driverKeyword{}, Problems: map[string]string{}}
	class, err := registry.ParsePath(in.ClassKey)
	if err != nil || !strings.HasPrefix(strings.ToUpper(in.ClassKey), `HKLM\`) {
		return nil, scriptErrorf("classKey", "%s is no key under HKLM", in.ClassKey)
	}
	reg := m.View().Reg
	if reg.Find(class) == nil {
		return nil, scriptErrorf("classKey", "there is no key %s", in.ClassKey)
	}
	params := reg.Find(class.Join("Ndi", "params"))
	if params == nil {
		return a, nil
	}
	for _, k := range params.Subkeys() {
		w := driverKeyword{Name: k.Name}
		_, w.Set = reg.Get(class, k.Name)
		for _, attribute := range []struct {
			name string
			to   **string
		}{
			{"type", &w.Type}, {"default", &w.Default}, {"min", &w.Min}, {"max", &w.Max}, {"step", &w.Step}, {"base", &w.Base}, {"optional", &w.Optional},
		} {
			if v, ok := k.Get(attribute.name); ok {
				*attribute.to = &v.Data
			}
		}
		if enum := reg.Find(class.Join("Ndi", "params", k.Name, "enum")); enum != nil {
			w.Enum = append([]string{}, enum.ValueNames()...)
		}
		a.Keywords = append(a.Keywords, w)
	}
	return a, nil
}

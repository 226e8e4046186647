package windows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// savedKey is a key of the saved form, with what is below it.
type savedKey struct {
	Name   string       `json:"name"`
	Values []savedValue `json:"values,omitempty"`
	Keys   []savedKey   `json:"keys,omitempty"`
}

// savedValue is a value of the saved form.
type savedValue struct {
	Name string `json:"name"`
	value
}

func (k *regKey) saved() savedKey {
	out := savedKey{Name: k.name}
	for _, n := range k.names {
		out.Values = append(out.Values, savedValue{n, k.values[strings.ToLower(n)]})
	}
	for _, s := range k.subkeys() {
		if !s.volatile {
			out.Keys = append(out.Keys, s.saved())
		}
	}
	return out
}

func (k savedKey) load(path string) (*regKey, error) {
	out := newKey(k.Name, false)
	for _, v := range k.Values {
		checked, err := newValue(v.Kind, v.Data)
		if err != nil {
			return nil, fmt.Errorf("%s, value %q: %w", path, v.Name, err)
		}
		out.set(v.Name, checked)
	}
	for _, s := range k.Keys {
		sub, err := s.load(path + `\` + s.Name)
		if err != nil {
			return nil, err
		}
		out.keys[strings.ToLower(s.Name)] = sub
	}
	return out, nil
}

// saved is the tree in the form to save; volatile keys are left out.
func (r *registry) saved() []savedKey {
	var list []savedKey
	for _, n := range slices.Sorted(maps.Keys(r.roots)) {
		list = append(list, r.roots[n].saved())
	}
	return list
}

// loadRegistry reads the saved form.
func loadRegistry(list []savedKey) (*registry, error) {
	r := newRegistry()
	for _, k := range list {
		key, err := k.load(k.Name)
		if err != nil {
			return nil, err
		}
		r.roots[k.Name] = key
	}
	return r, nil
}

package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SavedKey is a key of the saved form, with what is below it.
type SavedKey struct {
	Name   string       `json:"name"`
	Values []savedValue `json:"values,omitempty"`
	Keys   []SavedKey   `json:"keys,omitempty"`
}

// savedValue is a value of the saved form.
type savedValue struct {
	Name string `json:"name"`
	Value
}

func (k *Key) saved() SavedKey {
	out := SavedKey{Name: k.Name}
	for _, n := range k.names {
		out.Values = append(out.Values, savedValue{n, k.values[strings.ToLower(n)]})
	}
	for _, s := range k.Subkeys() {
		if !s.volatile {
			out.Keys = append(out.Keys, s.saved())
		}
	}
	return out
}

func (k SavedKey) load(path string) (*Key, error) {
	out := newKey(k.Name, false)
	for _, v := range k.Values {
		checked, err := NewValue(v.Kind, v.Data)
		if err != nil {
			return nil, fmt.Errorf("%s, value %q: %w", path, v.Name, err)
		}
		out.Set(v.Name, checked)
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

// Saved is the tree in the form to save; volatile keys are left out.
func (r *Tree) Saved() []SavedKey {
	var list []SavedKey
	for _, n := range slices.Sorted(maps.Keys(r.roots)) {
		list = append(list, r.roots[n].saved())
	}
	return list
}

// Load reads the saved form.
func Load(list []SavedKey) (*Tree, error) {
	r := New()
	for _, k := range list {
		key, err := k.load(k.Name)
		if err != nil {
			return nil, err
		}
		r.roots[k.Name] = key
	}
	return r, nil
}

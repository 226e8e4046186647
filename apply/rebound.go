package apply

import (
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Rebound are originals for the adapter as it is now: a variant of the machine may give the same adapter, by its MAC,
// another GUID, class key and index, and another driver. What was found is written where the adapter has its values
// now, and the word default stands for what its driver declares now. The adapter's driver must have been asked
// (Declare) where a setting is a property of it.
func Rebound(o record.Originals, now record.Adapter) record.Originals {
	was := o.Adapter
	o.Settings = slices.Clone(o.Settings)
	for i := range o.Settings {
		s := &o.Settings[i]
		p := &s.Place
		if kindOf(*p) != matrix.Registry {
			p.Path = replaced(replaced(p.Path, was.ClassKey, now.ClassKey), was.GUID, now.GUID)
		}
		if p.Interface != 0 && p.Interface == was.Index {
			p.Interface = now.Index
		}
		if kindOf(*p) == matrix.AdapterKeyword && now.Driver != nil {
			s.Default = nil
			if k, err := now.Driver.Find(p.Name); err == nil && k.Default != nil {
				s.Default = &record.State{Exists: true, Kind: p.Type, Data: *k.Default}
			}
		}
	}
	o.Adapter = now
	return o
}

// replaced is a path with another part of it, whatever the case of its letters.
func replaced(path, was, now string) string {
	if was == "" || now == "" || len(was) > len(path) {
		return path
	}
	if i := strings.Index(strings.ToUpper(path), strings.ToUpper(was)); i >= 0 {
		return path[:i] + now + path[i+len(was):]
	}
	return path
}

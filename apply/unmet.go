package apply

import (
	"fmt"

	"vnettune/matrix"
	"vnettune/results/record"
)

// unmetTemplate is the TCP template that stands for a guest's where nobody asked it: connections of a client
// use it (https://blogs.technet.microsoft.com/networking/2018/10/03/tcp-templates-for-windows/).
const unmetTemplate = "Internet"

// Unmet is where a setting lives on a guest that nobody has asked, and what the word default stands for there.
// What lies under the adapter's own key has no path: which adapter it is to be is told on the guest. The error
// says what of it only a guest can tell.
func Unmet(w matrix.Windows, s matrix.Planned) (record.Original, error) {
	cannot := func(why string) (record.Original, error) {
		return record.Original{}, fmt.Errorf("%s: %s", s.Setting.ID, why)
	}
	switch {
	case s.Form.Kind == matrix.NetshSubinterface:
		return cannot("the number of the adapter's interface is known in the guest only")
	case s.Form.Kind == matrix.NetshTemplate && w.Generation == matrix.NT62:
		return cannot("which TCP template may be changed differs between 8, 8.1 and 2012, and is known in the guest only")
	}
	some := anyAdapter(s)
	p, err := locate(s, some, unmetTemplate)
	if err != nil {
		return record.Original{}, err
	}
	switch s.Form.Kind {
	case matrix.AdapterKeyword, matrix.AdapterValue, matrix.InterfaceValue:
		p.Path = ""
	}
	return record.Original{Place: p, Default: defaultOf(w, s, some, p)}, nil
}

// anyAdapter has what locate asks of an adapter, and nothing that is kept.
func anyAdapter(s matrix.Planned) record.Adapter {
	return record.Adapter{
		GUID:     "{00000000-0000-0000-0000-000000000000}",
		ClassKey: "HKLM",
		Driver:   &record.Driver{Keywords: record.List[record.Keyword]{{Name: s.Form.Name}}},
	}
}

package stored

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Known is what the newest session of a store knows of the guest's machine.
type Known struct {
	Adapter record.Adapter // without a driver: none was asked, as by every version before
	VCPUs   int            // 0: not known
}

// Compute is the value of a profile's choice that its source computes from the guest, in the form
// of generation g; "" where that is not known.
func (k Known) Compute(g matrix.Generation, l matrix.Line) matrix.Value {
	switch l.Computed {
	case matrix.VCPUs:
		if k.VCPUs > 0 {
			return matrix.Value(strconv.Itoa(k.VCPUs))
		}
	case matrix.Largest:
		s, _ := matrix.Catalogue().Lookup(l.Setting)
		if k.Adapter.Driver == nil || s.Forms[g].Kind != matrix.AdapterKeyword {
			return ""
		}
		if keyword, err := k.Adapter.Driver.Find(s.Forms[g].Name); err == nil {
			return matrix.Value(keyword.Largest())
		}
	}
	return ""
}

// FindKnown looks for what is known of the guest's machine in the store from, or else in the
// campaign's own store, which may not be there. path is the store that says so.
func FindKnown(from, own string, c campaign.Campaign) (k Known, path string, err error) {
	if path = from; path == "" {
		path = own
		if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
			return k, path, nil
		}
	}
	k, err = knownIn(path, c)
	if err != nil && from == "" {
		// What is wrong with the own store is said by the forecast, or by the run in it.
		return Known{}, path, nil
	}
	return k, path, err
}

func knownIn(path string, c campaign.Campaign) (k Known, err error) {
	s, err := results.OpenReadOnly(path)
	if err != nil {
		return k, trouble.Invalid(err)
	}
	defer s.Close()
	old, err := FileOf(s)
	if err != nil {
		return k, err
	}
	sessions, err := s.Sessions()
	if err != nil || len(sessions) == 0 || otherGuest(c, old, s.Campaign().Generation) != "" {
		return k, err
	}
	last := sessions[len(sessions)-1]
	if vm := last.Host.VM; vm != nil && vm.VCPUs != nil {
		k.VCPUs = *vm.VCPUs
	}
	all := last.Guest.Adapters
	i := slices.IndexFunc(all, func(a record.Adapter) bool { return a.Driver != nil })
	if i >= 0 {
		k.Adapter = all[i]
	}
	return k, nil
}

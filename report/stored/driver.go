package stored

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// FindAdapter looks for what the driver of the guest's adapter declared when it was last asked:
// in the store from, or else in the campaign's own store, which may not be there. path is the
// store that says so. An adapter without a driver: none was asked, as by every version before.
func FindAdapter(from, own string, c campaign.Campaign) (a record.Adapter, path string, err error) {
	if path = from; path == "" {
		path = own
		if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
			return a, path, nil
		}
	}
	a, err = adapterIn(path, c)
	if err != nil && from == "" {
		// What is wrong with the own store is said by the forecast, or by the run in it.
		return record.Adapter{}, path, nil
	}
	return a, path, err
}

func adapterIn(path string, c campaign.Campaign) (record.Adapter, error) {
	s, err := results.OpenReadOnly(path)
	if err != nil {
		return record.Adapter{}, trouble.Invalid(err)
	}
	defer s.Close()
	old, err := FileOf(s)
	if err != nil {
		return record.Adapter{}, err
	}
	sessions, err := s.Sessions()
	if err != nil || len(sessions) == 0 || otherGuest(c, old, s.Campaign().Generation) != "" {
		return record.Adapter{}, err
	}
	all := sessions[len(sessions)-1].Guest.Adapters
	i := slices.IndexFunc(all, func(a record.Adapter) bool { return a.Driver != nil })
	if i < 0 {
		return record.Adapter{}, nil
	}
	return all[i], nil
}

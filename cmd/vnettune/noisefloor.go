package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/results"
)

// floorOf is the noise floor of an A/A run: the one that the run kept, unless boots
// were made or excluded since.
func floorOf(aa *results.Store, o rank.Options) (*report.NoiseFloor, error) {
	fresh, err := keptSince(aa)
	if err != nil {
		return nil, err
	}
	if fresh {
		return keptFloor(aa)
	}
	rows, err := aa.Samples()
	if err != nil {
		return nil, err
	}
	o.Baseline = aa.Plan().Baseline().Name
	return ownFloor(aa, rows, o)
}

// keptSince says whether a store has a noise floor that is newer than its boots and
// exclusions.
func keptSince(s *results.Store) (bool, error) {
	floors, err := s.NoiseFloors()
	if err != nil || len(floors) == 0 {
		return false, err
	}
	at := floors[len(floors)-1].At
	boots, err := s.Boots()
	if err != nil {
		return false, err
	}
	excluded, err := s.Exclusions()
	if err != nil {
		return false, err
	}
	for _, b := range boots {
		if b.Ended.After(at) {
			return false, nil
		}
	}
	for _, e := range excluded {
		if e.At.After(at) {
			return false, nil
		}
	}
	return true, nil
}

// keptFloor is the last noise floor that a store keeps, nil without one.
func keptFloor(s *results.Store) (*report.NoiseFloor, error) {
	floors, err := s.NoiseFloors()
	if err != nil || len(floors) == 0 {
		return nil, err
	}
	n, err := report.DecodeNoiseFloor(floors[len(floors)-1].Data)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", s.Path(), err)
	}
	return &n, nil
}

// keepOwnFloor keeps what an A/A run that ended shows. A run that shows nothing keeps
// nothing, and is no failure of the run.
func keepOwnFloor(stderr io.Writer, store *results.Store, c campaign.Campaign) {
	err := func() error {
		rows, err := store.Samples()
		if err != nil {
			return err
		}
		o := rank.DefaultOptions()
		o.Baseline, o.Margin, o.Alpha = store.Plan().Baseline().Name, c.Margin, c.Alpha
		floor, err := ownFloor(store, rows, o)
		if err != nil {
			return err
		}
		return addFloor(store, *floor)
	}()
	if err != nil {
		fmt.Fprintf(stderr, "the noise floor of this A/A run is not kept: %v\n", err)
	}
}

// keepCalibration keeps what the A/A run in the store aa says about a campaign. A
// store that cannot be written is reported all the same.
func keepCalibration(stderr io.Writer, store *results.Store, aa string) {
	err := func() error {
		kept := store.Campaign()
		c, err := campaign.Parse(kept.File+" (as stored)", kept.Text)
		if err != nil {
			return err
		}
		o := rank.DefaultOptions()
		o.Margin, o.Alpha = c.Margin, c.Alpha
		n, err := calibrationOf(aa, store, c, o)
		if err != nil {
			return err
		}
		data, err := n.Encode()
		if err != nil {
			return err
		}
		floors, err := store.NoiseFloors()
		if err != nil || len(floors) > 0 && bytes.Equal(floors[len(floors)-1].Data, data) {
			return err
		}
		writable, err := results.Open(store.Path())
		if err != nil {
			return err
		}
		defer writable.Close()
		return addFloor(writable, *n)
	}()
	if err != nil {
		fmt.Fprintf(stderr, "the noise floor is shown and not kept; say --calibration again next time: %v\n", err)
	}
}

func addFloor(store *results.Store, n report.NoiseFloor) error {
	data, err := n.Encode()
	if err != nil {
		return err
	}
	return store.AddNoiseFloor(results.NoiseFloor{At: time.Now(), Source: n.Source, Created: n.Created, Data: data})
}

// calibrationWords say what stands behind the noise of an earlier campaign.
func calibrationWords(s *results.Store) (string, error) {
	if s.Plan().AA() {
		return s.Path() + " is an A/A run of the guest", nil
	}
	floor, err := keptFloor(s)
	if err != nil {
		return "", err
	}
	if floor == nil {
		return "the noise of " + s.Path() + " is not calibrated by an A/A run", nil
	}
	words := fmt.Sprintf("the noise of %s stands beside the A/A run %s (begun %s)", s.Path(), floor.Source, floor.Created.UTC().Format("2006-01-02"))
	for _, c := range floor.Calibrations {
		if !c.Relabelled.Holds() {
			return words + ", which is NOT CALIBRATED for " + c.Workload + ", " + c.Metric, nil
		}
	}
	return words + ", which calibrates it", nil
}

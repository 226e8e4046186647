package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/sample"
)

// calibrated is what is known of the guest's noise floor, and the lines about it:
// what an A/A run shows of itself, what the A/A run in the store aa says about this
// campaign, or where aa is "" what an earlier report kept.
func calibrated(store *results.Store, c campaign.Campaign, rows []sample.Row, o rank.Options, aa string) (*report.NoiseFloor, []string, error) {
	if store.Plan().AA() {
		if aa != "" {
			return nil, nil, usageError(fmt.Errorf("--calibration: %s is an A/A run itself; leave the flag out", store.Path()))
		}
		floor, err := ownFloor(store, rows, o)
		if err != nil {
			return nil, nil, err
		}
		lines := []string{"A/A run: every arm is the baseline, so each difference below is a false one"}
		return floor, append(lines, report.CalibrationLines(floor.Calibrations, o.Alpha)...), nil
	}
	floor, err := keptFloor(store)
	if aa != "" {
		if floor, err = calibrationOf(aa, store, c, o); err != nil {
			err = fmt.Errorf("--calibration %s: %w", aa, err)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if floor == nil {
		return nil, []string{report.NotCalibrated}, nil
	}
	lines := []string{fmt.Sprintf("calibrated by the A/A run %s (begun %s), which compared the guest with itself:", floor.Source, floor.Created.UTC().Format("2006-01-02"))}
	for _, line := range report.CalibrationLines(floor.Calibrations, floor.Alpha) {
		lines = append(lines, "- "+line)
	}
	for _, w := range uncalibrated(rows, floor.Calibrations) {
		lines = append(lines, "- "+w+": NOT CALIBRATED: the A/A run did not measure it in the same way")
	}
	return floor, lines, nil
}

// ownFloor is what an A/A run shows.
func ownFloor(store *results.Store, rows []sample.Row, o rank.Options) (*report.NoiseFloor, error) {
	all, err := rank.Calibrate(rows, o)
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	kept := store.Campaign()
	return &report.NoiseFloor{Source: kept.Name, Created: kept.Created, Own: true, Alpha: o.Alpha, Calibrations: all}, nil
}

// calibrationOf is the noise floor of an A/A run of the same guest, as far as it
// measured what campaign c measures.
func calibrationOf(path string, store *results.Store, c campaign.Campaign, o rank.Options) (*report.NoiseFloor, error) {
	aa, err := openStore(path)
	if err != nil {
		return nil, err
	}
	defer aa.Close()
	if !aa.Plan().AA() {
		return nil, usageError(errors.New("this is no A/A run: a campaign of design: aa makes one"))
	}
	if err := sameGuest(store, aa); err != nil {
		return nil, usageError(err)
	}
	kept := aa.Campaign()
	other, err := campaign.Parse(kept.File+" (as stored)", kept.Text)
	if err != nil {
		return nil, usageError(err)
	}
	floor, err := floorOf(aa, o)
	if err != nil {
		return nil, err
	}
	floor.Own = false
	alike := alikeWorkloads(c, other)
	all := floor.Calibrations
	floor.Calibrations = nil
	for _, x := range all {
		if alike[x.Workload] {
			floor.Calibrations = append(floor.Calibrations, x)
		}
	}
	return floor, nil
}

// uncalibrated names the workloads and metrics of rows that all does not speak of.
func uncalibrated(rows []sample.Row, all []rank.Calibration) []string {
	known := map[string]bool{"": true} // boots that failed before they measured anything
	for _, c := range all {
		known[c.Workload+", "+c.Metric] = true
	}
	var names []string
	for _, r := range rows {
		name := r.Workload + ", " + r.Metric
		if r.Workload != "" && !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	return names
}

// guestIdentity is what tells two guests apart by what they say of themselves.
type guestIdentity struct {
	Name    string `json:"computerName"`
	Build   int    `json:"build"`
	StandIn string `json:"standIn"`
}

func (g guestIdentity) String() string {
	kind := "Windows"
	if g.StandIn != "" {
		kind = "stand-in " + g.StandIn
	}
	return fmt.Sprintf("%s (%s, build %d)", g.Name, kind, g.Build)
}

// guestOf is the guest of a store's last session.
func guestOf(s *results.Store) (g guestIdentity, err error) {
	sessions, err := s.Sessions()
	if err != nil || len(sessions) == 0 {
		return g, err
	}
	if err := json.Unmarshal(sessions[len(sessions)-1].Guest, &g); err != nil {
		return g, fmt.Errorf("store %s: facts of the guest: %w", s.Path(), err)
	}
	return g, nil
}

// sameGuest says whether two stores are of one guest: an A/A run of another says
// nothing about this one.
func sameGuest(a, b *results.Store) error {
	x, err := guestOf(a)
	if err != nil {
		return err
	}
	y, err := guestOf(b)
	if err != nil {
		return err
	}
	if x != y {
		return fmt.Errorf("%s is of the guest %s, %s of the guest %s; give a store of the same guest", a.Path(), x, b.Path(), y)
	}
	return nil
}

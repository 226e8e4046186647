package stored

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// AA says whether the store is that of an A/A run, in which every arm is the baseline.
func (c *Campaign) AA() bool { return c.IsStore() && c.Plan().AA() }

// OwnFloor is the noise floor that an A/A run shows.
func (c *Campaign) OwnFloor(a Asked) (*record.NoiseFloor, error) {
	o := c.options(a)
	all, err := rank.Calibrate(c.Rows, o)
	if err != nil {
		return nil, c.unjudged(err)
	}
	kept := c.Kept.Campaign
	return &record.NoiseFloor{Source: kept.Name, Created: kept.Created.UTC().Truncate(time.Second), Own: true, Alpha: o.Alpha, Calibrations: all}, nil
}

// KeptFloor is the last noise floor that a store keeps; nil without one.
func (c *Campaign) KeptFloor() *record.NoiseFloor {
	if n := len(c.Kept.NoiseFloors); n > 0 {
		return &c.Kept.NoiseFloors[n-1].NoiseFloor
	}
	return nil
}

// FloorFrom is the noise floor of the A/A run aa of the same guest, as far as it measured what the
// campaign measures. It is the one that the run kept, unless boots were made or excluded since.
func (c *Campaign) FloorFrom(aa *Campaign) (*record.NoiseFloor, error) {
	if !aa.AA() {
		return nil, trouble.Invalid(trouble.Hint(errors.New("this is no A/A run"), "a campaign of design: aa makes one"))
	}
	if err := c.sameGuest(aa); err != nil {
		return nil, trouble.Invalid(err)
	}
	floor := aa.KeptFloor()
	if floor == nil || !aa.floorIsFresh() {
		var err error
		// Judged like the campaign that it calibrates.
		if floor, err = aa.OwnFloor(Asked{Margin: &c.File.Margin, Alpha: new(c.File.LookAlpha() * float64(aa.looks()))}); err != nil {
			return nil, err
		}
	}
	out := *floor
	out.Own, out.Calibrations = false, nil
	alike := alikeWorkloads(*c.File, *aa.File)
	for _, x := range floor.Calibrations {
		if alike[x.Workload] {
			out.Calibrations = append(out.Calibrations, x)
		}
	}
	return &out, nil
}

// floorIsFresh says whether the kept noise floor is newer than all boots and exclusions.
func (c *Campaign) floorIsFresh() bool {
	at := c.Kept.NoiseFloors[len(c.Kept.NoiseFloors)-1].At
	for _, b := range c.Kept.Boots {
		if b.Ended.After(at) {
			return false
		}
	}
	for _, e := range c.Kept.Exclusions {
		if e.At.After(at) {
			return false
		}
	}
	for _, e := range c.Kept.TakenBack {
		if e.BackAt.After(at) {
			return false
		}
	}
	return true
}

// KeepOwnFloor stores what an A/A run shows in its own store.
func KeepOwnFloor(s *results.Store, now time.Time) error {
	c, err := Read(s)
	if err != nil {
		return err
	}
	floor, err := c.OwnFloor(Asked{})
	if err != nil {
		return err
	}
	return s.AddNoiseFloor(*floor, now)
}

// KeepFloor stores a noise floor in the campaign's store, unless the store has it already.
func (c *Campaign) KeepFloor(floor record.NoiseFloor, now time.Time) error {
	if kept := c.KeptFloor(); kept != nil && sameJSON(*kept, floor) {
		return nil
	}
	s, err := OpenToWrite(c.Path)
	if err != nil {
		return err
	}
	return errors.Join(s.AddNoiseFloor(floor, now), s.Close())
}

// sameJSON says whether two noise floors are stored alike.
func sameJSON(a, b record.NoiseFloor) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// Uncalibrated names the workloads and metrics that a noise floor says nothing about, as "workload,
// metric".
func (c *Campaign) Uncalibrated(floor record.NoiseFloor) []string {
	known := map[string]bool{"": true} // boots that failed before they measured anything
	for _, x := range floor.Calibrations {
		known[x.Workload+", "+x.Metric] = true
	}
	var names []string
	for _, r := range c.Rows {
		name := r.Workload + ", " + r.Metric
		if r.Workload != "" && !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	return names
}

// sameGuest refuses a store of another guest, whose A/A run says nothing about this one.
func (c *Campaign) sameGuest(other *Campaign) error {
	a, b := c.Guest(), other.Guest()
	if a.ComputerName == b.ComputerName && a.Build == b.Build && a.StandIn == b.StandIn {
		return nil
	}
	return trouble.Hint(fmt.Errorf("%s is of the guest %s, %s of the guest %s", c.Path, guestWords(a), other.Path, guestWords(b)), "give a store of the same guest")
}

// guestWords tell two guests apart by what they say of themselves.
func guestWords(g record.Guest) string {
	kind := "Windows"
	if g.StandIn != "" {
		kind = "stand-in " + g.StandIn
	}
	return fmt.Sprintf("%s (%s, build %d)", g.ComputerName, kind, g.Build)
}

// alikeWorkloads names the workloads that two campaigns measure in the same way.
func alikeWorkloads(a, b campaign.Campaign) map[string]bool {
	alike := map[string]bool{}
	for _, w := range a.Workloads {
		for _, other := range b.Workloads {
			alike[w.Name] = alike[w.Name] || w == other
		}
	}
	return alike
}

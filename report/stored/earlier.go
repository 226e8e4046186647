package stored

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results"
	"vnettune/trouble"
)

// FindEarlier looks for what a forecast of campaign c can learn about the guest: in the store from,
// which must then have something, or else in the campaign's own store. unused says why the own one
// is of no use, or that there is none.
func FindEarlier(from, own string, c campaign.Campaign) (e *forecast.Earlier, unused string, err error) {
	if from != "" {
		e, err = earlier(from, c)
		if errors.Is(err, boots.ErrNothingMeasured) { // what it knows of the guest is of use all the same
			return nil, strings.TrimPrefix(err.Error(), from+": ") + " in " + from, nil
		}
		return e, "", err
	}
	if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
		return nil, "there is no " + own + " yet", nil
	}
	if e, err = earlier(own, c); err != nil {
		return nil, own + " cannot be used: " + strings.TrimPrefix(err.Error(), own+": "), nil
	}
	if len(e.Noise) == 0 {
		return nil, own + " cannot be used: no workload of this campaign is measured in it in the same way, or too few boots are ranked", nil
	}
	return e, "", nil
}

// earlier is what the store at path teaches about campaign c.
func earlier(path string, c campaign.Campaign) (*forecast.Earlier, error) {
	old, err := OpenStore(path)
	if err != nil {
		return nil, err
	}
	if why := otherGuest(c, *old.File, old.Kept.Campaign.Generation); why != "" {
		return nil, trouble.Invalid(trouble.Hint(trouble.At(path, fmt.Errorf("the store is of another guest (%s), whose noise says nothing about this one", why)), "give a store of the same guest"))
	}
	asked := Asked{Margin: &c.Margin, Margins: c.Margins}
	rows, err := old.judged(Asked{})
	if err != nil {
		return nil, err
	}
	if old.AA() && old.Plan().Switch == nil { // its names are all the baseline's: what its boots differ by is noise
		for i := range rows {
			rows[i].Combination = old.Plan().Baseline().Name
		}
	}
	all, err := rank.MeasureNoise(rows, old.options(asked))
	if err != nil {
		return nil, old.unjudged(err)
	}
	e := &forecast.Earlier{Store: path, Calibrated: old.calibratedWords(), Alike: slices.Equal(c.Workloads, old.File.Workloads)}
	alike := alikeWorkloads(c, *old.File)
	for _, n := range all {
		if alike[n.Workload] && n.BootMean > 0 {
			e.Noise = append(e.Noise, n)
		}
	}
	ranked := old.rankedBoots()
	if len(ranked) == 0 {
		return nil, trouble.Invalid(trouble.At(path, errors.New("no boot is ranked, so there is nothing to learn from it")))
	}
	for _, b := range ranked {
		if b.Stint < 2 {
			e.Boots++
		}
	}
	e.Boot, e.Discarded, e.Repetition, e.Switch = times(ranked)
	return e, nil
}

// times are medians: of a boot beside its runs, of the runs that are not counted, of one repetition of all
// workloads, and of a switch within a boot beside its runs.
func times(boots []results.Boot) (boot, discarded, repetition, change time.Duration) {
	var beside, uncounted, each, changes []time.Duration
	for _, b := range boots {
		var all, counted time.Duration
		last := 1
		for _, r := range b.Runs {
			took := r.Ended.Sub(r.Started)
			all += took
			if r.Repetition > 0 {
				counted += took
			}
			last = max(last, r.Repetition)
		}
		if took := b.Ended.Sub(b.Started) - all; b.Stint < 2 {
			beside = append(beside, took)
		} else {
			changes = append(changes, took)
		}
		uncounted = append(uncounted, all-counted)
		each = append(each, counted/time.Duration(last))
	}
	return median(beside), median(uncounted), median(each), median(changes)
}

// otherGuest says how the guest of a stored campaign, whose generation is beside it, differs
// from that of c; "" when it does not.
func otherGuest(c, old campaign.Campaign, generation string) string {
	a, b := c.Guest, old.Guest
	switch {
	case (a.Lab == nil) != (b.Lab == nil):
		return "a stand-in is no Windows"
	case a.Lab != nil && (a.Lab.Kind != b.Lab.Kind || a.Lab.Delay != b.Lab.Delay):
		return fmt.Sprintf("a stand-in of kind %s with a delay of %s", b.Lab.Kind, b.Lab.Delay)
	case a.Lab != nil && a.Lab.Rate != b.Lab.Rate:
		return fmt.Sprintf("a stand-in with a link of %d Mbit/s", b.Lab.Rate)
	case a.Lab != nil && (a.Lab.Driver != b.Lab.Driver || a.Lab.Build != b.Lab.Build):
		return fmt.Sprintf("a stand-in with driver %q and build %q", b.Lab.Driver, b.Lab.Build)
	case a.Lab == nil && (a.Remote.Control.Host != b.Remote.Control.Host || a.Remote.Data != b.Remote.Data || a.Remote.Data == "" && a.Rescue.Domain != b.Rescue.Domain):
		if b.Remote.Data == "" {
			return "the domain " + b.Rescue.Domain + " of libvirt"
		}
		return b.Remote.Control.Host + ", measured at " + b.Remote.Data
	case generation != string(a.Generation):
		return "generation " + generation
	}
	return ""
}

// calibratedWords say what stands behind the noise of the campaign.
func (c *Campaign) calibratedWords() string {
	if c.AA() {
		return c.Path + " is an A/A run of the guest"
	}
	floor := c.KeptFloor()
	if floor == nil {
		return "the noise of " + c.Path + " is not calibrated by an A/A run"
	}
	words := fmt.Sprintf("the noise of %s stands beside the A/A run %s (begun %s)", c.Path, floor.Source, floor.Created.UTC().Format("2006-01-02"))
	for _, x := range floor.Calibrations {
		if !x.Calibrated {
			return words + ", which is NOT CALIBRATED for " + x.Workload + ", " + x.Metric
		}
	}
	return words + ", which calibrates it"
}

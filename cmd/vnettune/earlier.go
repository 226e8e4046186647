package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/sample"
)

// earlier is what a stored campaign of the same guest teaches about a new one.
type earlier struct {
	path string
	// calibrated says whether an A/A run stands behind the noise.
	calibrated string
	boots      int          // ranked ones
	noise      []rank.Noise // of workloads that both measure in the same way
	// boot is a boot's time beside its runs, discarded that of the runs that are not
	// counted, repetition that of one repetition of all workloads; measured medians.
	boot, discarded, repetition time.Duration
	// alike: both campaigns have the same workloads, so that the runs' times hold.
	alike bool
}

// values is what it teaches, for a forecast; nil for nil.
func (e *earlier) values() *forecast.Earlier {
	if e == nil {
		return nil
	}
	return &forecast.Earlier{Store: e.path, Calibrated: e.calibrated, Boots: e.boots, Noise: e.noise,
		Boot: e.boot, Discarded: e.discarded, Repetition: e.repetition, Alike: e.alike}
}

// findEarlier looks for earlier data of the guest of c: in the store from, which must
// then have some, or else in the campaign's own. unused says why the own store, though
// it is there, is of no use, or that there is none.
func findEarlier(from, own string, c campaign.Campaign) (e *earlier, unused string, err error) {
	if from != "" {
		e, err = readEarlier(from, c, c.Guest.Generation)
		return e, "", err
	}
	if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
		return nil, "there is no " + own + " yet", nil
	}
	if e, err = readEarlier(own, c, c.Guest.Generation); err != nil {
		return nil, own + " cannot be used: " + err.Error(), nil
	}
	if len(e.noise) == 0 {
		return nil, own + " cannot be used: no workload of this campaign is measured in it in the same way, or too few boots are ranked", nil
	}
	return e, "", nil
}

// readEarlier reads the store of an earlier campaign for a plan of c.
func readEarlier(path string, c campaign.Campaign, gen matrix.Generation) (*earlier, error) {
	store, err := openStore(path)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	kept := store.Campaign()
	old, err := campaign.Parse(kept.File+" (as stored)", kept.Text)
	if err != nil {
		return nil, usageError(err)
	}
	if why := otherGuest(c.Guest, old.Guest); why != "" || kept.Generation != string(gen) {
		return nil, usageError(fmt.Errorf("%s is of another guest (%s): its noise says nothing about this one; give a store of the same guest", path, orElse(why, "generation "+kept.Generation)))
	}
	rows, err := store.Samples()
	if err != nil {
		return nil, err
	}
	o := rank.DefaultOptions()
	o.Baseline = store.Plan().Baseline().Name
	all, err := rank.MeasureNoise(rows, o)
	if err != nil {
		return nil, usageError(fmt.Errorf("%s: %w", path, err))
	}
	e := &earlier{path: path, alike: slices.Equal(c.Workloads, old.Workloads)}
	if e.calibrated, err = calibrationWords(store); err != nil {
		return nil, err
	}
	alike := alikeWorkloads(c, old)
	for _, n := range all {
		if alike[n.Workload] && n.BootMean > 0 {
			e.noise = append(e.noise, n)
		}
	}
	boots, err := store.Boots()
	if err != nil {
		return nil, err
	}
	return e, e.times(boots)
}

// times takes the medians over the boots that are ok.
func (e *earlier) times(boots []results.Boot) error {
	var beside, discarded, repetition []time.Duration
	for _, b := range boots {
		if b.Status != sample.StatusOK {
			continue
		}
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
		beside = append(beside, b.Ended.Sub(b.Started)-all)
		discarded = append(discarded, all-counted)
		repetition = append(repetition, counted/time.Duration(last))
	}
	if len(beside) == 0 {
		return usageError(errors.New(e.path + " has no ranked boot: it teaches nothing"))
	}
	e.boots, e.boot, e.discarded, e.repetition = len(beside), medianTime(beside), medianTime(discarded), medianTime(repetition)
	return nil
}

// bootTimeOf is the median time of a store's ranked boots; 0 without any.
func bootTimeOf(store *results.Store) (time.Duration, error) {
	boots, err := store.Boots()
	if err != nil {
		return 0, err
	}
	var all []time.Duration
	for _, b := range boots {
		if b.Status == sample.StatusOK {
			all = append(all, b.Ended.Sub(b.Started))
		}
	}
	if len(all) == 0 {
		return 0, nil
	}
	return medianTime(all), nil
}

func medianTime(d []time.Duration) time.Duration {
	slices.Sort(d)
	return (d[(len(d)-1)/2] + d[len(d)/2]) / 2
}

// otherGuest says how the guests of two campaign files differ; "" when they do not.
func otherGuest(a, b campaign.Guest) string {
	switch {
	case (a.Lab == nil) != (b.Lab == nil):
		return "a stand-in is no Windows"
	case a.Lab != nil && (a.Lab.Kind != b.Lab.Kind || a.Lab.Delay != b.Lab.Delay):
		return fmt.Sprintf("a stand-in of kind %s with a delay of %s", b.Lab.Kind, b.Lab.Delay)
	case a.Lab == nil && (a.Remote.Control.Host != b.Remote.Control.Host || a.Remote.Data != b.Remote.Data):
		return b.Remote.Control.Host + ", measured at " + b.Remote.Data
	}
	return ""
}

// alikeWorkloads names the workloads that two campaigns measure in the same way.
func alikeWorkloads(a, b campaign.Campaign) map[string]bool {
	alike := map[string]bool{}
	for _, w := range a.Workloads {
		alike[w.Name] = slices.Contains(b.Workloads, w)
	}
	return alike
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

package stored

import (
	"errors"
	"slices"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/stints"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// SwitchJudge decides while a campaign switches within boots: which arms fall back, and which one is
// confirmed by boots.
type SwitchJudge struct{ file campaign.Campaign }

// NewSwitchJudge judges by the rules of a campaign.
func NewSwitchJudge(c campaign.Campaign) SwitchJudge { return SwitchJudge{c} }

// FellBack names the arms of which the bridge shows, in one of so many looks, that they are not the same
// after a switch as after a reboot.
func (j SwitchJudge) FellBack(kept results.Contents, look, of int) ([]record.FellBack, error) {
	rows, err := rankedRows(kept)
	if err != nil {
		return nil, err
	}
	c := &Campaign{Path: kept.Path, Kept: &kept, File: &j.file, Rows: rows}
	asked, err := c.judged(Asked{})
	if err != nil {
		return nil, err
	}
	o := c.options(Asked{})
	bridged, err := rank.Bridge(asked, o, stints.Look{Number: look, Of: of})
	if errors.Is(err, boots.ErrNothingMeasured) {
		return nil, nil // nothing shows anything
	}
	if err != nil {
		return nil, c.unjudged(err)
	}
	var fell []record.FellBack
	for _, b := range bridged {
		if b.Outcome == stints.Differs {
			fell = append(fell, c.fellBack(b, o))
		}
	}
	return fell, nil
}

// fellBack is an arm that differs, with the difference that shows it.
func (c *Campaign) fellBack(b stints.Bridged, o rank.Options) record.FellBack {
	d, between := b.Within, false
	if !d.P.Exists() || b.Between.P < d.P {
		d, between = b.Between, true
	}
	unit := ""
	for _, r := range c.Rows {
		if r.Workload == b.Workload && r.Metric == b.Metric {
			unit = rank.EffectUnit(o.ScaleOf(b.Metric), r.Unit)
			break
		}
	}
	return record.FellBack{Arm: b.Arm, Workload: b.Workload, Metric: b.Metric, Between: between, Difference: d.Estimate, Lower: d.Low, Upper: d.High, Unit: unit}
}

// ofSwitching adds to the options of a ranking what only the store knows of its switching.
func (c *Campaign) ofSwitching(o *rank.Options) {
	p := c.Plan()
	if p.Switch == nil {
		return
	}
	o.Looks = p.Switch.Looks()
	for arm := range c.Kept.Decided().FellBack {
		o.FellBack = append(o.FellBack, arm)
	}
	slices.Sort(o.FellBack)
	o.SwitchRead = c.SwitchRead()
}

// SwitchRead are the arms whose switch was read in effect by a number, every time: in all their switched stints each
// setting that the plan varies, but for those that are expected inert. The baseline's has to be, too: an arm
// is compared with what the guest is after it was switched back. A number of the stack's own parameters is none
// of effect here: it is what was written, and says that the active store has it, not that a connection goes
// by it. So campaigns on such settings rest on the bridge alone.
func (c *Campaign) SwitchRead() map[string]bool {
	p := c.Plan()
	matters := map[string]bool{}
	for _, s := range p.Settings {
		if _, varies := p.Switch.Takes[s.Setting.ID]; varies && s.Inert == "" {
			matters[s.Setting.ID] = true
			if s.Form.Kind != matrix.AdapterKeyword && s.Form.Kind != matrix.NetshSubinterface {
				return nil
			}
		}
	}
	read := map[string]bool{}
	for _, b := range c.Kept.Boots {
		if b.Stint < 2 || b.Status != sample.StatusOK {
			continue
		}
		before, seen := read[b.Arm]
		read[b.Arm] = (before || !seen) && readInEffect(b.Readings, matters)
	}
	base := read[p.Baseline().Name]
	for arm := range read {
		read[arm] = read[arm] && base
	}
	return read
}

// readInEffect says whether each of the settings that matter was read in effect.
func readInEffect(readings []record.Reading, matters map[string]bool) bool {
	n := 0
	for _, r := range readings {
		if matters[r.ID] && r.InEffect == record.Yes {
			n++
		}
	}
	return n == len(matters)
}

// bestBySwitching is the arm that is the single best by switching in all primary metrics, with the first of these;
// "" for none. No ranking has it as its single winner before boots confirm it.
func bestBySwitching(r rank.Ranking) (first rank.Analysis, arm string) {
	for i, a := range Primary(r.Analyses) {
		if best := string(a.BestBySwitching); i == 0 {
			first, arm = a, best
		} else if best != arm {
			return first, ""
		}
	}
	return first, arm
}

// Best names the single best arm by switching, in every workload alike, and the number of blocks that
// confirm it: as many as show the difference that was found with the usual power, by the variance of whole
// boots. It is "" where there is no such arm, or none that is better than the baseline.
func (j SwitchJudge) Best(kept results.Contents) (arm string, blocks int, err error) {
	rows, err := rankedRows(kept)
	if err != nil {
		return "", 0, err
	}
	c := &Campaign{Path: kept.Path, Kept: &kept, File: &j.file, Rows: rows}
	judged, err := c.Ranking(Asked{})
	if err != nil {
		return "", 0, err
	}
	best, arm := bestBySwitching(judged.Ranking)
	if arm == "" {
		return "", 0, nil
	}
	blocks, err = rank.BootsToConfirm(c.Rows, c.options(Asked{}), best, arm, matrix.MinConfirm, matrix.MaxConfirm)
	return arm, blocks, err
}

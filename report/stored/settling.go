package stored

import (
	"errors"

	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// SettleJudge decides while a campaign runs which arms are settled.
type SettleJudge struct{ file campaign.Campaign }

// NewSettleJudge judges by the rules of a campaign.
func NewSettleJudge(c campaign.Campaign) SettleJudge { return SettleJudge{c} }

// Settled names the arms that are settled at a look, which is numbered from 1, and were not before.
func (j SettleJudge) Settled(kept results.Contents, look int) ([]record.SettledArm, error) {
	rows, err := rankedRows(kept)
	if err != nil {
		return nil, err
	}
	c := &Campaign{Path: kept.Path, Kept: &kept, File: &j.file, Rows: rows}
	asked, err := c.judged(Asked{})
	if err != nil {
		return nil, err
	}
	settled, err := rank.NewlySettled(asked, c.options(Asked{}), look)
	if errors.Is(err, boots.ErrNothingMeasured) {
		return nil, nil // nothing shows anything
	}
	if err != nil {
		return nil, c.unjudged(err)
	}
	return settled, nil
}

// ofSettling adds to the options of a ranking the looks of the plan, and which arms settled.
func (c *Campaign) ofSettling(o *rank.Options) {
	if looks := c.Plan().Looks; len(looks) > 0 {
		o.Settle = &rank.Settle{Looks: looks, Arms: c.Kept.Settled()}
	}
}

// forEffects are the rows and options that effects of settings rest on: all of them or, where arms settled, those
// up to the first look at which one did, at that look's level.
func forEffects(rows []sample.Row, o rank.Options) ([]sample.Row, rank.Options) {
	if o.Settle == nil {
		return rows, o
	}
	first := 0
	for _, look := range o.Settle.Arms {
		if first == 0 || look < first {
			first = look
		}
	}
	o.Alpha = o.PairsLevel(len(boots.Levels(rows)), first)
	if first > 0 {
		rows = o.Settle.UpToLook(rows, first)
	}
	o.Settle = nil
	return rows, o
}

// oneLook refuses to have an arm judged by a test that knows of one look only, where arms may have settled at
// others.
func (c *Campaign) oneLook(arm string) error {
	if !c.IsStore() || len(c.Plan().Looks) == 0 || arm == c.Plan().Baseline().Name {
		return nil
	}
	return trouble.Invalid(trouble.Hint(trouble.At(c.Path, errors.New("its arms settle at several looks (settle_arms), and this test has one")), "ask vnettune report, or run the arms without settle_arms"))
}

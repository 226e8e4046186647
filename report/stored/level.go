package stored

import (
	"cmp"
	"errors"
	"fmt"

	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Level is what the baseline of a campaign measured of a primary metric: the mean over its boots, as
// gate.HistoryPoint has it.
type Level struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	Value    record.Number `json:"value"`
	Boots    int           `json:"boots"`
}

// Levels are those of every primary metric of which the campaign's baseline has a number.
func (c *Campaign) Levels() ([]Level, error) {
	rows, err := c.gated(Asked{})
	if err != nil {
		return nil, err
	}
	judged := *c
	judged.Rows = rows
	f, err := Follow([]*Campaign{&judged}, "", Asked{})
	if err != nil {
		return nil, err
	}
	var levels []Level
	for _, h := range f.Histories {
		levels = append(levels, Level{h.Workload, h.Metric, h.Unit, h.Better, h.Points[0].Value, h.Points[0].Boots})
	}
	return levels, nil
}

// Comparable refuses a campaign whose baseline the gate could not hold against those of earlier ones,
// whole: it and each of them must have a number of every primary metric that the other has.
func (c *Campaign) Comparable(earlier []*Campaign) error {
	if err := c.beside(earlier); err != nil {
		return err
	}
	if levels, err := c.Levels(); err != nil || len(levels) == 0 {
		return cmp.Or(err, trouble.Invalid(trouble.At(c.Path, errors.New("no boot of its baseline gave a number that may be ranked"))))
	}
	if err := c.heldAgainst(c); err != nil {
		return err
	}
	for _, other := range earlier {
		if err := c.heldAgainst(other); err != nil {
			return err
		}
		if err := other.heldAgainst(c); err != nil {
			return err
		}
	}
	return nil
}

// heldAgainst refuses an earlier campaign by which the gate could not judge a number of this one.
func (c *Campaign) heldAgainst(earlier *Campaign) error {
	g, err := c.GateAgainst([]*Campaign{earlier}, "", Asked{})
	if err != nil {
		return err
	}
	for _, r := range g.Results {
		if r.Sessions == 0 {
			err := fmt.Errorf("its baseline has no number of workload %q, metric %q", r.Workload, r.Metric)
			if c != earlier {
				err = fmt.Errorf("%w, and that of %s has", err, c.Path)
			}
			return trouble.Invalid(trouble.Hint(trouble.At(earlier.Path, err), "what cannot be compared needs a folder of its own"))
		}
	}
	return nil
}

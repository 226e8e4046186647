package stored

import (
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// BootValues are what the boots gave for one workload's metric, in the order in which they are stored.
type BootValues struct {
	Workload, Metric, Unit string
	Boots                  []BootValue
}

// BootValue is one boot's. A boot that is not ranked has no value: NaN.
type BootValue struct {
	Boot, Arm string
	Of        string // the boot that it is a stint of, or the first of several; "" of an ordinary boot
	Order     int    // place in the campaign, from 1; 0 where the samples do not say
	Session   int64  // 0: not known
	Value     record.Number
}

// valuesOf are the values of boots as they are ranked: one number for each boot, repetitions joined as
// the ranking joins them.
func (c *Campaign) valuesOf(rows []sample.Row, o rank.Options) ([]BootValues, error) {
	grouped, err := boots.Group(rows, o.Baseline, o.ScaleOf)
	if err != nil {
		return nil, err
	}
	sessions := map[string]int64{}
	if c.IsStore() {
		for _, b := range c.Kept.Boots {
			sessions[b.Name()] = b.Session
		}
	}
	var all []BootValues
	for _, s := range grouped.Series {
		one := BootValues{Workload: s.Workload, Metric: s.Metric, Unit: s.Unit}
		for _, b := range s.Boots {
			if b.Fate == boots.FellBack {
				continue // it has a value, which says nothing of the arm
			}
			v := BootValue{Boot: b.Name, Arm: s.Arms.Names[b.Arm], Order: b.Order, Session: sessions[b.Name], Value: record.Number(math.NaN())}
			if b.Stint > 0 {
				v.Of = b.Of
			}
			if b.Fate == boots.OK {
				v.Value = record.Number(s.Axis.Value(b.Y))
			}
			one.Boots = append(one.Boots, v)
		}
		all = append(all, one)
	}
	return all, nil
}

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// Opinion is what a campaign says of single values of settings, in the words of its report.
type Opinion struct {
	Campaign string      `json:"campaign"`
	Store    string      `json:"store"`
	Driver   record.Name `json:"driver"`  // of the guest that was measured, null where it is not known
	Windows  record.Name `json:"windows"` // that guest's
	StandIn  bool        `json:"stand_in"`
	// Values has the settings in the order of the plan.
	Values []ValueOpinion `json:"values"`
}

// ValueOpinion is what one analysis says of one value of a setting against another one.
type ValueOpinion struct {
	Setting  string `json:"setting"`
	Value    string `json:"value"`
	Against  string `json:"against"`
	Arm      string `json:"arm"`    // whose verdict it is; "" for the effect of a setting over crossed combinations
	Others   int    `json:"others"` // settings that the arm changes beside it
	Workload string `json:"workload"`
	Metric   string `json:"metric"`
	// Verdict is as it is printed, Effect the difference with its interval.
	Verdict    string        `json:"verdict"`
	Effect     string        `json:"effect"`
	Difference record.Number `json:"difference"`
	Low        record.Number `json:"lower"`
	High       record.Number `json:"upper"`
	Unit       string        `json:"unit"`
	Mark       page.Mark     `json:"-"`
}

// OpinionOf is what a store says of values, by what its workloads are run for. Where a setting was changed alone, arms
// that change more are left out.
func OpinionOf(c *stored.Campaign) (Opinion, error) {
	o := Opinion{Campaign: c.Kept.Campaign.Name, Store: c.Path, StandIn: c.StandIn(), Values: []ValueOpinion{}}
	if n := len(c.Kept.Sessions); n > 0 {
		last := c.Kept.Sessions[n-1]
		o.Driver, o.Windows = record.Name(record.Value(record.FactDriver, last.Host, last.Guest)), record.Name(record.Value(record.FactOS, last.Host, last.Guest))
	}
	r, err := Of(c, nil, stored.Asked{})
	if err != nil {
		return o, err
	}
	plan := c.Plan()
	base := plan.Baseline().Combination
	for _, a := range stored.Primary(r.Ranking.Analyses) {
		if e := r.effectsOf(a); e != nil && e.Factors != nil {
			s := settingSpeaker{speaker{a, effectDecimals(e.Factors.Levels)}}
			for _, l := range e.Factors.Levels {
				verdict, _, _ := strings.Cut(s.judged(l.Difference, l.Interval), ": ")
				o.Values = append(o.Values, ValueOpinion{Setting: l.Factor, Value: valueWord(c, l.Factor, matrix.Value(l.Level)), Against: valueWord(c, l.Factor, matrix.Value(l.Against)),
					Workload: a.Workload, Metric: a.Metric, Verdict: verdict, Effect: s.cell(l.Difference, l.Interval) + " " + a.EffectUnit,
					Difference: l.Difference, Low: l.Low, High: l.High, Unit: a.EffectUnit, Mark: markOfLevel(s, l.Interval)})
			}
			continue
		}
		for _, arm := range a.Arms {
			i := slices.IndexFunc(plan.Arms, func(p matrix.Arm) bool { return p.Name == arm.Name })
			if arm.IsBaseline || i < 0 {
				continue
			}
			changes := plan.Arms[i].Combination.Differences(base)
			for _, x := range changes {
				if x.ID == matrix.PlaceboID {
					continue
				}
				against, _ := base.Value(x.ID)
				o.Values = append(o.Values, ValueOpinion{Setting: x.ID, Value: valueWord(c, x.ID, x.Value), Against: valueWord(c, x.ID, against), Arm: arm.Name, Others: len(changes) - 1,
					Workload: a.Workload, Metric: a.Metric, Verdict: verdictWords(arm), Effect: effectWords(a, arm),
					Difference: arm.Difference, Low: arm.Interval.Low, High: arm.Interval.High, Unit: a.EffectUnit, Mark: markOf(arm)})
			}
		}
	}
	alone := map[[2]string]bool{}
	for _, v := range o.Values {
		alone[[2]string{v.Setting, v.Value}] = alone[[2]string{v.Setting, v.Value}] || v.Others == 0
	}
	o.Values = slices.DeleteFunc(o.Values, func(v ValueOpinion) bool { return v.Others > 0 && alone[[2]string{v.Setting, v.Value}] })
	return o, nil
}

// markOfLevel is the mark of an effect over crossed combinations.
func markOfLevel(s settingSpeaker, in rank.Interval) page.Mark {
	switch {
	case !in.Low.Exists():
		return page.NoVerdict
	case s.within(in):
		return page.Equivalent
	case s.better(in):
		return page.Better
	case s.worse(in):
		return page.Worse
	}
	return page.Undecided
}

// effectWords are an arm's difference with its interval and unit.
func effectWords(a rank.Analysis, arm rank.Arm) string {
	text := differenceCell(a, arm, decimalsFor(a))
	if !arm.Difference.Exists() || text == tooFew || record.True(arm.Equal) {
		return text
	}
	return text + " " + a.EffectUnit
}

// valueWord is a value of a campaign by what the guest had it stand for, as far as the store tells.
func valueWord(c *stored.Campaign, id string, v matrix.Value) string {
	if c.Originals == nil || v != matrix.Found && v != matrix.Default {
		return string(v)
	}
	for _, s := range c.Originals.Settings {
		if s.Place.ID != id {
			continue
		}
		if v == matrix.Found {
			return s.State.String()
		}
		if s.Default != nil {
			return s.Default.String()
		}
	}
	return string(v)
}

// Where says on what a campaign was measured, in words.
func (o Opinion) Where() string {
	text := fmt.Sprintf("%s, driver %s", cmp.Or(string(o.Windows), "a Windows that is not known"), cmp.Or(string(o.Driver), "not known"))
	if o.StandIn {
		text = "a stand-in guest, not Windows: " + text
	}
	return text
}

package stored

import (
	"errors"
	"maps"
	"slices"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/effects"
	"vnettune/report/rank/gate"
	"vnettune/report/rank/minimal"
	"vnettune/report/rank/moved"
	"vnettune/report/rank/second"
	"vnettune/report/rank/stints"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Asked is what a caller wants judged differently from what the campaign says. The zero value
// leaves everything to the campaign or, for a file of samples, to the defaults.
type Asked struct {
	Baseline string        // "" is the campaign's; a file of samples has none
	Margin   *float64      // percent, of metrics on the ratio scale without one of their own
	Alpha    *float64      // error rate of a family
	Variance rank.Variance // "" is rank.VarianceModerated
	Looks    gate.Looks    // of a gate
	// Margins are those of single metrics, and Scales those of metrics that are not known, by
	// name; see rank.Options.
	Margins map[string]float64
	Scales  map[string]sample.Scale
	// Workloads and Metrics narrow what is judged; none means all workloads and, of a gate, the
	// primary metrics of each. AllMetrics ranks minor metrics too.
	Workloads, Metrics []string
	AllMetrics         bool
	// AsTheyAre leaves the covariate of the boots aside.
	AsTheyAre bool
}

// options are what a ranking of the campaign is asked to do.
func (c *Campaign) options(a Asked) rank.Options {
	o := rank.DefaultOptions()
	if c.IsStore() {
		o = SearchOptions(*c.File, c.Plan())
		c.ofSwitching(&o)
		c.ofSettling(&o)
	}
	if a.Baseline != "" {
		o.Baseline = a.Baseline
	}
	if a.Margin != nil {
		o.Margin = *a.Margin
	}
	if a.Alpha != nil {
		o.Alpha = *a.Alpha / float64(c.looks())
	}
	if a.Variance != "" {
		o.Variance = a.Variance
	}
	o.Margins = merged(o.Margins, a.Margins)
	o.Scales = a.Scales
	return o
}

// Defaults are the options of a ranking without a campaign.
func Defaults(a Asked) rank.Options { return (&Campaign{}).options(a) }

// merged is a with what b says in its place.
func merged(a, b map[string]float64) map[string]float64 {
	out := make(map[string]float64, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// SearchOptions are what the search of a campaign judges by.
func SearchOptions(c campaign.Campaign, p matrix.Plan) rank.Options {
	o := rank.DefaultOptions()
	o.Baseline, o.Margin, o.Margins, o.Alpha = p.Baseline().Name, c.Margin, c.Margins, c.LookAlpha()
	return o
}

// Judged is a ranking with what the settings do.
type Judged struct {
	Ranking rank.Ranking
	// Effects of settings, if the combinations can tell them.
	Effects []effects.SettingEffects
	// Minimal is what a profile can do without; nil where none was run whole and without its lines.
	Minimal *minimal.Set
	// Subset compares an arm with another of which it sets a part; nil where no single pair is so.
	Subset *minimal.Subset
	// Unconfirmed: all boots are a search's own. The largest of many is flattered by its noise, so
	// nothing is ranked before fresh boots confirm the pick: the analyses have no arms.
	Unconfirmed bool
	// Minor names what is not ranked because it is minor: "jitter of udp".
	Minor []string
	// Searched: boots of a search were left out. The ranking then compares its pick with the
	// baseline, not with the arms that it was picked from, and the effects are those of its first
	// blocks, in which every combination was booted.
	Searched bool
	// Boots are what single boots gave.
	Boots []BootValues
	// Moved is what was counted beside the runs, and what of it moved with an arm.
	Moved []moved.Workload
	// Second is what the meter says beside iperf3 of workloads that both measured.
	Second []second.Opinion
	// Control is what the rig made of the positive control in each workload; empty without one, and where another
	// baseline is asked for than the one whose runs were paced.
	Control []rank.Control
}

// Ranking ranks the campaign.
func (c *Campaign) Ranking(a Asked) (Judged, error) {
	o := c.options(a)
	rows, err := c.judged(a)
	if err != nil {
		return Judged{}, err
	}
	j := Judged{Minor: c.minorLeftOut(a), Searched: slices.ContainsFunc(c.Rows, func(r sample.Row) bool { return r.Status == sample.StatusSearch })}
	with := o
	with.Covariate = c.covariate(a)
	j.Ranking, err = rank.Analyze(rows, with)
	switch {
	case errors.Is(err, boots.ErrOnlySearch):
		j.Ranking, j.Unconfirmed = rank.Unranked(rows, o), true
	case c.IsStore() && (len(c.Rows) == 0 || errors.Is(err, boots.ErrNothingMeasured)):
		j.Ranking = rank.Unranked(rows, o)
		return j, nil // what became of the boots is all that there is to say
	case err != nil:
		return j, c.unjudged(err)
	case j.Searched:
		j.Ranking.WithoutBest()
	}
	if j.Control, err = c.control(a, o); err != nil {
		return j, c.unjudged(err)
	}
	o.FellBack = j.Ranking.FellBack
	if j.Moved, err = c.moved(a, o); err != nil {
		return j, c.unjudged(err)
	}
	if j.Second, err = c.second(a, o); err != nil {
		return j, c.unjudged(err)
	}
	primaryFirst(j.Ranking.Analyses)
	j.Ranking.Inspect(c.seconds())
	if j.Effects, err = effects.OfSettings(forEffects(rows, o)); err != nil {
		return j, c.unjudged(err)
	}
	if j.Boots, err = c.valuesOf(rows, o); err != nil && !errors.Is(err, boots.ErrOnlySearch) {
		return j, c.unjudged(err)
	}
	if !j.Searched {
		var keys []boots.Key
		for _, a := range Primary(j.Ranking.Analyses) {
			keys = append(keys, boots.Key{Workload: a.Workload, Metric: a.Metric})
		}
		if j.Minimal, err = minimal.Find(rows, o, j.Effects, keys); err != nil {
			return j, c.unjudged(err)
		}
		if j.Subset, err = minimal.Compare(rows, o, keys); err != nil {
			return j, c.unjudged(err)
		}
	}
	j.Effects = slices.DeleteFunc(j.Effects, func(e effects.SettingEffects) bool { return !j.Ranking.Claims(e.Workload, e.Metric) })
	return j, nil
}

// control judges the positive control in the workloads that are asked for.
func (c *Campaign) control(a Asked, o rank.Options) ([]rank.Control, error) {
	found, err := rank.FindControl(c.Rows, c.Control, o)
	if errors.Is(err, boots.ErrNothingMeasured) {
		return nil, nil // what became of its boots is said elsewhere
	}
	return slices.DeleteFunc(found, func(x rank.Control) bool { return len(a.Workloads) > 0 && !slices.Contains(a.Workloads, x.Workload) }), err
}

// moved asks which counters of the workloads that are asked for moved with an arm.
func (c *Campaign) moved(a Asked, o rank.Options) ([]moved.Workload, error) {
	if len(c.Counters) == 0 {
		return nil, nil
	}
	rows := slices.DeleteFunc(slices.Concat(c.Rows, c.Counters), func(r sample.Row) bool {
		return r.Workload != "" && len(a.Workloads) > 0 && !slices.Contains(a.Workloads, r.Workload)
	})
	found, err := moved.Find(rows, o)
	if errors.Is(err, boots.ErrOnlySearch) || errors.Is(err, boots.ErrNothingMeasured) {
		return nil, nil
	}
	return found, err
}

// unjudged names the campaign that could not be judged.
func (c *Campaign) unjudged(err error) error {
	return trouble.Invalid(trouble.At(c.Path, err))
}

// seconds are those of all counted runs, as far as the store has them.
func (c *Campaign) seconds() []rank.RunIntervals {
	var all []rank.RunIntervals
	c.counted(func(boot, arm string, r countedRun) {
		if len(r.details.Rates) > 0 {
			all = append(all, rank.RunIntervals{Workload: r.workload, Combination: arm, Boot: boot, Repetition: r.repetition, Rates: r.details.Rates})
		}
	})
	return all
}

// countedRun is a usable run that was not discarded, with its details.
type countedRun struct {
	workload   string
	repetition int
	details    record.RunDetails
}

// counted visits the counted runs of a store's boots.
func (c *Campaign) counted(visit func(boot, arm string, r countedRun)) {
	if !c.IsStore() {
		return
	}
	for _, b := range c.Kept.Boots {
		for _, r := range b.Runs {
			if r.Repetition > 0 && r.Usable() && r.Details != nil {
				visit(b.Name(), b.Arm, countedRun{r.Workload, r.Repetition, *r.Details})
			}
		}
	}
}

// arm is the named arm or else the baseline of the campaign. The baseline goes by the name of its variant, too.
func (c *Campaign) arm(flag, named string) (string, error) {
	switch {
	case named != "" && c.IsStore():
		base := c.Plan().Baseline()
		if v, ok := c.Plan().Variant(base.Combination); ok && v.Name == named {
			return base.Name, nil
		}
		return named, nil
	case named != "":
		return named, nil
	case c.IsStore():
		return c.Plan().Baseline().Name, nil
	}
	return "", trouble.Invalid(trouble.Hint(trouble.At(c.Path, errors.New("a file of samples names no baseline")), "say %s ARM", flag))
}

// Gated is a gate's outcome with what was compared.
type Gated struct {
	Verdict   gate.Verdict  `json:"verdict"`
	Candidate string        `json:"candidate"` // in words for people, like Baseline
	Baseline  string        `json:"baseline"`
	Key       string        `json:"-"` // what is judged, in words that stay the same from night to night
	Alpha     float64       `json:"alpha"`
	Looks     gate.Looks    `json:"-"`
	GuestKind string        `json:"guest_kind"`
	Results   []gate.Result `json:"metrics"`
	Failures  gate.Failures `json:"failures"`
	NotJudged []string      `json:"not_judged"`
	Arms      int           `json:"-"` // of the campaign
	Unmade    int           `json:"-"` // planned boots, or stints, of a store that are still to come
	Grows     bool          `json:"-"` // the campaign's file fixes the looks, by which blocks may be added
	// Bridged is what the bridge says of a candidate that is switched within boots; nil of others. SwitchRead:
	// its switch was read in effect by a number.
	Bridged    *stints.Bridged `json:"-"`
	SwitchRead bool            `json:"-"`
}

// outcome fills in what a gate found.
func (g *Gated) outcome(out gate.Outcome) {
	g.Verdict, g.Results, g.Failures, g.NotJudged = out.Verdict, out.Results, out.Failures, append([]string{}, out.NotJudged...)
}

// Gate judges one arm of the campaign by its baseline.
func (c *Campaign) Gate(candidate string, a Asked) (Gated, error) {
	if err := c.ownLooks(&a); err != nil {
		return Gated{}, err
	}
	if candidate == "" {
		return Gated{}, trouble.Invalid(trouble.Hint(errors.New("no arm to judge is named"), "say --candidate ARM"))
	}
	var err error
	if a.Baseline, err = c.arm("--baseline", a.Baseline); err != nil {
		return Gated{}, err
	}
	if candidate, err = c.arm("--candidate", candidate); err != nil {
		return Gated{}, err
	}
	if err := errors.Join(c.oneLook(candidate), c.oneLook(a.Baseline)); err != nil {
		return Gated{}, err
	}
	o := c.options(a)
	o.Settle, o.Alpha = nil, c.wholeAlpha(o)
	g := Gated{Candidate: candidate, Baseline: o.Baseline, Key: candidate + " against " + o.Baseline + " of " + c.name(), Alpha: o.Alpha, Looks: a.Looks, Grows: c.looks() > 1, GuestKind: c.GuestKind(), Arms: len(boots.Levels(c.Rows))}
	rows, err := c.gated(a)
	if err != nil {
		return g, err
	}
	if err := c.measuredIn(rows, candidate, o.Baseline); err != nil {
		return g, err
	}
	if err := c.askBridge(&g, &o); err != nil {
		return g, c.unjudged(err)
	}
	out, err := gate.Judge(rows, candidate, o, a.Looks)
	if err != nil {
		return g, c.unjudged(err)
	}
	g.outcome(out)
	c.overGrown(&g)
	c.unmade(&g)
	return g, nil
}

// askBridge asks of a gate's candidate, by the campaign as a whole, whether a switch to it does what a reboot into it
// does: where it does not, its stints are not judged, as they are not ranked.
func (c *Campaign) askBridge(g *Gated, o *rank.Options) error {
	rows, err := c.judged(Asked{})
	if err != nil {
		return err
	}
	looks := max(1, o.Looks)
	bridged, err := rank.Bridge(rows, *o, stints.Look{Number: looks, Of: looks})
	if err != nil && !errors.Is(err, boots.ErrNothingMeasured) {
		return err
	}
	for _, x := range bridged {
		if x.Outcome == stints.Differs {
			o.FellBack = append(slices.Clone(o.FellBack), x.Arm)
		}
		if x.Arm == g.Candidate {
			g.Bridged, g.SwitchRead = &x, o.SwitchRead[x.Arm]
		}
	}
	return c.askConfirmation(rows, o)
}

// askConfirmation takes out of switching the arms that boots of their own show on the other side than switching does.
func (c *Campaign) askConfirmation(rows []sample.Row, o *rank.Options) error {
	if !slices.ContainsFunc(rows, func(r sample.Row) bool { return r.Status == sample.StatusConfirm }) {
		return nil
	}
	ranking, err := rank.Analyze(rows, *o)
	if err != nil && !errors.Is(err, boots.ErrNothingMeasured) {
		return err
	}
	for _, a := range ranking.Analyses {
		for _, arm := range a.Arms {
			if arm.Label == rank.LabelFellBack && !slices.Contains(o.FellBack, arm.Name) {
				o.FellBack = append(slices.Clone(o.FellBack), arm.Name)
			}
		}
	}
	return nil
}

// switches says whether arms were switched within boots.
func (c *Campaign) switches() bool {
	if c.IsStore() {
		return c.Plan().Switch != nil
	}
	return slices.ContainsFunc(c.Rows, func(r sample.Row) bool { return r.Stint > 1 })
}

package stored

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/rank"
	"vnettune/results/record"
)

// Verdicts is what many campaigns found of settings.
type Verdicts struct {
	// Cells are sorted: those that contradict themselves, then those that another one contradicts, then the others,
	// each by setting, workload, metric, Windows, driver and host.
	Cells []VerdictCell
	// Campaigns are those that Cells are made of, in the order in which they were named.
	Campaigns []*Campaign
	LeftOut   []LeftOut
}

// LeftOut is a campaign that is not counted, and why.
type LeftOut struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Contradiction says how verdicts on one setting stand to each other.
type Contradiction string

// The contradictions.
const (
	NoContradiction Contradiction = ""
	// Within: campaigns of the same Windows, driver and host contradict each other.
	Within Contradiction = "within"
	// Elsewhere: a cell of another Windows, driver or host contradicts this one.
	Elsewhere Contradiction = "elsewhere"
)

// VerdictCell is what campaigns of one Windows, driver and host found of one setting, or of several that are set
// together, in one metric of one workload.
type VerdictCell struct {
	Setting    string // "id=value", sorted, with commas between
	Against    string // what of the baseline is not the guest as it was found, in the same form; "" for nothing
	Workload   string
	Measured   string // how long and over how many streams: "3 x 10 s, streams: 4"
	Metric     string
	EffectUnit string
	GuestKind  string
	Windows    string // "" where it is not known, as the others
	Driver     string
	Host       string // CPU, kernel and QEMU: what decides, and no name
	Found      []FoundVerdict
	Contradict Contradiction

	how string // how the workload is measured: of one name they need not be alike
}

// FoundVerdict is the verdict of one campaign.
type FoundVerdict struct {
	Campaign string
	Path     string
	Arm      rank.Arm
}

// Narrowest is the verdict with the narrowest interval; the first without any.
func (c VerdictCell) Narrowest() FoundVerdict {
	return slices.MinFunc(c.Found, func(a, b FoundVerdict) int {
		return cmp.Compare(width(a.Arm), width(b.Arm))
	})
}

// width is how wide an interval is; that of none is beyond all.
func width(a rank.Arm) float64 {
	if !a.Interval.Low.Exists() || !a.Interval.High.Exists() {
		return 1e300
	}
	return float64(a.Interval.High - a.Interval.Low)
}

// place is what makes cells of the same setting and measurement one.
func (c VerdictCell) place() string {
	return strings.Join([]string{c.question(), c.Windows, c.Driver, c.Host}, "\x00")
}

// question is what cells have in common that can contradict each other.
func (c VerdictCell) question() string {
	return strings.Join([]string{c.Setting, c.Against, c.Workload, c.Metric, c.EffectUnit, c.how, c.GuestKind}, "\x00")
}

// side is what a verdict claims: 1 that it helps, -1 that it harms, 0 that it does neither by much; ok is false where
// nothing is claimed.
func side(v rank.Verdict) (s int, ok bool) {
	switch rank.Label(v) {
	case rank.LabelHelps, rank.LabelHelpsMaybe:
		return 1, true
	case rank.LabelHarms:
		return -1, true
	case rank.LabelEquivalent, rank.LabelNoWorse:
		return 0, true
	}
	return 0, false
}

// contradict says whether two verdicts cannot both be right: one helps and the other harms, or what is claimed differs
// and the intervals have nothing in common.
func contradict(a, b rank.Arm) bool {
	x, ok := side(a.Verdict)
	y, also := side(b.Verdict)
	if !ok || !also || a.Verdict == b.Verdict {
		return false
	}
	return x*y < 0 || a.Interval.High < b.Interval.Low || b.Interval.High < a.Interval.Low
}

// VerdictsOf gathers what campaigns found, each by its own margin and alpha. One that is not finished or gives no
// ranking is left out with the reason, and so is a file of samples, which knows no Windows.
func VerdictsOf(all []*Campaign) Verdicts {
	var v Verdicts
	at := map[string]int{}
	for _, c := range all {
		cells, why := c.verdicts()
		if why != "" {
			v.LeftOut = append(v.LeftOut, LeftOut{c.Path, why})
			continue
		}
		v.Campaigns = append(v.Campaigns, c)
		for _, cell := range cells {
			if i, there := at[cell.place()]; there {
				v.Cells[i].Found = append(v.Cells[i].Found, cell.Found...)
				continue
			}
			at[cell.place()] = len(v.Cells)
			v.Cells = append(v.Cells, cell)
		}
	}
	mark(v.Cells)
	first := func(c VerdictCell) int {
		return slices.Index([]Contradiction{Within, Elsewhere, NoContradiction}, c.Contradict)
	}
	slices.SortStableFunc(v.Cells, func(a, b VerdictCell) int {
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.place(), b.place()))
	})
	return v
}

// mark finds the contradictions.
func mark(cells []VerdictCell) {
	of := map[string][]int{}
	for i, c := range cells {
		of[c.question()] = append(of[c.question()], i)
	}
	for _, alike := range of {
		for n, i := range alike {
			for _, j := range alike[n:] {
				if !disagree(cells[i].Found, cells[j].Found) {
					continue
				}
				if i == j {
					cells[i].Contradict = Within
					continue
				}
				for _, one := range []int{i, j} {
					if cells[one].Contradict == NoContradiction {
						cells[one].Contradict = Elsewhere
					}
				}
			}
		}
	}
}

// disagree says whether any verdict of a contradicts one of b.
func disagree(a, b []FoundVerdict) bool {
	return slices.ContainsFunc(a, func(x FoundVerdict) bool {
		return slices.ContainsFunc(b, func(y FoundVerdict) bool { return contradict(x.Arm, y.Arm) })
	})
}

// verdicts are the cells of one campaign; why says why it has none.
func (c *Campaign) verdicts() (cells []VerdictCell, why string) {
	switch {
	case !c.IsStore():
		return nil, "a file of samples does not say which Windows was measured"
	case c.AA():
		return nil, "an A/A run compares the guest with itself"
	}
	if p := c.Progress(); !p.Done {
		return nil, fmt.Sprintf("it is not finished: %d of %d planned boots are made", p.Made, p.Planned)
	}
	j, err := c.Ranking(Asked{})
	if err != nil {
		return nil, err.Error()
	}
	facts, kinds, measured := c.facts(), map[string]string{}, map[string]string{}
	for _, w := range c.File.Workloads {
		measured[w.Name] = fmt.Sprintf("%d x %d s, streams: %d", c.File.Repetitions, w.Seconds, max(1, w.Streams))
		how, err := json.Marshal(w)
		if err != nil {
			return nil, err.Error()
		}
		kinds[w.Name] = string(how)
	}
	base := c.Plan().Baseline()
	settings := map[string]string{}
	for _, arm := range c.Plan().Arms {
		settings[arm.Name] = assigned(arm.Combination.Differences(base.Combination))
	}
	against := assigned(slices.DeleteFunc(base.Combination.Assignments(), func(a matrix.Assignment) bool { return a.Value == matrix.Found }))
	for _, a := range Primary(j.Ranking.Analyses) {
		for _, arm := range a.Arms {
			if arm.IsBaseline || settings[arm.Name] == "" || strings.HasPrefix(settings[arm.Name], matrix.PlaceboID+"=") {
				continue
			}
			cells = append(cells, VerdictCell{
				Setting: settings[arm.Name], Against: against, Workload: a.Workload, Measured: measured[a.Workload], Metric: a.Metric, EffectUnit: a.EffectUnit, GuestKind: c.GuestKind(),
				Windows: facts.value(record.FactOS), Driver: facts.value(record.FactDriver), how: kinds[a.Workload],
				Host:  hostWords(facts.value(record.FactCPU), facts.value(record.FactKernel), facts.value(record.FactQEMU)),
				Found: []FoundVerdict{{Campaign: c.Kept.Campaign.Name, Path: c.Path, Arm: arm}},
			})
		}
	}
	if len(cells) == 0 {
		return nil, "no arm of it is ranked"
	}
	return cells, ""
}

// assigned are settings with their values, as cells name them. That of the placebo stands alone.
func assigned(all []matrix.Assignment) string {
	var words []string
	for _, a := range all {
		words = append(words, a.ID+"="+string(a.Value))
	}
	return strings.Join(words, ", ")
}

func hostWords(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

package rank

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// flagAt is the distance from an arm's median, in robust standard deviations, beyond which a boot is
// flagged: with it 1 % of normal arms of n boots have a flag. By simulation of 2 to 24 million arms
// for each n (SPEC 14.3); odd and even n differ.
var flagAt = []struct {
	n int
	k float64
}{
	{5, 18.5}, {6, 10.1}, {7, 10.7}, {8, 7.96}, {9, 8.24}, {10, 6.91}, {11, 7.06}, {12, 6.29}, {13, 6.38}, {14, 5.89},
	{15, 5.95}, {16, 5.6}, {17, 5.66}, {18, 5.39}, {19, 5.43}, {20, 5.23}, {21, 5.27}, {22, 5.1}, {23, 5.14}, {24, 5.0},
	{25, 5.03}, {26, 4.91}, {27, 4.93}, {28, 4.85}, {29, 4.87}, {30, 4.78}, {31, 4.8}, {32, 4.73}, {33, 4.75}, {34, 4.68},
	{35, 4.7}, {36, 4.65}, {37, 4.66}, {38, 4.62}, {39, 4.63}, {40, 4.58}, {50, 4.47}, {60, 4.41}, {70, 4.36}, {80, 4.34},
	{100, 4.31}, {120, 4.29}, {150, 4.28}, {200, 4.28},
}

// flagLimit is the threshold for an arm of n boots: between listed n linear in 1/n, and infinite for
// too few boots to flag one.
func flagLimit(n int) float64 {
	i, listed := slices.BinarySearchFunc(flagAt, n, func(e struct {
		n int
		k float64
	}, n int) int {
		return cmp.Compare(e.n, n)
	})
	switch {
	case listed:
		return flagAt[i].k
	case i == 0:
		return math.Inf(1)
	case i == len(flagAt):
		return flagAt[i-1].k
	}
	a, b := flagAt[i-1], flagAt[i]
	share := (1/float64(a.n) - 1/float64(n)) / (1/float64(a.n) - 1/float64(b.n))
	return a.k + share*(b.k-a.k)
}

// flags are the boots that are far from their arm's others. They stay in the analysis; what would
// not be claimed without them is not claimed (Analysis, Verdict).
type flags struct {
	// boots, by observation, and their distance from the arm's median: scaled residuals, more is
	// better. It is 0 where a residual says nothing about noise.
	boots    []bool
	distance []float64
	// both names blocks that have flagged boots on both sides, of two arms: which of them is the
	// odd one cannot be told.
	both []string
}

// Flags finds the flagged boots: by the residual of least squares over its standard deviation, as far
// as that is known, against the others of the arm. A boot that stalled is always flagged.
func (st *Study) findFlags() flags {
	f := flags{boots: make([]bool, len(st.ranked)), distance: make([]float64, len(st.ranked))}
	byArm := make([][]int, st.Fit.Arms)
	for k, b := range st.ranked {
		f.boots[k] = b.Stalled
		if st.Fit.Free[k] > 0 {
			byArm[b.Arm] = append(byArm[b.Arm], k)
			f.distance[k] = st.Fit.Resid[k] / math.Sqrt(st.Fit.Free[k])
		}
	}
	present := 0
	for arm, rows := range byArm {
		if st.Fit.N[arm] > 0 {
			present++
		}
		scaled := make([]float64, len(rows))
		for i, k := range rows {
			scaled[i] = f.distance[k]
		}
		middle, mad := stat.Median(scaled), stat.MAD(scaled)
		for _, k := range rows {
			f.distance[k] -= middle
			if mad > st.Fit.Resolution && math.Abs(f.distance[k]) > flagLimit(len(rows))*mad {
				f.boots[k] = true
			}
		}
	}
	st.oneSide(&f, present)
	return f
}

// oneSide keeps in each block the flags on the side of its largest residual: one slow boot makes all
// others of its block look fast. Of two arms neither side is the odd one, and the block is named.
func (st *Study) oneSide(f *flags, arms int) {
	for block, rows := range st.Fit.Blocks {
		largest, better, worse := 0.0, false, false
		for _, k := range rows {
			if !f.boots[k] {
				continue
			}
			better, worse = better || f.distance[k] > 0, worse || f.distance[k] < 0
			if math.Abs(f.distance[k]) > math.Abs(largest) {
				largest = f.distance[k]
			}
		}
		switch {
		case !better || !worse:
		case arms < 3:
			f.both = append(f.both, st.Series.Blocks[block])
		default:
			for _, k := range rows {
				if f.distance[k] < 0 != (largest < 0) && !st.ranked[k].Stalled {
					f.boots[k] = false
				}
			}
		}
	}
}

// any says whether a boot is flagged.
func (f flags) any() bool { return slices.Contains(f.boots, true) }

// Flagged names the flagged boots of each arm; those that stalled are named in the tallies too.
func (st *Study) Flagged() [][]string { return st.flaggedOf(st.findFlags()) }

func (st *Study) flaggedOf(f flags) [][]string {
	out := make([][]string, st.Fit.Arms)
	for k, is := range f.boots {
		if is {
			out[st.ranked[k].Arm] = append(out[st.ranked[k].Arm], st.ranked[k].Name)
		}
	}
	return out
}

// WithoutFlagged is the study of all boots that are not flagged, by which a claim must hold, too; nil if
// none is.
func (st *Study) WithoutFlagged() (*Study, error) { return st.without(st.findFlags()) }

// without is the study of all boots that are not flagged; nil if none is.
func (st *Study) without(f flags) (*Study, error) {
	if !f.any() {
		return nil, nil
	}
	var values []stat.Observation
	for k, is := range f.boots {
		if !is {
			values = append(values, st.Fit.Obs[k])
		}
	}
	return st.on(values)
}

// Side is the side of an arm's median on which boots are.
type Side string

// The sides.
const (
	Worse      Side = "worse"
	BetterSide Side = "better"
)

// Placement says that boots of a campaign come in two kinds: something that is drawn at each boot,
// such as where memory and processors are placed, decides between them.
type Placement struct {
	Side Side `json:"side"`
	// Boots of all ranked ones, Of, are apart.
	Boots int         `json:"boots"`
	Of    int         `json:"of"`
	Arms  []PlacedArm `json:"combinations"`
}

// PlacedArm is an arm with boots apart: Boots near Level, and Apart near ApartLevel, medians in
// the metric's unit.
type PlacedArm struct {
	Name       string        `json:"combination"`
	Boots      int           `json:"boots"`
	Level      record.Number `json:"level"`
	Apart      int           `json:"apart"`
	ApartLevel record.Number `json:"apart_level"`
}

// placementShare: at least one boot in so many must be apart for two placements.
const placementShare = 33

// placements are the sides on which two boots or more are flagged, and enough of all boots.
func (st *Study) placements(f flags) []Placement {
	out := []Placement{}
	for _, side := range []Side{Worse, BetterSide} {
		p := Placement{Side: side, Of: len(st.ranked)}
		near, apart := make([][]float64, st.Fit.Arms), make([][]float64, st.Fit.Arms)
		for k, b := range st.ranked {
			switch {
			case !f.boots[k]:
				near[b.Arm] = append(near[b.Arm], b.Y)
			case !b.Stalled && f.distance[k] < 0 == (side == Worse):
				apart[b.Arm] = append(apart[b.Arm], b.Y)
				p.Boots++
			}
		}
		if p.Boots < 2 || p.Boots*placementShare < p.Of {
			continue
		}
		for arm, ys := range apart {
			if len(ys) > 0 {
				p.Arms = append(p.Arms, PlacedArm{Name: st.Arms.Names[arm], Boots: len(near[arm]), Level: st.level(near[arm]),
					Apart: len(ys), ApartLevel: st.level(ys)})
			}
		}
		out = append(out, p)
	}
	return out
}

// level is the median boot in the metric's unit.
func (st *Study) level(ys []float64) record.Number {
	if len(ys) == 0 {
		return none
	}
	return record.Number(st.Series.Value(stat.Median(ys)))
}

// FlagWarnings name the flagged boots and repetitions of each arm; they change no number.
func (st *Study) FlagWarnings() [][]Warning {
	return st.flagWarnings(st.findFlags(), st.flaggedRepetitions())
}

func (st *Study) flagWarnings(f flags, reps []map[string][]int) [][]Warning {
	out := make([][]Warning, st.Fit.Arms)
	stalled := func(arm int) []string { return st.Tallies[arm].Stalled }
	for arm, names := range st.flaggedOf(f) {
		far := slices.DeleteFunc(names, func(n string) bool { return slices.Contains(stalled(arm), n) })
		if len(far) > 0 {
			text := "far from the arm's other boots, and kept: " + bootsOf(far)
			if st.Series.Within != nil {
				text = "far from the arm's other values, and kept: that which begins with " + bootsOf(far)
			}
			out[arm] = append(out[arm], Warning{Code: WarnOutlier, Arm: record.Name(st.Arms.Names[arm]), Boots: far, Numbers: numbers{"boots": record.Number(len(far))},
				Text: text})
		}
		r := maps.Clone(reps[arm])
		maps.DeleteFunc(r, func(boot string, _ []int) bool { return slices.Contains(far, boot) }) // said already
		if len(r) > 0 {
			names := slices.Sorted(maps.Keys(r))
			var all []string
			for _, b := range names {
				for _, n := range r[b] {
					all = append(all, fmt.Sprintf("%s/%d", b, n))
				}
			}
			out[arm] = append(out[arm], Warning{Code: WarnOutlierRep, Arm: record.Name(st.Arms.Names[arm]), Boots: names, Numbers: numbers{"repetitions": record.Number(len(all))},
				Text: "far from the arm's other repetitions, and kept (no verdict hangs on it): boot/repetition " + some(all)})
		}
	}
	return out
}

// mostNamed is how many of a long list are named.
const mostNamed = 10

// some are the first of a list, and how many more there are.
func some(names []string) string {
	if more := len(names) - mostNamed; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}

const (
	// repetitionReach is the distance in robust standard deviations from which a repetition is
	// flagged, repetitionLeast the least number of them that can flag one.
	repetitionReach = 5
	repetitionLeast = 5
)

// flaggedRepetitions are the numbers of repetitions that are far from their arm's others, by arm and
// boot. Boots that stalled have none: they are flagged as a whole.
func (st *Study) flaggedRepetitions() []map[string][]int {
	ys := make([][]float64, st.Fit.Arms)
	each := func(visit func(b *boots.Boot, number int, y float64)) {
		for _, b := range st.ranked {
			if b.Stalled {
				continue
			}
			shared := 0.0 // by all arms of a boot within which they are switched
			if st.Series.Within != nil && !math.IsNaN(st.Fit.Effect[b.Block]) {
				shared = st.Fit.Effect[b.Block]
			}
			for _, r := range b.Reps {
				visit(b, r.Number, st.Series.Y(r.Value)-shared)
			}
		}
	}
	each(func(b *boots.Boot, _ int, y float64) { ys[b.Arm] = append(ys[b.Arm], y) })
	middle, reach := make([]float64, len(ys)), make([]float64, len(ys))
	for arm, y := range ys {
		reach[arm] = math.Inf(1)
		if len(y) < repetitionLeast {
			continue
		}
		if mad := stat.MAD(y); mad > st.Fit.Resolution {
			middle[arm], reach[arm] = stat.Median(y), repetitionReach*mad
		}
	}
	out := make([]map[string][]int, len(ys))
	each(func(b *boots.Boot, number int, y float64) {
		if math.Abs(y-middle[b.Arm]) <= reach[b.Arm] {
			return
		}
		if out[b.Arm] == nil {
			out[b.Arm] = make(map[string][]int)
		}
		out[b.Arm][b.Name] = append(out[b.Arm][b.Name], number)
	})
	return out
}

// placementWords say a placement in words.
func placementWords(p Placement, unit string) string {
	var arms []string
	for _, a := range p.Arms {
		arms = append(arms, fmt.Sprintf("%s: %s near %.4g, %d near %.4g", a.Name, plural(a.Boots, "boot"), a.Level, a.Apart, a.ApartLevel))
	}
	return fmt.Sprintf("two placements: %d of %s are apart from the others of their arm, all on the %s side (%s; in %s). Something drawn at each boot decides, such as where memory and processors are placed: pin them, or add boots",
		p.Boots, plural(p.Of, "boot"), p.Side, strings.Join(arms, "; "), unit)
}

// SecondLook is a comparison with the baseline on other data than the label's: without what is
// flagged, or with lost boots as bad or as good as they can have been.
type SecondLook struct {
	Label      Label         `json:"label"`
	Difference record.Number `json:"difference"`
	Interval
	Effect Effect `json:"-"`
}

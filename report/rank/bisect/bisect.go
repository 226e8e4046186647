// Package bisect says which of a row of builds is the first bad one: the next gate to ask, and what the gates so far come
// to. It asks nothing itself, and what it says follows from the looks so far alone, so that a bisect goes on wherever it
// was stopped.
//
// Place in the flow: cmd asks State what is next, runs a campaign of the good end and that build, has report/stored judge
// it, adds the look, and asks again.
//
// Each build is held against the good end, and not against the build before it: the margin is what may be lost from the good
// end on. Against neighbours a loss that comes in steps below the margin would pass each gate, and be nobody's.
package bisect

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"vnettune/report/rank/gate"
	"vnettune/results/sample"
)

// Plan is what is searched, and by which error rate. It is fixed before the first look.
type Plan struct {
	// Builds are in their order, the good end first and the bad one last.
	Builds []string
	// Looks is how often at most a step is asked while boots are added to it.
	Looks int
	// Alpha is the chance that the answer of the whole bisect is wrong.
	Alpha float64
}

// MaxBuilds bounds the builds.
const MaxBuilds = 4096

// NewPlan is the plan of a row of builds, of which those between good and bad are searched.
func NewPlan(builds []string, good, bad string, looks int, alpha float64) (Plan, error) {
	seen := map[string]bool{}
	for _, b := range builds {
		switch {
		case !sample.ValidName(b):
			return Plan{}, fmt.Errorf("build %q: a name has letters, digits and ._+,=:- and begins with a letter or digit", b)
		case seen[b]:
			return Plan{}, fmt.Errorf("build %s is there twice", b)
		}
		seen[b] = true
	}
	from, to := slices.Index(builds, good), slices.Index(builds, bad)
	switch {
	case from < 0:
		return Plan{}, fmt.Errorf("the good end %s is not among the builds", good)
	case to < 0:
		return Plan{}, fmt.Errorf("the bad end %s is not among the builds", bad)
	case from >= to:
		return Plan{}, fmt.Errorf("the bad end %s is not behind the good end %s: builds go from good to bad", bad, good)
	case to-from >= MaxBuilds:
		return Plan{}, fmt.Errorf("%d builds: at most %d are searched", to-from+1, MaxBuilds)
	}
	p := Plan{Builds: slices.Clone(builds[from : to+1]), Looks: looks, Alpha: alpha}
	if !(alpha > 0 && alpha < 1) {
		return p, fmt.Errorf("alpha %g: it must be above 0 and below 1", alpha)
	}
	return p, gate.Looks{Planned: looks, This: 1}.Check()
}

// Steps is how many gates there are at most: one of the two ends, and those that halve what is between them,
// 1 + ceil(log2(builds - 1)).
func (p Plan) Steps() int { return 1 + bits.Len(uint(len(p.Builds)-2)) }

// StepAlpha is the error rate of each step, all of its looks together. A wrong answer needs a wrong gate: a build that is
// as the good end called bad, or one that is worse by the margin called good. Each is at most this, and so, by
// Bonferroni's inequality, all steps together at most Alpha, whichever builds they ask.
func (p Plan) StepAlpha() float64 { return p.Alpha / float64(p.Steps()) }

// Look is what a gate said of a build against the good end.
type Look struct {
	Build   string
	Number  int // of this build, from 1
	Verdict gate.Verdict
}

// Ending is how a bisect ended.
type Ending string

// The endings.
const (
	// GoesOn: a gate is to be asked.
	GoesOn Ending = ""
	// Found: the first bad build is named.
	Found Ending = "found"
	// Between: the first bad build is one of several.
	Between Ending = "between"
	// NoRegression: the bad end is shown to be no worse than the margin.
	NoRegression Ending = "no regression"
	// EndsUndecided: the ends are not shown to differ, nor that they do not.
	EndsUndecided Ending = "ends undecided"
)

// State is where a bisect stands.
type State struct {
	Ending Ending
	// Build is to be asked next, as look Look of step Step; meaningful while it goes on.
	Build string
	Look  int
	Step  int // from 1
	// Good is the last build that is shown to be no worse than the margin, or the good end; Bad the first that is shown to
	// be bad, "" for none. Undecided are those between them that a step could not decide, Unasked those that none asked.
	Good, Bad          string
	Undecided, Unasked []string
}

// Suspects are the builds of which one is the first bad one, in their order; none where there is no bad one.
func (s State) Suspects(p Plan) []string {
	if s.Bad == "" {
		return nil
	}
	return p.Builds[slices.Index(p.Builds, s.Good)+1 : slices.Index(p.Builds, s.Bad)+1]
}

// ErrOtherLooks says that looks are not those of the plan.
var ErrOtherLooks = errors.New("the looks so far are not those that this bisect asks for")

// State is where the bisect stands after these looks, in the order in which they were taken.
func (p Plan) State(looks []Look) (State, error) {
	last := len(p.Builds) - 1
	s := search{plan: p, low: 0, high: last + 1, undecided: map[int]bool{}}
	for {
		step, build, ending := s.next()
		if ending != GoesOn {
			if len(looks) > 0 {
				return State{}, fmt.Errorf("%w: %s is asked though it had ended", ErrOtherLooks, looks[0].Build)
			}
			return s.state(ending), nil
		}
		for number := 1; ; number++ {
			if len(looks) == 0 {
				out := s.state(GoesOn)
				out.Build, out.Look, out.Step = p.Builds[build], number, step
				return out, nil
			}
			got := looks[0]
			if got.Build != p.Builds[build] || got.Number != number {
				return State{}, fmt.Errorf("%w: look %d of %s stands where look %d of %s is asked for", ErrOtherLooks, got.Number, got.Build, number, p.Builds[build])
			}
			looks = looks[1:]
			if got.Verdict != gate.Inconclusive || number >= max(1, p.Looks) {
				s.take(build, got.Verdict)
				break
			}
		}
	}
}

// search is what is known of the builds: those up to low are good, those from high on bad.
type search struct {
	plan      Plan
	low, high int // high is beyond the last build until the ends are shown to differ
	steps     int // that were taken
	undecided map[int]bool
	same      bool // the bad end is good
}

// next is the step to take and the build that it asks.
func (s *search) next() (step, build int, ending Ending) {
	last := len(s.plan.Builds) - 1
	switch {
	case s.steps == 0:
		return 1, last, GoesOn
	case s.same:
		return 0, 0, NoRegression
	case s.high > last:
		return 0, 0, EndsUndecided
	case s.high-s.low == 1:
		return 0, 0, Found
	}
	// Of those that were not asked the one that is nearest to the middle, the earlier of two.
	best, middle := -1, s.low+s.high
	for i := s.low + 1; i < s.high; i++ {
		if !s.undecided[i] && (best < 0 || distance(2*i, middle) < distance(2*best, middle)) {
			best = i
		}
	}
	if best < 0 || s.steps >= s.plan.Steps() {
		return 0, 0, Between
	}
	return s.steps + 1, best, GoesOn
}

func distance(a, b int) int { return max(a-b, b-a) }

// take adds what a step came to.
func (s *search) take(build int, v gate.Verdict) {
	s.steps++
	last := len(s.plan.Builds) - 1
	switch {
	case v == gate.Pass && build == last:
		s.same = true
	case v == gate.Pass:
		s.low = build
	case v == gate.Fail || v == gate.FailFailures:
		s.high = build
	default:
		s.undecided[build] = true
	}
}

func (s *search) state(e Ending) State {
	out := State{Ending: e, Good: s.plan.Builds[s.low]}
	if s.high < len(s.plan.Builds) {
		out.Bad = s.plan.Builds[s.high]
	}
	for i := s.low + 1; i < min(s.high, len(s.plan.Builds)); i++ {
		if s.undecided[i] {
			out.Undecided = append(out.Undecided, s.plan.Builds[i])
		} else {
			out.Unasked = append(out.Unasked, s.plan.Builds[i])
		}
	}
	return out
}

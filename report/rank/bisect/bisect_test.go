package bisect

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/rank/synthetic"
)

func builds(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("b%d", i))
	}
	return all
}

func plan(t interface{ Fatal(...any) }, n, looks int) Plan {
	p, err := NewPlan(builds(n), "b0", fmt.Sprintf("b%d", n-1), looks, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// walked asks until the bisect ends.
func walked(t interface{ Fatal(...any) }, p Plan, answer func(build, look int) gate.Verdict) (State, []Look) {
	var looks []Look
	for {
		s, err := p.State(looks)
		if err != nil {
			t.Fatal(err)
		}
		if s.Ending != GoesOn {
			return s, looks
		}
		looks = append(looks, Look{s.Build, s.Look, answer(slices.Index(p.Builds, s.Build), s.Look)})
	}
}

func TestSteps(t *testing.T) {
	for n, want := range map[int]int{2: 1, 3: 2, 4: 3, 5: 3, 6: 4, 8: 4, 9: 4, 10: 5, 4096: 13} {
		if got := plan(t, n, 1).Steps(); got != want {
			t.Errorf("%d builds take %d steps, and not %d", n, got, want)
		}
	}
	if p := plan(t, 8, 3); p.StepAlpha() != 0.05/4 {
		t.Errorf("each step has %g", p.StepAlpha())
	}
}

// Whatever the build that is the first bad one, it is found in as many steps as were planned, at any number of looks.
func TestTheFirstBadBuildIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 70).Draw(t, "builds")
		bad := rapid.IntRange(1, n-1).Draw(t, "bad")
		p := plan(t, n, rapid.IntRange(1, 3).Draw(t, "looks"))
		patience := rapid.IntRange(1, p.Looks).Draw(t, "decided at look")
		s, looks := walked(t, p, func(build, look int) gate.Verdict {
			switch {
			case look < patience:
				return gate.Inconclusive
			case build >= bad && build%2 == 0:
				return gate.FailFailures
			case build >= bad:
				return gate.Fail
			}
			return gate.Pass
		})
		if s.Ending != Found || s.Bad != p.Builds[bad] || s.Good != p.Builds[bad-1] || !slices.Equal(s.Suspects(p), []string{s.Bad}) {
			t.Fatalf("%d of %d: %+v", bad, n, s)
		}
		if len(looks) > p.Steps()*patience {
			t.Fatalf("%d looks in %d steps of %d", len(looks), p.Steps(), patience)
		}
	})
}

// Steps that stay undecided widen the answer, which still has the first bad build among its suspects; no gate is asked
// more often than was planned, and the same looks give the same state wherever they are cut.
func TestUndecidedStepsWidenTheAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "builds")
		bad := rapid.IntRange(1, n-1).Draw(t, "bad")
		p := plan(t, n, rapid.IntRange(1, 3).Draw(t, "looks"))
		hazy := rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "hazy")
		s, looks := walked(t, p, func(build, _ int) gate.Verdict {
			switch {
			case hazy[build]:
				return gate.Inconclusive
			case build >= bad:
				return gate.Fail
			}
			return gate.Pass
		})
		steps := map[string]bool{}
		for i, l := range looks {
			steps[l.Build] = true
			cut, err := p.State(looks[:i])
			if err != nil || cut.Ending != GoesOn || cut.Build != l.Build || cut.Look != l.Number {
				t.Fatalf("after %d looks it stands at %+v, %v", i, cut, err)
			}
		}
		if len(steps) > p.Steps() {
			t.Fatalf("%d steps of %d", len(steps), p.Steps())
		}
		if hazy[n-1] {
			if s.Ending != EndsUndecided || s.Bad != "" || len(looks) != p.Looks || s.Suspects(p) != nil {
				t.Fatalf("undecided ends: %+v", s)
			}
			return
		}
		suspects := s.Suspects(p)
		if !slices.Contains(suspects, p.Builds[bad]) || (len(suspects) == 1) != (s.Ending == Found) || len(suspects) != 1+len(s.Undecided)+len(s.Unasked) {
			t.Fatalf("%d of %d: %+v", bad, n, s)
		}
	})
}

func TestTheEndsMustDiffer(t *testing.T) {
	s, looks := walked(t, plan(t, 8, 2), func(int, int) gate.Verdict { return gate.Pass })
	if s.Ending != NoRegression || s.Bad != "" || len(looks) != 1 || looks[0].Build != "b7" {
		t.Errorf("%+v after %v", s, looks)
	}
}

func TestOtherLooksAreRefused(t *testing.T) {
	p := plan(t, 8, 2)
	for name, looks := range map[string][]Look{
		"of another build":  {{"b3", 1, gate.Fail}},
		"the second first":  {{"b7", 2, gate.Fail}},
		"one look too many": {{"b7", 1, gate.Inconclusive}, {"b7", 2, gate.Inconclusive}, {"b7", 3, gate.Fail}},
		"behind the end":    {{"b7", 1, gate.Pass}, {"b3", 1, gate.Pass}},
	} {
		if _, err := p.State(looks); !errors.Is(err, ErrOtherLooks) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlansThatAreNone(t *testing.T) {
	for says, c := range map[string]struct {
		builds    string
		good, bad string
		looks     int
		alpha     float64
	}{
		"there twice":            {"a b a", "a", "b", 1, 0.05},
		"a name has":             {"a b/c", "a", "b/c", 1, 0.05},
		"good end x is not":      {"a b", "x", "b", 1, 0.05},
		"bad end x is not":       {"a b", "a", "x", 1, 0.05},
		"is not behind the good": {"a b", "b", "a", 1, 0.05},
		"above 0 and below 1":    {"a b", "a", "b", 1, 0},
		"from 1 to 20":           {"a b", "a", "b", 21, 0.05},
	} {
		if _, err := NewPlan(strings.Fields(c.builds), c.good, c.bad, c.looks, c.alpha); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("says %v, and not %q", err, says)
		}
	}
	p, err := NewPlan(strings.Fields("x a b c y"), "a", "c", 1, 0.05)
	if err != nil || !slices.Equal(p.Builds, []string{"a", "b", "c"}) {
		t.Errorf("%v, %v: only what is between the ends is searched", p.Builds, err)
	}
}

// The whole bisect is wrong at most alpha: by simulation of campaigns with the gate itself, where every build is as good
// as the good end or worse by exactly the margin, which is the hardest that may not pass. Bounded so that a rate of alpha
// would be called more once in 1000 times.
func TestAWholeBisectIsWrongAtMostAlpha(t *testing.T) {
	const trials, easy, alpha = 400, 60, 0.05
	draw := rand.New(rand.NewPCG(18, 2))
	wrong, found := 0, 0
	for trial := range trials + easy {
		p := plan(t, 8, 2)
		bad := 1 + draw.IntN(len(p.Builds)-1)
		loss := 2.0 // the margin
		if trial >= trials {
			loss = 6 // which is found
		}
		s, _ := walked(t, p, func(build, look int) gate.Verdict {
			c := synthetic.DefaultPlan()
			c.Combinations, c.Blocks, c.Seed, c.BootSD, c.RepSD = 2, 8*look, draw.Uint64(), 1.5, 0.5
			if build >= bad {
				c.Effects = map[string]float64{"c01": -loss}
			}
			rows, err := synthetic.Draw(c)
			if err != nil {
				t.Fatal(err)
			}
			o := rank.DefaultOptions()
			o.Baseline, o.Alpha = synthetic.Baseline, p.StepAlpha()
			out, err := gate.Judge(rows, "c01", o, gate.Looks{Planned: p.Looks, This: look})
			if err != nil {
				t.Fatal(err)
			}
			return out.Verdict
		})
		switch {
		case trial < trials && s.Ending == NoRegression, trial < trials && s.Bad != "" && !slices.Contains(s.Suspects(p), p.Builds[bad]):
			wrong++
		case trial >= trials && s.Ending == Found && s.Bad == p.Builds[bad]:
			found++
		}
	}
	most := upTo(trials, alpha, 0.999)
	if wrong > most {
		t.Errorf("%d of %d bisects are wrong; at alpha %g it is at most %d", wrong, trials, alpha, most)
	}
	if found < easy*2/3 {
		t.Errorf("only %d of %d that lose three margins are found", found, easy)
	}
	t.Logf("%d of %d are wrong", wrong, trials)
}

// upTo is the most of n that happen with probability p each, in that share of cases.
func upTo(n int, p, share float64) int {
	choose := func(k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	sum := 0.0
	for k := range n {
		if sum += math.Exp(choose(k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p)); sum >= share {
			return k
		}
	}
	return n
}

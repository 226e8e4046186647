package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"vnettune/lab/windows/machine"
)

// A campaign under every fault: nothing is lost, no number comes from a failed
// measurement, the failure has the right class, and the guest ends as it began or the
// harness says how to restore it. An ordinary test run plays one case of every group, drawn
// by the seed that it prints; VNETTUNE_FAULTS=all plays all (make faults), and any other
// value those that it matches as a regular expression.
func TestFaults(t *testing.T) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a campaign under faults: %v", err)
	}
	cases := slices.Concat(wireCases(), guestCases(), stintCases(), hostCases(), otherCases())
	for _, c := range cases { // those too that are not drawn
		if _, err := machine.ParseFaults(c.faults); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	switch which := os.Getenv("VNETTUNE_FAULTS"); which {
	case "all":
	case "":
		cases = drawn(t, cases)
	default:
		match := regexp.MustCompile(which)
		cases = slices.DeleteFunc(cases, func(c faultCase) bool { return !match.MatchString(c.String()) })
	}
	outcomes := make([]faultOutcome, len(cases))
	t.Run("cases", func(t *testing.T) {
		for _, i := range slowFirst(cases) {
			c := cases[i]
			outcomes[i] = faultOutcome{faultCase: c, stored: "the case could not be played", exit: -1, wrong: []string{"not played"}}
			t.Run(c.String(), func(t *testing.T) {
				t.Parallel()
				outcomes[i] = c.play(t, fmt.Sprintf("f%d", i))
				outcomes[i].report(t)
			})
		}
	})
	if path := os.Getenv("VNETTUNE_FAULTS_REPORT"); path != "" {
		if err := os.WriteFile(path, faultReport(outcomes), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// slowFirst is the order to begin in, so that at the end nothing long is waited for.
func slowFirst(cases []faultCase) []int {
	var slow, fast []int
	for i, c := range cases {
		if c.forever || c.slow {
			slow = append(slow, i)
		} else {
			fast = append(fast, i)
		}
	}
	return append(slow, fast...)
}

// report makes a test's result of an outcome.
func (o faultOutcome) report(t *testing.T) {
	t.Helper()
	for _, w := range o.wrong {
		t.Error(w)
	}
	t.Logf("%s; %s; exit %d; as it began: %s; %v", o.stored, o.wentOn, o.exit, o.asBegan, o.faults)
}

// drawn is one case of every group that is over soon.
func drawn(t *testing.T, all []faultCase) []faultCase {
	t.Helper()
	seed := testSeed(t)
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var few []faultCase
	taken := map[string]bool{}
	for _, c := range all {
		if !c.forever && !c.slow && !taken[c.group] {
			taken[c.group] = true
			few = append(few, c)
		}
	}
	t.Logf("%d of %d cases, drawn with VNETTUNE_SEED=%d; VNETTUNE_FAULTS=all plays all", len(few), len(all), seed)
	return few
}

// testSeed is the seed of what a test draws, 1 unless VNETTUNE_SEED says otherwise.
func testSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("VNETTUNE_SEED")
	if text == "" {
		return 1
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("VNETTUNE_SEED: %v", err)
	}
	return seed
}

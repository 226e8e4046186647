package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"vnettune/bench"
	"vnettune/foreign"
)

// screen is what stands at the bottom of the terminal during a campaign, at most three lines:
// how far it is, what is being done, and what was measured last. It is a function of the
// events so far, of the time and of the terminal's width.
type screen struct {
	far   bench.Event // the last event that says how far the campaign is
	step  string      // what is being done; "" for nothing that is shown
	arm   string      // in whose boot; "" outside of boots
	boot  int         // that boot's number, the stint of it, and which try of it this is
	stint int
	try   int
	since time.Time   // the step's beginning
	run   bench.Event // the last run; its kind is "" before the first
}

// hear takes in an event.
func (s *screen) hear(e bench.Event) {
	e.Arm, e.Step, e.Unit, e.Status = foreign.Line(e.Arm), foreign.Line(e.Step), foreign.Line(e.Unit), foreign.Line(e.Status)
	if e.Boots > 0 {
		s.far = e
	}
	switch e.Kind {
	case bench.EventStep:
		if e.Step != s.step || e.Boot != s.boot || e.Stint != s.stint || e.Try != s.try {
			s.step, s.arm, s.boot, s.stint, s.try, s.since = e.Step, e.Arm, e.Boot, e.Stint, e.Try, e.Time
		}
	case bench.EventRun:
		s.run = e
	case bench.EventRescue:
		s.outside("bringing the guest back", e.Time)
	case bench.EventRestore:
		s.outside("restoring the guest", e.Time)
	case bench.EventRestored, bench.EventDone:
		s.step = ""
	}
}

// outside begins a step outside of boots.
func (s *screen) outside(step string, at time.Time) {
	s.far.Remaining = 0 // which is that of boots
	s.step, s.arm, s.since, s.run = step, "", at, bench.Event{}
}

// lines draws the screen so that no line takes more than so many columns.
func (s *screen) lines(most int, now time.Time, paint painter) []string {
	if s.step == "" {
		return nil
	}
	var lines []string
	if s.far.Boots > 0 {
		lines = append(lines, s.farLine(most, now, paint))
	}
	lines = append(lines, s.stepLine(most, now))
	if s.run.Kind != "" {
		lines = append(lines, s.runLine(most))
	}
	return lines
}

// Columns of the bar with its brackets; most is a multiple of least.
const (
	leastBar = 8
	mostBar  = 32
)

// farLine has the percent of the boots that are over, or of the stints where there are any, as a number and a bar.
func (s *screen) farLine(most int, now time.Time, paint painter) string {
	e := s.far
	over, all := e.BootsOver, e.Boots
	parts := []string{fmt.Sprintf("%d/%d boots over", over, all)}
	if e.AllStints > 0 {
		over, all = e.StintsOver, e.AllStints
		parts = []string{fmt.Sprintf("%d/%d stints over", over, all)}
	}
	percent := fmt.Sprintf("%3d %%  ", 100*over/all)
	if e.Boot > 0 {
		parts = []string{bootWords(e), fmt.Sprintf("block %d/%d", e.Block, e.Blocks)}
	}
	left := leftWords(e, now.Sub(e.Time))
	words := percent + join(append(parts, left)...)
	if columns(words)+leastBar+1 > most { // the block is told in the lines above, too
		words = percent + join(parts[0], left)
	}
	size := min(mostBar, most-columns(words)-1) / leastBar * leastBar // in steps, so that it stands still beside words of changing length
	if size < leastBar {
		return cut(words, most)
	}
	size -= 2
	done := size * over / all
	return paint.dim("["+strings.Repeat("#", done)+strings.Repeat("-", size-done)+"]") + " " + words
}

// join joins the parts that are not empty.
func join(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, ", ")
}

// stepLine is what is being done and for how long.
func (s *screen) stepLine(most int, now time.Time) string {
	spent := max(0, now.Sub(s.since))
	line := fmt.Sprintf("%s %02d:%02d", s.step, int(spent.Minutes()), int(spent.Seconds())%60)
	if s.arm != "" {
		line = tryWords(s.try) + ": " + line
	}
	return cut(squeezed(s.arm, max(most-columns(line), leastName))+line, most)
}

// leastName is how many columns a name keeps at least beside what is said of it.
const leastName = 9

// runLine is what was measured last beside the mean of its arm so far.
func (s *screen) runLine(most int) string {
	workload, arm := s.run.Step, s.run.Arm
	line := "measured " + runWords(s.run, workload, arm)
	if columns(line) > most {
		line = shortRunWords(s.run, workload, arm)
	}
	for _, name := range []*string{&arm, &workload} {
		if over := columns(line) - most; over > 0 {
			*name = squeezed(*name, max(leastName, columns(*name)-over))
			line = shortRunWords(s.run, workload, arm)
		}
	}
	return cut(line, most)
}

func runWords(e bench.Event, workload, arm string) string {
	if e.Value == nil {
		return fmt.Sprintf("%s: no number, %s", workload, e.Status)
	}
	value := fmt.Sprintf("%s %s %s", workload, shortNumber(*e.Value), e.Unit)
	switch {
	case e.Repetition == 0:
		return value + ", discarded: the first run of a boot"
	case e.Mean == nil:
		return value + ", no earlier boot of " + arm
	}
	return fmt.Sprintf("%s, mean of %s so far %s (%s)", value, arm, shortNumber(*e.Mean), plural(e.MeanBoots, "boot"))
}

// shortRunWords are runWords for a narrow terminal.
func shortRunWords(e bench.Event, workload, arm string) string {
	if e.Value == nil {
		return fmt.Sprintf("%s: %s", workload, e.Status)
	}
	value := fmt.Sprintf("%s %s %s", workload, shortNumber(*e.Value), e.Unit)
	switch {
	case e.Repetition == 0:
		return value + ", discarded"
	case e.Mean == nil:
		return value + ", first of " + arm
	}
	return fmt.Sprintf("%s, %s mean %s (%s)", value, arm, shortNumber(*e.Mean), plural(e.MeanBoots, "boot"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// painter gives words a colour, where colour is wanted (https://no-color.org).
type painter bool

func wantsColour() painter { return painter(os.Getenv("NO_COLOR") == "") }

func (p painter) dim(s string) string { return p.with("2", s) }
func (p painter) red(s string) string { return p.with("31", s) }

func (p painter) with(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

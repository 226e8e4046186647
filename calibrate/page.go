package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"

	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/report/reporttest"
	"vnettune/report/stored"
	"vnettune/report/terminal"
	"vnettune/results/sample"
)

// printed is a campaign as its user sees it: the page that `vnettune rank` prints, and the ranking
// behind it.
type printed struct {
	rows []sample.Row
	page reporttest.Page
	text string
	rank rank.Analysis
}

// print draws a campaign and prints it by the functions that the command uses.
func print(p synthetic.Plan) (printed, error) {
	rows, err := synthetic.Draw(p)
	if err != nil {
		return printed{}, err
	}
	r, err := report.Of(&stored.Campaign{Path: "-", Rows: rows}, nil, stored.Asked{Baseline: synthetic.Baseline})
	if err != nil {
		return printed{}, err
	}
	told, err := report.Tell(r)
	if err != nil {
		return printed{}, err
	}
	var text bytes.Buffer
	if err := terminal.Write(&text, told, terminal.Style{Full: true}); err != nil {
		return printed{}, err
	}
	return printed{rows, reporttest.Read(text.String(), p.Arms()), text.String(), r.Ranking.Analyses[0]}, nil
}

// each runs all campaigns of a cell, on all processors: draw says what the run of a number is, and look
// counts what came out, one at a time.
func each[T any](runs int, draw func(run int) (T, error), look func(T)) error {
	var wait sync.WaitGroup
	var counting sync.Mutex
	var failed error
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for run := range work {
				x, err := draw(run)
				counting.Lock()
				if err != nil && failed == nil {
					failed = err
				} else if err == nil {
					look(x)
				}
				counting.Unlock()
			}
		})
	}
	for run := range runs {
		work <- run
	}
	close(work)
	wait.Wait()
	return failed
}

// campaigns prints the campaigns of a cell, each with a seed of its own, and looks at each.
func (c *calibration) campaigns(runs int, plan func(*synthetic.Plan), look func(printed)) error {
	first := c.seeds(runs)
	return each(runs, func(run int) (printed, error) {
		p := synthetic.DefaultPlan()
		plan(&p)
		p.Seed = first + uint64(run)*seedStep
		return print(p)
	}, look)
}

// tally counts campaigns.
type tally struct{ hits, of int }

func (t *tally) add(hit bool) {
	t.of++
	if hit {
		t.hits++
	}
}

func (t tally) share() float64 { return 100 * float64(t.hits) / float64(t.of) }

func (t tally) String() string { return fmt.Sprintf("%.1f %%", t.share()) }

// against stands beside a share what was wanted of it; a miss is named.
func (t tally) atMost(wanted float64) string {
	if t.share() > wanted {
		return t.String() + " MISSED"
	}
	return t.String()
}

func (t tally) atLeast(wanted float64) string {
	if t.share() < wanted {
		return t.String() + " MISSED"
	}
	return t.String()
}

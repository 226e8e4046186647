package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/results"
	"vnettune/trouble"
)

// A run says at its end what to do next, by the paths that its user gave, and its exit code
// is what it was.
func TestWhatToDoNext(t *testing.T) {
	const report, again = "  hint: report: vnettune report 'my runs/c.db'", "  hint: go on: vnettune run c.yaml --store 'my runs/c.db'"
	silent := []bench.Silent{{Workload: "tcp", Runs: 4, Last: results.Run{Class: "peer_lost", Reason: "it was lost"}}}
	for name, x := range map[string]struct {
		sum         bench.Summary
		err         error
		interrupted bool
		exit        int
		says        []string // the last lines
	}{
		"done":             {bench.Summary{OK: 4}, nil, false, exitDone, []string{"done: 4 boots in my runs/c.db", "  report: vnettune report 'my runs/c.db'"}},
		"boots failed":     {bench.Summary{OK: 3, Failed: 1, Planned: 4}, nil, false, exitPartial, []string{"vnettune: 1 of 4 boots are not ranked; what was measured is in my runs/c.db", report}},
		"a limit":          {bench.Summary{OK: 3, Stopped: "the limit of 2 hours is over", More: true}, nil, false, exitPartial, []string{"vnettune: the limit of 2 hours is over; what was measured is in my runs/c.db", again, report}},
		"a search's end":   {bench.Summary{OK: 3, Stopped: "there is nothing to search"}, nil, false, exitPartial, []string{"vnettune: there is nothing to search; what was measured is in my runs/c.db", report}},
		"no number":        {bench.Summary{OK: 3, Silent: silent}, nil, false, exitPartial, []string{report}},
		"no usable boot":   {bench.Summary{Failed: 2}, nil, false, exitFailed, []string{"vnettune: no boot gave a number that may be ranked", "  hint: what became of each boot: vnettune report 'my runs/c.db'"}},
		"all failed early": {bench.Summary{Failed: 2, Stopped: "2 boots in a row failed", More: true}, nil, false, exitFailed, []string{again, "  hint: what became of each boot: vnettune report 'my runs/c.db'"}},
		"interrupted":      {bench.Summary{OK: 1, More: true}, context.Canceled, true, exitInterrupted, []string{"vnettune: stopped by interrupt", again, report}},
		"before any boot":  {bench.Summary{}, context.Canceled, true, exitInterrupted, []string{"vnettune: stopped by interrupt", again}},
		"failed":           {bench.Summary{OK: 1, More: true}, errors.New("the store is full"), false, exitFailed, []string{"vnettune: the store is full", again, report}},
		"refused":          {bench.Summary{}, trouble.Invalid(errors.New("another machine")), false, exitUsage, []string{"vnettune: another machine"}},
		"left changed": {bench.Summary{OK: 1, More: true}, restoreHint(&bench.UnrestoredError{Err: errors.New("it is gone")}, "my runs/c.db"), true, exitUnrestored,
			[]string{"vnettune: the guest is left changed: it is gone", "  hint: put it back with: vnettune restore 'my runs/c.db'"}},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if x.interrupted {
			cancel(&stopError{os.Interrupt})
		}
		var said strings.Builder
		r := runner{files: rig.Files{Campaign: "c.yaml", Store: "my runs/c.db"}, again: runAgain("c.yaml", "my runs/c.db"), stderr: &said}
		err := r.goOn(ctx, x.sum, signalled(ctx, r.verdict(x.sum, x.err)))
		complain(&said, err)
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		if got := strings.Join(lines[max(0, len(lines)-len(x.says)):], "\n"); got != strings.Join(x.says, "\n") || exitCode(err) != x.exit {
			t.Errorf("%s: exit code %d, want %d; it says\n%s\nwant\n%s", name, exitCode(err), x.exit, &said, strings.Join(x.says, "\n"))
		}
		cancel(nil)
	}
	if got := runAgain("dir/demo.yaml", ""); got != "vnettune run dir/demo.yaml" {
		t.Errorf("without --store: %s", got)
	}
}

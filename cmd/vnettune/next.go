package main

import (
	"context"

	"vnettune/bench"
	"vnettune/trouble"
)

// What to do when a run has ended, as commands to copy: with the paths as its user gave them.

// runAgain is the command that goes on with a campaign.
func runAgain(campaign, store string) string {
	if store == "" {
		return "vnettune run " + trouble.ShellWord(campaign)
	}
	return "vnettune run " + trouble.ShellWord(campaign) + " --store " + trouble.ShellWord(store)
}

// report is the command that shows what was measured.
func (r *runner) report() string { return "vnettune report " + trouble.ShellWord(r.files.Store) }

// goOn adds to the error of a run that left boots to do how to go on, and how to see what
// was measured. A guest that is left changed comes first, and what its user has to mend: those
// errors say themselves what to do.
func (r *runner) goOn(ctx context.Context, sum bench.Summary, err error) error {
	code := exitCode(err)
	if code == exitUnrestored || code == exitUsage {
		return err
	}
	if sum.OK > 0 {
		err = trouble.Hint(err, "report: %s", r.report())
	}
	if sum.More || ctx.Err() != nil {
		err = trouble.Hint(err, "go on: %s", r.again)
	}
	return err
}

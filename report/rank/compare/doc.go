// Package compare compares what arms do in two campaigns: their effects, each against the baseline of
// its own campaign, so that what differs from one session to the next on arm and baseline alike
// cancels. The baselines' levels themselves are given side by side, without a verdict.
//
// Place in the flow: report/rank -> compare -> report/stored -> report.
package compare

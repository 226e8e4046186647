// Package rank turns repetitions into estimates, intervals, tests, tiers and
// verdicts. It is pure: no input or output, no clock, and random numbers (history,
// bootstrap) only from a seed.
//
// Place in the flow: results/sample -> rank -> report.
//
// The unit of replication is the boot. Each boot is one number, y = 100 ln of its
// mean measurement; block means are removed by least squares; every combination
// has its own variance, moderated towards the others; every combination is
// compared with the baseline under Holm's rule and with simultaneous intervals,
// and with the best by Hsu's multiple comparisons.
//
// Beside the ranking (Analyze) stand the regression gate (Gate, GateAgainst), the
// effects of settings (EffectsOfSettings, which finds out from the levels whether
// they are crossed or a profile's), adaptive search (Search) and the screen before
// it (Screen), the variances of boots and repetitions (NewComponents), and changes
// over campaigns (HistoryOf).
//
// Every workload and metric is a family of its own: "wrong at most 5 % of the
// time" holds for each of them and not for all of them together.
//
// Numbers that do not exist (no baseline, one boot, no variance) are NaN in the
// values of this package, never 0; renderers print them as nothing.
package rank

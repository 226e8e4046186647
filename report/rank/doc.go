// Package rank turns boots into estimates, intervals, tests, tiers and verdicts, and
// says what the rig was worth while it measured. It is pure: no input or output, no
// clock, and random numbers only from a seed.
//
// Place in the flow: results/sample -> rank/boots -> rank -> report. Under it lie the
// numerics (report/stat) and the comparisons of arms (rank/contrast); beside it, built
// on its Study, the regression gate with the history (rank/gate), the effects of
// settings (rank/effects), and adaptive search with its screen (rank/search).
//
// The unit of replication is the boot. Each boot is one number, y = 100 ln of its mean measurement;
// block means are removed by least squares; every combination has its own variance, moderated
// towards the others; every combination is compared with the baseline under Holm's rule and with
// simultaneous intervals, and with the best by Hsu's multiple comparisons.
//
// Every workload and metric is a family of its own: "wrong at most 5 % of the
// time" holds for each of them and not for all of them together.
//
// Numbers that do not exist (no baseline, one boot, no variance) are NaN here, never 0; renderers
// print nothing for them.
package rank

// Package sample is the row of one repetition and its CSV form: what a campaign
// exports, what other tools may hand in, and all that the ranking reads.
//
// Place in the flow: results (or any other program) -> sample -> report/rank.
// It is a leaf: it knows neither the guest nor the statistics.
//
// The CSV is RFC 4180, UTF-8 (a byte order mark is tolerated), with dot
// decimals. Files that other programs write in another form are refused by their cause. A cell has at most 4096 bytes and no line break, a line at most 1 MiB. The columns may stand in any order:
//
//	combination,block,boot,workload,metric,unit,repetition,value   required
//	better,status,order,slot,session,guest_kind,set:ID...          optional
//
// One row is one repetition. Repetitions count from 1. Block and boot are opaque
// words; a boot belongs to one block and one combination, and a boot that was
// tried again is another boot of the same block and combination.
//
// A row whose status is empty or "ok" is ranked. "not_in_effect" and "excluded"
// hold for a whole boot: its rows keep their value and are not ranked. So does
// "search", a boot by which a search decided, unless it was set aside. "not_run" is a planned boot that was
// never made: one row without workload and value. Every other word is a failure class, and such a row has no value. A boot that failed
// before it could measure anything may be one row with its failure class and
// with workload, metric, unit, repetition and value empty: it counts as a failed
// boot in every workload and metric.
//
// The slot says which planned boot a row belongs to, so that planned, lost and
// retried boots are known; without it they can only be guessed.
package sample

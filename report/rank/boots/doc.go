// Package boots groups the rows of samples into boots, one value for each workload and metric, and
// counts what became of them: planned, ranked, failed, set aside. The boot is the unit of
// replication; all that comes after looks at boots, and nothing else groups rows.
//
// Place in the flow: results/sample -> boots -> report/rank and the packages beside it.
package boots

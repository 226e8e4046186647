// Package stored is a campaign read back: a store, or a file of samples, opened once into typed
// values, and judged. Only it makes the options of rankings, so that everything that reads a
// campaign says the same about it.
//
// Place in the flow: results, results/sample -> stored -> report, and the commands
// that compare, plan, exclude and restore. It renders nothing and knows no guest.
//
// Both sources become the same rows: a store's boots, the planned boots of begun blocks
// that were never made (sample.StatusNotRun), and a search's own boots, which are kept
// and not ranked (sample.StatusSearch). Those rows are what `report --format csv`
// writes, and what `rank` reads back.
package stored

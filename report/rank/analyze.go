package rank

import "vnettune/results/sample"

// Analyze ranks the combinations in rows: one Analysis for each workload and
// metric, each a family of its own. The order of the rows does not matter. The
// error names what is wrong with the options or the rows, and the remedy.
func Analyze(rows []sample.Row, o Options) (Ranking, error) {
	return Ranking{}, nil
}

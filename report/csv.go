package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// CSV writes samples as `rank` reads them. A stand-in's guest kind is followed by
// the notice, so that a file that is passed on still says what was measured.
func CSV(w io.Writer, rows []sample.Row) error {
	marked := make([]sample.Row, len(rows))
	for i, r := range rows {
		if stored.IsStandIn(r.GuestKind) && !strings.HasSuffix(r.GuestKind, noticeMark) {
			r.GuestKind += noticeMark
		}
		marked[i] = r
	}
	return sample.Write(w, marked)
}

// rankingColumns is the header of a ranking's CSV form.
var rankingColumns = []string{
	"workload", "metric", "unit", "combination", "rank", "boots_ok", "boots_failed", "boots_not_in_effect", "boots_excluded",
	"estimate", "scale", "effect_unit", "difference", "lower", "upper", "p_raw", "p_holm", "label", "verdict", "grade",
	"mde", "mcb_lower", "mcb_upper", "may_be_best", "tier", "letters",
	"baseline", "margin", "alpha", "family", "guest_kind", "notice",
}

// RankingCSV writes one row for each combination of each workload and metric. What
// does not exist is an empty field.
func RankingCSV(w io.Writer, r Report) error {
	cw := csv.NewWriter(w)
	if err := cw.Write(rankingColumns); err != nil {
		return fmt.Errorf("report: csv: %w", err)
	}
	for _, a := range r.Ranking.Analyses {
		for _, arm := range a.Arms {
			if err := cw.Write(rankingRecord(r, a, arm)); err != nil {
				return fmt.Errorf("report: csv: %w", err)
			}
		}
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("report: csv: %w", err)
	}
	return nil
}

func rankingRecord(r Report, a rank.Analysis, arm rank.Arm) []string {
	f := record.Number.String
	whole := func(n record.Count) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(int(n))
	}
	mayBeBest := ""
	if arm.MayBeBest != nil {
		mayBeBest = strconv.FormatBool(*arm.MayBeBest)
	}
	return []string{
		a.Workload, a.Metric, a.Unit, arm.Name, whole(arm.Rank),
		strconv.Itoa(arm.Boots.OK), strconv.Itoa(arm.Boots.Failed), strconv.Itoa(arm.Boots.NotInEffect), strconv.Itoa(arm.Boots.Excluded),
		f(arm.Estimate), string(a.Scale), a.EffectUnit, f(arm.Difference), f(arm.Interval.Low), f(arm.Interval.High), f(arm.P), f(arm.PHolm),
		string(arm.Label), string(arm.Verdict), string(arm.Grade), f(arm.MDE), f(arm.FromBest.Low), f(arm.FromBest.High),
		mayBeBest, whole(arm.Tier), string(arm.Letters),
		r.Ranking.Baseline, f(a.Margin), f(record.Number(a.Alpha)), strconv.Itoa(a.Family), r.guestKind(), r.notice(),
	}
}

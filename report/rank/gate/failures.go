package gate

import (
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// Failures compares how often boots fail: a candidate that crashes is worse, whatever its other boots
// measure. A boot fails if it gave no number in one of the metrics that are judged; one that was tried
// again counts each time. What the harness itself lost is neither tried nor failed.
type Failures struct {
	FailedNew  int `json:"failed_new"`
	TriedNew   int `json:"tried_new"`
	FailedBase int `json:"failed_base"`
	TriedBase  int `json:"tried_base"`
	// P is that of as many failures of the candidate, or more, by chance (Fisher's exact test,
	// one-sided). It is in the family of tests only if it could be small enough at all with these
	// totals (Tarone 1990); PHolm is adjusted over the family, NaN outside.
	P        record.Number `json:"p"`
	InFamily bool          `json:"in_family"`
	PHolm    record.Number `json:"p_holm"`
	// Least is the smallest p that these totals allow.
	Least record.Number `json:"-"`

	fates map[bootOf]fate
}

// bootOf is a boot's part in a workload.
type bootOf struct{ boot, workload string }

// fate says whose boot it is, and whether it gave a number in any metric of the workload.
type fate struct{ fresh, number bool }

// count adds the boots of one metric.
func (f *Failures) count(st *rank.Study) {
	if f.fates == nil {
		f.fates = make(map[bootOf]fate)
	}
	for _, b := range st.Series.Boots {
		failed := b.Fate == boots.Failed || b.Fate == boots.AllZero
		if failed || b.Fate == boots.OK {
			at := bootOf{b.Name, st.Series.Workload}
			f.fates[at] = fate{b.Arm != st.Arms.Baseline, f.fates[at].number || !failed}
		}
	}
}

// test fills in the counts of boots and the test.
func (f *Failures) test() {
	failed := make(map[string]bool)
	fresh := make(map[string]bool)
	for at, is := range f.fates {
		failed[at.boot] = failed[at.boot] || !is.number
		fresh[at.boot] = is.fresh
	}
	for boot, fails := range failed {
		tried, count := &f.TriedBase, &f.FailedBase
		if fresh[boot] {
			tried, count = &f.TriedNew, &f.FailedNew
		}
		*tried++
		if fails {
			*count++
		}
	}
	f.P, f.Least = record.Number(math.NaN()), record.Number(math.NaN())
	if f.TriedNew > 0 && f.TriedBase > 0 {
		all := f.FailedNew + f.FailedBase
		f.P = record.Number(stat.FisherGreater(f.FailedNew, f.TriedNew, f.FailedBase, f.TriedBase))
		most := min(all, f.TriedNew)
		f.Least = record.Number(stat.FisherGreater(most, f.TriedNew, all-most, f.TriedBase))
	}
}

// against counts the boots of a gate against stored campaigns by the metric that lost most: those of
// several campaigns have no names in common.
func (f *Failures) against(g Result) {
	f.FailedNew, f.TriedNew = max(f.FailedNew, g.New.Failed), max(f.TriedNew, g.New.Tried())
	f.FailedBase, f.TriedBase = max(f.FailedBase, g.Base.Failed), max(f.TriedBase, g.Base.Tried())
}

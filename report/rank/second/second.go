// Package second compares what two tools measured of one workload in the same boots: iperf3, and the meter as a second
// opinion. Tools differ in what they cost, so that their figures differ; they disagree about a combination where it
// moves the figure of the one more than that of the other.
//
// Place in the flow: results/sample -> report/rank (its studies) -> second -> report/stored.
package second

import (
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Pair names two workloads that differ in the tool alone.
type Pair struct {
	Workload string `json:"workload"` // by iperf3, the judge
	Second   string `json:"second"`   // by the meter
}

// Opinion is what the meter says of a workload beside iperf3.
type Opinion struct {
	Pair
	Baseline string `json:"baseline"`
	// Family is the number of declared comparisons: of every combination with the baseline. Alpha is the chance that
	// any of them is called a disagreement falsely.
	Family int     `json:"family"`
	Alpha  float64 `json:"alpha"`
	Arms   []Arm   `json:"combinations"`
}

// Arm is a combination as both tools saw it.
type Arm struct {
	Name  string `json:"combination"`
	Boots int    `json:"boots"` // in which both gave a number
	// Above is how far the meter's figure is above iperf3's in the same boots, in percent, the geometric mean;
	// Lower and Upper are the ends of its interval of confidence 1 - Alpha, by the spread of the boots alone.
	Above record.Number `json:"above_percent"`
	Lower record.Number `json:"lower_percent"`
	Upper record.Number `json:"upper_percent"`
	// Apart is the difference of Above from the baseline's, in percent, with the blocks removed: by so much more the
	// combination moves the meter's figure than iperf3's.
	Apart record.Number `json:"apart_percent"`
	// P tests for a difference from the baseline, PHolm is adjusted over the family.
	P     record.Number `json:"p_raw"`
	PHolm record.Number `json:"p_holm"`
	// Disagree: PHolm <= Alpha.
	Disagree bool `json:"disagree"`
}

// metric is what both tools are compared by.
const metric = "throughput"

// Find compares the tools in the boots that both measured. Pairs that no ranked boot of the baseline has are left out.
func Find(rows []sample.Row, pairs []Pair, o rank.Options) ([]Opinion, error) {
	o, alpha := o.Beside()
	var all []Opinion
	for _, p := range pairs {
		compared := ratios(rows, p)
		if !slices.ContainsFunc(compared, func(r sample.Row) bool { return r.Combination == o.Baseline && r.HasValue }) {
			continue
		}
		studies, err := rank.Studies(compared, o)
		if err != nil {
			return nil, err
		}
		for _, st := range studies {
			all = append(all, opinion(p, st, o.Baseline, alpha))
		}
	}
	return all, nil
}

// application is a boot or, where arms are switched within boots, a stint of it.
type application struct {
	boot  string
	stint int
}

// ratios are rows with the meter's figure over iperf3's, one for each application of an arm in which either was to
// give one.
func ratios(rows []sample.Row, p Pair) []sample.Row {
	type figures struct{ first, second mean }
	of := map[application]*figures{}
	var order []sample.Row
	for _, r := range rows {
		if r.Metric != metric || r.Workload != p.Workload && r.Workload != p.Second {
			continue
		}
		at := application{r.Boot, r.Stint}
		f := of[at]
		if f == nil {
			f = &figures{}
			of[at] = f
			order = append(order, r)
		}
		if r.HasValue && r.Value > 0 && r.Ranked() {
			if r.Workload == p.Workload {
				f.first.add(math.Log(r.Value))
			} else {
				f.second.add(math.Log(r.Value))
			}
		}
	}
	out := order[:0]
	for _, r := range order {
		f := of[application{r.Boot, r.Stint}]
		r.Workload, r.Repetition = p.Workload, 1
		if r.HasValue = f.first.n > 0 && f.second.n > 0; r.HasValue {
			r.Value, r.Status = math.Exp(f.second.value()-f.first.value()), sample.StatusOK
		} else if r.Value = 0; r.Ranked() {
			r.Status = sample.StatusNotRun // one of the two alone says nothing here
		}
		out = append(out, r)
	}
	return out
}

// opinion goes from the fit of the ratios to what is said of the arms.
func opinion(p Pair, st *rank.Study, baseline string, alpha float64) Opinion {
	out := Opinion{Pair: p, Baseline: baseline, Alpha: alpha}
	above := make([]mean, len(st.Arms.Names))
	for _, b := range st.Series.Boots {
		if b.Fate == boots.OK {
			above[b.Arm].add(b.Y)
		}
	}
	base := st.Arms.Baseline
	var raw []float64
	var of []int
	for i, name := range st.Arms.Names {
		m := above[i]
		a := Arm{Name: name, Boots: m.n, Above: none, Lower: none, Upper: none, Apart: none, P: none, PHolm: none}
		if m.n > 0 {
			a.Above = record.Number(st.Series.Shown(m.value()))
		}
		if m.n > 1 {
			w := stat.TUpper(alpha/2, float64(m.n-1)) * m.standardError()
			low, high := st.Series.ShownInterval(m.value()-w, m.value()+w)
			a.Lower, a.Upper = record.Number(low), record.Number(high)
		}
		if i != base {
			diff, p := st.BesideBaseline(i)
			raw, of = append(raw, p), append(of, i)
			a.Apart, a.P = record.Number(st.Series.Shown(diff)), record.Number(p)
		}
		out.Arms = append(out.Arms, a)
	}
	out.Family = len(raw)
	for k, adjusted := range stat.Holm(raw) {
		if a := &out.Arms[of[k]]; a.P.Exists() {
			a.PHolm, a.Disagree = record.Number(adjusted), adjusted <= alpha
		}
	}
	return out
}

var none = record.Number(math.NaN())

// mean sums up values.
type mean struct {
	n            int
	sum, squares float64
}

func (m *mean) add(y float64) { m.n, m.sum, m.squares = m.n+1, m.sum+y, m.squares+y*y }
func (m mean) value() float64 { return m.sum / float64(m.n) }

// standardError is that of the mean, of two values or more.
func (m mean) standardError() float64 {
	n := float64(m.n)
	return math.Sqrt(max(0, m.squares-m.sum*m.sum/n) / (n - 1) / n)
}

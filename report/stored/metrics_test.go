package stored

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/ranktest"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// several is a file of samples: tcp with throughput and retransmits, udp with loss, throughput and
// jitter, and a workload that has a metric of its own.
func several() *Campaign {
	rows := ranktest.Campaign(5, map[string]float64{"base": 0, "a": -9}, 6, 1, 0.2)
	c := &Campaign{Path: "s.csv"}
	for _, m := range []sample.Row{
		{Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter},
		{Workload: "tcp", Metric: "retransmits", Unit: "segments", Better: sample.LowerIsBetter},
		{Workload: "udp", Metric: "loss", Unit: "%", Better: sample.LowerIsBetter},
		{Workload: "udp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter},
		{Workload: "udp", Metric: "jitter", Unit: "ms", Better: sample.LowerIsBetter},
		{Workload: "own", Metric: "frames", Unit: "1/s", Better: sample.HigherIsBetter},
	} {
		for _, r := range rows {
			r.Workload, r.Metric, r.Unit, r.Better = m.Workload, m.Metric, m.Unit, m.Better
			c.Rows = append(c.Rows, r)
		}
	}
	return c
}

func series[T any](all []T, name func(T) (workload, metric string)) string {
	var out []string
	for _, one := range all {
		w, m := name(one)
		out = append(out, w+" "+m)
	}
	return strings.Join(out, ", ")
}

// Primary metrics come first, jitter only where all metrics are asked for, and filters narrow.
func TestWhatIsRanked(t *testing.T) {
	for _, tt := range []struct {
		name string
		a    Asked
		want string
	}{
		{"all but what is minor", Asked{}, "own frames, tcp throughput, tcp retransmits, udp loss, udp throughput"},
		{"all metrics", Asked{AllMetrics: true}, "own frames, tcp throughput, tcp retransmits, udp loss, udp throughput, udp jitter"},
		{"a workload", Asked{Workloads: []string{"udp"}}, "udp loss, udp throughput"},
		{"a metric", Asked{Metrics: []string{"throughput"}}, "tcp throughput, udp throughput"},
		{"a minor metric that is asked for", Asked{Metrics: []string{"jitter"}}, "udp jitter"},
		{"both", Asked{Workloads: []string{"udp", "own"}, Metrics: []string{"throughput", "frames"}}, "own frames, udp throughput"},
	} {
		tt.a.Baseline = "base"
		j, err := several().Ranking(tt.a)
		if err != nil {
			t.Fatal(err)
		}
		if got := series(j.Ranking.Analyses, func(a rank.Analysis) (string, string) { return a.Workload, a.Metric }); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A gate judges what its workloads are run for, unless it is told.
func TestWhatIsGated(t *testing.T) {
	for _, tt := range []struct {
		name string
		a    Asked
		want string
	}{
		{"primary metrics", Asked{}, "own frames, tcp throughput, udp loss, udp throughput"},
		{"a workload", Asked{Workloads: []string{"tcp"}}, "tcp throughput"},
		{"a metric that is not primary", Asked{Metrics: []string{"retransmits"}}, "tcp retransmits"},
	} {
		tt.a.Baseline = "base"
		g, err := several().Gate("a", tt.a)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range g.Results {
			got = append(got, r.Workload+" "+r.Metric)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}

// Margins and scales of single metrics reach what is judged.
func TestMarginsOfMetrics(t *testing.T) {
	margin := 5.0
	j, err := several().Ranking(Asked{Baseline: "base", Margin: &margin, Margins: map[string]float64{"loss": 3, "throughput": 1, "frames": 20}, Scales: map[string]sample.Scale{"frames": sample.Difference}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"own frames": "20 1/s", "tcp throughput": "1 %", "tcp retransmits": "null segments", "udp loss": "3 percentage points", "udp throughput": "1 %",
	}
	for _, a := range j.Ranking.Analyses {
		number, err := a.Margin.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %s", number, a.EffectUnit); got != want[a.Workload+" "+a.Metric] {
			t.Errorf("%s %s: %s, want %s", a.Workload, a.Metric, got, want[a.Workload+" "+a.Metric])
		}
	}
}

// Names that the campaign does not have are refused, with those that it has.
func TestUnknownNames(t *testing.T) {
	for want, a := range map[string]Asked{
		`--workload names tpc, which is not measured in it`:           {Workloads: []string{"udp", "tpc"}},
		`--metric names lost, which is not measured in it`:            {Metrics: []string{"lost"}},
		`--margin names latency, which is not measured in it`:         {Margins: map[string]float64{"latency": 1, "loss": 1}},
		`--scale names x, which is not measured in it`:                {Scales: map[string]sample.Scale{"x": sample.Difference, "y": sample.Ratio}},
		"no workload has the metrics that are asked for":              {Workloads: []string{"own"}, Metrics: []string{"loss"}},
		"margin 0 of loss: it must be a number above 0":               {Margins: map[string]float64{"loss": 0}},
		"scale of loss: it is known to be compared by its difference": {Scales: map[string]sample.Scale{"loss": sample.Ratio}},
	} {
		a.Baseline = "base"
		for what, err := range map[string]error{"ranking": errorOf(several().Ranking(a)), "gate": errorOf(several().Gate("a", a))} {
			if err == nil || !strings.Contains(err.Error(), want) || !trouble.IsInvalid(err) {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// A workload that has nothing but a minor metric is shown whole.
func TestOnlyMinorMetrics(t *testing.T) {
	c := several()
	c.Rows = slices.DeleteFunc(c.Rows, func(r sample.Row) bool { return r.Workload == "udp" && r.Metric != "jitter" })
	j, err := c.Ranking(Asked{Baseline: "base", Workloads: []string{"udp"}})
	if err != nil || len(j.Ranking.Analyses) != 1 {
		t.Errorf("%+v, %v", j.Ranking.Analyses, err)
	}
}

package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/results/sample"
)

// counted is a campaign in which an arm harms and the receiver's window holds its stream, and another changes nothing.
func counted(t *testing.T, blocks int) *stored.Campaign {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	arms := []string{"baseline", "off", "same"}
	var text strings.Builder
	text.WriteString("combination,block,boot,workload,metric,unit,repetition,value,order\n")
	slot := 0
	for b := range blocks {
		for _, i := range rng.Perm(len(arms)) {
			slot++
			speed, held := 1000.0, 12.0
			if arms[i] == "off" {
				speed, held = 300, 97
			}
			for _, m := range []struct {
				name  string
				value float64
			}{{"throughput", speed + 5*rng.NormFloat64()}, {"gbit_per_core_host", speed/500 + 0.01*rng.NormFloat64()}, {"tcp_rwnd_limited", held + rng.NormFloat64()}, {"host_softirq", 9 + rng.NormFloat64()}, {"tcp_cwnd", speed + rng.NormFloat64()}} {
				known, _ := sample.KnownMetric(m.name)
				fmt.Fprintf(&text, "%s,%d,b%03d,tcp,%s,%s,1,%g,%d\n", arms[i], b+1, slot, m.name, known.Unit, m.value, slot)
			}
		}
	}
	c, err := stored.OpenSamples("-", strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatMovedWithIt(t *testing.T) {
	c := counted(t, 6)
	r, err := Of(c, nil, stored.Asked{Baseline: "baseline"})
	if err != nil {
		t.Fatal(err)
	}
	// Counters are no rankings; the cost is one.
	if n := len(r.Ranking.Analyses); n != 2 {
		t.Errorf("%d rankings", n)
	}
	told, err := Tell(r)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, p := range told.Parts {
		if p.ID != "moved" {
			continue
		}
		for _, b := range p.Blocks {
			switch b := b.(type) {
			case page.List:
				words = append(words, b.Items...)
			case page.Text:
				words = append(words, b.Words)
			}
		}
	}
	text := strings.Join(words, "\n")
	for _, want := range []string{"off (harms in throughput). Moved with it: time that the stream was held by the receiver's window", " at the baseline, ", "No counter is shown to have moved with same.", "family"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, wrong := range []string{"because", "cwnd", "congestion", "soft interrupts"} {
		if strings.Contains(text, wrong) {
			t.Errorf("%q is in\n%s", wrong, text)
		}
	}
	doc := rendered(t, func(w io.Writer) error { return JSON(w, r) })
	if err := validate(t, compileSchema(t, "ranking-v2.json"), doc); err != nil {
		t.Error(err)
	}
	var form struct {
		Counters []struct{ Family int }
	}
	if err := json.Unmarshal([]byte(doc), &form); err != nil || len(form.Counters) != 1 || form.Counters[0].Family != 4 {
		t.Errorf("%+v, %v", form, err)
	}
	// The samples have the counters, and rank the same once more.
	again, err := stored.OpenSamples("-", strings.NewReader(rendered(t, func(w io.Writer) error { return CSV(w, c.All()) })))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Of(again, nil, stored.Asked{Baseline: "baseline"})
	if err != nil {
		t.Fatal(err)
	}
	if second := rendered(t, func(w io.Writer) error { return JSON(w, other) }); second != doc {
		t.Error("the samples that were written are not ranked as the campaign is")
	}
	// A counter is ranked where it is asked for by name.
	asked, err := Of(c, nil, stored.Asked{Baseline: "baseline", Metrics: []string{"tcp_cwnd"}})
	if err != nil || len(asked.Ranking.Analyses) != 1 || asked.Ranking.Analyses[0].Metric != "tcp_cwnd" {
		t.Errorf("%v, %+v", err, asked.Ranking.Analyses)
	}
}

// Every counter that may be named has words.
func TestCountersHaveWords(t *testing.T) {
	for name := range counterWords {
		if !sample.CounterOf(name).Named() {
			t.Errorf("%s may not be named", name)
		}
	}
	for _, name := range []string{"tcp_busy", "tcp_rwnd_limited", "tcp_sndbuf_limited", "host_busy", "host_softirq", "host_steal", "guest_busy", "guest_dpc", "guest_interrupt", "retransmits_per_gb", "host_softirq_per_gb", "qemu_cpu_per_gb",
		"vcpu_cpu_per_gb", "vhost_cpu_per_gb", "guest_cpu_per_gb", "kvm_exits_per_gb", "softnet_dropped_per_gb", "softnet_squeezed_per_gb", "link_drops_per_gb", "link_packets_per_gb", "guest_packets_per_gb", "guest_discards_per_gb"} {
		if counterWords[name] == "" {
			t.Errorf("%s has no words", name)
		}
	}
}

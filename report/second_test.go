package report

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"vnettune/matrix/campaign"
	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// TestASecondOpinionIsShown: where iperf3 and the meter disagree about a combination, the report says so, and shows it in
// its short form; where they do not, it says how far apart their figures are.
func TestASecondOpinionIsShown(t *testing.T) {
	opinions := func(off float64) (words string, long bool, doc string) {
		rng := rand.New(rand.NewPCG(5, 6))
		var text strings.Builder
		text.WriteString("combination,block,boot,workload,metric,unit,repetition,value,order\n")
		arms, slot := []string{"baseline", "off", "same"}, 0
		for b := range 6 {
			for _, i := range rng.Perm(len(arms)) {
				slot++
				boot := math.Exp(0.03 * rng.NormFloat64())
				for _, w := range []string{"tcp", "meter-tcp"} {
					speed := 1000.0
					if arms[i] == "off" && w == "tcp" {
						speed = 500
					} else if arms[i] == "off" {
						speed = off
					}
					fmt.Fprintf(&text, "%s,%d,b%03d,%s,throughput,Mbit/s,1,%g,%d\n", arms[i], b+1, slot, w, speed*boot*math.Exp(0.01*rng.NormFloat64()), slot)
				}
			}
		}
		c, err := stored.OpenSamples("-", strings.NewReader(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		c.File = &campaign.Campaign{Workloads: []record.Workload{
			{Name: "tcp", Protocol: record.TCP, Direction: record.ToGuest, Streams: 1}, {Name: "meter-tcp", Tool: record.ToolMeter, Protocol: record.TCP, Direction: record.ToGuest, Streams: 1},
			{Name: "meter-tcp-P2", Tool: record.ToolMeter, Protocol: record.TCP, Direction: record.ToGuest, Streams: 2}}} // iperf3 has none like it
		r, err := Of(c, nil, stored.Asked{Baseline: "baseline"})
		if err != nil {
			t.Fatal(err)
		}
		told, err := Tell(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range told.Parts {
			if p.ID == "second" {
				long = p.Long
				for _, b := range p.Blocks {
					if l, ok := b.(page.List); ok {
						words += l.Title + "\n" + strings.Join(l.Items, "\n") + "\n"
					}
				}
			}
		}
		return words, long, rendered(t, func(w io.Writer) error { return JSON(w, r) })
	}
	for _, c := range []struct {
		off  float64
		long bool
		want []string
	}{
		{800, false, []string{"tcp beside meter-tcp", "baseline: the meter's throughput is ", "95 % interval", "in 6 boots", "off: the tools disagree: beside iperf3's it moves the meter's throughput by +59", "by iperf3, -", "by the meter", "not shown to disagree about same."}},
		{500, true, []string{"not shown to disagree about off, same."}},
	} {
		words, long, doc := opinions(c.off)
		for _, want := range c.want {
			if !strings.Contains(words, want) {
				t.Errorf("%q is not in\n%s", want, words)
			}
		}
		if long != c.long || strings.Contains(words, "P2") {
			t.Errorf("only in the long form: %t; %s", long, words)
		}
		if err := validate(t, compileSchema(t, "ranking-v2.json"), doc); err != nil || !strings.Contains(doc, `"second_opinions"`) {
			t.Errorf("%v", err)
		}
	}
}

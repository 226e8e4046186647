package chart

import (
	"fmt"
	"math"
	"strings"
)

var nan, inf = math.NaN(), math.Inf(1)

type specifier interface{ Spec() (Spec, error) }

// hostile are names as nobody should give them.
var hostile = []string{
	`<script>alert(1)</script>`, `</svg><img src=x onerror=alert(1)>`, `"quotes" 'of' \both\ kinds`, "right\u202eto\u200fleft \u05d0\u05d1\u05d2",
	"\x1b[31mred\x1b[0m\x00\x07", strings.Repeat("ten thousand", 10000/12), "bad \xff\xfe bytes \ufffe", "]]><!-- & &amp; -->", "datum.row + 1; {{x}} ${y}",
	"", " \n\t ", strings.Repeat("\u0301", 300), "日本語の名前はここにあります", "🐧 emoji",
}

func forest(width int) Forest {
	return Forest{
		Title: "Throughput of iperf3 tcp, 4 streams, to the guest", Axis: "difference from the baseline, %", Unit: "%", Margin: 2, Width: width,
		Description: "Forest plot: one of seven combinations is worse than the baseline, one better.",
		Rows: []ForestRow{
			{"autotuning=off", -94.2, -86.1, -91.3, Worse, "−91.3 % [−94.2, −86.1]"},
			{"rss=on,queues=4", 3.1, 8.4, 5.7, Better, "+5.7 % [3.1, 8.4]"},
			{"lso-v2-ipv4=off", -1.2, 1.4, 0.1, Equivalent, "+0.1 % [−1.2, 1.4]"},
			{"interrupt-moderation=off,receive-buffers=4096,lso-v2-ipv4=off,lso-v2-ipv6=off", -6, 9.5, 1.5, Undecided, "+1.5 % [−6.0, 9.5]"},
			{"one boot only", nan, nan, -3.5, None, "−3.5 %, 1 boot"},
			{"every boot failed", nan, nan, nan, None, "no boot counted"},
			{"two noisy boots", -900, 1200, 40, Undecided, "+40 % [−900, 1200]"},
			{"congestion=ctcp", -inf, 2.4, -0.3, Undecided, "−0.3 % [−∞, 2.4]"},
		},
	}
}

// forestClose has one estimate beyond its axis.
func forestClose() Forest {
	f := forest(0)
	f.Reach = 12
	return f
}

func forestOf(n int) Forest {
	f := Forest{Title: fmt.Sprintf("%d combinations", n), Axis: "difference, %", Unit: "%", Margin: 2}
	for i := range n {
		x := 6 * math.Sin(float64(i)*1.7)
		f.Rows = append(f.Rows, ForestRow{
			Name: fmt.Sprintf("rss=on,queues=%d,lso-v2-ipv4=off,receive-buffers=%d", i%8, 256*i), Low: x - 1.5, High: x + 1.5, Estimate: x,
			Verdict: looks[i%len(looks)].verdict, Note: fmt.Sprintf("%+.1f %% [%.1f, %.1f]", x, x-1.5, x+1.5),
		})
	}
	return f
}

func hostileForest() Forest {
	f := Forest{Title: hostile[0] + hostile[5], Axis: hostile[1], Unit: hostile[2], Description: hostile[4] + hostile[5], Margin: inf}
	for i, name := range hostile {
		f.Rows = append(f.Rows, ForestRow{name, -1, float64(i), 0.5, Verdict(name), hostile[(i+1)%len(hostile)]})
	}
	return f
}

func boots(width int) Boots {
	b := Boots{Title: "Boots over time: iperf3 tcp to the guest", Axis: "throughput, Gbit/s", Unit: "Gbit/s", Width: width}
	arms := []string{"baseline", "rss=on,queues=4", "lso-v2-ipv4=off", "placebo"}
	for i := range 48 {
		p := Boot{Order: i + 1, Arm: arms[i*7%4], Value: 9.4 - float64(i)*0.01 + 0.15*math.Sin(float64(i)*2.3), Session: "1"}
		if i >= 20 {
			p.Session, p.Value = "2", p.Value+0.25
		}
		if i == 23 {
			p.Value, p.Flagged = 7.9, true
		}
		p.Failed = i == 11 || i == 37
		b.Points = append(b.Points, p)
	}
	return b
}

func history(width int) History {
	h := History{
		Title: "iperf3 tcp to the guest, baseline, nightly", Axis: "throughput, Gbit/s", Unit: "Gbit/s", Width: width,
		Changes: []Change{{9, Worse, "−8.1 %"}, {11, Better, "+2.2 %"}, {17, None, "+0.6 % (below the margin)"}},
	}
	for i := range 24 {
		x := 9.2 + 0.1*math.Sin(float64(i))
		if i >= 9 {
			x *= 0.92
		}
		if i >= 11 {
			x *= 1.022
		}
		h.Points = append(h.Points, HistoryPoint{fmt.Sprintf("nightly-2026-10-%02d", i+1), x, x - 0.2, x + 0.2})
	}
	h.Points[5].Value = nan
	return h
}

// samples are the charts with golden files.
func samples() map[string]specifier {
	return map[string]specifier{
		"forest": forest(0), "forest-close": forestClose(), "forest-narrow": forest(360), "forest-one": Forest{Title: "One row", Axis: "%", Rows: []ForestRow{{Name: "only", Low: nan, High: nan, Estimate: nan}}},
		"forest-hostile": hostileForest(), "boots": boots(0), "boots-narrow": boots(360), "history": history(0), "history-narrow": history(360),
	}
}

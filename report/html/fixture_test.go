package html

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"vnettune/report/chart"
	"vnettune/report/page"
)

type arm struct {
	name, boots, level, difference, p, verdict string
	mark                                       page.Mark
	notes                                      []int
	interval                                   *page.Interval
}

var (
	nan, inf = math.NaN(), math.Inf(1)

	arms = []arm{
		{"mtu=9000", "6", "10820", "+14.91 [+13.92, +15.90]", "<0.0001", "helps", page.Better, nil, &page.Interval{Low: 13.92, Estimate: 14.91, High: 15.90}},
		{"lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off", "6", "9614", "+2.07 [+1.19, +2.95]", "<0.0001", "helps, maybe by less than the margin", page.Better, nil, &page.Interval{Low: 1.19, Estimate: 2.07, High: 2.95}},
		{"queues=4", "5 of 6", "9559", "+1.49 [−∞, +2.41]", "0.00024", "INCONCLUSIVE(missing)", page.Undecided, []int{1, 2}, &page.Interval{Low: -inf, Estimate: 1.49, High: 2.41}},
		{"placebo", "6", "9445", "+0.27 [-0.59, +1.14]", "0.74", "equivalent", page.Equivalent, nil, &page.Interval{Low: -0.59, Estimate: 0.27, High: 1.14}},
		{"as-found", "6", "9419", "baseline", "-", "baseline", page.Base, nil, nil},
		{"ring=4096", "4 of 6", "9278", "-1.50", "0.00031", "one boot only", page.NoVerdict, []int{2}, &page.Interval{Low: nan, Estimate: -1.5, High: nan}},
		{"rss=off", "6", "8614", "-8.55 [-9.33, -7.76]", "<0.0001", "harms", page.Worse, nil, &page.Interval{Low: -9.33, Estimate: -8.55, High: -7.76}},
		{"driver=test", "0 of 6", "-", "-", "-", "not working", page.NoVerdict, []int{3}, &page.Interval{Low: nan, Estimate: nan, High: nan}},
	}
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func forestOf(arms []arm, width int) json.RawMessage {
	f := chart.Forest{Description: "Forest plot of the arms against as-found.", Axis: "throughput against as-found, %", Unit: "%", Margin: 2, Width: width}
	for _, a := range arms {
		if a.interval == nil {
			continue
		}
		verdict := chart.Verdict(a.mark)
		if a.mark == page.NoVerdict {
			verdict = chart.None
		}
		f.Rows = append(f.Rows, chart.ForestRow{Name: a.name, Low: a.interval.Low, Estimate: a.interval.Estimate, High: a.interval.High, Verdict: verdict, Note: a.difference})
	}
	return must(f.Spec())
}

func bootsChart(width int) json.RawMessage {
	b := chart.Boots{Description: "Boots in their order.", Axis: "throughput, Mbit/s", Unit: "Mbit/s", Width: width}
	for i := range 36 {
		b.Points = append(b.Points, chart.Boot{Order: i + 1, Arm: []string{"as-found", "mtu=9000", "rss=off"}[i%3], Value: 9400 + 1400*float64(i%3%2) - 8*float64(i), Session: "s1", Failed: i == 11})
	}
	return must(b.Spec())
}

func ranking(arms []arm) page.Grid {
	g := page.Grid{
		Title: "tcp-rx: throughput in Mbit/s, more is better",
		Columns: []page.Column{
			{Head: "#", Right: true}, {Head: "combination", Name: true}, {Head: "boots", Right: true, Spare: 2}, {Head: "Mbit/s", Right: true, Spare: 1},
			{Head: "vs baseline, % [95 % sure]", Right: true}, {Head: "p (Holm)", Right: true, Spare: 3, Detail: true}, {Head: "verdict", Verdict: true},
		},
		Bars: &page.Bars{Margin: 2, Unit: "%"},
		Notes: []string{
			"1 boot failed (boot_timeout 1)",
			"missing: 1 of 6 planned boots; had they measured the worst of the campaign: -0.61 [-6.34, +5.48] %, \"undetermined\"; the best: +3.94 [-2.69, +11.04] %, \"undetermined\"",
			"fails more often than the baseline: 6 of 6 boots against 0 of 6 (Fisher's exact test, p 0.015 after Holm)",
		},
	}
	for i, a := range arms {
		g.Rows = append(g.Rows, page.Row{Cells: []string{fmt.Sprint(i + 1), a.name, a.boots, a.level, a.difference, a.p, a.verdict}, Mark: a.mark, Notes: a.notes, Interval: a.interval})
	}
	return g
}

func samplesCSV(boots int) string {
	var b strings.Builder
	b.WriteString("combination,block,boot,workload,metric,unit,repetition,value\n")
	for i := range boots {
		fmt.Fprintf(&b, "%s,%d,%d,tcp-rx,throughput,Mbit/s,1,%d\n", arms[i%len(arms)].name, i/len(arms)+1, i+1, 9400+i%17)
	}
	return b.String()
}

const campaignFile = `# Does the page's advice help this guest?
name: seed-page
guest:
  control: 192.0.2.10
  data: 192.0.2.11
settings:
  netkvm.mtu: [9000]
  netkvm.rss: ["off"]
workloads:
  - {name: tcp-rx, streams: 4, direction: to-guest}
margin: 2%
blocks: 6
seed: 42
`

// campaign is a page with every block and everything that a block can have.
func campaign() page.Page {
	return page.Page{
		Title:  "Campaign seed-page",
		Notice: "Measured on a stand-in guest, not Windows: it says that the harness works, and nothing about Windows.",
		Lead: []string{
			"On a stand-in guest, not Windows: of 6 arms compared with as-found, 1 helps (mtu=9000, throughput +14.91 % [+13.92, +15.90]); 1 helps, maybe by less than the margin (lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off); 1 harms (rss=off, throughput -8.55 % [-9.33, -7.76]); 3 get no verdict.",
		},
		Next: []string{
			"By more than the margin, and so a reason to change something: mtu=9000.",
			"Do not use what harms: rss=off.",
			"To decide queues=4: run 2 more blocks, about 1 h 40 min (vnettune run seed-page.yaml --blocks 8).",
		},
		Verdict: page.Better,
		More:    "vnettune report seed-page.db --full",
		Parts: []page.Part{
			{Title: "What was compared", ID: "design", Blocks: []page.Block{
				page.Text{Words: "Design: one setting at a time, 6 blocks, seed 42; a fresh random order in every block."},
				page.List{Title: "Host and machine in s1, s2", Items: []string{
					"guest: 408ce1f0 (hash of MachineGuid, SMBIOS UUID)",
					"host: governor performance, congestion control cubic, tcp_no_metrics_save 1",
					"machine: pc-q35-7.2, kvm, QEMU 7.2.0, CPU host, 4 vCPUs (sockets=1,cores=4), Hyper-V enlightenments hv-relaxed, hv-spinlocks=8191; by QEMU's command line",
					"path: bridge br0 (MTU 1500; on: rx-gro) - tap vnet3 (MTU 1500; 4 queues; vnet_hdr; no offload on) - guest's adapter (MTU 1500)",
				}},
				page.List{Title: "Host and machine in s3, all else as before", Items: []string{
					"machine: pc-q35-8.0, kvm, QEMU 7.2.0", "path: not known", "governor performance",
				}, Marked: map[int]page.Mark{0: page.Undecided, 1: page.Worse}},
			}},
			{Title: "Results", ID: "results", Blocks: []page.Block{
				page.Text{Words: "Against as-found; margin 2 %; alpha 0.05; family of 7 comparisons (Holm); 39 boots in 6 blocks; block means removed, variances moderated between arms."},
				page.Chart{Title: "Differences from as-found", Name: "forest-tcp-rx", Wide: forestOf(arms, 0), Narrow: forestOf(arms, 360)},
				ranking(arms),
				page.Text{Words: "mtu=9000 helps, by more than the margin of 2 %: throughput is higher by 13.92 to 15.90 %.", Mark: page.Better},
				page.Text{Words: "Drift: -3.1 % over the campaign (p 1.4e-06); the boots are in blocks, which keep it out of the differences.", Mark: page.Undecided},
				page.Text{Words: "rss=off harms: throughput is lower by 7.76 to 9.33 %.", Mark: page.Worse},
			}},
			{Title: "Was the rig trustworthy?", ID: "rig", Blocks: []page.Block{
				page.List{Items: []string{"Noise: boots vary by 0.43 %, repetitions of a boot by 0.25 % (standard deviations).", "Outliers: none flagged."}},
				page.Chart{Title: "Boots over time", Name: "boots-tcp-rx", Wide: bootsChart(0)},
			}},
			{Title: "What was published", ID: "published", Blocks: []page.Block{
				page.Grid{
					Title:   "Lines of the page and what became of them",
					Columns: []page.Column{{Head: "setting", Name: true}, {Head: "advice"}, {Head: "source"}, {Head: "here"}},
					Rows: []page.Row{
						{Cells: []string{"netkvm.mtu", "Jumbo frames help bulk transfers.", "linux-kvm.org, Windows guest drivers", "helps, by more than the margin"}, Mark: page.Better, Links: map[int]string{2: "https://www.linux-kvm.org/page/WindowsGuestDrivers/kvmnet/registry"}},
						{Cells: []string{"tcp.chimney", "Turn it off.", "results", "gone since Windows 10 1703"}, Links: map[int]string{2: "#results"}},
						{Cells: []string{"tcp.windowsize", "131072", "a local copy", "expected to be inert"}, Mark: page.NoVerdict, Links: map[int]string{2: "file:///srv/page.html"}},
					},
				},
			}},
			{Title: "Readings of every boot", ID: "readings", Detail: true, Blocks: []page.Block{readings(14)}},
			{Title: "Files", ID: "files", Blocks: []page.Block{
				page.File{Title: "The campaign file", Name: "seed-page.yaml", Text: campaignFile},
				page.File{Title: "All samples", Name: "samples.csv", Text: samplesCSV(48), Offered: true},
			}},
		},
	}
}

func readings(boots int) page.Grid {
	g := page.Grid{
		Title:   "Asked, configured and in effect",
		Columns: []page.Column{{Head: "boot"}, {Head: "setting", Name: true}, {Head: "asked", Name: true}, {Head: "configured"}, {Head: "in effect"}, {Head: "why"}},
	}
	for i := range boots {
		r := page.Row{Cells: []string{fmt.Sprintf("%d-1", i+1), "netkvm.rss", "off", "off", "yes", "MSFT_NetAdapterRssSettingData.Enabled reads false"}}
		if i == 4 {
			r.Cells[3], r.Cells[4], r.Cells[5], r.Mark = "on", "no", "the driver read its default back", page.Worse
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

// nasty are texts as nobody should hand them in.
var nasty = []string{
	`<script src="//asked.example/">alert(1)</script>`, `</svg></style></title></pre><img src="http://asked.example/" onerror=alert(1)>`, `"quotes" 'of' \both\ kinds onload="alert(1)`,
	"right\u202eto\u200fleft \u05d0\u05d1\u05d2 \u2066isolated", "\x1b[31mred\x1b[0m\x07\x00\u009b", "bad \xff\xfe bytes \ufffe", "]]><!-- & &amp; {{.}} ${x} -->",
	"", " \t ", strings.Repeat("\u0301", 50), strings.Repeat("endless", 300), "日本語 🐧", "a\u2028b\u0085c\rd",
}

// hostile is a page all of whose texts are those, and some addresses that must not be followed.
func hostile() page.Page {
	at := 0
	next := func() string { at++; return fmt.Sprint(nasty[at%len(nasty)], " ", at) }
	p := page.Page{Title: next(), Notice: next(), Verdict: page.Mark(next())}
	for range nasty {
		p.Lead, p.Next = append(p.Lead, next()), append(p.Next, next())
	}
	for i, s := range nasty {
		f := chart.Forest{Title: next(), Description: next(), Axis: next(), Unit: next(), Margin: 2, Rows: []chart.ForestRow{{Name: next(), Low: -1, Estimate: 0, High: inf, Verdict: chart.Verdict(next()), Note: next()}}}
		address := []string{
			"javascript:alert(1)", " javascript:alert(2)", "JaVaScRiPt:alert(3)", "java\tscript:alert(4)", "data:text/html,<script>alert(5)</script>", "//asked.example/x", "https:alert(6)",
			"vbscript:x", "https://asked.example/\"onmouseover=alert(7)", "http://asked.example/<script>", "#\"><script>alert(8)</script>", "file:///etc/passwd", "\x01javascript:alert(9)",
		}[i]
		p.Parts = append(p.Parts, page.Part{Title: next(), ID: s, Detail: i%2 == 0, Blocks: []page.Block{
			page.Text{Words: next(), Mark: page.Mark(next())},
			page.List{Title: next(), Items: []string{next(), next()}, Marked: map[int]page.Mark{1: page.Mark(next())}},
			page.Grid{
				Title: next(), Columns: []page.Column{{Head: next(), Name: true}, {Head: next(), Right: true}}, Notes: []string{next()}, Bars: &page.Bars{Margin: inf, Unit: next()},
				Rows: []page.Row{{Cells: []string{next(), next()}, Mark: page.Mark(next()), Notes: []int{1}, Interval: &page.Interval{Low: -inf, Estimate: 1e300, High: inf}, Links: map[int]string{0: address}}},
			},
			page.Chart{Title: next(), Name: s, Wide: must(f.Spec())},
			page.File{Title: next(), Name: next(), Text: next()}, page.File{Title: next(), Name: next(), Text: next(), Offered: true},
		}})
	}
	return p
}

// large is a campaign of so many arms.
func large(n int) page.Page {
	var many []arm
	for i := range n {
		x := 6 * math.Sin(float64(i)*1.7)
		a := arms[i%len(arms)]
		a.name, a.interval = fmt.Sprintf("rss=on,queues=%d,lso-v2-ipv4=off,receive-buffers=%d", i%8, 256*i), &page.Interval{Low: x - 1.5, Estimate: x, High: x + 1.5}
		a.difference = fmt.Sprintf("%+.2f [%+.2f, %+.2f]", x, x-1.5, x+1.5)
		many = append(many, a)
	}
	p := campaign()
	p.Parts[1].Blocks[1] = page.Chart{Title: "Differences from as-found", Name: "forest-tcp-rx", Wide: forestOf(many, 0), Narrow: forestOf(many, 360)}
	p.Parts[1].Blocks[2] = ranking(many)
	p.Parts[4].Blocks[0] = readings(6 * n)
	p.Parts[5].Blocks[1] = page.File{Title: "All samples", Name: "samples.csv", Text: samplesCSV(18 * n), Offered: true}
	return p
}

// pages are what must hold for all.
func pages() map[string]page.Page {
	return map[string]page.Page{"campaign": campaign(), "hostile": hostile()}
}

// documents are they as they are written; to draw the charts of hostile takes a while.
var documents = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for name, p := range pages() {
		var b strings.Builder
		if err := Write(&b, p); err != nil {
			panic(err)
		}
		all[name] = b.String()
	}
	return all
})

func written(t testing.TB, p page.Page) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

package benchfmt

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchfmt"

	"vnettune/matrix"
	"vnettune/report"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// campaign is a store's: two arms, two workloads, one of which has several metrics, and a boot of every fate.
func campaign() *stored.Campaign {
	var rows []sample.Row
	add := func(order int, arm, status, workload, metric, unit string, values ...float64) {
		r := sample.Row{Combination: arm, Block: fmt.Sprint((order + 1) / 2), Boot: fmt.Sprintf("b%03d", order), Order: order, GuestKind: "lab-vm", Status: status,
			Workload: workload, Metric: metric, Unit: unit}
		if known, ok := sample.KnownMetric(metric); ok {
			r.Better = known.Better
		} else if metric != "" {
			r.Better = sample.HigherIsBetter
		}
		if len(values) == 0 {
			r.Repetition = min(1, len(workload))
			rows = append(rows, r)
		}
		for i, v := range values {
			r.Repetition, r.Value, r.HasValue = i+1, v, true
			rows = append(rows, r)
		}
	}
	for order, arm := range []string{"rss-4", "as-found", "as-found", "rss-4"} {
		add(order+1, arm, "ok", "tcp", "throughput", "Mbit/s", 9400, 9400, 9400)
		add(order+1, arm, "ok", "udp", "throughput", "Mbit/s", 900+float64(order))
		add(order+1, arm, "ok", "udp", "loss", "%", 0, 0.5)
		add(order+1, arm, "ok", "udp", "jitter", "ms", 0.25)
		add(order+1, arm, "ok", "udp", "score", "points", 0, 4)
	}
	add(5, "as-found", "boot_timeout", "", "", "")
	add(6, "rss-4", "not_in_effect", "tcp", "throughput", "Mbit/s", 9100)
	add(7, "rss-4", "excluded", "tcp", "throughput", "Mbit/s", 9100)
	add(8, "as-found", "ok", "tcp", "throughput", "Mbit/s", 1)
	add(8, "as-found", "connection_refused", "udp", "throughput", "Mbit/s")
	add(9, "rss-4", "search", "tcp", "throughput", "Mbit/s", 9100)
	session := results.Session{
		Guest: record.Guest{Caption: "Microsoft Windows 10 Pro", Build: 19045, Adapters: record.List[record.Adapter]{{PNPID: `PCI\VEN_1AF4&DEV_1000`, DriverVersion: "100.85.104.20800"}}},
		Host:  record.Host{Kernel: "Linux 6.1.0", CPU: "a CPU", VM: &record.VM{QEMU: "7.2.0", Machine: "pc-q35-7.2", Accelerator: "kvm"}},
	}
	later := session
	later.Host.Kernel = "Linux 6.12.0"
	return &stored.Campaign{Path: "nightly.db", Rows: rows, Kept: &results.Contents{Campaign: results.Campaign{Name: "nightly", Plan: matrix.Plan{Arms: []matrix.Arm{{Name: "as-found"}, {Name: "rss-4"}}}}, Sessions: []results.Session{session, session, later}}}
}

func written(t *testing.T, c *stored.Campaign) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// read reads with the format's own library, which must understand every line that is no comment.
func read(t *testing.T, text string) (all []*benchfmt.Result, units benchfmt.UnitMetadataMap) {
	t.Helper()
	r := benchfmt.NewReader(strings.NewReader(text), "out")
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			all = append(all, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Error(rec)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return all, r.Units()
}

func TestGolden(t *testing.T) {
	got := written(t, campaign())
	file := filepath.Join("testdata", "nightly.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("-update rewrites it:\n%s", d)
	}
	rows := campaign()
	slices.Reverse(rows.Rows)
	if d := cmp.Diff(got, written(t, rows)); d != "" {
		t.Errorf("the same samples in another order:\n%s", d)
	}
}

// Every line means to the format's reader what was meant.
func TestRead(t *testing.T) {
	all, units := read(t, written(t, campaign()))
	var got []string
	for _, r := range all {
		got = append(got, r.Name.String())
		for key, want := range map[string]string{"notice": report.StandInNotice, "guest-kind": "lab-vm", "campaign": "nightly", "guest": "Microsoft Windows 10 Pro, build 19045",
			"driver": "NetKVM 100.85.104.20800", "host": "Linux 6.1.0, a CPU | Linux 6.12.0, a CPU", "qemu": "7.2.0, pc-q35-7.2, kvm"} {
			if value := r.GetConfig(key); value != want {
				t.Errorf("%s is %q, want %q", key, value, want)
			}
		}
	}
	want := []string{"Tcp/arm=as-found", "Tcp/arm=as-found", "Tcp/arm=as-found", "Tcp/arm=rss%2D4", "Tcp/arm=rss%2D4", "Udp/arm=as-found", "Udp/arm=as-found", "Udp/arm=rss%2D4", "Udp/arm=rss%2D4"}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if v, _ := all[0].Value("Mbit/s"); v != 9400 || all[0].Iters != 3 {
		t.Errorf("%v Mbit/s by %d repetitions", v, all[0].Iters)
	}
	for unit, want := range map[string]float64{"Mbit/s": 901, "loss-%": 0.25, "jitter-ms": 0.25, "score-points": 2} {
		if v, ok := all[5].Value(unit); !ok || v != want {
			t.Errorf("%v %s, want %v", v, unit, want)
		}
	}
	for unit, want := range map[string]int{"Mbit/s": 1, "loss-%": -1, "jitter-ms": -1, "score-points": 1} {
		if got := units.GetBetter(unit); got != want {
			t.Errorf("better of %s is %d, want %d", unit, got, want)
		}
	}
}

// A campaign of which nothing is ranked says so; one without samples is an error.
func TestNothingRanked(t *testing.T) {
	for name, keep := range map[string]string{"a search's own boots": "search", "boots that failed": "boot_timeout"} {
		c := campaign()
		c.Rows = slices.DeleteFunc(c.Rows, func(r sample.Row) bool { return r.Status != keep })
		text := written(t, c)
		if all, _ := read(t, text); len(all) > 0 || !strings.Contains(text, report.StandInNotice) || !strings.Contains(text, "\n# ") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if err := Write(&bytes.Buffer{}, &stored.Campaign{Path: "empty.csv"}); !trouble.IsInvalid(err) || !strings.Contains(err.Error(), "no samples") {
		t.Error(err)
	}
	if err := Write(broken{}, campaign()); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

var errBroken = errors.New("no space left")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// A unit of which workloads say different things has no good direction.
func TestDirectionsThatContradict(t *testing.T) {
	c := campaign()
	for i := range c.Rows {
		if r := &c.Rows[i]; r.Workload == "tcp" {
			r.Metric, r.Unit, r.Better = "score", "points", sample.LowerIsBetter
		}
	}
	if _, units := read(t, written(t, c)); units.GetBetter("score-points") != 0 || units.GetBetter("loss-%") != -1 {
		t.Errorf("%v", units)
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct{ metric, unit, want string }{
		{"throughput", "Mbit/s", "Mbit/s"}, {"throughput", "Gbit/s", "throughput-Gbit/s"}, {"packet_rate", "packets/s", "packets/s"},
		{"transactions", "transactions/s", "transactions/s"}, {"retransmits", "segments", "segments"},
		{"loss", "%", "loss-%"}, {"cpu_host", "%", "cpu_host-%"}, {"latency", "ms", "latency-ms"}, {"goodput", "Mbit/s", "goodput-Mbit/s"},
		{"a-b", "c d", "a%2Db-c%20d"}, {"a", "b-c", "a-b-c"}, {"a", "100%25", "a-100%2525"},
	} {
		if got := unitOf(c.metric, c.unit); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.metric, c.unit, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ workload, arm, want string }{
		{"tcp", "baseline", "BenchmarkTcp/arm=baseline"},
		{"tcp-to-guest", "tcp.rss=disabled,a:b", "BenchmarkTcp-to-guest/arm=tcp.rss=disabled,a:b"},
		{"Tcp", "rss-4", "BenchmarkW:Tcp/arm=rss%2D4"},
		{"10g/tcp", "-", "BenchmarkW:10g%2Ftcp/arm=-"},
		{"w:Tcp", "4", "BenchmarkW%3ATcp/arm=4"},
		{"двa b", "a-1-2", "BenchmarkW:двa%20b/arm=a-1%2D2"},
	} {
		if got := nameOf(c.workload, c.arm); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.workload, c.arm, got, c.want)
		}
	}
}

// unescape undoes escape: what is no escape stays, which package url would refuse.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i] == '%' {
			if c, err := url.PathUnescape(s[i : i+3]); err == nil {
				b.WriteString(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// FuzzNames: the reader finds workload and arm in their places, whatever they are, and both come back.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"tcp", "Tcp", "W:tcp", "w:tcp", "a b/c=d", "x-8", "-8", "%41", "%%41", "%4", "<script>", "]]>", "a\u202eb", "\x1b[31m", "\xff\u2028\u00a0", "8", "a/arm=b", "Ünicode"} {
		f.Add(s, "arm-"+s)
		f.Add("w"+s, s)
	}
	f.Fuzz(func(t *testing.T, workload, arm string) {
		if workload == "" || arm == "" || len(workload)+len(arm) > 4096 {
			t.Skip("no name of a workload or an arm")
		}
		all, _ := read(t, nameOf(workload, arm)+" 3 9400 "+unitOf(arm, workload)+"\n")
		if len(all) != 1 {
			t.Fatalf("%d results", len(all))
		}
		base, parts := all[0].Name.Parts()
		if len(parts) != 1 || !bytes.HasPrefix(parts[0], []byte("/arm=")) {
			t.Fatalf("%q has the parts %q", all[0].Name, parts)
		}
		if got := unescape(string(parts[0][len("/arm="):])); got != arm {
			t.Errorf("the arm is %q, want %q", got, arm)
		}
		got, behind := strings.CutPrefix(string(base), "W:")
		if !behind {
			got = strings.ToLower(got[:1]) + got[1:]
		}
		if got = unescape(got); got != workload {
			t.Errorf("the workload is %q, want %q", got, workload)
		}
		metric, unit, _ := strings.Cut(all[0].Values[0].Unit, "-")
		if all[0].Values[0].OrigUnit != "" {
			metric, unit, _ = strings.Cut(all[0].Values[0].OrigUnit, "-")
		}
		if unescape(metric) != arm || unescape(unit) != workload {
			t.Errorf("%q of %q come back as %q of %q", arm, workload, metric, unit)
		}
	})
}

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/bench/counters"
	"vnettune/bench/hypervisor"
	"vnettune/bench/iperf"
	"vnettune/lab"
	"vnettune/report/stat"
	"vnettune/results"
	"vnettune/results/record"
)

// fidelityEnv asks for what the figures are worth: on a link of 100 Mbit/s they are known. It takes some minutes, and a
// machine that does nothing else.
const fidelityEnv = "VNETTUNE_FIDELITY"

// ofTheLink is how far from 1 a ratio may be on a link that is slower than both ends.
const ofTheLink = 0.01

const fidelityCampaign = `
name: fidelity
guest:
  lab: {kind: fast, generation: w10, rate: 100}
design: aa
labels: 2
workloads:
  - {name: iperf-to, protocol: tcp, direction: to-guest, seconds: 2, omit: 1}
  - {name: meter-to, protocol: tcp, direction: to-guest, seconds: 2, omit: 1, tool: meter}
  - {name: iperf-from, protocol: tcp, direction: from-guest, seconds: 2, omit: 1}
  - {name: meter-from, protocol: tcp, direction: from-guest, seconds: 2, omit: 1, tool: meter}
blocks: 1
repetitions: 10
settle: 0s
`

// TestFidelity compares, on a stand-in guest behind a link of 100 Mbit/s, what a campaign says of a run with what iperf3
// says that is called by itself, runs beside which counters are read with runs without, and the meter with iperf3.
func TestFidelity(t *testing.T) {
	if os.Getenv(fidelityEnv) == "" {
		t.Skip("NOT TESTED: the figures of harness, meter and counters beside a bare iperf3's: " + fidelityEnv + "=all measures them, on a machine that does nothing else")
	}
	if file := os.Getenv(contractEnv); file != "" {
		besideBareIPerf(t, file)
		return
	}
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: fidelity: %v", err)
	}
	if err := meterBuilt(); err != nil {
		t.Fatal(err)
	}
	l := upLabOf(t, lab.Options{Name: "fidelity", Kind: lab.KindFast, Rate: 100, Executable: program(t)})
	file, store, _ := inLab(t, l, fidelityCampaign)
	out, err := l.enter([]string{self(t), "-test.run=^TestFidelity$", "-test.v"}, contractEnv+"="+file).CombinedOutput()
	t.Logf("inside the lab:\n%s", out)
	if err != nil {
		t.Errorf("inside the lab: %v", err)
	}
	if out, err := l.enter([]string{program(t), "run", file, "--store", store}).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	figures := throughputs(t, store)
	for _, way := range []string{"to", "from"} {
		ratioOf(t, "meter / iperf3, "+way, figures["meter-"+way], figures["iperf-"+way])
	}
}

// besideBareIPerf is TestFidelity's part inside the lab.
func besideBareIPerf(t *testing.T, file string) {
	c, _, err := loadCampaign(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reach(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.FindIPerf(t.Context()); err != nil {
		t.Fatal(err)
	}
	facts, _, err := r.Guest.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Guest.StartIPerf(t.Context(), r.Exe, r.Target.Port); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Guest.StopIPerf(t.Context(), r.Exe, r.Target.Port) }()
	address := netip.MustParseAddr(r.Target.Address)
	count := &counters.Counter{Port: r.Target.Port, Guest: func(of record.Adapter) hypervisor.Guest {
		return hypervisor.Guest{Address: address, Adapter: of, NoVM: "a namespace of this host"}
	}}
	harness := func(w record.Workload) float64 {
		o := r.Meter.Run(t.Context(), r.Target, w)
		for _, m := range o.Metrics {
			if m.Name == "throughput" {
				return m.Value
			}
		}
		t.Fatalf("%s: %s", o.Class, o.Reason)
		return 0
	}
	var spent, took time.Duration // the harness's own processor time while it measures
	ways := map[string]func(w record.Workload) float64{
		"bare": func(w record.Workload) float64 { return bare(t, iperf.Args(r.Meter.Version, r.Target, w)) },
		"harness": func(w record.Workload) float64 {
			before, began := ownTime(t), time.Now()
			v := harness(w)
			spent, took = spent+ownTime(t)-before, took+time.Since(began)
			return v
		},
		"counted": func(w record.Workload) float64 {
			end := count.Begin(t.Context(), facts.Adapters[0], w)
			v := harness(w)
			end()
			return v
		},
	}
	random := rand.New(rand.NewPCG(testSeed(t), 1))
	for _, d := range []string{record.ToGuest, record.FromGuest} {
		got := map[string][]float64{}
		for range 20 {
			order := []string{"bare", "harness", "counted"}
			random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			for _, way := range order {
				time.Sleep(2 * bench.IdleGap)
				got[way] = append(got[way], ways[way](record.Workload{Name: "w", Protocol: record.TCP, Direction: d, Seconds: 2, Omit: 1}))
			}
		}
		ratioOf(t, "harness / bare iperf3, "+d, got["harness"], got["bare"])
		ratioOf(t, "counted / not, "+d, got["counted"], got["harness"])
	}
	t.Logf("harness: %.2f %% of a processor while it measures (%s of %s)", 100*spent.Seconds()/took.Seconds(), spent, took)
	if spent.Seconds() > ofTheLink*took.Seconds() {
		t.Errorf("the harness takes %s of processor time in %s: more than 1 %%", spent, took)
	}
}

// bare is the throughput that iperf3 says itself, in Mbit/s.
func bare(t *testing.T, args []string) float64 {
	t.Helper()
	out, err := exec.Command("iperf3", args...).Output()
	if err != nil {
		t.Fatalf("iperf3 %q: %v: %s", args, err, out)
	}
	var said struct {
		End struct {
			Received struct {
				BitsPerSecond float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	return said.End.Received.BitsPerSecond / 1e6
}

// ownTime is the processor time of this process, without that of what it started.
func ownTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// throughputs are those of a store's ranked runs by workload, in the order in which they were repeated.
func throughputs(t *testing.T, path string) map[string][]float64 {
	t.Helper()
	s, err := results.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float64{}
	for _, b := range c.Boots {
		for _, r := range b.Runs {
			i := slices.IndexFunc(r.Metrics, func(m record.Metric) bool { return m.Name == "throughput" })
			switch {
			case r.Repetition == 0:
			case i < 0:
				t.Errorf("boot %s, %s, repetition %d: %s: %s", b.ID, r.Workload, r.Repetition, r.Class, r.Reason)
			default:
				all[r.Workload] = append(all[r.Workload], r.Metrics[i].Value)
			}
		}
	}
	return all
}

// ratioOf prints the ratio of two means, pair by pair, with its interval, and holds it to the link's.
func ratioOf(t *testing.T, name string, x, y []float64) {
	t.Helper()
	n := min(len(x), len(y))
	if n < 10 {
		t.Errorf("%s: %d and %d runs", name, len(x), len(y))
		return
	}
	logs := func(all []float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = math.Log(all[i])
		}
		return out
	}
	p := stat.Paired(logs(x), logs(y))
	low, high := p.Interval(0.025)
	mx, _ := stat.MeanVariance(x)
	my, _ := stat.MeanVariance(y)
	t.Logf("| %s | %.2f / %.2f Mbit/s | %.4f [%.4f, %.4f] | %d |", name, mx, my, math.Exp(p.Diff), math.Exp(low), math.Exp(high), n)
	if r := math.Exp(p.Diff); math.Abs(r-1) > ofTheLink {
		t.Errorf("%s: %s", name, fmt.Sprintf("%.4f is further than %g from 1", r, ofTheLink))
	}
}

package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// benchPlans are the campaigns that the speed of rank is stated for.
var benchPlans = []struct {
	name string
	plan synthetic.Plan
}{
	{"25600rows", benchPlan(128, 20, 10)},
	{"250000rows", benchPlan(125, 40, 50)},
}

func benchPlan(combinations, blocks, repetitions int) synthetic.Plan {
	p := synthetic.DefaultPlan()
	p.Combinations, p.Blocks, p.Repetitions, p.Drift = combinations, blocks, repetitions, 3
	p.BaselinePerBlock = 1
	p.Effects = map[string]float64{"c007": 5, "c011": -5, "c023": 2}
	return p
}

func benchSamples(tb testing.TB, p synthetic.Plan) string {
	tb.Helper()
	rows, err := synthetic.Draw(p)
	if err != nil {
		tb.Fatal(err)
	}
	return samplesFile(tb, rows)
}

func samplesFile(tb testing.TB, rows []sample.Row) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "samples.csv")
	f, err := os.Create(file)
	if err != nil {
		tb.Fatal(err)
	}
	if err := sample.Write(f, rows); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return file
}

// BenchmarkRankProcess times the whole process, from its start to the last byte,
// and reports its memory; every run must print the same bytes.
func BenchmarkRankProcess(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "vnettune")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	for _, bench := range benchPlans {
		b.Run(bench.name, func(b *testing.B) {
			file := benchSamples(b, bench.plan)
			var first []byte
			peak := int64(0)
			for b.Loop() {
				cmd := exec.Command(bin, "rank", file, "--baseline", synthetic.Baseline, "--format", "json")
				out, err := cmd.Output()
				if err != nil {
					b.Fatal(err)
				}
				if first == nil {
					first = out
				}
				if !bytes.Equal(first, out) {
					b.Fatal("a second run printed other bytes")
				}
				peak = max(peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
			}
			b.ReportMetric(float64(peak)/1024, "MiB-peak")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
		})
	}
}

// BenchmarkManyWorkloads times 101 workloads of 2 arms, 5 boots and 5 repetitions, each a family of
// its own, with each variance method. The pooled one once took its constants anew for each.
func BenchmarkManyWorkloads(b *testing.B) {
	var rows []sample.Row
	for workload := range 101 {
		p := synthetic.DefaultPlan()
		p.Combinations, p.Blocks, p.Repetitions, p.BootSD, p.RepSD, p.Seed = 2, 5, 5, 1, 1, uint64(workload)
		drawn, err := synthetic.Draw(p)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range drawn {
			r.Workload = fmt.Sprintf("w%03d", workload)
			r.Boot += r.Workload
			r.Order += len(drawn) * workload
			rows = append(rows, r)
		}
	}
	file := samplesFile(b, rows)
	for _, variance := range []string{"moderated", "pooled"} {
		b.Run(variance, func(b *testing.B) {
			for b.Loop() {
				var out, errs bytes.Buffer
				if code := vnettune([]string{"rank", file, "--baseline", synthetic.Baseline, "--variance", variance, "--format", "csv"}, nil, &out, &errs); code != exitDone {
					b.Fatalf("exit %d: %s", code, errs.String())
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
		})
	}
}

// BenchmarkRankInR times the same analysis in R and checks that it finds the same
// differences.
func BenchmarkRankInR(b *testing.B) {
	r, err := exec.LookPath("Rscript")
	if err != nil {
		b.Skip("NOT COMPARED WITH R: there is no Rscript; install the Debian package r-base-core")
	}
	for _, bench := range benchPlans {
		b.Run(bench.name, func(b *testing.B) {
			file := benchSamples(b, bench.plan)
			var out []byte
			for b.Loop() {
				if out, err = exec.Command(r, filepath.Join("testdata", "bench", "rank.R"), file, synthetic.Baseline).Output(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
			sameAsR(b, out, file)
		})
	}
}

// sameAsR compares difference, interval and adjusted p of every arm.
func sameAsR(tb testing.TB, theirs []byte, file string) {
	tb.Helper()
	var out, errs bytes.Buffer
	if code := vnettune([]string{"rank", file, "--baseline", synthetic.Baseline, "--format", "csv"}, nil, &out, &errs); code != exitDone {
		tb.Fatalf("exit %d: %s", code, errs.String())
	}
	columns := []string{"combination", "difference", "lower", "upper", "p_holm"}
	ours := byName(tb, out.Bytes(), columns)
	checked := 0
	for name, want := range byName(tb, theirs, columns) {
		for i, w := range want {
			if g := ours[name][i]; math.Abs(g-w) > 1e-6*(1+math.Abs(w)) {
				tb.Errorf("%s %s: %v, in R %v", name, columns[i+1], g, w)
			}
			checked++
		}
	}
	if checked == 0 {
		tb.Error("R printed nothing to compare")
	}
}

// byName reads the named columns of a CSV; the first is the key.
func byName(tb testing.TB, text []byte, columns []string) map[string][]float64 {
	tb.Helper()
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	place := make(map[string]int)
	for i, name := range records[0] {
		place[name] = i
	}
	out := make(map[string][]float64)
	for _, record := range records[1:] {
		var values []float64
		for _, name := range columns[1:] {
			i, ok := place[name]
			if !ok {
				tb.Fatalf("no column %q in %v", name, records[0])
			}
			v, err := strconv.ParseFloat(record[i], 64)
			if err != nil {
				v = math.NaN()
			}
			values = append(values, v)
		}
		out[record[place[columns[0]]]] = values
	}
	return out
}

package sample

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWriteOmitsWhatDoesNotOccur(t *testing.T) {
	var b bytes.Buffer
	row := Row{Combination: "base", Block: "1", Boot: "b1", Workload: "tcp, 4 streams", Metric: "throughput", Unit: "Mbit/s", Repetition: 1, Value: 0.1, HasValue: true}
	if err := Write(&b, []Row{row}); err != nil {
		t.Fatal(err)
	}
	want := head + "\nbase,1,b1,\"tcp, 4 streams\",throughput,Mbit/s,1,0.1\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestWriteRefuses(t *testing.T) {
	good := Row{Combination: "base", Block: "1", Boot: "b1", Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Repetition: 1, Value: 1, HasValue: true}
	tests := []struct {
		name   string
		change func(*Row)
		want   string
	}{
		{"not a number", func(r *Row) { r.Value = math.NaN() }, "value"},
		{"infinite", func(r *Row) { r.Value = math.Inf(1) }, "value"},
		{"negative", func(r *Row) { r.Value = -1 }, "value"},
		{"beyond sense", func(r *Row) { r.Value = 2 * mostValue }, "value"},
		{"lower is better", func(r *Row) { r.Better = LowerIsBetter }, "better"},
		{"line break", func(r *Row) { r.Block = "1\n2" }, "block"},
		{"bad name", func(r *Row) { r.Combination = "-x" }, "combination"},
		{"level with a line break", func(r *Row) { r.Levels = map[string]string{"rss": "\r"} }, "set:rss"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := good
			tt.change(&r)
			err := Write(new(bytes.Buffer), []Row{r})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
	levels := good
	levels.Boot, levels.Levels = "b2", map[string]string{"rss": "on"}
	if err := Write(new(bytes.Buffer), []Row{good, levels}); err == nil {
		t.Error("one combination with and without levels: no error")
	}
}

// What is written is read back the same.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		var b bytes.Buffer
		if err := Write(&b, rows); err != nil {
			t.Fatal(err)
		}
		got, err := Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Fatalf("(-written +read):\n%s", d)
		}
	})
}

func drawRows(t *rapid.T) []Row {
	text := rapid.StringMatching(`[a-zA-Z0-9 "',;äß№]{1,12}`)
	metric := rapid.SampledFrom([]string{"throughput", "loss", "frobs"}).Draw(t, "metric")
	better := HigherIsBetter
	if metric == "loss" {
		better = LowerIsBetter
	}
	workload, unit := text.Draw(t, "workload"), text.Draw(t, "unit")
	withLevels := rapid.Bool().Draw(t, "levels")
	var rows []Row
	for boot := range rapid.IntRange(1, 6).Draw(t, "boots") {
		arm := rapid.IntRange(0, 2).Draw(t, "arm")
		status := rapid.SampledFrom([]string{StatusOK, StatusNotInEffect, StatusExcluded, "boot_timeout"}).Draw(t, "status")
		base := Row{
			Combination: fmt.Sprintf("arm%d", arm), Block: text.Draw(t, "block"), Boot: fmt.Sprint("b", boot),
			Workload: workload, Metric: metric, Unit: unit, Better: better, Status: status,
			Order: rapid.IntRange(0, 9).Draw(t, "order"), GuestKind: "lab",
		}
		if withLevels {
			base.Levels = map[string]string{"rss": fmt.Sprint(arm), "mtu": "1500"}
		}
		for rep := range rapid.IntRange(1, 3).Draw(t, "reps") {
			r := base
			r.Repetition = rep + 1
			if !r.Failed() {
				r.HasValue = true
				r.Value = rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(leastValue, mostValue)).Draw(t, "value")
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func FuzzRead(f *testing.F) {
	f.Add(head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,9381.4\n")
	f.Add("\xef\xbb\xbf" + head + ",better,status,order,session,guest_kind,set:rss\r\nbase,1,b1,tcp,pps,1/s,1,,boot_timeout,1,s,lab,on\r\n")
	f.Add(head + ",status\nbase,1,b1,,,,,,boot_timeout\n")
	f.Add(head + "\n\"ba\"\"se\",1")
	f.Add("")
	f.Add("combination;block;boot;workload;metric;unit;repetition;value\nbase;1;b1;tcp;throughput;Mbit/s;1;941,5\n")
	f.Add("\xff\xfec\x00o\x00")
	f.Add("c\x00o\x00m\x00")
	f.Add(head + "\rbase,1,b1,tcp,throughput,Mbit/s,1,1\r")
	f.Add("#TYPE X\r\n" + head + "\r\n")
	f.Add(head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,1e-300\n,,,,,,,\n")
	f.Add("{}")
	f.Fuzz(func(t *testing.T, in string) {
		rows, err := Read(strings.NewReader(in))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, rows); err != nil {
			t.Fatalf("read, but not writable: %v", err)
		}
		again, err := Read(&b)
		if err != nil {
			t.Fatalf("written, but not readable: %v", err)
		}
		if d := cmp.Diff(rows, again); d != "" {
			t.Fatalf("(-first +second):\n%s", d)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var buf bytes.Buffer
	buf.WriteString(head + ",set:rss,set:mtu,set:ring\n")
	for boot := range 2500 {
		for rep := range 100 {
			fmt.Fprintf(&buf, "arm%d,%d,b%d,tcp,throughput,Mbit/s,%d,%d.25,on,1500,256\n", boot%125, boot/125, boot, rep+1, 9000+rep)
		}
	}
	in := buf.Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(in)); err != nil {
			b.Fatal(err)
		}
	}
}

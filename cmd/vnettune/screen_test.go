package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vnettune/bench"
	"vnettune/results/sample"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// noon is when the events of these tests happen.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// boot10 is an event of the tenth boot of a campaign.
func boot10(kind bench.EventKind) bench.Event {
	return bench.Event{Time: noon, Kind: kind, Block: 2, Blocks: 5, Boot: 10, Boots: 35, BootsOver: 9, Try: 1, Arm: "heuristics-off", Remaining: 6720}
}

func with(e bench.Event, change func(*bench.Event)) bench.Event {
	change(&e)
	return e
}

func stepOf(e bench.Event, step string) bench.Event {
	return with(e, func(e *bench.Event) { e.Kind, e.Step = bench.EventStep, step })
}

func runOf(e bench.Event, value, mean float64, boots int) bench.Event {
	return with(e, func(e *bench.Event) {
		e.Kind, e.Step, e.Status, e.Repetition, e.Value, e.Metric, e.Unit = bench.EventRun, "tcp-to-guest", "ok", 1, &value, "throughput", "Mbit/s"
		if boots > 0 {
			e.Mean, e.MeanBoots = &mean, boots
		}
	})
}

// screens are the states of a screen by name: the events so far.
func screens() map[string][]bench.Event {
	at := boot10(bench.EventStep)
	first := with(at, func(e *bench.Event) {
		e.Block, e.Boot, e.BootsOver, e.Remaining, e.ByPlan = 1, 1, 0, 7800, true
	})
	long := with(at, func(e *bench.Event) {
		e.Arm, e.Try, e.Blocks, e.Boots, e.Boot, e.BootsOver, e.AtMost = "tcp.autotuninglevel=disabled+tcpip.EnableWsd=0+template.congestionprovider=ctcp", 2, 120, 1440, 1037, 1036, true
	})
	udp := with(runOf(long, 19.98, 20.01, 12), func(e *bench.Event) { e.Step = "udp-to-guest-20M-l1024" })
	none := with(runOf(at, 0, 0, 0), func(e *bench.Event) { e.Value, e.Status, e.Text = nil, "peer_lost", "the connection was lost" })
	restore := bench.Event{Time: noon, Kind: bench.EventRestore, Text: "putting the guest's originals back"}
	rescue := with(at, func(e *bench.Event) { e.Kind, e.Text = bench.EventRescue, "the guest does not answer" })
	return map[string][]bench.Event{
		"01 the first boot":       {with(first, func(e *bench.Event) { e.Kind, e.Boot = bench.EventStart, 0 }), stepOf(first, "reboot")},
		"02 a discarded run":      {stepOf(at, "tcp-to-guest"), with(runOf(at, 3903, 2660, 3), func(e *bench.Event) { e.Repetition = 0 })},
		"03 a first boot's value": {runOf(at, 2790, 0, 0), stepOf(at, "tcp-from-guest")},
		"04 a value and a mean":   {runOf(at, 2790, 2660, 3), stepOf(at, "tcp-from-guest")},
		"05 no number":            {none, stepOf(at, "tcp-to-guest")},
		"06 a second try":         {stepOf(with(at, func(e *bench.Event) { e.Try = 2 }), "read back")},
		"07 long names":           {udp, stepOf(long, "udp-from-guest-20M-l1024")},
		"08 the last boot":        {stepOf(with(at, func(e *bench.Event) { e.Boot, e.Block, e.BootsOver, e.Remaining = 35, 5, 34, 50 }), "settle")},
		"09 a rescue":             {stepOf(at, "reboot"), rescue},
		"10 the restore":          {stepOf(at, "confirm"), restore},
		"11 the end":              {stepOf(at, "confirm"), restore, {Time: noon, Kind: bench.EventDone, Status: "done"}},
	}
}

func drawnScreen(events []bench.Event, width int) []string {
	var s screen
	for _, e := range events {
		s.hear(e)
	}
	return s.lines(width-1, noon.Add(41*time.Second), false)
}

func TestScreens(t *testing.T) {
	all := screens()
	var out strings.Builder
	for _, width := range []int{60, 80, 100, 140} {
		fmt.Fprintf(&out, "== %d columns\n", width)
		for i := range len(all) {
			for name, events := range all {
				if !strings.HasPrefix(name, fmt.Sprintf("%02d ", i+1)) {
					continue
				}
				fmt.Fprintf(&out, "-- %s\n", name)
				for _, l := range drawnScreen(events, width) {
					fmt.Fprintln(&out, l)
				}
			}
		}
	}
	path := filepath.Join("testdata", "screens.golden")
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("screens (-want +got):\n%s", d)
	}
}

// No line is as wide as the terminal, and there are no more than three, whatever the names
// and numbers.
func TestNoLineIsTooWide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, mean := rapid.Float64Range(-1e12, 1e12).Draw(t, "value"), rapid.Float64Range(0, 1e6).Draw(t, "mean")
		boots := rapid.IntRange(0, 100_000).Draw(t, "boots")
		e := bench.Event{Time: noon, Blocks: boots, Boots: boots, Boot: rapid.IntRange(0, boots).Draw(t, "boot"), BootsOver: rapid.IntRange(0, boots).Draw(t, "over"),
			Block: rapid.IntRange(0, boots).Draw(t, "block"), Try: rapid.IntRange(0, 5).Draw(t, "try"), Remaining: rapid.Float64Range(0, 1e8).Draw(t, "left"),
			ByPlan: rapid.Bool().Draw(t, "plan"), AtMost: rapid.Bool().Draw(t, "most"), Arm: anyName(t, "arm") + "\x1b[2J\n\t\u202e"}
		run := with(e, func(e *bench.Event) {
			e.Kind, e.Step, e.Unit, e.Status, e.Repetition = bench.EventRun, anyName(t, "workload"), anyName(t, "unit"), anyName(t, "class"), rapid.IntRange(0, 2).Draw(t, "repetition")
			if rapid.Bool().Draw(t, "has value") {
				e.Value = &value
			}
			if rapid.Bool().Draw(t, "has mean") {
				e.Mean, e.MeanBoots = &mean, rapid.IntRange(1, 1000).Draw(t, "mean's boots")
			}
		})
		width := rapid.IntRange(2, 200).Draw(t, "width")
		lines := drawnScreen([]bench.Event{run, stepOf(e, "x"+anyName(t, "step"))}, width)
		if len(lines) < 2 || len(lines) > 3 {
			t.Fatalf("%d lines: %q", len(lines), lines)
		}
		for _, l := range lines {
			if columns(l) >= width || strings.ContainsAny(l, "\x1b\n\r\t\u202e") {
				t.Fatalf("%d columns of %d: %q", columns(l), width, l)
			}
		}
	})
}

func TestTimeLeftInWords(t *testing.T) {
	for _, x := range []struct {
		left         float64
		gone         time.Duration
		plan, atMost bool
		want         string
	}{
		{0, 0, true, false, ""},
		{7800, 0, true, false, "about 2 h 10 by plan"},
		{7800, 0, true, true, "at most about 2 h 10 by plan"},
		{3590, 0, false, false, "about 1 h 00 left"},
		{7800, 90 * time.Minute, false, false, "about 40 min left"},
		{110, 20 * time.Second, false, false, "about 90 s left"},
		{1, 0, false, false, "about 5 s left"},
		{30, time.Minute, false, false, ""},
	} {
		if got := leftWords(bench.Event{Remaining: x.left, ByPlan: x.plan, AtMost: x.atMost}, x.gone); got != x.want {
			t.Errorf("%+v: %q", x, got)
		}
	}
}

func TestShortNumbers(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.0123: "0.0123", 0.0000004: "0.000000", 1: "1.00", 20.01: "20.0", 999.6: "1000", 18184.2: "18184", -3.14159: "-3.14", 3e21: "3000000000000000000000"} {
		if got := shortNumber(x); got != want {
			t.Errorf("%g: %s, want %s", x, got, want)
		}
	}
}

// A line of the log names a boot by the id that exclude takes, and says which try of its
// slot it was.
func TestLinesOfBoots(t *testing.T) {
	ok := with(boot10(bench.EventBoot), func(e *bench.Event) { e.Step, e.Status = "b012", sample.StatusOK })
	again := with(ok, func(e *bench.Event) { e.Try, e.Status, e.Text = 2, "reboot_failed", "it did not come back" })
	for _, x := range []struct {
		e    bench.Event
		want string
	}{
		{ok, "b012: block 2/5, boot 10/35, heuristics-off: ok"},
		{again, "b012: block 2/5, boot 10/35, heuristics-off, second try: reboot_failed: it did not come back"},
		{with(ok, func(e *bench.Event) { e.Try = 4 }), "b012: block 2/5, boot 10/35, heuristics-off, try 4: ok"},
	} {
		if got := logLine(x.e); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}

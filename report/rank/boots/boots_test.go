package boots

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
	"vnettune/results/sample"
)

// row is one repetition of an arm in a block, in a boot of its own unless it is named.
func row(arm, block, boot, status string, slot int) sample.Row {
	r := sample.Row{Combination: arm, Block: block, Boot: boot, Slot: slot, Status: status, Workload: "tcp", Metric: "throughput",
		Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, Value: 900, HasValue: true}
	switch status {
	case sample.StatusNotRun:
		r.Workload, r.Metric, r.Unit, r.Repetition, r.HasValue, r.Value = "", "", "", 0, false, 0
	case "no_boot":
		r.HasValue, r.Value = false, 0
	}
	return r
}

func asRatio(string) sample.Scale { return sample.Ratio }

func group(t *testing.T, rows []sample.Row) Campaign {
	t.Helper()
	c, err := Group(rows, "base", asRatio)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Where the rows do not say which boots were planned, the data must tell.
func TestPlannedBootsAreGuessed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		blocks [][]Fate // of the arm, by block
		want   int
	}{
		{"one a block", [][]Fate{{OK}, {OK}, {OK}}, 3},
		{"tried again", [][]Fate{{Failed, OK}, {OK}, {OK}}, 3},
		{"lost in one block", [][]Fate{{Failed, Failed}, {OK}, {OK}}, 3},
		{"twice a block, one lost", [][]Fate{{OK, OK}, {OK, Failed}, {OK, OK}}, 6},
		{"one block is one layout", [][]Fate{{OK, OK, Failed, OK}}, 4},
		{"nothing worked", [][]Fate{{Failed}, {Failed}}, 2},
	} {
		s := Series{Blocks: make([]string, len(tt.blocks)), Arms: Arms{Names: []string{"a"}}}
		for block, fates := range tt.blocks {
			for _, f := range fates {
				s.Boots = append(s.Boots, Boot{Block: block, Fate: f})
			}
		}
		if got := s.Tallies()[0].Counts.Planned; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// Slots tell the plan: a boot that was tried again is one, one that was never made is
// planned and neither tried nor failed, and one that was lost twice is lost once.
func TestPlannedBootsAreKnown(t *testing.T) {
	rows := []sample.Row{
		row("base", "1", "b1", "ok", 1), row("base", "1", "b2", "ok", 2),
		row("base", "2", "b3", "no_boot", 4), row("base", "2", "b4", "no_boot", 4), row("base", "2", "b5", "ok", 5),
		row("base", "3", "b6", sample.StatusNotRun, 7), row("base", "3", "b7", sample.StatusNotRun, 8),
		row("a", "1", "a1", "no_boot", 3), row("a", "1", "a2", "ok", 3),
		row("a", "2", "a3", "excluded", 6),
		row("a", "3", "a4", "ok", 9),
		row("never", "3", "n1", sample.StatusNotRun, 10),
	}
	c := group(t, rows)
	s := c.Series[0]
	tallies := s.Tallies()
	want := map[string]Counts{
		"base":  {OK: 3, Failed: 2, Planned: 6},
		"a":     {OK: 2, Failed: 1, Excluded: 1, Planned: 3},
		"never": {Planned: 1},
	}
	lost := map[string][]int{"base": {1, 2, 2}, "a": {1}, "never": {2}}
	for arm, name := range c.Arms.Names {
		if got := tallies[arm].Counts; got != want[name] {
			t.Errorf("%s: %+v, want %+v", name, got, want[name])
		}
		if got := s.LostPlaces(arm); !slices.Equal(got, lost[name]) {
			t.Errorf("%s: lost in the blocks %v, want %v", name, got, lost[name])
		}
		if n := s.Repeated(arm, c.Arms.Baseline); n != 0 {
			t.Errorf("%s: %d blocks with more boots than planned", name, n)
		}
	}
	never := tallies[slices.Index(c.Arms.Names, "never")]
	if never.Missing != 1 || len(never.Failures) != 0 {
		t.Errorf("a boot that nobody tried: %+v", never)
	}
	if base := tallies[slices.Index(c.Arms.Names, "base")]; base.Missing != 0.5 {
		t.Errorf("the baseline: missing %v, want a half", base.Missing)
	}
}

// Planned boots are those of the campaign, also where one of its metrics was not
// measured in all of them; blocks are those that have rows of the metric.
func TestPlannedBootsOfAMetric(t *testing.T) {
	rows := []sample.Row{row("base", "1", "b1", "ok", 1), row("base", "2", "b2", "ok", 2), row("base", "3", "b3", "ok", 3)}
	for _, r := range rows[:2] {
		r.Workload = "udp"
		rows = append(rows, r)
	}
	rows = append(rows, func() sample.Row { r := row("base", "1", "b4", "ok", 4); return r }())
	for _, s := range group(t, rows).Series {
		want := Counts{OK: 4, Planned: 4}
		if s.Workload == "udp" {
			want = Counts{OK: 2, Planned: 3} // block 3 has no row of it, boot b4 should have one
		}
		if got := s.Tallies()[0].Counts; got != want {
			t.Errorf("%s: %+v, want %+v", s.Workload, got, want)
		}
	}
}

// A search's own boots are left out of everything; an arm that only it booted is none.
func TestSearchRowsAreLeftOut(t *testing.T) {
	ranked := []sample.Row{row("base", "4", "b4", "ok", 7), row("a", "4", "a4", "ok", 8)}
	search := []sample.Row{row("base", "1", "b1", sample.StatusSearch, 1), row("a", "1", "a1", sample.StatusSearch, 2), row("only", "1", "o1", sample.StatusSearch, 3)}
	want, got := group(t, ranked), group(t, slices.Concat(search, ranked))
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Series{}, Boot{})); d != "" {
		t.Error(d)
	}
	if _, err := Group(search, "base", asRatio); !errors.Is(err, ErrOnlySearch) {
		t.Errorf("nothing but a search: %v", err)
	}
	if c := group(t, AsRanked(search)); len(c.Arms.Names) != 3 || c.Series[0].Tallies()[2].Counts != (Counts{OK: 1, Planned: 1}) {
		t.Errorf("taken for ranked ones: %+v", c)
	}
}

func TestGroupRefuses(t *testing.T) {
	failed := row("base", "1", "1", "no_boot", 0)
	failed.Workload, failed.Metric, failed.Unit, failed.Repetition = "", "", "", 0
	for want, rows := range map[string][]sample.Row{
		"no samples: there is nothing to rank":                               nil,
		"no boot gave a number that may be ranked: there is nothing to rank": {failed},
		"no planned boot was made: there is nothing to rank":                 {row("base", "1", "1", sample.StatusNotRun, 1)},
		`baseline "base" is not in the samples: the combinations are a`:      {row("a", "1", "1", "ok", 0)},
		`boot "1" belongs to two combinations: a boot's name must be unique`: {row("base", "1", "1", "ok", 0), row("a", "1", "1", "ok", 0)},
	} {
		if _, err := Group(rows, "base", asRatio); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func reps(values ...float64) []Repetition {
	var out []Repetition
	for i, v := range values {
		out = append(out, Repetition{i + 1, v})
	}
	return out
}

func TestBootValue(t *testing.T) {
	var (
		ratio      = Axis{sample.Ratio, sample.HigherIsBetter}
		lower      = Axis{sample.Ratio, sample.LowerIsBetter}
		difference = Axis{sample.Difference, sample.LowerIsBetter}
		more       = Axis{sample.Difference, sample.HigherIsBetter}
	)
	for _, tt := range []struct {
		name string
		b    Boot
		axis Axis
		want Boot
	}{
		{"geometric mean", Boot{Reps: reps(1, 100)}, ratio, Boot{Y: 100 * math.Log(10)}},
		{"less is better", Boot{Reps: reps(1, 100)}, lower, Boot{Y: -100 * math.Log(10)}},
		{"stall", Boot{Reps: reps(0, 30, 60)}, ratio, Boot{Y: 100 * math.Log(30), Stalled: true}},
		{"all zero", Boot{Reps: reps(0, 0)}, ratio, Boot{Fate: AllZero}},
		{"arithmetic mean", Boot{Reps: reps(1, 3)}, more, Boot{Y: 2}},
		{"of what is better when less", Boot{Reps: reps(1, 3)}, difference, Boot{Y: -2}},
		{"zero is a value", Boot{Reps: reps(0, 3)}, difference, Boot{Y: -1.5}},
		{"and nothing but zero, too", Boot{Reps: reps(0, 0)}, difference, Boot{Y: 0}},
		{"nothing", Boot{}, ratio, Boot{Fate: Failed}},
		{"not in effect", Boot{status: "not_in_effect", Reps: reps(5)}, ratio, Boot{Fate: NotInEffect}},
		{"excluded", Boot{status: "excluded", Reps: reps(5)}, ratio, Boot{Fate: Excluded}},
		{"never made", Boot{status: "not_run"}, ratio, Boot{Fate: Lost}},
		{"the candidate's own failure", Boot{lost: map[string]int{record.RebootFailed: 1}}, ratio, Boot{Fate: Failed}},
		{"a figure was refused beside others", Boot{spoke: true, lost: map[string]int{record.Implausible: 1}}, ratio, Boot{Fate: Lost}},
		{"every figure was refused", Boot{lost: map[string]int{record.Implausible: 1}}, ratio, Boot{Fate: Failed}},
		{"a figure was refused, and another run failed", Boot{spoke: true, lost: map[string]int{record.Implausible: 1, record.PeerLost: 1}}, ratio, Boot{Fate: Failed}},
		{"the harness's own doing", Boot{lost: map[string]int{record.PutBack: 1}}, ratio, Boot{Fate: Lost}},
		{"both", Boot{lost: map[string]int{record.PutBack: 1, record.MeasurementFailed: 1}}, ratio, Boot{Fate: Failed}},
		{"a repetition lost to the harness", Boot{Reps: reps(4), lost: map[string]int{record.Interrupted: 1}}, more, Boot{Y: 4}},
	} {
		got := tt.b
		got.settle(tt.axis)
		if got.Fate != tt.want.Fate || got.Stalled != tt.want.Stalled || math.Abs(got.Y-tt.want.Y) > 1e-10 {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	b := Boot{Reps: reps(0, 2, 4)}
	if got := b.Ys(difference); !slices.Equal(got, []float64{0, -2, -4}) {
		t.Errorf("repetitions of a difference: %v", got)
	}
	if got := b.Ys(ratio); len(got) != 2 {
		t.Errorf("zero has a logarithm: %v", got)
	}
}

// What the harness itself lost is planned and missing; it is neither tried nor failed.
func TestLostToTheHarness(t *testing.T) {
	for class, harness := range map[string]bool{
		record.WriteFailed: false, record.RebootFailed: false, record.ReadBackFailed: false, record.ServerFailed: false,
		record.MeasurementFailed: false, record.RebootedByItself: false,
		record.DeadManFailed: true, record.PutBack: true, record.Interrupted: true, "internal_error": true,
	} {
		rows := []sample.Row{row("base", "1", "b1", "ok", 1), row("base", "2", "b2", "ok", 2)}
		rows = append(rows, sample.Row{Combination: "base", Block: "3", Boot: "b3", Slot: 3, Status: class})
		c := group(t, rows).Series[0].Tallies()[0]
		want := Counts{OK: 2, Planned: 3, Failed: 1}
		if harness {
			want = Counts{OK: 2, Planned: 3, Lost: 1}
		}
		if c.Counts != want || c.Counts.Tried() != want.OK+want.Failed || math.Abs(c.Missing-1.0/3) > 1e-12 ||
			len(c.Failures) != want.Failed || len(c.Lost) != want.Lost {
			t.Errorf("%s: %+v, want %+v", class, c, want)
		}
	}
}

// TestARefusedFigureIsNoFailure: a boot of which one figure was refused is missing where that is
// ranked, unless the workload gave no other figure of it.
func TestARefusedFigureIsNoFailure(t *testing.T) {
	udp := func(r sample.Row, metric string) sample.Row {
		r.Workload, r.Metric, r.Unit = "udp", metric, "%"
		return r
	}
	for name, tt := range map[string]struct {
		throughput string
		want       Counts
	}{
		"beside another": {"ok", Counts{OK: 1, Lost: 1, Planned: 2}},
		"alone":          {record.Implausible, Counts{OK: 1, Failed: 1, Planned: 2}},
	} {
		c := group(t, []sample.Row{
			udp(row("base", "1", "b1", "ok", 1), "loss"), udp(row("base", "1", "b1", "ok", 1), "throughput"),
			udp(row("base", "2", "b2", record.Implausible, 2), "loss"), udp(row("base", "2", "b2", tt.throughput, 2), "throughput"),
		})
		for _, s := range c.Series {
			if s.Metric != "loss" {
				continue
			}
			if got := s.Tallies()[0].Counts; got != tt.want {
				t.Errorf("%s: %+v, want %+v", name, got, tt.want)
			}
		}
	}
}

// An arm whose boots measured other workloads only is not measured in this one, and not declared
// there; one of which a boot failed as a whole is declared everywhere, and so is the baseline.
func TestArmsOfASeries(t *testing.T) {
	udp := func(r sample.Row) sample.Row { r.Workload, r.Metric, r.Unit = "udp", "loss", "%"; return r }
	rows := []sample.Row{
		row("base", "1", "b1", "ok", 0), row("a", "1", "a1", "ok", 0), udp(row("a", "1", "a1", "ok", 0)),
		udp(row("only", "1", "o1", "ok", 0)), row("tcp", "1", "t1", "ok", 0),
		{Combination: "crashes", Block: "1", Boot: "c1", Status: record.RebootFailed},
		udp(row("failed", "1", "f1", "no_boot", 0)),
	}
	c := group(t, rows)
	want := map[string]struct{ arms, not []string }{
		"tcp": {[]string{"a", "base", "crashes", "tcp"}, []string{"failed", "only"}},
		"udp": {[]string{"a", "base", "crashes", "failed", "only"}, []string{"tcp"}},
	}
	for _, s := range c.Series {
		w := want[s.Workload]
		if !slices.Equal(s.Arms.Names, w.arms) || !slices.Equal(s.NotMeasured, w.not) || s.Arms.Names[s.Arms.Baseline] != "base" {
			t.Errorf("%s: arms %v, baseline %d, not measured %v; want %v, %v", s.Workload, s.Arms.Names, s.Arms.Baseline, s.NotMeasured, w.arms, w.not)
		}
		for _, b := range s.Boots {
			if name := s.Arms.Names[b.Arm]; name[:1] != b.Name[:1] {
				t.Errorf("%s: boot %s is one of %s", s.Workload, b.Name, name)
			}
		}
	}
}

// Without slots the number of planned boots is that of most blocks, lost ones counted, and a boot that
// was tried again not.
func TestPlannedIsGuessed(t *testing.T) {
	ok := func(block, boot string) sample.Row {
		r := row("base", block, boot, "ok", 1)
		r.Slot = 0
		return r
	}
	lost := func(block, boot string) sample.Row {
		return sample.Row{Combination: "base", Block: block, Boot: boot, Status: record.MeasurementFailed}
	}
	for name, tt := range map[string]struct {
		rows []sample.Row
		want int
	}{
		"once a block":                    {[]sample.Row{ok("1", "a"), ok("2", "b"), ok("3", "c")}, 3},
		"tried again in one":              {[]sample.Row{ok("1", "a"), lost("2", "b"), ok("2", "c"), ok("3", "d")}, 3},
		"tried again in half":             {[]sample.Row{ok("1", "a"), lost("2", "b"), ok("2", "c")}, 2},
		"twice a block":                   {[]sample.Row{ok("1", "a"), ok("1", "b"), ok("2", "c"), ok("2", "d")}, 4},
		"twice, half of them lost":        {[]sample.Row{ok("1", "a"), lost("1", "b"), ok("2", "c"), lost("2", "d"), ok("3", "e"), ok("3", "f")}, 6},
		"twice, one lost without a trace": {[]sample.Row{ok("1", "a"), ok("2", "c"), ok("2", "d")}, 4},
	} {
		if got := group(t, tt.rows).Series[0].Tallies()[0].Counts.Planned; got != tt.want {
			t.Errorf("%s: %d planned, want %d", name, got, tt.want)
		}
	}
}

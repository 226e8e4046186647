package boots

import (
	"fmt"
	"math"
	"testing"

	"vnettune/results/sample"
)

// stints makes rows of boots: of each stint "arm=value", or "arm!class" where it failed. A boot without
// number is ordinary.
func stints(boots map[string][]string, blockOf map[string]string, numbered bool) []sample.Row {
	var rows []sample.Row
	order := 0
	for _, name := range []string{"b1", "b2", "b3", "b4", "b5"} {
		order++
		for k, text := range boots[name] {
			r := sample.Row{Block: blockOf[name], Boot: name, Order: order, Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1}
			if r.Block == "" {
				r.Block = name
			}
			if numbered || len(boots[name]) > 1 {
				r.Stint = k + 1
			}
			var y float64
			if _, err := fmt.Sscanf(text[1:], "=%g", &y); err == nil {
				r.Value, r.HasValue, r.Status = math.Exp(y/100), true, sample.StatusOK
			} else {
				r.Status = text[2:]
			}
			r.Combination = text[:1]
			rows = append(rows, r)
		}
	}
	return rows
}

func grouped(t *testing.T, rows []sample.Row) Series {
	t.Helper()
	c, err := Group(rows, "a", func(string) sample.Scale { return sample.Ratio })
	if err != nil {
		t.Fatal(err)
	}
	return c.Series[0]
}

// unit finds the unit of an arm in a boot.
func unit(t *testing.T, s Series, arm, boot string) Boot {
	t.Helper()
	for _, b := range s.Boots {
		if b.Fate == OK && s.Arms.Names[b.Arm] == arm && b.Of == boot {
			return b
		}
	}
	t.Fatalf("%s has no unit in %s", arm, boot)
	return Boot{}
}

func TestUnits(t *testing.T) {
	s := grouped(t, stints(map[string][]string{
		"b1": {"b=1", "a=10", "b=20", "c!lost", "c=30", "a=14"},
		"b2": {"a=5", "b!lost", "c=40", "a=50"},
		"b3": {"c!lost", "a!lost", "b!lost"}, // gives no unit: nothing of it was planned
	}, nil, true))
	for _, want := range []struct {
		arm, boot string
		y         float64
		stints    int
	}{{"a", "b1", 12, 2}, {"b", "b1", 20, 1}, {"c", "b1", 30, 1}, {"a", "b2", 50, 1}, {"c", "b2", 40, 1}} {
		if u := unit(t, s, want.arm, want.boot); math.Abs(u.Y-want.y) > 1e-9 || len(u.Stints) != want.stints {
			t.Errorf("%s in %s: %v of %d stints, want %v of %d", want.arm, want.boot, u.Y, len(u.Stints), want.y, want.stints)
		}
	}
	// b1: a follows b and c, b follows a, c follows b though its first stint failed; b2: c follows b, a c.
	shares := map[[2]string][3]float64{{"a", "b1"}: {0, .5, .5}, {"b", "b1"}: {1, 0, 0}, {"c", "b1"}: {0, 1, 0}, {"a", "b2"}: {0, 0, 1}, {"c", "b2"}: {0, 1, 0}}
	var mean [3]float64
	for _, x := range shares {
		for k := range x {
			mean[k] += x[k] / float64(len(shares))
		}
	}
	for at, x := range shares {
		for k := range x {
			if got := unit(t, s, at[0], at[1]).X[k]; math.Abs(got-(x[k]-mean[k])) > 1e-12 {
				t.Errorf("%v behind %s: %v, want %v", at, s.Within.Carry[k], got, x[k]-mean[k])
			}
		}
	}
	// The place of a unit is that of its first counted stint among all.
	for at, place := range map[[2]string]int{{"a", "b1"}: 2, {"b", "b1"}: 3, {"c", "b1"}: 5, {"c", "b2"}: 9, {"a", "b2"}: 10} {
		if got := unit(t, s, at[0], at[1]).Order; got != place {
			t.Errorf("place of %v is %d, want %d", at, got, place)
		}
	}
	for arm, want := range []Counts{{OK: 2, Failed: 1, Planned: 2}, {OK: 1, Failed: 2, Planned: 2}, {OK: 2, Failed: 2, Planned: 2}} {
		if got := s.Tallies()[arm].Counts; got != want {
			t.Errorf("%s: %+v, want %+v", s.Arms.Names[arm], got, want)
		}
	}
	if f := s.Within.First; f[0] == nil || f[0].Y < 0.9 || f[1] == nil || f[2] != nil {
		t.Errorf("first stints %v", f)
	}
}

// An arm with ordinary boots beside switched stints fell back: it is ranked by the former.
func TestFellBack(t *testing.T) {
	rows := stints(map[string][]string{
		"b1": {"b=1", "a=10", "b=20", "c=30", "a=14"},
		"b2": {"a=5", "c=40", "a=50"},
		"b3": {"b=7"},
		"b4": {"b!lost"},
	}, map[string]string{"b3": "b2", "b4": "b1"}, false)
	s := grouped(t, rows)
	if u := unit(t, s, "b", "b3"); u.Y < 6.9 || u.Y > 7.1 || u.X != nil {
		t.Errorf("unit of the ordinary boot: %v, columns %v", u.Y, u.X)
	}
	if got, want := s.Tallies()[1].Counts, (Counts{OK: 1, Failed: 1, Planned: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	w := s.Within
	if len(w.Levels) != 2 || w.Switched(1) || !w.Switched(2) || w.LevelOf[2] != w.LevelOf[3] || w.LevelOf[0] == w.LevelOf[2] {
		t.Errorf("levels %v of boots %v", w.Levels, w.LevelOf)
	}
	// Said from outside it is the same, and its switched stints count as nothing.
	c, err := GroupWithout([]string{"c"}, rows, "a", func(string) sample.Scale { return sample.Ratio })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Series[0].Tallies()[2].Counts, (Counts{}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

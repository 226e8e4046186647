package gate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// sessionsOf makes n stored sessions that differ by spread (on the scale of
// 100 ln), and a new one that differs by effect.
func sessionsOf(n int, spread, effect float64) (fresh []sample.Row, stored []Session) {
	move := func(rows []sample.Row, by float64) []sample.Row {
		for i := range rows {
			rows[i].Value *= math.Exp(by / 100)
		}
		return rows
	}
	one := func(seed uint64) []sample.Row {
		return ranktest.Campaign(seed, map[string]float64{"base": 0}, 8, 2, 0.3)
	}
	for k := range n {
		// Sessions lie evenly; the drift of campaign's blocks is part of them.
		stored = append(stored, Session{fmt.Sprint("s", k), move(one(uint64(70+k)), spread*(float64(k)-float64(n-1)/2)), "base"})
	}
	return move(one(60), effect), stored
}

func TestGateAgainst(t *testing.T) {
	for _, tt := range []struct {
		name           string
		sessions       int
		spread, effect float64
		want           Verdict
		reason         Reason
		missing        int
	}{
		{"a large loss", 6, 0, -20, Fail, "", 0},
		{"a large gain", 6, 0, 20, Pass, "", 0},
		{"sessions differ as much", 6, 5, -5, Inconclusive, ReasonNoise, 0},
		{"four sessions", 4, 0, -20, Inconclusive, ReasonSession, 1},
		{"one session", 1, 0, -20, Inconclusive, ReasonSession, 4},
		{"none", 0, 0, 0, Inconclusive, ReasonSession, 5},
	} {
		for _, lower := range []bool{false, true} {
			fresh, stored := sessionsOf(tt.sessions, tt.spread, tt.effect)
			if lower {
				fresh = ranktest.Latency(fresh)
				for k := range stored {
					stored[k].Rows = ranktest.Latency(stored[k].Rows)
				}
			}
			out, err := Against(fresh, "base", stored, baseOptions(), Looks{})
			if err != nil {
				t.Fatal(err)
			}
			g, got := out.Results[0], out.Verdict
			if got != tt.want || g.Reason != tt.reason || g.SessionsMissing != tt.missing || g.Sessions != tt.sessions {
				t.Errorf("%s, lower %v: %s %+v", tt.name, lower, got, g)
			}
		}
	}
}

// A new session with one boot is less sure than one with as many as the stored.
func TestGateAgainstCountsBoots(t *testing.T) {
	fresh, stored := sessionsOf(6, 0, 0)
	few := slices.DeleteFunc(slices.Clone(fresh), func(r sample.Row) bool { return r.Block > "2" })
	many, err := Against(fresh, "base", stored, baseOptions(), Looks{})
	if err != nil {
		t.Fatal(err)
	}
	less, err := Against(few, "base", stored, baseOptions(), Looks{})
	if err != nil {
		t.Fatal(err)
	}
	if !(less.Results[0].SE > many.Results[0].SE) || many.Results[0].DF != 5 {
		t.Errorf("standard error %v with 3 boots, %v with 8; df %v", less.Results[0].SE, many.Results[0].SE, many.Results[0].DF)
	}
}

func TestGateAgainstRefuses(t *testing.T) {
	fresh, stored := sessionsOf(2, 0, 0)
	if _, err := Against(fresh, "x", stored, baseOptions(), Looks{}); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("unknown candidate: %v", err)
	}
	for i := range stored[1].Rows {
		stored[1].Rows[i].Unit = "Gbit/s"
	}
	if _, err := Against(fresh, "base", stored, baseOptions(), Looks{}); err == nil || !strings.Contains(err.Error(), "s1") {
		t.Errorf("another unit: %v", err)
	}
}

// historyCampaigns has an arm that loses 10 % from campaign 8 on, while the level
// of all arms wanders from day to day.
func historyCampaigns(n int) []Session {
	var out []Session
	for k := range n {
		effect := 0.0
		if k >= 8 {
			effect = -10
		}
		rows := ranktest.Campaign(uint64(100+k), map[string]float64{"base": 0, "a": effect}, 4, 2, 0.2)
		for i := range rows {
			rows[i].Value *= 1 + 0.3*math.Sin(float64(3*k))
		}
		out = append(out, Session{fmt.Sprintf("day%02d", k), rows, "base"})
	}
	return out
}

func TestHistoryOf(t *testing.T) {
	h, err := HistoryOf(historyCampaigns(16), "a", baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	if len(h) != 1 || len(h[0].Changes) != 1 || h[0].TooShort {
		t.Fatalf("%+v", h)
	}
	c := h[0].Changes[0]
	if c.From != "day08" || c.Index != 8 || !c.Matters || math.Abs(float64(c.Change)-stat.Percent(-10)) > 0.5 || math.Abs(float64(c.Before)-100) > 0.5 {
		t.Errorf("%+v", c)
	}
	if short, err := HistoryOf(historyCampaigns(9), "a", baseOptions()); err != nil || !short[0].TooShort || len(short[0].Changes) != 0 {
		t.Errorf("9 campaigns: %+v %v", short, err)
	}
	o := baseOptions()
	o.Margin = 15
	if small, err := HistoryOf(historyCampaigns(16), "a", o); err != nil || small[0].Changes[0].Matters {
		t.Errorf("margin 15 %%: %+v %v", small, err)
	}
}

// Loss is followed in points, against the baseline as a difference; zero is a value.
func TestHistoryOfLoss(t *testing.T) {
	loss := func(level float64) []Session {
		var out []Session
		for k := range 16 {
			rows := ranktest.Campaign(uint64(200+k), map[string]float64{"base": 0, "a": 0}, 4, 1, 0.2)
			out = append(out, Session{fmt.Sprintf("day%02d", k), ranktest.Loss(rows, func(r sample.Row) float64 {
				shift := 0.01 * math.Abs(math.Log(r.Value/9000)) // less than 0.01
				if r.Combination == "a" && k >= 8 {
					return level + shift
				}
				if k%2 == 0 {
					return 0
				}
				return shift
			}), "base"})
		}
		return out
	}
	for level, matters := range map[float64]bool{0.5: true, 0.05: false} {
		h, err := HistoryOf(loss(level), "a", baseOptions())
		if err != nil || len(h) != 1 || len(h[0].Changes) != 1 {
			t.Fatalf("%+v, %v", h, err)
		}
		c := h[0].Changes[0]
		if c.From != "day08" || c.Matters != matters || math.Abs(float64(c.Change)-level) > 0.02 || h[0].Margin != 0.1 || h[0].EffectUnit != "percentage points" || h[0].Points[0].Value != 0 {
			t.Errorf("%v points: %+v", level, h[0])
		}
	}
}

// Against stored sessions without loss a candidate without any is equal; one that has some is not.
func TestGateAgainstSessionsWithoutLoss(t *testing.T) {
	fresh, stored := sessionsOf(5, 0, 0)
	none := func(sample.Row) float64 { return 0 }
	for k := range stored {
		stored[k].Rows = ranktest.Loss(stored[k].Rows, none)
	}
	out, err := Against(ranktest.Loss(fresh, none), "base", stored, baseOptions(), Looks{})
	if err != nil || out.Verdict != Pass || !out.Results[0].Equal {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = Against(ranktest.Loss(fresh, func(sample.Row) float64 { return 1 }), "base", stored, baseOptions(), Looks{})
	if err != nil || out.Verdict == Pass || out.Results[0].Equal || out.Results[0].Difference != 1 {
		t.Errorf("a loss of 1 %%: %+v, %v", out, err)
	}
}

// The baseline itself is in the metric's unit.
func TestHistoryOfBaseline(t *testing.T) {
	h, err := HistoryOf(historyCampaigns(10), "", baseOptions())
	if err != nil || h[0].Unit != "Mbit/s" || !(h[0].Points[0].Value > 5000) {
		t.Errorf("%+v %v", h, err)
	}
	if _, err := HistoryOf(historyCampaigns(10), "x", baseOptions()); err == nil || !strings.Contains(err.Error(), "day00") {
		t.Errorf("unknown arm: %v", err)
	}
}

// A candidate none of whose boots came to measure anything has failed, also against stored campaigns; a
// stored campaign in which that happened to the baseline has nothing to compare with, and is no error.
func TestGateAgainstOfBootsThatNeverMeasured(t *testing.T) {
	_, stored := sessionsOf(5, 1, 0)
	var fresh []sample.Row
	for i := range 8 {
		fresh = append(fresh, sample.Row{Combination: "base", Block: fmt.Sprint(i), Boot: fmt.Sprint("n", i), Status: "reboot_failed"})
	}
	stored = append(stored, Session{"crashed", fresh, "base"})
	out, err := Against(fresh, "base", stored, baseOptions(), Looks{})
	if err != nil {
		t.Fatal(err)
	}
	if f := out.Failures; out.Verdict != FailFailures || f.FailedNew != 8 || f.TriedNew != 8 || f.FailedBase != 0 {
		t.Errorf("%s, %+v", out.Verdict, f)
	}
	if h, err := HistoryOf(stored, "", baseOptions()); err != nil || len(h) != 1 || len(h[0].Points) != 5 {
		t.Errorf("history: %v, %+v", err, h)
	}
	// Without a number anywhere there is nothing to judge, and nothing passes.
	if out, err := Against(fresh, "base", stored[5:], baseOptions(), Looks{}); !errors.Is(err, boots.ErrNothingMeasured) {
		t.Errorf("nothing measured anywhere: %v, %+v", err, out)
	}
}

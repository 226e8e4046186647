package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/results/sample"
)

// sessionsOf makes n stored sessions that differ by spread (on the scale of
// 100 ln), and a new one that differs by effect.
func sessionsOf(n int, spread, effect float64) (fresh []sample.Row, stored []StoredSession) {
	move := func(rows []sample.Row, by float64) []sample.Row {
		for i := range rows {
			rows[i].Value *= math.Exp(by / 100)
		}
		return rows
	}
	one := func(seed uint64) []sample.Row { return campaign(seed, map[string]float64{"base": 0}, 8, 2, 0.3) }
	for k := range n {
		// Sessions lie evenly; the drift of campaign's blocks is part of them.
		stored = append(stored, StoredSession{fmt.Sprint("s", k), move(one(uint64(70+k)), spread*(float64(k)-float64(n-1)/2)), "base"})
	}
	return move(one(60), effect), stored
}

func TestGateAgainst(t *testing.T) {
	for _, tt := range []struct {
		name           string
		sessions       int
		spread, effect float64
		want           GateVerdict
		reason         GateReason
		missing        int
	}{
		{"a large loss", 6, 0, -20, GateFail, "", 0},
		{"a large gain", 6, 0, 20, GatePass, "", 0},
		{"sessions differ as much", 6, 5, -5, GateInconclusive, ReasonNoise, 0},
		{"four sessions", 4, 0, -20, GateInconclusive, ReasonSession, 1},
		{"one session", 1, 0, -20, GateInconclusive, ReasonSession, 4},
		{"none", 0, 0, 0, GateInconclusive, ReasonSession, 5},
	} {
		for _, lower := range []bool{false, true} {
			fresh, stored := sessionsOf(tt.sessions, tt.spread, tt.effect)
			if lower {
				flip := func(rows []sample.Row) {
					for i := range rows {
						rows[i].Value, rows[i].Better = 1e6/rows[i].Value, sample.LowerIsBetter
					}
				}
				flip(fresh)
				for _, s := range stored {
					flip(s.Rows)
				}
			}
			results, got, err := GateAgainst(fresh, "base", stored, baseOptions())
			if err != nil {
				t.Fatal(err)
			}
			g := results[0]
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
	many, _, err := GateAgainst(fresh, "base", stored, baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	less, _, err := GateAgainst(few, "base", stored, baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	if !(less[0].SE > many[0].SE) || many[0].DF != 5 {
		t.Errorf("standard error %v with 3 boots, %v with 8; df %v", less[0].SE, many[0].SE, many[0].DF)
	}
}

func TestGateAgainstRefuses(t *testing.T) {
	fresh, stored := sessionsOf(2, 0, 0)
	if _, _, err := GateAgainst(fresh, "x", stored, baseOptions()); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("unknown candidate: %v", err)
	}
	for i := range stored[1].Rows {
		stored[1].Rows[i].Unit = "Gbit/s"
	}
	if _, _, err := GateAgainst(fresh, "base", stored, baseOptions()); err == nil || !strings.Contains(err.Error(), "s1") {
		t.Errorf("another unit: %v", err)
	}
}

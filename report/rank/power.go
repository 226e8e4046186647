package rank

import "math"

// wantedPower is the chance to find a true difference that planning aims at.
const wantedPower = 0.8

// maxBoots ends the search for the number of boots: nobody boots more.
const maxBoots = 1_000_000

// detectable is the difference, in the unit of se, that a test at the one-sided
// level finds with 80 % power: the noncentrality is solved, the far tail ignored.
func detectable(se, df, level float64) float64 { return detectableWith(wantedPower, se, df, level) }

// detectableWith is detectable with another power.
func detectableWith(power, se, df, level float64) float64 {
	q := tUpper(level, df)
	short := func(ncp float64) float64 { return noncentralTail(q, df, ncp) - power }
	// The power at a noncentrality of q is between a half and 0.7.
	lo, hi := q-1, q+1
	if lo < 0 || short(lo) >= 0 {
		lo = 0
	}
	for short(hi) <= 0 {
		hi *= 2
	}
	return se * increasingRoot(short, lo, hi)
}

// planned is a plan's precision at n boots an arm.
type planned func(n int) (se, df float64)

// bootsFor is the smallest n >= 2 with which a difference is found with 80 %
// power at the one-sided level; 0 when none up to maxBoots is enough.
func bootsFor(difference, level float64, plan planned) int {
	return bootsWith(wantedPower, difference, level, plan)
}

// bootsWith is bootsFor with another power.
func bootsWith(power, difference, level float64, plan planned) int {
	enough := func(n int) bool {
		se, df := plan(n)
		return noncentralTail(tUpper(level, df), df, difference/se) >= power
	}
	hi := 2
	for !enough(hi) {
		if hi *= 2; hi > maxBoots {
			return 0
		}
	}
	lo := max(hi/2, 1) // not enough, or 1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// varianceUpper80 is the upper 80 % confidence limit of a variance s2 that was
// estimated with df degrees of freedom; planning uses it so that a lucky pilot
// does not plan too few boots.
func varianceUpper80(s2 float64, df int) float64 {
	if df < 1 || math.IsNaN(s2) {
		return math.NaN()
	}
	return float64(df) * s2 / chiSquareLower(0.2, float64(df))
}

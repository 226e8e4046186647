package array

import "errors"

// Part is some of the levels of a factor.
type Part struct {
	Factor int
	Levels []bool // which, by level
}

// Rule forbids rows that have a level of every part. Its parts have different factors.
type Rule []Part

// ErrTangled says that the rules are too many and too intertwined to find out which rows they leave.
var ErrTangled = errors.New("too intertwined to find out which combinations they leave")

// open stands in a row for a factor that has no level yet.
const open = -1

// most is how many levels a search for a legal row tries: a few dozen rules take some hundred.
const most = 200_000

// rules say which rows are legal.
type rules struct {
	levels []int
	all    []Rule
	tried  int
}

// Meets says whether a row is forbidden by a rule; an open factor meets nothing.
func (r Rule) Meets(row []int) bool {
	for _, p := range r {
		if level := row[p.Factor]; level == open || !p.Levels[level] {
			return false
		}
	}
	return true
}

// completable says whether the open factors of a row can be given levels that no rule forbids. It fails when it
// cannot find out.
func (r *rules) completable(row []int) (bool, error) {
	if len(r.all) == 0 {
		return true, nil
	}
	r.tried = 0
	return r.complete(row)
}

// complete branches over a factor of the rule that is nearest to being met; row is as it was when it returns.
func (r *rules) complete(row []int) (bool, error) {
	var next *Part
	fewest := len(row) + 1
	for _, rule := range r.all {
		left, harmless := 0, false
		var first *Part
		for i, p := range rule {
			switch level := row[p.Factor]; {
			case level == open:
				left++
				if first == nil {
					first = &rule[i]
				}
			case !p.Levels[level]:
				harmless = true
			}
		}
		if harmless {
			continue
		}
		if left == 0 {
			return false, nil
		}
		if left < fewest {
			fewest, next = left, first
		}
	}
	if next == nil {
		return true, nil
	}
	defer func() { row[next.Factor] = open }()
	for _, inside := range []bool{false, true} { // a level outside of the part makes the rule harmless
		for level := range r.levels[next.Factor] {
			if next.Levels[level] != inside {
				continue
			}
			if r.tried++; r.tried > most {
				return false, ErrTangled
			}
			row[next.Factor] = level
			if ok, err := r.complete(row); ok || err != nil {
				return ok, err
			}
		}
	}
	return false, nil
}

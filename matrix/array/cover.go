package array

import (
	"errors"
	"math/rand/v2"
	"slices"
)

// Problem is what an array is wanted for.
type Problem struct {
	Levels   []int // how many each factor has
	Strength int   // of how many factors every combination of levels is in some row
	Rules    []Rule
	Rows     [][]int // rows that are there anyway, and legal
	Seed     uint64
	MostRows int
}

// Tuple is a combination of levels of some factors; the others are open.
type Tuple struct{ Factors, Levels []int }

// Errors of Cover.
var (
	ErrNoRow   = errors.New("no combination is left")
	ErrTooMany = errors.New("too many combinations")
)

// Bounds of what Cover takes on, in combinations of levels to cover and in sets of factors: with both, a
// laptop is done within a second or two.
const (
	mostTuples = 1 << 20
	mostSets   = 1 << 18
)

// Work that Cover does to need fewer rows, in levels that are looked at.
const (
	workAll     = 12_000_000 // in all
	workOnce    = 4_000_000  // until the rest is left at one try
	leastTried  = 3          // candidates for a row
	mostTried   = 40
	mostRestart = 40
)

// stream keeps the numbers that rows are drawn by apart from those of the order of boots.
const stream = 1

// Cover makes rows in which every combination of levels of Strength factors occurs that a legal row can have, after
// those that are there anyway. It lists the combinations that no legal row has. It builds row by row: of several
// candidates, each grown from a combination not yet covered by the level that covers most, it takes the one that
// covers most (the greedy way of AETG: Cohen, Dalal, Fredman, Patton, IEEE Transactions on Software Engineering 23
// (1997) 437-444), does all that several times, drops rows that others make superfluous, and keeps the fewest.
func Cover(p Problem) ([][]int, []Tuple, error) {
	c, impossible, err := newCover(p)
	if err != nil {
		return nil, nil, err
	}
	var best [][]int
	spent := 0
	for range mostRestart {
		rows, err := c.rows(p.MostRows)
		if err != nil {
			return nil, nil, err
		}
		if best == nil || len(rows) < len(best) {
			best = rows
		}
		if spent += c.work; spent > workAll || len(p.Rows)+len(best) <= c.least {
			break
		}
	}
	if len(p.Rows)+len(best) > p.MostRows {
		return nil, nil, ErrTooMany
	}
	return best, impossible, nil
}

// set is a set of factors with where the combinations of their levels are numbered.
type set struct {
	factors []int
	weight  []int // of each factor's level in the number
	from    int
}

// number is that of the combination which a row has; false where a factor is open.
func (s *set) number(row []int) (int, bool) {
	n := s.from
	for i, f := range s.factors {
		if row[f] == open {
			return 0, false
		}
		n += row[f] * s.weight[i]
	}
	return n, true
}

type cover struct {
	levels   []int
	rules    *rules
	sets     []set
	of       [][]int // the sets of each factor
	setOf    []int   // of each combination
	possible []bool  // combinations to cover, by number
	given    [][]int
	source   *rand.PCG
	tries    int
	least    int // rows that any array needs; 0 where rules may need fewer

	covered []bool // of the rows so far
	left    []int  // numbers not yet covered, in no order, some of them covered since
	work    int
}

func newCover(p Problem) (*cover, []Tuple, error) {
	k := len(p.Levels)
	c := &cover{levels: p.Levels, rules: &rules{levels: p.Levels, all: p.Rules}, of: make([][]int, k), given: p.Rows, source: rand.NewPCG(p.Seed, stream)}
	switch ok, err := c.rules.completable(c.blank()); {
	case err != nil:
		return nil, nil, err
	case !ok:
		return nil, nil, ErrNoRow
	}
	total := 0
	tooMany := false
	var grow func(factors []int, from int)
	grow = func(factors []int, from int) {
		if tooMany {
			return
		}
		if len(factors) < p.Strength {
			for f := from; f < k; f++ {
				grow(append(factors, f), f+1)
			}
			return
		}
		s := set{factors: slices.Clone(factors), from: total}
		n := 1
		for _, f := range factors {
			s.weight = append(s.weight, n)
			n *= p.Levels[f]
			c.of[f] = append(c.of[f], len(c.sets))
			tooMany = tooMany || n > mostTuples
		}
		total += n
		c.sets = append(c.sets, s)
		tooMany = tooMany || total > mostTuples || len(c.sets) > mostSets
	}
	grow(nil, 0)
	if tooMany {
		return nil, nil, ErrTooMany
	}
	c.possible = make([]bool, total)
	c.setOf = make([]int, total)
	var impossible []Tuple
	for i := range c.sets {
		s := &c.sets[i]
		for n := range s.size(p.Levels) {
			row := c.blank()
			s.put(n, row)
			ok, err := c.rules.completable(row)
			if err != nil {
				return nil, nil, err
			}
			c.possible[s.from+n], c.setOf[s.from+n] = ok, i
			if !ok {
				t := Tuple{Factors: s.factors}
				for _, f := range s.factors {
					t.Levels = append(t.Levels, row[f])
				}
				impossible = append(impossible, t)
			}
		}
	}
	cost := 0 // of growing one candidate
	for f, sets := range c.of {
		cost += len(sets) * (p.Levels[f] + p.Strength)
	}
	rows := 1 // about as many as it will take, and no fewer
	for _, n := range slices.Sorted(slices.Values(p.Levels))[max(0, k-p.Strength):] {
		rows *= n
	}
	if len(p.Rules) == 0 {
		c.least = rows
	}
	c.tries = min(mostTried, max(leastTried, workOnce/max(1, cost*2*rows)))
	return c, impossible, nil
}

// size is how many combinations of levels the set has.
func (s *set) size(levels []int) int {
	n := 1
	for _, f := range s.factors {
		n *= levels[f]
	}
	return n
}

// put gives the set's factors the levels of its combination n.
func (s *set) put(n int, row []int) {
	for i, f := range s.factors {
		row[f] = n / s.weight[i]
		if i+1 < len(s.weight) {
			row[f] = n % s.weight[i+1] / s.weight[i]
		}
	}
}

func (c *cover) blank() []int {
	row := make([]int, len(c.levels))
	for f := range row {
		row[f] = open
	}
	return row
}

// below draws a number below n. The remainder favours low numbers by less than one part in 10^12.
func (c *cover) below(n int) int { return int(c.source.Uint64() % uint64(n)) }

// rows makes an array once; one of more than most rows is left unfinished.
func (c *cover) rows(most int) ([][]int, error) {
	c.covered, c.left, c.work = make([]bool, len(c.possible)), c.left[:0], 0
	for n, ok := range c.possible {
		c.covered[n] = !ok
	}
	for _, row := range c.given {
		c.take(row)
	}
	for n, done := range c.covered {
		if !done {
			c.left = append(c.left, n)
		}
	}
	var rows [][]int
	for len(rows) <= most && c.anyLeft() {
		var best []int
		gain := 0
		for range c.tries {
			row, err := c.candidate()
			if err != nil {
				return nil, err
			}
			if g := c.gain(row); g > gain {
				best, gain = row, g
			}
		}
		c.take(best)
		rows = append(rows, best)
	}
	return c.needed(rows), nil
}

// anyLeft forgets what was covered meanwhile and says whether anything is left.
func (c *cover) anyLeft() bool {
	c.left = slices.DeleteFunc(c.left, func(n int) bool { return c.covered[n] })
	return len(c.left) > 0
}

// candidate grows a legal row from a combination that is left.
func (c *cover) candidate() ([]int, error) {
	row := c.blank()
	n := c.left[c.below(len(c.left))]
	s := &c.sets[c.setOf[n]]
	s.put(n-s.from, row)
	var order []int
	for f, level := range row {
		if level == open {
			order = append(order, f)
		}
	}
	for i := len(order) - 1; i > 0; i-- {
		j := c.below(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	for _, f := range order {
		if err := c.level(row, f); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// level gives a factor the level that covers most beside those that the row has, of those that leave it legal.
func (c *cover) level(row []int, f int) error {
	gains := make([]int, c.levels[f])
	c.work += len(c.of[f]) * (len(gains) + 1)
	row[f] = 0
	for _, i := range c.of[f] {
		s := &c.sets[i]
		n, ok := s.number(row)
		if !ok {
			continue
		}
		weight := s.weight[slices.Index(s.factors, f)]
		for level := range gains {
			if !c.covered[n+level*weight] {
				gains[level]++
			}
		}
	}
	order := make([]int, len(gains))
	for i := range order {
		j := c.below(i + 1) // among equals the draw decides
		order[i], order[j] = order[j], i
	}
	slices.SortStableFunc(order, func(a, b int) int { return gains[b] - gains[a] })
	for _, level := range order {
		row[f] = level
		if ok, err := c.rules.completable(row); ok || err != nil {
			return err
		}
	}
	return ErrNoRow // what the row had before could be completed
}

// gain is how much that is left a row covers.
func (c *cover) gain(row []int) int {
	gain := 0
	for i := range c.sets {
		if n, _ := c.sets[i].number(row); !c.covered[n] {
			gain++
		}
	}
	c.work += len(c.sets)
	return gain
}

func (c *cover) take(row []int) {
	for i := range c.sets {
		n, _ := c.sets[i].number(row)
		c.covered[n] = true
	}
}

// needed are the rows without those whose combinations others have, too.
func (c *cover) needed(rows [][]int) [][]int {
	times := make([]int, len(c.possible))
	count := func(row []int, by int) {
		for i := range c.sets {
			n, _ := c.sets[i].number(row)
			times[n] += by
		}
	}
	for _, row := range slices.Concat(c.given, rows) {
		count(row, 1)
	}
	return slices.DeleteFunc(rows, func(row []int) bool {
		for i := range c.sets {
			if n, _ := c.sets[i].number(row); times[n] == 1 {
				return false
			}
		}
		count(row, -1)
		return true
	})
}

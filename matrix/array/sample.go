package array

import "math/rand/v2"

// Bounds of Sample: up to enumerated rows are looked at one by one; of more, missesPerRow draws are made for a row.
const (
	enumerated   = 1 << 16
	missesPerRow = 1000
)

// Sample draws n different rows that no rule forbids and that are not those of p.Rows, each as likely as any other; of
// p it reads Levels, Rules, Rows and Seed. The error is ErrNoRow where there are not so many, or where legal rows
// are so rare that they cannot be found by drawing.
func Sample(p Problem, n int) ([][]int, error) {
	source := rand.NewPCG(p.Seed, stream)
	total := 1
	for _, l := range p.Levels {
		if total *= l; total > enumerated {
			total = 0
			break
		}
	}
	taken := map[string]bool{}
	for _, row := range p.Rows {
		taken[key(row)] = true
	}
	legal := func(row []int) bool {
		for _, r := range p.Rules {
			if r.Meets(row) {
				return false
			}
		}
		return !taken[key(row)]
	}
	var rows [][]int
	if total > 0 {
		var all [][]int
		for i := range total {
			row := make([]int, len(p.Levels))
			for f, l := range p.Levels {
				row[f], i = i%l, i/l
			}
			if legal(row) {
				all = append(all, row)
			}
		}
		if len(all) < n {
			return nil, ErrNoRow
		}
		for i := range n { // the first steps of Fisher-Yates
			j := i + int(source.Uint64()%uint64(len(all)-i))
			all[i], all[j] = all[j], all[i]
		}
		return all[:n], nil
	}
	for misses := 0; len(rows) < n; {
		row := make([]int, len(p.Levels))
		for f, l := range p.Levels {
			row[f] = int(source.Uint64() % uint64(l))
		}
		if !legal(row) {
			if misses++; misses > missesPerRow*n {
				return nil, ErrNoRow
			}
			continue
		}
		taken[key(row)] = true
		rows = append(rows, row)
	}
	return rows, nil
}

// key is a row in a form that can be compared; no factor has more than 65,536 levels.
func key(row []int) string {
	b := make([]byte, 0, 2*len(row))
	for _, level := range row {
		b = append(b, byte(level>>8), byte(level))
	}
	return string(b)
}

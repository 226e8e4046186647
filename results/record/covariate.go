package record

import "fmt"

// Covariate is what was measured first in a boot, before any workload: how good this boot is, whatever
// the arm. A failure is never a number: Missing says why there is none.
type Covariate struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value,omitempty"` // above 0; 0 where it is missing
	Unit    string  `json:"unit,omitempty"`
	Rounds  int     `json:"rounds,omitempty"` // that Value is the median of
	Missing string  `json:"missing,omitempty"`
}

// String is the covariate in words.
func (c Covariate) String() string {
	if c.Missing != "" {
		return fmt.Sprintf("%s: not measured: %s", c.Name, c.Missing)
	}
	return fmt.Sprintf("%s: %.0f %s, the median of %d", c.Name, c.Value, c.Unit, c.Rounds)
}

package stack

import "strconv"

// number reads a stored number; what is stored was checked when it was set.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// enabled reads a stored switch.
func enabled(s string) *bool {
	on := s == "enabled"
	return &on
}

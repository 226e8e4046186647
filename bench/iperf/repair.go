package iperf

import "regexp"

// Old versions print numbers that are not JSON: "-nan" for the loss of an
// interval without packets (seen with 3.0.11 and 3.1b3), and an exponent without
// its sign, "5.924e 06" (esnet/iperf issue 520). The first group matches strings,
// which stay as they are.
var notJSON = regexp.MustCompile(`("(?:[^"\\]|\\.)*")|([-+]?\b(?i:nan|inf|infinity)\b)|(\d[eE]) (\d+)`)

// repair mends them; a number that is none becomes null, which reads as unknown.
func repair(text []byte) (mended []byte, changed bool) {
	mended = notJSON.ReplaceAllFunc(text, func(found []byte) []byte {
		if found[0] == '"' {
			return found
		}
		changed = true
		if m := notJSON.FindSubmatch(found); len(m[3]) > 0 {
			return append(append(append([]byte{}, m[3]...), '+'), m[4]...)
		}
		return []byte("null")
	})
	return mended, changed
}

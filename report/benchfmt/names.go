package benchfmt

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vnettune/results/sample"
)

// escape writes what may not stand in a name as % and two hexadecimal digits for each byte, as in an
// address. A % that would read as such an escape is escaped itself, so that undoing it gives s back.
// Blanks end a field and are never left; so is what is no printable character.
func escape(s, forbidden string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && size == 1 || unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(forbidden, r)
		switch {
		case bad, r == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteString(escaped(s[i : i+size]))
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// nameOf is the name of a benchmark: Benchmark, then the workload with a capital, as the format wants it,
// then the arm. A workload that does not begin with a small letter stands behind "W:", where the colon
// cannot be a workload's own. No name ends in - and digits, which would read as GOMAXPROCS.
func nameOf(workload, arm string) string {
	workload = escape(workload, "/:")
	if c := workload[0]; 'a' <= c && c <= 'z' {
		workload = strings.ToUpper(workload[:1]) + workload[1:]
	} else {
		workload = "W:" + workload
	}
	arm = escape(arm, "/")
	head := strings.TrimRight(arm, "0123456789")
	if before, ok := strings.CutSuffix(head, "-"); ok && head != arm {
		arm = before + escaped("-") + arm[len(head):]
	}
	return "Benchmark" + workload + "/arm=" + arm
}

// unitOf is the unit under which a metric stands. The format tells metrics by their units alone, so that
// the name of the metric stands before its unit: loss-%. It is left out where the unit says it: where
// vnettune knows the metric, and no other in that unit.
func unitOf(metric, unit string) string {
	known, ok := sample.KnownMetric(metric)
	if ok && known.Unit == unit && (metric == "throughput" || alone(known)) { // other rates came later
		return escape(unit, "")
	}
	return escape(metric, "-") + "-" + escape(unit, "")
}

// alone says whether no other metric that vnettune ranks has the unit of this one.
func alone(m sample.Metric) bool {
	for _, name := range sample.KnownNames() {
		if other, _ := sample.KnownMetric(name); name != m.Name && other.Unit == m.Unit {
			return false
		}
	}
	return true
}

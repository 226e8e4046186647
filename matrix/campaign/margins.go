package campaign

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vnettune/results/sample"
)

// mostRatio is the margin, in percent, that a metric which is compared as a ratio has to
// stay below: a loss of 100 % leaves nothing to compare.
const mostRatio = 100

// margins are those that metrics have of their own; nil without any.
func (o object) margins() map[string]float64 {
	n := o.get("margins")
	if n == nil {
		return nil
	}
	all := map[string]float64{}
	m := o.r.object(n, "margins", sample.KnownNames()...)
	for _, name := range sample.KnownNames() {
		if s, ok := m.text(name); ok {
			all[name] = m.marginOf(name, s)
		}
	}
	if len(n.entries) == 0 && n.kind == mapping {
		o.bad("margins", "no metric is named", "such as margins: {loss: 0.1}, or delete the key")
	}
	return all
}

// marginOf reads a metric's margin, behind which its unit may stand.
func (o object) marginOf(name, s string) float64 {
	metric, _ := sample.KnownMetric(name)
	unit, most, legal := "%", float64(mostRatio), fmt.Sprintf("a number of percent above 0 and below %d, such as 2%%", mostRatio)
	if metric.Scale == sample.Difference {
		unit, most, legal = metric.Unit, math.Inf(1), fmt.Sprintf("a number of %s above 0, such as 0.1", metric.Unit)
		if unit == "%" {
			legal = "a number of percentage points above 0, such as 0.1"
		}
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, unit)), 64)
	if err != nil || !(0 < x && x < most) { // written so that NaN is refused, too
		o.bad(name, fmt.Sprintf("%q is not legal", s), "legal: "+legal)
	}
	return x
}

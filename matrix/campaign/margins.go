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

// marginKeys are the metrics that can have a margin of their own.
var marginKeys = func() group {
	var all group
	for _, name := range sample.KnownNames() {
		all = append(all, key{name, margin{name}, "The smallest difference of " + name + " worth caring about: " + marginForm(name).legal + ".", ""})
	}
	return all
}()

// margins are those that metrics have of their own; nil without any.
func (o object) margins() map[string]float64 {
	n := o.get("margins")
	if n == nil {
		return nil
	}
	all := map[string]float64{}
	m := o.r.object(n, "margins", marginKeys)
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

// legalMargin is what a metric's margin can be: a number above 0 and below below, behind which the unit may stand.
type legalMargin struct {
	unit  string
	below float64
	legal string // for people
}

func marginForm(name string) legalMargin {
	metric, _ := sample.KnownMetric(name)
	switch {
	case metric.Scale != sample.Difference:
		return legalMargin{"%", mostRatio, fmt.Sprintf("a number of percent above 0 and below %d, such as 2%%", mostRatio)}
	case metric.Unit == "%":
		return legalMargin{"%", math.Inf(1), "a number of percentage points above 0, such as 0.1"}
	}
	return legalMargin{metric.Unit, math.Inf(1), fmt.Sprintf("a number of %s above 0, such as 0.1", metric.Unit)}
}

// marginOf reads a metric's margin.
func (o object) marginOf(name, s string) float64 {
	f := marginForm(name)
	x, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, f.unit)), 64)
	if err != nil || !(0 < x && x < f.below) { // written so that NaN is refused, too
		o.bad(name, fmt.Sprintf("%q is not legal", s), "legal: "+f.legal)
	}
	return x
}

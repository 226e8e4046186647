package rank

import "math"

// rangeOf is the distribution of the range W of k independent standard normals.
// With z the largest of them P(W > w) is
//
//	k integral phi(z) (Phi(z)^(k-1) - (Phi(z) - Phi(z-w))^(k-1)) dz
//
// whose difference of powers is taken without cancellation, so that small tails
// keep their digits. Source: the definition; Hartley (1942) has the complement.
type rangeOf struct {
	power float64
	nodes []rangeNode
}

// rangeNode is one node of the integral: z, Phi(z), and the weight
// k phi(z) Phi(z)^(k-1).
type rangeNode struct{ z, below, weight float64 }

func newRange(k int) rangeOf {
	r := rangeOf{power: float64(k - 1)}
	overNodes(normalPanels, func(z, weight float64) {
		below := normalUpper(-z)
		weight *= float64(k) * normalDensity(z) * math.Pow(below, r.power)
		if weight > 1e-22 {
			r.nodes = append(r.nodes, rangeNode{z, below, weight})
		}
	})
	return r
}

// tail is P(W > w).
func (r rangeOf) tail(w float64) float64 {
	sum := 0.0
	for _, n := range r.nodes {
		beyond := normalUpper(w - n.z)
		sum -= n.weight * math.Expm1(r.power*math.Log1p(-math.Min(1, beyond/n.below)))
	}
	return sum
}

// studentTail is P(Q > q) for the studentized range with df degrees of freedom:
// the range's tail at q s, averaged over s.
func (r rangeOf) studentTail(q, df float64) float64 {
	return math.Min(1, overScale(df, func(s float64) float64 { return r.tail(q * s) }))
}

// studentRangeTail is P(Q > q) for the studentized range of k means with df
// degrees of freedom.
func studentRangeTail(q float64, k int, df float64) float64 { return newRange(k).studentTail(q, df) }

// studentRangeUpper is the q with P(Q > q) = p.
func studentRangeUpper(p float64, k int, df float64) float64 {
	r := newRange(k)
	return upperQuantile(func(q float64) float64 { return r.studentTail(q, df) }, p)
}

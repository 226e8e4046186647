package stat

import "math"

// Control describes the comparisons of several arms with one: each distinct
// lambda and how many arms have it. The comparisons i and j correlate by
// lambda_i lambda_j, where lambda_i = sqrt(n_i/(n_i + n_control)).
type Control []LambdaCount

// LambdaCount is one lambda and the number of arms that have it.
type LambdaCount struct{ Lambda, Count float64 }

// NewControl takes the boots of every arm; c is the control. An arm without boots
// stays in the family and correlates with nothing, which is on the safe side.
//
// The form is exact where every arm's variance is sigma^2/n_i: one-way layouts
// and complete blocks. Where cells are missing it is an approximation.
func NewControl(n []int, c int) Control {
	var out Control
	for i, boots := range n {
		if i == c {
			continue
		}
		lambda := 0.0
		if boots > 0 && n[c] > 0 {
			lambda = math.Sqrt(float64(boots) / float64(boots+n[c]))
		}
		out = out.add(lambda)
	}
	return out
}

func (c Control) add(lambda float64) Control {
	for k := range c {
		if c[k].Lambda == lambda {
			c[k].Count++
			return c
		}
	}
	return append(c, LambdaCount{lambda, 1})
}

// Tail is the chance that at least one of the statistics exceeds t, in absolute value if twoSided.
// Dunnett (1955): given the control's z and the scale s, the comparisons are independent, and each
// stays below with Phi((t s - lambda z)/sqrt(1-lambda^2)).
func (c Control) Tail(t, df float64, twoSided bool) float64 {
	if len(c) == 1 && c[0].Count == 1 { // a single comparison is Student's
		if twoSided {
			return TTwoSided(t, df)
		}
		return TSurvival(t, df)
	}
	rest := make([]float64, len(c))
	for k, g := range c {
		rest[k] = math.Sqrt(1 - g.Lambda*g.Lambda)
	}
	return math.Min(1, overScale(df, func(s float64) float64 {
		return overNormal(func(z float64) float64 {
			within := 0.0 // logarithm of the chance that none exceeds
			for k, g := range c {
				beyond := normalUpper((t*s - g.Lambda*z) / rest[k])
				if twoSided {
					beyond += normalUpper((t*s + g.Lambda*z) / rest[k])
				}
				if beyond >= 1 {
					return 1
				}
				within += g.Count * math.Log1p(-beyond)
			}
			return -math.Expm1(within)
		})
	}))
}

// Upper is the constant that at least one of the statistics exceeds with chance p.
func (c Control) Upper(p, df float64, twoSided bool) float64 {
	if len(c) == 1 && c[0].Count == 1 {
		if twoSided {
			p /= 2
		}
		return TUpper(p, df)
	}
	return upperQuantile(func(t float64) float64 { return c.Tail(t, df, twoSided) }, p)
}

// Range is the distribution of the range W of k independent standard normals.
// With z the largest of them P(W > w) is
//
//	k integral phi(z) (Phi(z)^(k-1) - (Phi(z) - Phi(z-w))^(k-1)) dz
//
// whose difference of powers is taken without cancellation, so that small tails
// keep their digits. Source: the definition; Hartley (1942) has the complement.
type Range struct {
	power float64
	nodes []rangeNode
}

// rangeNode is one node of the integral: z, Phi(z), and the weight k phi(z) Phi(z)^(k-1).
type rangeNode struct{ z, below, weight float64 }

// NewRange prepares the range of k means.
func NewRange(k int) Range {
	r := Range{power: float64(k - 1)}
	if k == 2 {
		return r // the range of two is sqrt(2) of Student's t
	}
	overNodes(normalPanels, func(z, weight float64) {
		below := normalUpper(-z)
		weight *= float64(k) * normalDensity(z) * math.Pow(below, r.power)
		if weight > 1e-22 {
			r.nodes = append(r.nodes, rangeNode{z, below, weight})
		}
	})
	return r
}

// known is P(W > w).
func (r Range) known(w float64) float64 {
	sum := 0.0
	for _, n := range r.nodes {
		beyond := normalUpper(w - n.z)
		sum -= n.weight * math.Expm1(r.power*math.Log1p(-math.Min(1, beyond/n.below)))
	}
	return sum
}

// Tail is P(Q > q) for the studentized range with df degrees of freedom:
// the range's tail at q s, averaged over s.
func (r Range) Tail(q, df float64) float64 {
	if r.power == 1 {
		return TTwoSided(q/math.Sqrt2, df)
	}
	return math.Min(1, overScale(df, func(s float64) float64 { return r.known(q * s) }))
}

// Upper is the q with P(Q > q) = p for the studentized range with df degrees of freedom.
func (r Range) Upper(p, df float64) float64 {
	if r.power == 1 {
		return math.Sqrt2 * TUpper(p/2, df)
	}
	return upperQuantile(func(q float64) float64 { return r.Tail(q, df) }, p)
}

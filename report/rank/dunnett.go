package rank

import "math"

// control describes the comparisons of several arms with one: each distinct
// lambda and how many arms have it. The comparisons i and j correlate by
// lambda_i lambda_j, where lambda_i = sqrt(n_i/(n_i + n_control)).
type control []lambdaCount

type lambdaCount struct {
	lambda float64
	count  float64
}

// newControl takes the boots of every arm; c is the control. An arm without boots
// stays in the family and correlates with nothing, which is on the safe side.
//
// The form is exact where every arm's variance is sigma^2/n_i: one-way layouts
// and complete blocks. Where cells are missing it is an approximation.
func newControl(n []int, c int) control {
	var out control
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

func (c control) add(lambda float64) control {
	for k := range c {
		if c[k].lambda == lambda {
			c[k].count++
			return c
		}
	}
	return append(c, lambdaCount{lambda, 1})
}

// tail is the chance that any of the statistics exceeds t, or in absolute value
// when twoSided. Dunnett (1955): given z of the control and the scale s the
// comparisons are independent, and each stays below with
// Phi((t s - lambda z)/sqrt(1-lambda^2)).
func (c control) tail(t, df float64, twoSided bool) float64 {
	rest := make([]float64, len(c))
	for k, g := range c {
		rest[k] = math.Sqrt(1 - g.lambda*g.lambda)
	}
	return math.Min(1, overScale(df, func(s float64) float64 {
		return overNormal(func(z float64) float64 {
			within := 0.0 // logarithm of the chance that none exceeds
			for k, g := range c {
				beyond := normalUpper((t*s - g.lambda*z) / rest[k])
				if twoSided {
					beyond += normalUpper((t*s + g.lambda*z) / rest[k])
				}
				if beyond >= 1 {
					return 1
				}
				within += g.count * math.Log1p(-beyond)
			}
			return -math.Expm1(within)
		})
	}))
}

// upper is the constant that any of the statistics exceeds with chance p.
func (c control) upper(p, df float64, twoSided bool) float64 {
	return upperQuantile(func(t float64) float64 { return c.tail(t, df, twoSided) }, p)
}

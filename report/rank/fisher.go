package rank

import "math"

// FisherExact is the two-sided p of Fisher's exact test for x of n against y of m:
// the total probability, with both margins held, of the tables that are no more
// likely than the one seen. Probabilities within 1e-7 of each other count as equal,
// as in R's fisher.test. It is 1 where a side has no trial.
func FisherExact(x, n, y, m int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	hits := x + y
	seen := logHypergeometric(x, n, m, hits)
	p := 0.0
	for k := max(0, hits-m); k <= min(n, hits); k++ {
		if l := logHypergeometric(k, n, m, hits); l <= seen+1e-7 {
			p += math.Exp(l)
		}
	}
	return math.Min(1, p)
}

// logHypergeometric is the logarithm of the probability of k of n when hits are
// drawn from n+m: C(n,k) C(m,hits-k) / C(n+m,hits).
func logHypergeometric(k, n, m, hits int) float64 {
	return logChoose(n, k) + logChoose(m, hits-k) - logChoose(n+m, hits)
}

func logChoose(n, k int) float64 {
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}

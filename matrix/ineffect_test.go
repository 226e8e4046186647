package matrix_test

import (
	"vnettune/apply"
	"vnettune/matrix"
)

func init() { matrix.InEffectBy = apply.InEffectBy }

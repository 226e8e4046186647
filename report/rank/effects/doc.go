// Package effects estimates what each setting does: by a linear model with the blocks
// absorbed where settings are crossed, or by contrasts of arms where a profile was run
// whole, alone and without each of its lines.
//
// Place in the flow: report/rank -> effects -> report.
package effects

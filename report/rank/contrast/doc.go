// Package contrast compares the arms of a least-squares fit, by number: moderated or
// pooled variances, two arms in all, the rules that keep a family of comparisons
// honest, the best set, tiers, letters and the order.
//
// Place in the flow: report/stat -> contrast -> report/rank and the packages beside it.
package contrast

// Package stat is the numerics under the statistics: least squares that absorb blocks, models on
// top of it, distributions and their constants, tests, moderated variances, power, changes in a
// series, random numbers from a seed. It knows arms by number only, and nothing of campaigns.
//
// Place in the flow: stat -> report/rank and the packages beside it. It is a leaf.
package stat

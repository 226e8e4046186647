// Package search decides in an adaptive search: which combinations are out, which one
// is picked, and, where a screen comes first, which ones it keeps.
//
// Place in the flow: report/rank -> search -> bench, which boots what it asks for.
package search

// Package report renders rankings, gates and histories for people and for programs:
// text, JSON and CSV. It computes nothing: every number comes from report/rank, whose
// results are their own JSON; this package adds where they come from and what is said of
// them in words.
//
// Place in the flow: report/rank -> report -> stdout or a file.
//
// Words that every format keeps: a stand-in guest is called so; margin, alpha,
// the size of the family and the smallest detectable difference are always given;
// and "no significant difference" is never written as "no effect".
package report

// Package report renders rankings, gates and histories for people and for programs: text, JSON and
// CSV. It computes nothing: every number comes from report/rank, whose results are their own JSON;
// this package adds where they come from and what they mean in words.
//
// Place in the flow: report/rank -> report -> stdout or a file.
//
// Every format says that a stand-in guest is one; gives margin, alpha, the size of the family and
// the smallest detectable difference; and never writes "no effect" for "no significant difference".
package report

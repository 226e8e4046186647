// Package minimal finds which lines of a profile can be left out together without a loss of the margin: by
// backward elimination over the arms that lack one line each, each set of lines by one bound for the sum of
// their losses. docs/statistics.md, "The minimal set", has the rule.
//
// Place in the flow: report/rank, effects -> minimal -> report.
package minimal

// Package gate says whether a candidate is worse than a baseline by the margin: within
// one campaign, or against stored ones, and follows a metric over many campaigns.
//
// Place in the flow: report/rank -> gate -> report.
package gate

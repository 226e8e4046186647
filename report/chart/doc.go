// Package chart draws the charts of the reports: plain values become a Vega-Lite specification, and a
// specification becomes SVG, within the process. No number is computed here: estimates, intervals
// and verdicts are handed in ready.
//
// The drawing is done by the published bundles of Vega and Vega-Lite (folder vendor) in a JavaScript
// engine that has no way to a network, a file or a clock of ours. Names enter a specification as data
// in JSON only, never as a part of an expression. What the engine draws is not trusted either: it is
// read as XML and written anew with the few elements and attributes that a chart needs, so that it can
// stand inside a page.
//
// Colours are CSS variables with a light fallback; a page that sets them (Colours has both sets) has
// charts that follow its light or dark scheme. Interactive parts there are none; whoever points at a
// mark reads its description.
//
// Place in the flow: chart -> report. It is a leaf.
package chart

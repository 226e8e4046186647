// Package synthetic draws campaigns from stated parameters, with known truth: what
// could a plan detect, and are the verdicts as rarely wrong as they claim? It is
// pure: randomness comes from a seed.
//
// Place in the flow: it stands where a campaign stands, synthetic -> results/sample -> rank.
package synthetic

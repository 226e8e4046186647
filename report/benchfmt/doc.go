// Package benchfmt writes the ranked boots of a campaign in the Go benchmark format
// (https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md), for benchstat and its
// like. A boot is one line of each workload, since a boot is what a campaign replicates.
package benchfmt

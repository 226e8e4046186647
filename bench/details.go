package bench

import (
	"vnettune/bench/iperf"
	"vnettune/results/record"
)

// details are what a run tells beside its figures.
func details(o iperf.Outcome) *record.RunDetails {
	return &record.RunDetails{Args: o.Args, ExitCode: o.ExitCode, ElapsedSeconds: o.Elapsed.Seconds(), Bytes: o.Bytes,
		Retransmits: o.Retransmits, SenderCongestion: o.SenderCongestion, ClientVersion: o.ClientVersion, Clock: o.Clock, Rates: o.Rates, Notes: o.Notes}
}

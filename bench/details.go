package bench

import (
	"encoding/json"

	"vnettune/bench/iperf"
	"vnettune/results/record"
)

func details(o iperf.Outcome) json.RawMessage {
	return asJSON(record.RunDetails{Args: o.Args, ExitCode: o.ExitCode, ElapsedSeconds: o.Elapsed.Seconds(), Bytes: o.Bytes,
		Retransmits: o.Retransmits, SenderCongestion: o.SenderCongestion, ClientVersion: o.ClientVersion, Clock: o.Clock, Rates: o.Rates, Notes: o.Notes})
}

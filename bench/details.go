package bench

import (
	"encoding/json"

	"vnettune/bench/iperf"
)

// RunDetails is what a run tells beside its figures, as the store keeps it.
type RunDetails struct {
	Args             []string    `json:"args"`
	ExitCode         int         `json:"exit_code"`
	ElapsedSeconds   float64     `json:"elapsed_seconds"`
	Bytes            int64       `json:"bytes,omitempty"`       // received in the measured seconds
	Retransmits      *int64      `json:"retransmits,omitempty"` // nil: the sender does not report them
	SenderCongestion string      `json:"sender_congestion,omitempty"`
	ClientVersion    string      `json:"client_version,omitempty"`
	Clock            iperf.Clock `json:"clock"`
	Rates            []float64   `json:"rates_mbit,omitempty"` // of each measured second, as the client saw it
	Notes            []string    `json:"notes,omitempty"`
}

func details(o iperf.Outcome) json.RawMessage {
	return asJSON(RunDetails{Args: o.Args, ExitCode: o.ExitCode, ElapsedSeconds: o.Elapsed.Seconds(), Bytes: o.Bytes,
		Retransmits: o.Retransmits, SenderCongestion: o.SenderCongestion, ClientVersion: o.ClientVersion, Clock: o.Clock, Rates: o.Rates, Notes: o.Notes})
}

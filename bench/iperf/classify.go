package iperf

import (
	"errors"
	"fmt"
	"strings"

	"vnettune/bench/iperf/document"
	"vnettune/results/record"
)

// evidence is what one run of the client left.
type evidence struct {
	stdout   []byte
	stderr   []byte
	overflow bool   // stdout was longer than what is kept
	exit     int    // -1 when a signal ended the process
	signal   string // the signal that ended it; "" for none
	deadline bool   // the runner killed it because its time was over
	canceled bool   // the runner killed it because the campaign was told to stop
}

// classify judges a run in this order: killed, no document, an error in the
// document, no figures, implausible, ok. The exit code comes last and only adds
// suspicion: 3.11 to 3.13 end with 0 on every error when they print JSON, and
// 3.19 and later after a signal.
func classify(ev evidence, want document.Asked) (class, reason string, d document.Document) {
	switch {
	case ev.deadline:
		return record.HangKilled, "the client was still running past its deadline and was killed" + said(ev), d
	case ev.canceled:
		return record.Interrupted, "the measurement was told to stop", d
	case ev.overflow:
		return record.Truncated, "the output is longer than what is kept of it", d
	}
	d, err := document.Read(ev.stdout)
	if err != nil {
		class, reason = classOfUnreadable(ev, d, err, want)
		return class, reason, d
	}
	switch {
	case d.Error != "":
		return document.ClassOfError(d.Error, want.Bidir || d.Bidir()), "iperf3: " + strings.TrimSpace(d.Error), d
	case len(d.Start.Accepted) > 0:
		return record.OKPartial, "the document is the server's, which does not know the other end's figures", d
	case len(d.Flows()) == 0:
		return record.Truncated, "the document has no figures in its end section", d
	}
	if reason := d.Implausible(want); reason != "" {
		return record.Implausible, reason, d
	}
	if d.Repaired {
		return record.OKAfterRepair, "numbers that are not JSON were mended", d
	}
	return record.OK, "", d
}

// classOfUnreadable judges a run without a whole document.
func classOfUnreadable(ev evidence, d document.Document, err error, want document.Asked) (class, reason string) {
	switch {
	case errors.Is(err, document.ErrCut) && ev.signal != "":
		return record.KilledPartial, "the client was ended by signal " + ev.signal + " while it wrote"
	case errors.Is(err, document.ErrCut):
		return record.Truncated, err.Error() + said(ev)
	case !errors.Is(err, document.ErrNoDocument):
		return record.Failed, err.Error()
	case ev.signal != "":
		return record.KilledNoOutput, "the client was ended by signal " + ev.signal + " and wrote nothing"
	}
	words := strings.TrimSpace(string(ev.stderr) + "\n" + string(ev.stdout))
	if words == "" {
		return record.Failed, fmt.Sprintf("iperf3 wrote nothing (exit code %d)", ev.exit)
	}
	return document.ClassOfError(words, want.Bidir), document.ErrorLine(words)
}

// said quotes what the client wrote to stderr.
func said(ev evidence) string {
	if line := document.ErrorLine(string(ev.stderr)); line != "" {
		return ": " + line
	}
	return ""
}

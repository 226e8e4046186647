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

	spent *float64 // processor time of the client in seconds, nil where it was not started
}

// verdict is what one run came to.
type verdict struct {
	class  string
	reason string // "" when the class is OK
	document.Document
	flows []document.Flow // of a usable class: one for each direction, none of their figures known to be wrong
}

// classify judges a run in this order: killed, no document, an error in the
// document or beside it, no figures, implausible, ok. The exit code comes last and only adds
// suspicion: 3.11 to 3.13 end with 0 on every error when they print JSON, and
// 3.19 and later after a signal.
func classify(ev evidence, want document.Asked) (v verdict) {
	d, err := document.Read(ev.stdout)
	v.Document = d
	switch {
	case ev.deadline:
		v.class, v.reason = record.HangKilled, "the client was still running past its deadline and was killed"+said(ev)
		return v
	case ev.canceled:
		v.class, v.reason = record.Interrupted, "the measurement was told to stop"
		return v
	case ev.overflow:
		v.class, v.reason = record.Truncated, "the output is longer than what is kept of it"
		return v
	}
	switch {
	case d.Error != "":
		v.class, v.reason = document.ClassOfError(d.Error, want.Bidir || d.Bidir()), "iperf3: "+strings.TrimSpace(d.Error)
		return v
	case err != nil:
		v.class, v.reason = classOfUnreadable(ev, err, want)
		return v
	case d.OfServer():
		v.class, v.reason = record.OKPartial, "the document is the server's, which does not know the other end's figures"
		return v
	case complaint(ev.stderr) != "":
		// 3.9 prints its document first, and says then what went wrong.
		words := complaint(ev.stderr)
		v.class, v.reason = document.ClassOfError(words, want.Bidir || d.Bidir()), words
		return v
	case len(d.Flows()) == 0:
		v.class, v.reason = record.Truncated, "the document has no figures in its end section"
		return v
	}
	v.flows, v.reason = d.Judge(want)
	switch {
	case v.reason != "":
		v.class = record.Implausible
	case d.Repaired:
		v.class, v.reason = record.OKAfterRepair, "numbers that are not JSON were mended"
	default:
		v.class = record.OK
	}
	return v
}

// classOfUnreadable judges a run without a whole document, or with more than one.
func classOfUnreadable(ev evidence, err error, want document.Asked) (class, reason string) {
	var behind *document.TextError
	switch {
	case errors.As(err, &behind):
		return document.ClassOfError(behind.Text, want.Bidir), err.Error()
	case errors.Is(err, document.ErrCut) && ev.signal != "":
		return record.KilledPartial, "the client was ended by signal " + ev.signal + " while it wrote"
	case errors.Is(err, document.ErrCut):
		return record.Truncated, err.Error() + said(ev)
	case !errors.Is(err, document.ErrNoDocument):
		return record.Failed, err.Error()
	case ev.signal != "" && want.Overstayed():
		return record.HangKilled, "the client was still running past its seconds, had written no document, and was ended by signal " + ev.signal
	case ev.signal != "":
		return record.KilledNoOutput, "the client was ended by signal " + ev.signal + " and wrote no document"
	}
	words := strings.TrimSpace(string(ev.stderr) + "\n" + string(ev.stdout))
	if words == "" {
		return record.Failed, fmt.Sprintf("iperf3 wrote nothing (exit code %d)", ev.exit)
	}
	return document.ClassOfError(words, want.Bidir), document.ErrorLine(words)
}

// complaint is the error that the client wrote to stderr beside a whole document; "" for
// none. Warnings, of which a run can be measured all the same, have other words.
func complaint(stderr []byte) string {
	for line := range strings.Lines(string(stderr)) {
		if strings.HasPrefix(line, "iperf3: error - ") || strings.HasPrefix(line, "iperf3: interrupt - ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// said quotes what the client wrote to stderr.
func said(ev evidence) string {
	if line := document.ErrorLine(string(ev.stderr)); line != "" {
		return ": " + line
	}
	return ""
}

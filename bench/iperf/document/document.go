package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"

	"vnettune/foreign"
)

// Document is the part of iperf3's JSON that decides class and figures. Numbers
// are pointers where absence means unknown: a repaired "nan" becomes null, too.
type Document struct {
	Start struct {
		Connected []struct{}      `json:"connected"`
		Version   string          `json:"version"`
		Accepted  json.RawMessage `json:"accepted_connection"`
		TestStart *testStart      `json:"test_start"`
	} `json:"start"`
	Intervals []interval `json:"intervals"`
	End       endSection `json:"end"`
	Error     string     `json:"error"`

	Repaired bool     `json:"-"` // numbers that are not JSON were mended
	Notes    []string `json:"-"` // what else is odd about it
}

type testStart struct {
	Protocol string  `json:"protocol"`
	Streams  int     `json:"num_streams"`
	Block    float64 `json:"blksize"`
	Omit     float64 `json:"omit"`     // seconds
	Duration float64 `json:"duration"` // seconds; 0 where bytes or blocks end the run
	Bytes    float64 `json:"bytes"`    // -n; 0 for no limit
	Blocks   float64 `json:"blocks"`   // -k; 0 for no limit
	Reverse  int     `json:"reverse"`
	Bidir    int     `json:"bidir"`
}

type endSection struct {
	Streams []struct {
		Sender   *sum `json:"sender"`
		Receiver *sum `json:"receiver"`
		UDP      *sum `json:"udp"`
	} `json:"streams"`
	Sum             *sum   `json:"sum"`
	Sent            *sum   `json:"sum_sent"`
	Received        *sum   `json:"sum_received"`
	SumReverse      *sum   `json:"sum_bidir_reverse"`
	SentReverse     *sum   `json:"sum_sent_bidir_reverse"`
	ReceivedReverse *sum   `json:"sum_received_bidir_reverse"`
	Congestion      string `json:"sender_tcp_congestion"`
	FarCongestion   string `json:"receiver_tcp_congestion"`
	CPU             cpu    `json:"cpu_utilization_percent"`
}

// cpu is what the two processes took of a core, in percent: neither softirq nor vhost nor
// what Windows does outside of the process.
type cpu struct {
	Host   *float64 `json:"host_total"`
	Remote *float64 `json:"remote_total"`
}

// sum is a total of one stream or of all.
type sum struct {
	Seconds     *float64 `json:"seconds"`
	End         *float64 `json:"end"` // seconds from the start
	Bytes       *float64 `json:"bytes"`
	Rate        *float64 `json:"bits_per_second"`
	Retransmits *float64 `json:"retransmits"`
	Jitter      *float64 `json:"jitter_ms"`
	Lost        *float64 `json:"lost_packets"`
	Packets     *float64 `json:"packets"`
	LostPercent *float64 `json:"lost_percent"`
	MaxRTT      *float64 `json:"max_rtt"` // us
	Sender      *bool    `json:"sender"`
}

// maxDocument is the most bytes of a document that is read: 128 streams over some hours.
const maxDocument = 4 << 20

// Reasons why no document can be read.
var (
	ErrNoDocument = errors.New("no JSON document on stdout")
	ErrCut        = errors.New("the document is cut")
)

// maxAside is how many JSON objects that are no document may stand before it: a client that
// debugs (-d) prints three.
const maxAside = 64

// Read finds and decodes the document in stdout: a plain one, or the events of
// --json-stream put together. Warnings, the texts of a client that debugs, and its JSON
// objects that are no document stand before it and are passed over. A document that is
// cut is returned as far as it goes beside ErrCut.
func Read(stdout []byte) (Document, error) {
	text := fromFirstBrace(stdout)
	if err := foreign.CheckJSON(text, maxDocument); err != nil {
		return Document{}, fmt.Errorf("the document is not as iperf3 writes it: %w", err)
	}
	for range maxAside {
		if text == nil {
			return Document{}, ErrNoDocument
		}
		first, rest, repaired, err := firstValue(text)
		if err != nil {
			return Document{Repaired: repaired}, err
		}
		switch kindOf(first) {
		case aside:
			text = fromFirstBrace(rest)
		case event:
			return readStream(text)
		case whole:
			var d Document
			if err := json.Unmarshal(first, &d); err != nil {
				return Document{}, fmt.Errorf("the document is not as iperf3 writes it: %w", err)
			}
			d.Repaired = repaired
			return d, d.checkRest(first, rest)
		}
	}
	return Document{}, errors.New("no document among the JSON on stdout")
}

// kind is what a JSON object on stdout is.
type kind int

const (
	aside kind = iota // none of the others: parameters or results that -d prints
	whole             // a document: even one that holds only an error has these members
	event             // one event of --json-stream
)

func kindOf(value []byte) kind {
	var v struct {
		Event     *string         `json:"event"`
		Start     json.RawMessage `json:"start"`
		Intervals json.RawMessage `json:"intervals"`
		End       json.RawMessage `json:"end"`
		Error     json.RawMessage `json:"error"`
	}
	switch err := json.Unmarshal(value, &v); {
	case err == nil && v.Event != nil:
		return event
	case v.Start != nil || v.Intervals != nil || v.End != nil || v.Error != nil:
		return whole
	}
	return aside
}

// TextError is text behind the document: what went wrong after it was printed.
type TextError struct{ Text string }

// Error quotes the text.
func (e *TextError) Error() string { return "behind the document iperf3 says: " + e.Text }

// checkRest looks at what follows the document: some versions print it twice. A server
// goes on to its next client.
func (d *Document) checkRest(first, rest []byte) error {
	if len(bytes.TrimSpace(rest)) == 0 || d.OfServer() {
		return nil
	}
	again := fromFirstBrace(rest)
	if before := rest[:len(rest)-len(again)]; len(bytes.TrimSpace(before)) > 0 {
		return textBehind(before)
	}
	second, behind, _, err := firstValue(again)
	switch {
	case err != nil || !equalJSON(first, second):
		return errOther
	case len(bytes.TrimSpace(behind)) > 0:
		return textBehind(behind)
	}
	d.Notes = append(d.Notes, printedTwice)
	return nil
}

// OfServer says whether it is the server's own document, in which the other end's figures
// are 0.
func (d Document) OfServer() bool { return len(d.Start.Accepted) > 0 }

const printedTwice = "the document was printed twice"

var errOther = errors.New("two documents on stdout that are not the same")

// textBehind is the error of text that is no document.
func textBehind(text []byte) error { return &TextError{ErrorLine(string(text))} }

// firstValue cuts text after its first JSON value. Where that is not JSON as old versions
// print it, it is mended, and so is what follows.
func firstValue(text []byte) (value, rest []byte, repaired bool, err error) {
	value, rest, err = decodeFirst(text)
	if err == nil || errors.Is(err, ErrCut) {
		return value, rest, false, err
	}
	if mended, changed := repair(text); changed {
		value, rest, err = decodeFirst(mended)
		return value, rest, true, err
	}
	return nil, nil, false, err
}

func decodeFirst(text []byte) (value, rest []byte, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	var raw json.RawMessage
	switch err := dec.Decode(&raw); {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, nil, ErrCut
	case err != nil:
		return nil, nil, fmt.Errorf("stdout is not JSON: %w", err)
	}
	return raw, text[dec.InputOffset():], nil
}

// fromFirstBrace is text from its first line that begins with "{": warnings of
// some versions stand before the document.
func fromFirstBrace(text []byte) []byte {
	for at := 0; at < len(text); {
		line := text[at:]
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t\r"), []byte("{")) {
			return line
		}
		next := bytes.IndexByte(line, '\n')
		if next < 0 {
			return nil
		}
		at += next + 1
	}
	return nil
}

func equalJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// Old versions print numbers that are not JSON: "-nan" for the loss of an
// interval without packets (seen with 3.0.11 and 3.1b3), and an exponent without
// its sign, "5.924e 06" (esnet/iperf issue 520). The first group matches strings,
// which stay as they are.
var notJSON = regexp.MustCompile(`("(?:[^"\\]|\\.)*")|([-+]?\b(?i:nan|inf|infinity)\b)|(\d[eE]) (\d+)`)

// repair mends them; a number that is none becomes null, which reads as unknown.
func repair(text []byte) (mended []byte, changed bool) {
	mended = notJSON.ReplaceAllFunc(text, func(found []byte) []byte {
		if found[0] == '"' {
			return found
		}
		changed = true
		if m := notJSON.FindSubmatch(found); len(m[3]) > 0 {
			return append(append(append([]byte{}, m[3]...), '+'), m[4]...)
		}
		return []byte("null")
	})
	return mended, changed
}

// readStream puts the events of --json-stream together. What a client that debugs says
// between them is passed over; behind the end event nothing is.
func readStream(text []byte) (Document, error) {
	var d Document
	rest := text
	for ended := false; !ended; {
		if rest = fromFirstBrace(rest); rest == nil {
			return d, ErrCut
		}
		first, behind, repaired, err := firstValue(rest)
		if err != nil {
			return d, ErrCut
		}
		d.Repaired = d.Repaired || repaired
		if ended, err = d.add(first); err != nil {
			return d, err
		}
		rest = behind
	}
	return d, d.checkRestOfStream(text[:max(0, len(text)-len(rest))], rest)
}

// add takes one event over; ended says that it was the last.
func (d *Document) add(value []byte) (ended bool, err error) {
	var e struct {
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if kindOf(value) != event {
		return false, nil
	}
	if err := json.Unmarshal(value, &e); err != nil {
		return false, fmt.Errorf("an event is not as iperf3 writes it: %w", err)
	}
	switch e.Event {
	case "start":
		if d.Start.Version != "" {
			return false, errOther
		}
		err = json.Unmarshal(e.Data, &d.Start)
	case "interval":
		var i interval
		err = json.Unmarshal(e.Data, &i)
		d.Intervals = append(d.Intervals, i)
	case "end":
		err = json.Unmarshal(e.Data, &d.End)
	case "error":
		err = json.Unmarshal(e.Data, &d.Error)
	}
	if err != nil {
		return false, fmt.Errorf("event %q is not as iperf3 writes it: %w", e.Event, err)
	}
	return e.Event == "end", nil
}

// checkRestOfStream looks at what follows the events: nothing, the same events again, or
// the whole document (--json-stream-full-output), whose figures have to be those of the
// events. A server goes on to its next client.
func (d *Document) checkRestOfStream(events, rest []byte) error {
	trimmed := bytes.TrimSpace(rest)
	switch {
	case len(trimmed) == 0 || d.OfServer():
		return nil
	case bytes.Equal(trimmed, bytes.TrimSpace(events)):
		d.Notes = append(d.Notes, printedTwice)
		return nil
	case fromFirstBrace(trimmed) == nil || trimmed[0] != '{':
		return textBehind(trimmed)
	}
	first, behind, _, err := firstValue(trimmed)
	var full Document
	switch {
	case errors.Is(err, ErrCut):
		return ErrCut
	case err != nil || kindOf(first) != whole || json.Unmarshal(first, &full) != nil || full.Error != d.Error || !reflect.DeepEqual(full.End, d.End):
		return errOther
	case len(bytes.TrimSpace(behind)) > 0:
		return textBehind(behind)
	}
	return nil
}

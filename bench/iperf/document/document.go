package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	Omit     float64 `json:"omit"` // seconds
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
	SentReverse     *sum   `json:"sum_sent_bidir_reverse"`
	ReceivedReverse *sum   `json:"sum_received_bidir_reverse"`
	Congestion      string `json:"sender_tcp_congestion"`
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

// Read finds and decodes the first document in stdout: a plain one, or the
// events of --json-stream put together. A document that is cut is returned as
// far as it goes beside ErrCut.
func Read(stdout []byte) (Document, error) {
	text := fromFirstBrace(stdout)
	if text == nil {
		return Document{}, ErrNoDocument
	}
	if err := foreign.CheckJSON(text, maxDocument); err != nil {
		return Document{}, fmt.Errorf("the document is not as iperf3 writes it: %w", err)
	}
	text, repaired := repair(text)
	first, rest, err := firstValue(text)
	if err != nil {
		return Document{Repaired: repaired}, err
	}
	var event struct {
		Event *string `json:"event"`
	}
	if json.Unmarshal(first, &event) == nil && event.Event != nil {
		d, err := readStream(text)
		d.Repaired = repaired
		return d, err
	}
	var d Document
	if err := json.Unmarshal(first, &d); err != nil {
		return Document{}, fmt.Errorf("the document is not as iperf3 writes it: %w", err)
	}
	d.Repaired = repaired
	return d, d.checkRest(first, rest)
}

// TextError is text behind the document: what went wrong after it was printed.
type TextError struct{ Text string }

// Error quotes the text.
func (e *TextError) Error() string { return "behind the document iperf3 says: " + e.Text }

// checkRest looks at what follows the document: some versions print it twice.
func (d *Document) checkRest(first, rest []byte) error {
	if len(bytes.TrimSpace(rest)) == 0 {
		return nil
	}
	again := fromFirstBrace(rest)
	if before := rest[:len(rest)-len(again)]; len(bytes.TrimSpace(before)) > 0 {
		return textBehind(before)
	}
	second, behind, err := firstValue(again)
	switch {
	case err != nil || !equalJSON(first, second):
		return errors.New("two documents on stdout that are not the same")
	case len(bytes.TrimSpace(behind)) > 0:
		return textBehind(behind)
	}
	d.Notes = append(d.Notes, "the document was printed twice")
	return nil
}

// textBehind is the error of text that is no document.
func textBehind(text []byte) error { return &TextError{ErrorLine(string(text))} }

// firstValue cuts text after its first JSON value.
func firstValue(text []byte) (value, rest []byte, err error) {
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

// readStream puts the events of --json-stream together.
func readStream(text []byte) (Document, error) {
	var d Document
	ended := false
	dec := json.NewDecoder(bytes.NewReader(text))
	for more := true; more; {
		var e struct {
			Event string          `json:"event"`
			Data  json.RawMessage `json:"data"`
		}
		begins := dec.InputOffset()
		err := dec.Decode(&e)
		switch {
		case err == io.EOF:
			more = false
			continue
		case err != nil && ended:
			return d, textBehind(text[begins:])
		case err != nil:
			return d, ErrCut
		}
		switch e.Event {
		case "start":
			err = json.Unmarshal(e.Data, &d.Start)
		case "interval":
			var i interval
			err = json.Unmarshal(e.Data, &i)
			d.Intervals = append(d.Intervals, i)
		case "end":
			ended = true
			err = json.Unmarshal(e.Data, &d.End)
		case "error":
			err = json.Unmarshal(e.Data, &d.Error)
		case "": // the whole document after the events (--json-stream-full-output)
			more = false
		}
		if err != nil {
			return d, fmt.Errorf("event %q is not as iperf3 writes it: %w", e.Event, err)
		}
	}
	if !ended {
		return d, ErrCut
	}
	return d, nil
}

package iperf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// readStream puts the events of --json-stream together.
func readStream(text []byte) (document, error) {
	var d document
	ended := false
	dec := json.NewDecoder(bytes.NewReader(text))
	for more := true; more; {
		var e struct {
			Event string          `json:"event"`
			Data  json.RawMessage `json:"data"`
		}
		err := dec.Decode(&e)
		if err == io.EOF {
			break
		}
		if err != nil {
			return d, errCut
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
		return d, errCut
	}
	return d, nil
}

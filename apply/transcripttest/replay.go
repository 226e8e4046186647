// Package transcripttest replays transcripts: a guest that a test talks to, which answers
// what a guest of a user answered once.
package transcripttest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"vnettune/apply/scripts"
	"vnettune/apply/transcript"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
)

// Replay is a Runner that answers from a transcript, so that what a user's guest
// answered can be looked into without that guest. A script is known by its name:
// one that was changed since is answered as it was then.
type Replay struct {
	Campaign json.RawMessage // of the transcript, redacted

	mu      sync.Mutex
	entries []transcript.Entry
}

// maxLine bounds one line, in bytes.
const maxLine = 16 << 20

// renamed are questions by the names that earlier versions had for them.
var renamed = map[string]string{"script guard": transcript.ScriptQuestion(scripts.DeadMan)}

// Read reads a transcript that Recorder.Write wrote. The error names the
// line.
func Read(in io.Reader) (*Replay, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	var r Replay
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			var first transcript.Head
			if err := json.Unmarshal(lines.Bytes(), &first); err != nil || first.Transcript != transcript.Form {
				return nil, fmt.Errorf("transcript: line 1: this is no %s; vnettune doctor --record writes one", transcript.Form)
			}
			r.Campaign = first.Campaign
			continue
		}
		var e transcript.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("transcript: line %d: %w", n, err)
		}
		if (e.Guest == "") == (e.Host == "") {
			return nil, fmt.Errorf("transcript: line %d: it must have either guest or host", n)
		}
		if now, ok := renamed[e.Guest]; ok {
			e.Guest = now
		}
		r.entries = append(r.entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	if r.Campaign == nil {
		return nil, errors.New("transcript: it is empty")
	}
	return &r, nil
}

// take hands out the first answer to a question that was not handed out yet.
func (r *Replay) take(want transcript.Entry) (transcript.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := slices.IndexFunc(r.entries, func(e transcript.Entry) bool {
		return e.Guest == want.Guest && e.Host == want.Host && bytes.Equal(oneForm(e.In), oneForm(want.In))
	})
	if at < 0 {
		return transcript.Entry{}, fmt.Errorf("the transcript has no (further) answer to %q %s", want.Guest+want.Host, want.In)
	}
	e := r.entries[at]
	r.entries = slices.Delete(r.entries, at, at+1)
	return e, errorOf(e.Error)
}

// oneForm is JSON in one form whatever its order and spaces, without the texts that a program
// of another version has otherwise: what is left in the guest for the dead-man switch.
func oneForm(text json.RawMessage) []byte {
	var v any
	if len(text) == 0 || json.Unmarshal(text, &v) != nil {
		return text
	}
	if in, ok := v.(map[string]any); ok {
		for _, name := range []string{"script", "commands", "registry"} {
			if _, ok := in[name].(string); ok {
				delete(in, name)
			}
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return out
}

// Run implements Runner.
func (r *Replay) Run(_ context.Context, command string, stdin []byte) (winrm.Result, error) {
	want := transcript.Entry{Guest: command}
	if n, ok := scripts.Sent(command); ok {
		want.Guest, want.In = transcript.ScriptQuestion(n), stdin
	}
	e, err := r.take(want)
	if err != nil {
		return winrm.Result{}, err
	}
	out := []byte(e.Out)
	var text string
	if json.Unmarshal(e.Out, &text) == nil {
		out = []byte(text)
	}
	return winrm.Result{Stdout: out, Stderr: []byte(e.Err), Exit: e.Exit}, nil
}

// Ping implements Runner.
func (r *Replay) Ping(context.Context) error {
	_, err := r.take(transcript.Entry{Guest: transcript.ConnectQuestion})
	return err
}

// Forget implements Runner.
func (r *Replay) Forget() {}

// Ask answers what the recording machine was asked; live is not called.
func (r *Replay) Ask(question string, _ func() (any, error)) (json.RawMessage, error) {
	e, err := r.take(transcript.Entry{Host: question})
	return e.Out, err
}

// recordedError is an error with the words that it had, and what it was.
type recordedError struct {
	text string
	was  error
}

func (e *recordedError) Error() string { return e.text }
func (e *recordedError) Unwrap() error { return e.was }

// errorOf makes the error again; nil for none.
func errorOf(f *transcript.Failure) error {
	switch {
	case f == nil:
		return nil
	case f.Kind == "unauthorized":
		return &recordedError{f.Text, fault.ErrUnauthorized}
	case f.Kind == "fault":
		return &recordedError{f.Text, &fault.Fault{Step: f.Step, Code: f.Code}}
	case f.Kind == "net":
		return &recordedError{f.Text, &winrm.NetError{Step: f.Step, Err: errors.New(f.Text)}}
	}
	return errors.New(f.Text)
}

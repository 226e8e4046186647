package transcript

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/apply/winrm/output"
)

// Form names the form of the lines.
const Form = "vnettune/transcript/v1"

// Head is the first line.
type Head struct {
	Transcript string          `json:"transcript"`
	VNetTune   string          `json:"vnettune"` // version of the program
	Campaign   json.RawMessage `json:"campaign"`
}

// Entry is one question with its answer. Exactly one of Guest and Host is set.
type Entry struct {
	Guest  string          `json:"guest,omitempty"`  // "script NAME", a command line, or "connect"
	Host   string          `json:"host,omitempty"`   // what this machine was asked
	Script string          `json:"script,omitempty"` // SHA-256 of the script, for people
	In     json.RawMessage `json:"in,omitempty"`     // a script's input
	Exit   int             `json:"exit,omitempty"`
	Out    json.RawMessage `json:"out,omitempty"` // a JSON object, or the text that was written
	Err    string          `json:"err,omitempty"` // standard error
	Error  *Failure        `json:"error,omitempty"`
}

// Failure is an error in a form from which it can be made again.
type Failure struct {
	Kind string `json:"kind"` // net, unauthorized, fault, other
	Text string `json:"text"`
	Step string `json:"step,omitempty"`
	Code uint64 `json:"code,omitempty"` // WSMan's
}

// ConnectQuestion is what Ping is called in a transcript.
const ConnectQuestion = "connect"

// Recorder is a Runner that keeps everything asked and answered.
type Recorder struct {
	Runner terms.Runner

	mu      sync.Mutex
	entries []Entry
}

// Run implements Runner.
func (r *Recorder) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	result, err := r.Runner.Run(ctx, command, stdin)
	e := Entry{Guest: command, Exit: result.Exit, Err: output.Text(result.Stderr, ""), Error: failed(err)}
	if n, ok := scripts.Sent(command); ok {
		e.Guest, e.Script, e.In = ScriptQuestion(n), scripts.Hash(n), json.RawMessage(stdin)
	}
	if err == nil {
		e.Out = recorded(result.Stdout)
	}
	r.keep(e)
	return result, err
}

// ScriptQuestion is what a script is called in a transcript.
func ScriptQuestion(n scripts.Name) string { return "script " + string(n) }

// recorded keeps a JSON object as it is, and other output as text.
func recorded(out []byte) json.RawMessage {
	if text := strings.TrimSpace(string(out)); strings.HasPrefix(text, "{") && json.Valid(out) {
		return json.RawMessage(text)
	}
	text, err := json.Marshal(output.Text(out, ""))
	if err != nil {
		panic(err) // a string can always be encoded
	}
	return text
}

// Ping implements Runner.
func (r *Recorder) Ping(ctx context.Context) error {
	err := r.Runner.Ping(ctx)
	r.keep(Entry{Guest: ConnectQuestion, Error: failed(err)})
	return err
}

// Forget implements Runner.
func (r *Recorder) Forget() { r.Runner.Forget() }

// Ask keeps what this machine itself answers: live is called and its answer
// returned as JSON.
func (r *Recorder) Ask(question string, live func() (any, error)) (json.RawMessage, error) {
	answer, err := live()
	e := Entry{Host: question, Error: failed(err)}
	if err == nil {
		if e.Out, err = json.Marshal(answer); err != nil {
			return nil, fmt.Errorf("transcript: %s: %w", question, err)
		}
	}
	r.keep(e)
	return e.Out, err
}

func (r *Recorder) keep(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, e)
}

// failed is the form of an error in a transcript; nil for none.
func failed(err error) *Failure {
	if err == nil {
		return nil
	}
	var lost *winrm.NetError
	var answered *fault.Fault
	f := &Failure{Kind: "other", Text: err.Error()}
	switch {
	case errors.Is(err, fault.ErrUnauthorized):
		f.Kind = "unauthorized"
	case errors.As(err, &answered):
		f.Kind, f.Step, f.Code = "fault", answered.Step, answered.Code
	case errors.As(err, &lost):
		f.Kind, f.Step = "net", lost.Step
	case winrm.Lost(err):
		f.Kind = "net"
	}
	return f
}

// Write writes the transcript, redacted. campaign is the campaign's content as
// JSON; version is the program's.
func (r *Recorder) Write(w io.Writer, version string, campaign json.RawMessage, private Private) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	redact := newRedactor(private)
	redact.learnText(strings.Join(jsonTexts(campaign), "\n"))
	for _, e := range r.entries {
		redact.learn(e)
	}
	first := Head{Form, version, redact.json(campaign)}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(first); err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	for _, e := range r.entries {
		if err := enc.Encode(redact.entry(e)); err != nil {
			return fmt.Errorf("transcript: %w", err)
		}
	}
	return nil
}

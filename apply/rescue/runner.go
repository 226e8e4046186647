package rescue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
)

// Runner runs commands on a guest through its agent. It is a terms.Runner, so that
// the same code drives the guest as over WinRM. The commands run as SYSTEM.
type Runner struct {
	agent Agent
	clock terms.Clock
}

var _ terms.Runner = (*Runner)(nil)

// NewRunner makes a runner. It does not connect.
func NewRunner(a Agent, clock terms.Clock) *Runner { return &Runner{agent: a, clock: clock} }

// How often the end of a command is looked for.
const (
	pollAtFirst = 20 * time.Millisecond
	pollAtMost  = 500 * time.Millisecond
)

// execStatus is the answer of guest-exec-status (qemu-ga-ref).
type execStatus struct {
	Exited       bool   `json:"exited"`
	ExitCode     *int   `json:"exitcode"`
	Signal       *int   `json:"signal"`
	OutData      []byte `json:"out-data"` // base64 in JSON, as Go has it
	ErrData      []byte `json:"err-data"`
	OutTruncated bool   `json:"out-truncated"`
	ErrTruncated bool   `json:"err-truncated"`
}

// Run starts the command line and waits for its end, as long as over WinRM. The agent
// starts programs and no shell: the line is split at spaces, double quotes keep words
// together.
func (r *Runner) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	bounded, cancel := context.WithTimeout(ctx, winrm.DefaultCommand)
	defer cancel()
	result, err := r.run(bounded, command, stdin)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		err = &winrm.NetError{Step: "guest-exec", Err: fmt.Errorf("the command has not ended within %s", winrm.DefaultCommand)}
	}
	return result, err
}

func (r *Runner) run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	words, err := split(command)
	if err != nil {
		return winrm.Result{}, err
	}
	in := map[string]any{"path": words[0], "arg": words[1:], "capture-output": true}
	if stdin != nil {
		in["input-data"] = stdin
	}
	var started struct {
		PID int64 `json:"pid"`
	}
	if err := r.ask(ctx, "guest-exec", in, &started); err != nil {
		return winrm.Result{}, err
	}
	for wait := pollAtFirst; ; wait = min(2*wait, pollAtMost) {
		if err := r.clock.Sleep(ctx, wait); err != nil {
			return winrm.Result{}, err
		}
		var s execStatus
		if err := r.ask(ctx, "guest-exec-status", map[string]int64{"pid": started.PID}, &s); err != nil {
			return winrm.Result{}, err
		}
		if s.Exited {
			return s.result(words[0])
		}
	}
}

func (s execStatus) result(program string) (winrm.Result, error) {
	switch {
	case s.OutTruncated || s.ErrTruncated:
		return winrm.Result{}, fmt.Errorf("guest agent: %s wrote more than the 16 MiB that the agent keeps", program)
	case s.Signal != nil:
		return winrm.Result{}, fmt.Errorf("guest agent: %s was ended by signal or exception %d", program, *s.Signal)
	case s.ExitCode == nil:
		return winrm.Result{}, fmt.Errorf("guest agent: %s ended without an exit code", program)
	}
	return winrm.Result{Stdout: s.OutData, Stderr: s.ErrData, Exit: *s.ExitCode}, nil
}

// Ping says whether the agent answers.
func (r *Runner) Ping(ctx context.Context) error {
	var none struct{}
	return r.ask(ctx, "guest-ping", nil, &none)
}

// Forget ends the connection to the agent: the next command opens another.
func (r *Runner) Forget() { r.agent.Close() }

// commandLimit bounds one command of the agent; guest-exec does not wait for the
// program that it starts.
const commandLimit = 15 * time.Second

// ask runs a command of the agent. No answer is a *winrm.NetError, as it is over
// WinRM, so that those who wait for a boot wait.
func (r *Runner) ask(ctx context.Context, name string, in, out any) error {
	bounded, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	answer, err := r.agent.Command(bounded, name, in)
	var refused *AgentError
	switch {
	case errors.As(err, &refused):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &winrm.NetError{Step: name, Err: err}
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("guest agent: %s: unreadable answer: %w", name, err)
	}
	return nil
}

// split cuts a command line into words.
func split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quoted := false, false
	for _, c := range command {
		switch {
		case c == '"':
			inWord, quoted = true, !quoted
		case c == ' ' && !quoted:
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			inWord = true
			word.WriteRune(c)
		}
	}
	if quoted {
		return nil, fmt.Errorf("guest agent: a quote is missing in the command %s", command)
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("guest agent: an empty command")
	}
	return words, nil
}

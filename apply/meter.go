package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"vnettune/apply/terms"
	"vnettune/trouble"
)

// ErrNoMeter says that the guest's Windows is too old for the meter.
var ErrNoMeter = errors.New("the meter does not start on a guest of generation xp or nt62: today's Go makes programs for Windows 10 and Server 2016 or later")

// meterPiece is how many bytes of the program go at a time (CONTRACT.md, "put").
const meterPiece = 512 << 10

// A MeterBlockedError says that the guest keeps the meter back.
type MeterBlockedError struct{ Err error }

// Error gives the guest's words.
func (e *MeterBlockedError) Error() string {
	return fmt.Sprintf("the guest keeps the meter back: %v", e.Err)
}

// Unwrap gives what the guest said.
func (e *MeterBlockedError) Unwrap() error { return e.Err }

// Advice is what an administrator can do.
func (e *MeterBlockedError) Advice() string {
	return `allow %ProgramFiles%\vnettune\meter.exe in the guest's antivirus and application control (its SHA-256 is in bin/meter.sha256), or measure with iperf3 alone`
}

// blocking are Windows' numbers of errors by which an antivirus or a policy keeps a program back
// (CONTRACT.md, "put").
var blocking = []int{225, 226, 577, 1260, 4551}

// blocked makes a *MeterBlockedError of an error that is one.
func blocked(err error) error {
	var s *ScriptError
	if errors.As(err, &s) && slices.Contains(blocking, s.Code) {
		return &MeterBlockedError{err}
	}
	return err
}

// MeterProgram is the meter as it goes into a guest.
type MeterProgram struct {
	Bytes  []byte
	SHA256 string // hexadecimal, in lower case
}

// NewMeterProgram is that of a file's bytes.
func NewMeterProgram(b []byte) MeterProgram {
	sum := sha256.Sum256(b)
	return MeterProgram{b, hex.EncodeToString(sum[:])}
}

// StartMeter starts the meter in the guest anew, with a configuration that it reads once, and
// returns when it listens. A guest that has not this very program gets it first. The error is
// ErrNoMeter on a Windows that cannot run it, a *MeterBlockedError where an antivirus or a policy
// keeps it back.
func (g *Guest) StartMeter(ctx context.Context, p MeterProgram, port int, config string) (terms.MeterServer, error) {
	in := terms.MeterInput{Action: terms.MeterStart, Port: port, SHA256: p.SHA256, Config: config}
	s, err := g.meter(ctx, in)
	if lacks(err) {
		if err = g.PutMeter(ctx, p); err == nil {
			s, err = g.meter(ctx, in)
		}
		if lacks(err) { // it was there a moment ago, with the right hash
			err = &MeterBlockedError{err}
		}
	}
	switch {
	case err != nil:
		return s, fmt.Errorf("start the meter on the guest: %w", err)
	case !s.Listening && s.PID == 0 && !s.There:
		return s, fmt.Errorf("start the meter on the guest: %w", &MeterBlockedError{errors.New("it is gone as soon as it was started")})
	case !s.Listening:
		return s, fmt.Errorf("start the meter on the guest: %s does not listen on port %d: %s", s.Exe, port, terms.Excerpt([]byte(s.Log)))
	}
	return s, nil
}

// lacks says whether the guest has no meter, or another.
func lacks(err error) bool {
	var s *ScriptError
	return errors.As(err, &s) && (s.Where == "missing" || s.Where == "hash")
}

// PutMeter puts the meter into the guest in the place of another. One that does not come whole is
// removed there, and an error.
func (g *Guest) PutMeter(ctx context.Context, p MeterProgram) error {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	put := terms.MeterPut{}
	for at := 0; err == nil && at < len(p.Bytes); at = put.Size {
		piece := p.Bytes[at:min(at+meterPiece, len(p.Bytes))]
		put, err = d.PutMeter(ctx, terms.MeterPiece{SHA256: p.SHA256, Size: len(p.Bytes), Offset: at, Data: piece})
		if err == nil && put.Size != at+len(piece) {
			err = fmt.Errorf("the guest says that it has %d bytes, not %d", put.Size, at+len(piece))
		}
	}
	if err == nil && !put.Done {
		err = errors.New("the guest does not say that it has the whole program")
	}
	if err != nil {
		return fmt.Errorf("put the meter into the guest: %w", meterError(err))
	}
	return nil
}

// meter asks for one action.
func (g *Guest) meter(ctx context.Context, in terms.MeterInput) (terms.MeterServer, error) {
	d, err := g.speak(ctx)
	if err == nil && in.Action != terms.MeterStatus {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return terms.MeterServer{}, err
	}
	s, err := d.Meter(ctx, in)
	return s, meterError(err)
}

func meterError(err error) error {
	if errors.Is(err, terms.ErrNotAsked) {
		return trouble.Invalid(ErrNoMeter)
	}
	return blocked(err)
}

// RemoveMeter ends the meter in the guest and takes all of it away; it is no error where there is
// none, or where there cannot be one.
func (g *Guest) RemoveMeter(ctx context.Context) error {
	s, err := g.meter(ctx, terms.MeterInput{Action: terms.MeterRemove})
	if errors.Is(err, ErrNoMeter) {
		return nil
	}
	if err == nil && (s.There || s.PID != 0) {
		err = errors.New("the guest says that it is still there")
	}
	if err != nil {
		return fmt.Errorf("remove the meter from the guest: %w", err)
	}
	return nil
}

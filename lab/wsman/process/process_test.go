package process

import (
	"context"
	"errors"
	"io"
	"testing"

	"vnettune/lab/windows/machine"
)

func TestInputAfterItsEndIsLost(t *testing.T) {
	p := New(context.Background(), false)
	defer p.cancel()
	for _, step := range []struct {
		text string
		end  bool
	}{{"one", false}, {" two", true}, {" three", false}} {
		if err := p.Feed([]byte(step.text), step.end); err != nil {
			t.Fatalf("%q: %v", step.text, err)
		}
	}
	b, err := io.ReadAll(inputReader{p})
	if string(b) != "one two" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestInputHasALimit(t *testing.T) {
	p := New(context.Background(), false)
	defer p.cancel()
	if err := p.Feed(make([]byte, maxStdin), false); err != nil {
		t.Fatalf("up to the limit: %v", err)
	}
	if err := p.Feed([]byte{1}, false); !errors.Is(err, ErrFull) {
		t.Errorf("beyond the limit: %v, want ErrFull", err)
	}
}

// A console has no end that could be sent: who reads to the end waits.
func TestAConsoleHasNoEnd(t *testing.T) {
	p := New(context.Background(), true)
	if err := p.Feed([]byte("typed"), true); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	if n, err := (inputReader{p}).Read(b); string(b[:n]) != "typed" || err != nil {
		t.Fatalf("read %q, %v", b[:n], err)
	}
	read := make(chan error)
	go func() {
		_, err := inputReader{p}.Read(b)
		read <- err
	}()
	p.cancel()
	if err := <-read; !errors.Is(err, context.Canceled) {
		t.Errorf("behind the end: %v, want that it waited to the end of the process", err)
	}
}

// Ctrl+C is a console's: a process whose input is a pipe goes on.
func TestAPipeTakesNoInterrupt(t *testing.T) {
	for _, console := range []bool{true, false} {
		p := New(context.Background(), console)
		p.Interrupt()
		if interrupted := p.ctx.Err() != nil; interrupted != console {
			t.Errorf("console %v: interrupted %v", console, interrupted)
		}
		p.cancel()
	}
}

func TestInputOfAnEndedProcess(t *testing.T) {
	p := New(context.Background(), false)
	p.Run(func(context.Context, machine.Command) int { return 0 }, machine.Command{})
	if err := p.Feed([]byte("late"), true); !errors.Is(err, ErrEnded) {
		t.Errorf("%v, want ErrEnded", err)
	}
}

package wsman

import (
	"context"
	"errors"
	"io"
	"testing"
)

func TestInputAfterItsEndIsLost(t *testing.T) {
	c := newCommand(context.Background())
	defer c.cancel()
	for _, step := range []struct {
		text string
		end  bool
	}{{"one", false}, {" two", true}, {" three", false}} {
		if err := c.feed([]byte(step.text), step.end); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(inputReader{c})
	if string(b) != "one two" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestInputHasALimit(t *testing.T) {
	c := newCommand(context.Background())
	defer c.cancel()
	if err := c.feed(make([]byte, maxStdin), false); err != nil {
		t.Fatal(err)
	}
	if err := c.feed([]byte{1}, false); !errors.Is(err, errStdinFull) {
		t.Errorf("beyond the limit: %v", err)
	}
}

package process

import (
	"context"
	"io"
	"testing"
)

func TestInputAfterItsEndIsLost(t *testing.T) {
	p := New(context.Background())
	defer p.cancel()
	for _, step := range []struct {
		text string
		end  bool
	}{{"one", false}, {" two", true}, {" three", false}} {
		if !p.Feed([]byte(step.text), step.end) {
			t.Fatalf("%q is refused", step.text)
		}
	}
	b, err := io.ReadAll(inputReader{p})
	if string(b) != "one two" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestInputHasALimit(t *testing.T) {
	p := New(context.Background())
	defer p.cancel()
	if !p.Feed(make([]byte, maxStdin), false) {
		t.Fatal("up to the limit: refused")
	}
	if p.Feed([]byte{1}, false) {
		t.Error("beyond the limit: taken")
	}
}

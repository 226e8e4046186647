package trouble

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// busy is an error that advises.
type busy struct{ err error }

func (b *busy) Error() string  { return "busy: " + b.err.Error() }
func (b *busy) Unwrap() error  { return b.err }
func (b *busy) Advice() string { return "wait" }

func TestWhatAnErrorTellsItsReader(t *testing.T) {
	plain := errors.New("too many boots")
	locked := &busy{plain}
	refused := Invalid(Hint(At("c.yaml", plain), "lower %s", "blocks"))
	for name, c := range map[string]struct {
		err         error
		what, where string
		hints       []string
		invalid     bool
	}{
		"plain":            {plain, "too many boots", "", nil, false},
		"everything":       {refused, "too many boots", "c.yaml", []string{"lower blocks"}, true},
		"wrapped":          {fmt.Errorf("plan: %w", refused), "plan: c.yaml: too many boots", "", []string{"lower blocks"}, true},
		"joined":           {errors.Join(plain, refused), "too many boots\nc.yaml: too many boots", "", []string{"lower blocks"}, true},
		"outer hint first": {Hint(refused, "try again"), "too many boots", "c.yaml", []string{"try again", "lower blocks"}, true},
		"of another type":  {fmt.Errorf("run: %w", locked), "run: busy: too many boots", "", []string{"wait"}, false},
		"a hint once":      {errors.Join(refused, refused), "c.yaml: too many boots\nc.yaml: too many boots", "", []string{"lower blocks"}, true},
	} {
		what, where := Split(c.err)
		if what != c.what || where != c.where {
			t.Errorf("%s: %q at %q, want %q at %q", name, what, where, c.what, c.where)
		}
		if hints := Hints(c.err); !slices.Equal(hints, c.hints) {
			t.Errorf("%s: hints %q, want %q", name, hints, c.hints)
		}
		if IsInvalid(c.err) != c.invalid {
			t.Errorf("%s: invalid %t, want %t", name, !c.invalid, c.invalid)
		}
		if !errors.Is(c.err, plain) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}

func TestAnErrorOnOneLine(t *testing.T) {
	if got, want := Line(Hint(At("a.db", &busy{errors.New("locked")}), "try again")), "a.db: busy: locked; try again; wait"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGuard(t *testing.T) {
	plain := errors.New("plain")
	for _, want := range []error{nil, plain} {
		if err := Guard(func() error { return want }); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	var p *Panic
	if err := Guard(func() error { panic("at the disco") }); !errors.As(err, &p) || p.Value != "at the disco" || !strings.Contains(string(p.Stack), "TestGuard") || len(Hints(err)) != 1 {
		t.Errorf("a panic: %#v", err)
	}
}

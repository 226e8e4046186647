package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/trouble"
)

// maxNumber bounds the numbers of boots and requests.
const maxNumber = 1_000_000

// Parse reads one fault:
//
//	NAME[=VALUE][@CONDITION[,CONDITION...]]
//
// The conditions are boot=N, step=WORD, request=WORD and nth=N; N is a number from 1, followed by a
// plus sign for "from it on".
func Parse(text string) (Fault, error) {
	f, err := parse(text)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

func parse(text string) (Fault, error) {
	what, at, pointed := strings.Cut(text, "@")
	name, value, valued := strings.Cut(what, "=")
	k, ok := findKind(name)
	switch {
	case !ok:
		return Fault{}, trouble.Hint(errors.New("unknown"), "use one of %s", strings.Join(Names(), ", "))
	case valued && k.value == nil:
		return Fault{}, fmt.Errorf("%s takes no value", name)
	case !valued && k.value != nil && !k.bare:
		return Fault{}, fmt.Errorf("%s needs a value, such as %s", name, k.want)
	case valued:
		if err := k.value(value); err != nil {
			return Fault{}, trouble.Hint(err, "use it like %s", k.want)
		}
	}
	f := Fault{Name: name, Value: value}
	if !pointed {
		return f, nil
	}
	for _, c := range strings.Split(at, ",") {
		if err := f.condition(k, c); err != nil {
			return Fault{}, err
		}
	}
	if f.Request == Connect && !k.connect {
		return Fault{}, trouble.Hint(fmt.Errorf("%s cannot happen to a connection", name), "name another request")
	}
	return f, nil
}

// condition reads one KEY=VALUE of a fault's point.
func (f *Fault) condition(k kind, text string) error {
	key, value, _ := strings.Cut(text, "=")
	legal := map[place][]string{
		onWire:    {"boot", "step", "request", "nth"},
		atCommand: {"boot", "step", "nth"},
		inBoot:    {"boot"},
		bootWire:  {"boot"},
	}[k.place]
	if !slices.Contains(legal, key) {
		return fmt.Errorf("%q: the point of %s is made of %s, such as @%s=2", text, k.name, strings.Join(legal, ", "), legal[0])
	}
	switch key {
	case "boot":
		return readSpan(&f.Boot, key, value)
	case "nth":
		return readSpan(&f.Nth, key, value)
	case "step":
		return readWord(&f.Step, key, value, Steps)
	default:
		return readWord(&f.Request, key, value, Requests)
	}
}

func readSpan(to *Span, key, value string) error {
	digits, on := strings.CutSuffix(value, "+")
	n, err := strconv.Atoi(digits)
	switch {
	case *to != Span{}:
		return fmt.Errorf("%s is given twice", key)
	case err != nil || n < 1 || n > maxNumber || strconv.Itoa(n) != digits:
		return fmt.Errorf("%s=%s: use a number from 1, or one with a plus sign for every one from it on, such as %s=2+", key, value, key)
	}
	*to = Span{From: n, On: on}
	return nil
}

func readWord(to *string, key, value string, legal []string) error {
	switch {
	case *to != "":
		return fmt.Errorf("%s is given twice", key)
	case !slices.Contains(legal, value):
		return fmt.Errorf("%s=%s: use one of %s", key, value, strings.Join(legal, ", "))
	}
	*to = value
	return nil
}

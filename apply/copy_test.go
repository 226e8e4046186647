package apply_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/matrix"
)

// copying is a guest whose answer to the script copy is given.
type copying struct {
	*standIn
	answer string
}

func (c copying) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if command != scripts.CommandLine(scripts.Copy) {
		return c.standIn.Run(ctx, command, stdin)
	}
	return winrm.Result{Stdout: []byte(c.answer)}, nil
}

// A speed is the median of all copies; an answer that is none, or of something else, is no number.
func TestMemoryCopy(t *testing.T) {
	ticks := func(first, rest string) string { return "[" + first + strings.Repeat(","+rest, 30) + "]" }
	answer := func(bytes int, ticks string) string {
		return fmt.Sprintf(`{"bytes":%d,"frequency":10000000,"ticks":%s}`, bytes, ticks)
	}
	for name, c := range map[string]struct {
		answer  string
		value   float64
		missing string
	}{
		"one copy held up": {answer(32<<20, ticks("9000000", "40000")), 8000, ""},
		"too few copies":   {answer(32<<20, "[40000]"), 0, "1 copies of"},
		"another size":     {answer(1<<20, ticks("40000", "40000")), 0, "31 copies of 1048576 bytes"},
		"no time at all":   {answer(32<<20, ticks("0", "40000")), 0, "took 0 ticks"},
		"no memory's":      {answer(32<<20, ticks("1", "1")), 0, "is no speed of a memory"},
		"no clock":         {`{"bytes":33554432,"frequency":0,"ticks":` + ticks("1", "1") + `}`, 0, "a clock of 0 Hz"},
		"refused":          {`{"error":{"where":"copy","message":"OutOfMemory"}}`, 0, "OutOfMemory"},
		"no PowerShell":    {`{"error":{"where":"language","message":"Constrained"}}`, 0, "constrained language"},
	} {
		s := copying{newStandIn(t), c.answer}
		got, raw := apply.New(s, guestAddress, s.port, s.standIn).MemoryCopy(t.Context())
		if got.Name != matrix.MemoryCopy || got.Value != c.value || !strings.Contains(got.Missing, c.missing) || (c.missing == "") != (got.Missing == "") || len(raw) == 0 {
			t.Errorf("%s: %+v, raw %s", name, got, raw)
		}
	}
}

// The stand-in copies real memory.
func TestTheStandInCopiesMemory(t *testing.T) {
	s := newStandIn(t)
	got, _ := apply.New(s, guestAddress, s.port, s).MemoryCopy(t.Context())
	if got.Missing != "" || !(got.Value > 0) || got.Unit != "MiB/s" || got.Rounds != 31 {
		t.Errorf("%+v", got)
	}
}

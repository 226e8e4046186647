package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

// writes counts the steps that a guest is given by the script write.
type writes struct {
	*standIn
	steps int
}

func (w *writes) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if command == scripts.CommandLine(scripts.Write) {
		w.steps += strings.Count(string(stdin), `"op":`)
	}
	return w.standIn.Run(ctx, command, stdin)
}

// What the guest has lastingly is not written: a value of the registry never, a word of netsh as it
// was found, and from a proven boot on as it outlasted that. A word that was written since, or is
// named and not known to last, is.
func TestWhatIsEqualIsNotWritten(t *testing.T) {
	w := &writes{standIn: newStandIn(t)}
	g := apply.New(w, guestAddress, w.port, w.standIn)
	f, _, err := g.Facts(t.Context())
	if err == nil {
		f, err = g.Declare(t.Context(), f)
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := g.Originals(t.Context(), f, planned(t, "tcp.autotuninglevel", "ip.mtu", "netkvm.LsoV2IPv4", "afd.DefaultReceiveWindow"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(want int, why string, values map[string]matrix.Value) {
		t.Helper()
		targets, err := apply.Targets(o, combination(o, values))
		if err != nil {
			t.Fatal(err)
		}
		w.steps = 0
		if _, err := g.Write(t.Context(), targets); err != nil {
			t.Fatal(err)
		}
		if w.steps != want {
			t.Errorf("%s: %d steps written, want %d", why, w.steps, want)
		}
		if readings, _, err := g.ReadBack(t.Context(), targets); err != nil || slices.ContainsFunc(readings, func(r record.Reading) bool { return !r.AsAsked }) {
			t.Errorf("%s: %v, %v; want all as asked", why, readings, err)
		}
	}
	same := map[string]matrix.Value{"tcp.autotuninglevel": "normal", "ip.mtu": "1500", "netkvm.LsoV2IPv4": "1"}
	other := map[string]matrix.Value{"tcp.autotuninglevel": "disabled", "afd.DefaultReceiveWindow": "65536"}
	write(0, "the guest as found", nil)
	write(2, "the same values by name: of words it is not known that they last", same)
	write(2, "once more, as long as no boot followed", same)
	if _, err := g.Reboot(t.Context(), rebootLimits); err != nil {
		t.Fatal(err)
	}
	write(0, "after a proven boot", same)
	write(2, "two that differ", other)
	write(2, "two that were written, and no boot followed", nil)
	write(1, "the word of them once more", nil)
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	write(0, "after a restore", nil)
}

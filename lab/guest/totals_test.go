package guest

import (
	"slices"
	"testing"
	"time"

	"vnettune/lab/windows/machine"
)

func TestParseProcessors(t *testing.T) {
	text := "cpu  30 0 30 300 30 3 6 0 0 0\ncpu0 10 0 10 100 10 1 2 0 0 0\ncpu1 20 0 20 200 20 2 4 0 0 0\nintr 12\n"
	want := []machine.ProcessorTotals{{Idle: 1100 * time.Millisecond, Interrupt: 10 * time.Millisecond, DPC: 20 * time.Millisecond}, {Idle: 2200 * time.Millisecond, Interrupt: 20 * time.Millisecond, DPC: 40 * time.Millisecond}}
	if got, err := parseProcessors(text); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
	if _, err := parseProcessors("cpu0 x 0 0 0 0 0 0 0\n"); err == nil {
		t.Error("a word is taken for a number")
	}
}

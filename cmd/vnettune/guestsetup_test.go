package main

import (
	"bytes"
	"strings"
	"testing"
)

// What is refused prints nothing: a script is run by an administrator.
func TestGuestSetupTakesNothingElse(t *testing.T) {
	for line, code := range map[string]int{
		"--harness 192.0.2.1":                     exitDone,
		"--harness 2001:db8::1 --generation nt62": exitDone,
		"--undo --generation xp":                  exitDone,
		"":                                        exitUsage,
		"--harness guest.example":                 exitUsage,
		"--harness 2001:db8::1 --generation xp":   exitUsage,
		"--harness 192.0.2.1 --generation nt60":   exitUsage,
		"--harness 192.0.2.1 --iperf iperf3.exe":  exitUsage,
		"--harness 192.0.2.1 extra":               exitUsage,
	} {
		var out, errs bytes.Buffer
		got := vnettune(append([]string{"guest-setup"}, strings.Fields(line)...), strings.NewReader(""), &out, &errs)
		if got != code || (code == exitDone) != (out.Len() > 0) || (code == exitDone) != (errs.Len() == 0) {
			t.Errorf("guest-setup %s: exit code %d, want %d; %d bytes, and said %s", line, got, code, out.Len(), &errs)
		}
	}
}

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestLabCommandLine(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for _, c := range []struct {
		line string
		code int
		want string
	}{
		{"lab up --kind vbox", exitUsage, "use one of vm, fast"},
		{"lab up --kind fast --delay 2ms", exitUsage, "use the virtual machine lab"},
		{"lab up --fault explode", exitUsage, "explode"},
		{"lab up --winrm open", exitUsage, "use strict or accept-empty"},
		{"lab up ../x", exitUsage, "letters, digits"},
		{"lab up a b", exitUsage, "usage"},
		{"lab status --format xml", exitUsage, "use one of text, json"},
		{"lab status --format json", exitDone, "[]"},
		{"lab status nosuch", exitFailed, "vnettune lab up"},
		{"lab down nosuch", exitFailed, "is not up"},
		{"lab logs nosuch", exitFailed, "is not up"},
	} {
		t.Run(c.line, func(t *testing.T) {
			var out bytes.Buffer
			code := vnettune(strings.Fields(c.line), strings.NewReader(""), &out, &out)
			if code != c.code || !strings.Contains(out.String(), c.want) {
				t.Errorf("exit code %d, want %d; said %q, want %q", code, c.code, &out, c.want)
			}
		})
	}
}

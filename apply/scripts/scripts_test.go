package scripts_test

import (
	"testing"

	"vnettune/apply/scripts"
)

func TestCommandLinesFitCmd(t *testing.T) {
	for _, n := range scripts.Names {
		line := "cmd.exe /c " + scripts.CommandLine(n)
		t.Logf("%s: %d of %d characters", n, len(line), scripts.MaxCommandLine)
		if len(line) > scripts.MaxCommandLine {
			t.Errorf("%s: the command line has %d characters, cmd.exe takes %d", n, len(line), scripts.MaxCommandLine)
		}
	}
}

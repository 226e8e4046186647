package windows

import (
	"strings"
	"testing"

	"vnettune/lab/windows/machine"
)

func TestCmd(t *testing.T) {
	for _, tc := range []struct {
		line, out string
		code      int
	}{
		{`echo hello world`, "hello world\n", 0},
		{`echo "a & b"`, "\"a & b\"\n", 0},
		{`echo a ^& b`, "a & b\n", 0},
		{`echo`, "ECHO is on.\n", 0},
		{`echo.`, "\n", 0},
		{`@echo x`, "x\n", 0},
		{`echo %COMPUTERNAME% %os% %none%`, "VNETTUNE-LAB Windows_NT %none%\n", 0},
		{`echo %MINE%`, "yours\n", 0},
		{`exit /b 3`, "", 3},
		{`exit 4 & echo no`, "", 4},
		{`cmd /c exit 5`, "", 5},
		{`cmd.exe /c "echo a & exit 6"`, "a \n", 6},
		{`cmd /d /q /c echo x`, "x\n", 0},
		{`cd`, "C:\\Users\\Tester\n", 0},
		{`nothing || echo instead`, "instead\n", 1},
		{`nothing && echo no`, "", 1},
		{`nothing & echo anyway`, "anyway\n", 1},
		{`hostname && whoami`, "VNETTUNE-LAB\nvnettune-lab\\tester\n", 0},
		{`C:\Windows\System32\hostname.exe`, "VNETTUNE-LAB\n", 0},
		{`ver`, "\nMicrosoft Windows [Version 10.0.19045]\n", 0},
		{``, "", 0},
		{`echo a | more`, "", 1},
		{`echo a > file`, "", 1},
		{`echo ` + strings.Repeat("x", 8192), "", 1},
	} {
		l := newLab(t)
		out, _, code := l.run(machine.Command{Line: tc.line, Shell: true, Env: map[string]string{"Mine": "yours"}})
		if out != tc.out || code != tc.code {
			t.Errorf("%s: %q, exit code %d; want %q, %d", tc.line, out, code, tc.out, tc.code)
		}
	}
}

func TestDirectStartHasNoShell(t *testing.T) {
	l := newLab(t)
	if out, _, code := l.run(machine.Command{Line: "hostname", Args: []string{"&", "ver"}}); out != "VNETTUNE-LAB\n" || code != 0 {
		t.Errorf("got %q, exit code %d", out, code)
	}
	if _, err, code := l.run(machine.Command{Line: "echo x"}); code == 0 || err == "" {
		t.Errorf("echo is no program, yet: exit code %d, %q", code, err)
	}
}

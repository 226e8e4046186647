package windows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplitArgs(t *testing.T) {
	for in, want := range map[string][]string{
		``:                         nil,
		`  a  b `:                  {"a", "b"},
		`"a b" c`:                  {"a b", "c"},
		`a""b`:                     {"ab"},
		`"" x`:                     {"", "x"},
		`"a""b"`:                   {`a"b`},
		`a\b "c\\" d\\e`:           {`a\b`, `c\`, `d\\e`},
		`a\"b`:                     {`a"b`},
		`"a\\\"b"`:                 {`a\"b`},
		`reg query "HKLM\a b\" /s`: {"reg", "query", `HKLM\a b" /s`}, // the known trap
	} {
		if d := cmp.Diff(want, splitArgs(in)); d != "" {
			t.Errorf("%s (-want +got):\n%s", in, d)
		}
	}
}

func TestQuotedArgsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.StringMatching(`[a-z\\" \t]{0,8}`), 1, 4).Draw(t, "args")
		if d := cmp.Diff(args, splitArgs(CommandLine(args))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

func FuzzSplitArgs(f *testing.F) {
	for _, s := range []string{`a "b c" d`, `\\\"`, `"`, `""""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		total := 0
		for _, a := range splitArgs(s) {
			total += len(a)
		}
		if total > len(s) {
			t.Errorf("%q: %d characters of arguments", s, total)
		}
	})
}

func FuzzParseCmd(f *testing.F) {
	for _, s := range []string{`a && b & c || d`, `echo ^& "&"`, `a | b`, `((`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		steps, err := parseCmd(s)
		if err != nil {
			return
		}
		for _, st := range steps {
			if strings.TrimSpace(st.line) == "" {
				t.Errorf("%q: an empty command", s)
			}
		}
	})
}

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
		out, _, code := l.run(Command{Line: tc.line, Shell: true, Env: map[string]string{"Mine": "yours"}})
		if out != tc.out || code != tc.code {
			t.Errorf("%s: %q, exit code %d; want %q, %d", tc.line, out, code, tc.out, tc.code)
		}
	}
}

func TestDirectStartHasNoShell(t *testing.T) {
	l := newLab(t)
	if out, _, code := l.run(Command{Line: "hostname", Args: []string{"&", "ver"}}); out != "VNETTUNE-LAB\n" || code != 0 {
		t.Errorf("got %q, exit code %d", out, code)
	}
	if _, err, code := l.run(Command{Line: "echo x"}); code == 0 || err == "" {
		t.Errorf("echo is no program, yet: exit code %d, %q", code, err)
	}
}

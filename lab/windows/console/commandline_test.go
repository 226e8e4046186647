package console

import (
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
		if d := cmp.Diff(want, SplitArgs(in)); d != "" {
			t.Errorf("%s (-want +got):\n%s", in, d)
		}
	}
}

func TestQuotedArgsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.StringMatching(`[a-z\\" \t]{0,8}`), 1, 4).Draw(t, "args")
		if d := cmp.Diff(args, SplitArgs(CommandLine(args))); d != "" {
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
		for _, a := range SplitArgs(s) {
			total += len(a)
		}
		if total > len(s) {
			t.Errorf("%q: %d characters of arguments", s, total)
		}
	})
}

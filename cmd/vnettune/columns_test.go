package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "tcp": 3, "ungültig": 8, "Операция": 8, "操作": 4, "e\u0301": 1, "ﾊﾛｰ": 3, "ＡＢ": 4, "😀": 2, "\u2764\ufe0f": 2, "त्रुटि": 4,
	} {
		if got := columns(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}

func TestNamesAreShortened(t *testing.T) {
	for _, x := range []struct {
		s           string
		most        int
		cut, middle string
	}{
		{"heuristics-off", 14, "heuristics-off", "heuristics-off"},
		{"heuristics-off", 10, "heurist...", "heur...off"},
		{"heuristics-off", 5, "he...", "h...f"},
		{"heuristics-off", 4, "h...", "h..."},
		{"heuristics-off", 2, "..", ".."},
		{"heuristics-off", 0, "", ""},
		{"操作は失敗しました", 9, "操作は...", "操...た"},
	} {
		if got := cut(x.s, x.most); got != x.cut {
			t.Errorf("%q cut to %d: %q, want %q", x.s, x.most, got, x.cut)
		}
		if got := squeezed(x.s, x.most); got != x.middle {
			t.Errorf("%q squeezed to %d: %q, want %q", x.s, x.most, got, x.middle)
		}
	}
}

func TestLinesAreWrapped(t *testing.T) {
	got := wrapped("12:00:00 the guest does not answer: http://192.0.2.1:5985/wsman timed out", 30, 9)
	want := []string{"12:00:00 the guest does not", "         answer:", "         http://192.0.2.1:5985", "         /wsman timed out"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Whatever is shortened or wrapped has room, and what is wrapped is whole.
func TestWhatIsShortenedHasRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, most := anyName(t, "s"), rapid.IntRange(2, 200).Draw(t, "most")
		indent := rapid.IntRange(0, 12).Draw(t, "indent")
		lines := wrapped(s, most, indent)
		for _, l := range append([]string{cut(s, most), squeezed(s, most)}, lines...) {
			if columns(l) > most {
				t.Fatalf("%q takes %d columns of %d", l, columns(l), most)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(s, " ", "") {
			t.Fatalf("wrapped: %q of %q", got, s)
		}
	})
}

// anyName draws a name as files and guests may have it once it was let in.
func anyName(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("ab-. é Ж操作ﾊＡ😀\u0301\u0921\u093f\ufe0f")), 0, 300, -1).Draw(t, label)
}

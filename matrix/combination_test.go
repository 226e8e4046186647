package matrix

import (
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCombinationID(t *testing.T) {
	c := NewCombination(map[string]Value{"tcp.rss": "enabled", "afd.DefaultSendWindow": "absent"})
	if want := "afd.DefaultSendWindow=absent\ntcp.rss=enabled\n"; c.Canonical() != want {
		t.Errorf("canonical %q, want %q", c.Canonical(), want)
	}
	// printf 'afd.DefaultSendWindow=absent\ntcp.rss=enabled\n' | sha256sum | cut -c1-8
	if got, want := c.ID(), "bd3fc194"; got != want {
		t.Errorf("id %s, want %s", got, want)
	}
	changed := c.With("tcp.rss", "disabled")
	if d := changed.Differences(c); len(d) != 1 || d[0] != (Assignment{"tcp.rss", "disabled"}) {
		t.Errorf("differences %v", d)
	}
	if changed == c || changed.With("tcp.rss", "enabled") != c {
		t.Error("combinations compare by what they assign")
	}
	if _, ok := c.Value("tcp.rsc"); ok {
		t.Error("a setting that is not under test has no value")
	}
}

func TestCombinationOrderOfAssignmentsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOf(rapid.StringMatching(`[a-z]{1,4}\.[A-Za-z.]{1,8}`), rapid.StringMatching(`[a-z0-9]{1,6}`)).Draw(t, "values")
		set := map[string]Value{}
		c := NewCombination(nil)
		for k, v := range values {
			set[k] = Value(v)
			c = c.With(k, Value(v))
		}
		if c != NewCombination(maps.Clone(set)) {
			t.Fatal("built one by one and at once differ")
		}
		back, err := ParseCombination(c.Canonical())
		if err != nil || back != c {
			t.Fatalf("parsed back: %v, %v", back, err)
		}
	})
}

func FuzzParseCombination(f *testing.F) {
	for _, s := range []string{"", "a=b\n", "a=b", "b=1\na=2\n", "a=1\na=2\n", "=1\n", "a=\n", "nonsense", "a=b=c\n", "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCombination(s)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "combination: ") {
				t.Errorf("error %q", err)
			}
			return
		}
		again, err := ParseCombination(c.Canonical())
		if err != nil || again != c || again.ID() != c.ID() {
			t.Errorf("%q reads as %q and then as %q, %v", s, c.Canonical(), again.Canonical(), err)
		}
	})
}

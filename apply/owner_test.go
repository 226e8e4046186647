package apply_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/lab/windows/machine"
	"vnettune/trouble"
)

// marked are the two dialects; both keep the same mark.
func marked(t *testing.T) map[string]*apply.Guest {
	return map[string]*apply.Guest{"powershell": newStandIn(t).guest(), "xp": newXP(t).guest()}
}

func owner(host string, since int64) apply.Owner {
	at := time.Unix(since, 0).UTC()
	return apply.Owner{ID: apply.NewOwnerID(), Host: host, Since: at, Seen: at}
}

func TestTheMarkOfTheOwner(t *testing.T) {
	for dialect, g := range marked(t) {
		t.Run(dialect, func(t *testing.T) {
			if o, err := g.Owner(t.Context()); o != nil || err != nil {
				t.Fatalf("a guest nobody marked: %+v, %v", o, err)
			}
			mine, other := owner("host-a.example", 1_700_000_000), owner("host-b", 1_700_000_500)
			if err := g.Claim(t.Context(), mine); err != nil {
				t.Fatal(err)
			}
			again := mine
			again.Since = again.Since.Add(time.Hour)
			again.Seen = again.Seen.Add(time.Hour)
			if err := g.Claim(t.Context(), again); err != nil {
				t.Fatalf("the owner comes by again: %v", err)
			}
			got, err := g.Owner(t.Context())
			if err != nil || *got != (apply.Owner{ID: mine.ID, Host: mine.Host, Since: mine.Since, Seen: again.Seen}) {
				t.Errorf("mark %+v, %v; want the first since and the last seen", got, err)
			}
			err = g.Claim(t.Context(), other)
			var owned *apply.OwnedError
			if !errors.As(err, &owned) || owned.Owner.ID != mine.ID {
				t.Fatalf("another claims: %v, want an OwnedError", err)
			}
			for _, want := range []string{mine.ID, "host-a.example", "vnettune restore STORE", apply.RemoveOwner} {
				if !strings.Contains(trouble.Line(err), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			if err := g.Release(t.Context(), other.ID); !errors.As(err, &owned) {
				t.Errorf("another releases: %v, want an OwnedError", err)
			}
			for range 2 { // the second time there is nothing to take away
				if err := g.Release(t.Context(), mine.ID); err != nil {
					t.Fatal(err)
				}
			}
			if o, err := g.Owner(t.Context()); o != nil || err != nil {
				t.Errorf("after the release: %+v, %v", o, err)
			}
		})
	}
}

// A mark whose first time somebody made what no mark can have keeps nobody out.
func TestAMarkOfAnImpossibleTime(t *testing.T) {
	s := newStandIn(t)
	g, mine := s.guest(), owner("host-a", 1_700_000_000)
	if err := g.Claim(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	s.machine.Run(t.Context(), machine.Command{Line: `reg add HKLM\SOFTWARE\vnettune /v OwnerSince /t REG_SZ /d -5 /f`, Stdin: strings.NewReader(""), Stdout: &said, Stderr: &said, CodePage: 65001, Shell: true})
	if o, err := g.Owner(t.Context()); err != nil || o.Since.Unix() != -5 {
		t.Fatalf("the mark is %+v, %v: %s", o, err, &said)
	}
	if err := g.Claim(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	if o, err := g.Owner(t.Context()); err != nil || *o != mine {
		t.Errorf("mark %+v, %v, want %+v", o, err, mine)
	}
}

func TestTheMarkTakesNothingElse(t *testing.T) {
	x := newXP(t)
	for _, bad := range []apply.Owner{
		{ID: "short", Host: "h"}, {ID: strings.Repeat("A", 32), Host: "h"}, {ID: strings.Repeat("a", 32), Host: "a b"},
		{ID: strings.Repeat("a", 32), Host: `a"&calc`}, {ID: strings.Repeat("a", 32), Host: ""}, {ID: strings.Repeat("a", 32), Host: strings.Repeat("h", 65)},
	} {
		if err := x.guest().Claim(t.Context(), bad); err == nil {
			t.Errorf("%+v was written", bad)
		}
	}
	for _, l := range x.lines {
		if strings.HasPrefix(l, "reg add") {
			t.Errorf("sent %q", l)
		}
	}
}

func TestHostNamesForTheMark(t *testing.T) {
	for name, want := range map[string]string{
		"host.example": "host.example", "": "unknown", "häst a": "h-st-a", strings.Repeat("x", 80): strings.Repeat("x", 64),
	} {
		if got := apply.OwnerHost(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}

// A mark that does not stay is not taken for one.
func TestAMarkThatDoesNotStay(t *testing.T) {
	x := newXP(t)
	g := x.guest()
	if _, _, err := g.Facts(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.readOnly = true
	if err := g.Claim(t.Context(), owner("h", 1)); err == nil {
		t.Error("a mark that could not be written passed for written")
	}
}

func TestAMarkSaysWhenItsOwnerWasSeen(t *testing.T) {
	seen := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for want, e := range map[string]apply.OwnedError{
		"last seen there 1h30m0s ago":              {Owner: apply.Owner{Seen: seen}, Now: seen.Add(90 * time.Minute)},
		"last seen there at 2026-03-01T12:00:00Z ": {Owner: apply.Owner{Seen: seen}}, // a restore does not ask for the clock
		"last seen there at an unknown time":       {Now: seen},
	} {
		if got := e.Error(); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

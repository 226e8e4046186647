package record

import (
	"strings"
	"testing"
)

const (
	guidA = "5f0a9d3c-2b7e-4c11-9a60-0d8c1f3e7b21"
	guidB = "11111111-2222-4333-8444-555555555555"
)

func TestIdentitiesCompared(t *testing.T) {
	whole := Identity{MachineGUID: guidA, UUID: guidA, Disk: "d1", Name: "GUEST", MAC: "52-54-00-00-00-02", Adapter: "{A}"}
	with := func(change func(*Identity)) Identity {
		i := whole
		change(&i)
		return i
	}
	for name, c := range map[string]struct {
		stored, found Identity
		other, moved  int
	}{
		"the same":                     {whole, whole, 0, 0},
		"in other letters and braces":  {whole, with(func(i *Identity) { i.MachineGUID, i.Name = "{"+strings.ToUpper(guidA)+"}", "guest" }), 0, 0},
		"another installation":         {whole, with(func(i *Identity) { i.MachineGUID = guidB }), 1, 0},
		"a clone on another machine":   {whole, with(func(i *Identity) { i.UUID = guidB }), 1, 0},
		"another boot disk":            {whole, with(func(i *Identity) { i.Disk = "d2" }), 1, 0},
		"all three":                    {whole, Identity{MachineGUID: guidB, UUID: guidB, Disk: "d2", Name: "GUEST"}, 3, 0},
		"another name":                 {whole, with(func(i *Identity) { i.Name = "RENAMED" }), 0, 1},
		"another adapter":              {whole, with(func(i *Identity) { i.MAC, i.Adapter = "52-54-00-00-00-09", "{B}" }), 0, 2},
		"nothing stored":               {Identity{}, whole, 0, 0},
		"nothing found":                {whole, Identity{}, 0, 0},
		"a board without a UUID":       {whole, with(func(i *Identity) { i.UUID = "00000000-0000-0000-0000-000000000000" }), 0, 0},
		"a board never given one":      {whole, with(func(i *Identity) { i.UUID = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF" }), 0, 0},
		"a text that is no GUID":       {whole, with(func(i *Identity) { i.MachineGUID = "error" }), 0, 0},
		"unreadable, and another name": {whole, Identity{Name: "OTHER"}, 0, 1},
	} {
		d := CompareIdentities(c.stored, c.found)
		if len(d.Other) != c.other || len(d.Moved) != c.moved {
			t.Errorf("%s: another machine by %q, moved %q; want %d and %d", name, d.Other, d.Moved, c.other, c.moved)
		}
	}
}

// What cannot be read takes nothing away that was known.
func TestAnIdentityIsKept(t *testing.T) {
	was := Identity{MachineGUID: guidA, UUID: guidA, Name: "A", MAC: "m"}
	got := was.With(Identity{UUID: "00000000-0000-0000-0000-000000000000", Name: "B"})
	if want := (Identity{MachineGUID: guidA, UUID: guidA, Name: "B", MAC: "m"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if s := (Identity{}).String(); s != "a computer without a name (nothing tells it from others)" {
		t.Errorf("a machine without a word is %q", s)
	}
}

// Whatever a guest answers: a machine is not another than itself, the order of the two
// does not decide, and what is stored of the same machine tells it from itself no more.
func FuzzCompareIdentities(f *testing.F) {
	f.Add(guidA, guidA, "d1", "GUEST", "m", "{A}", guidB, "", "d2", "guest", "m", "{A}")
	f.Add("", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "", "", "", "", guidA, guidA, "", "x", "", "")
	f.Fuzz(func(t *testing.T, a1, a2, a3, a4, a5, a6, b1, b2, b3, b4, b5, b6 string) {
		a, b := Identity{a1, a2, a3, a4, a5, a6}, Identity{b1, b2, b3, b4, b5, b6}
		if d := CompareIdentities(a, a); len(d.Other)+len(d.Moved) > 0 {
			t.Errorf("%+v differs from itself: %+v", a, d)
		}
		d := CompareIdentities(a, b)
		if back := CompareIdentities(b, a); len(back.Other) != len(d.Other) || len(back.Moved) != len(d.Moved) {
			t.Errorf("one way %+v, the other %+v", d, back)
		}
		if after := CompareIdentities(a.With(b), b); len(after.Other)+len(after.Moved) > 0 {
			t.Errorf("%+v with %+v still differs: %+v", a, b, after)
		}
		if a.String() == "" || d.Other != nil && b.String() == a.String() {
			t.Errorf("%q and %q: the words do not tell them apart", a, b)
		}
	})
}

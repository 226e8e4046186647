package machine

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

func TestVolatileKeys(t *testing.T) {
	r := registry.New()
	volatile := registry.MustPath(`HKLM\SOFTWARE\x\gone`)
	if _, err := r.Create(volatile, true); err != nil {
		t.Fatal(err)
	}
	if err := r.Set(volatile, "v", registry.DWord(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Create(volatile.Join("stable"), false); !errors.Is(err, registry.ErrChildMustBeVolatile) {
		t.Errorf("a stable key under a volatile one: %v", err)
	}
	s := &State{ed: fresh10, Reg: r, TCP: fresh10.Release.NewTCP()}
	b, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := decodeState(b, fresh10)
	if err != nil {
		t.Fatal(err)
	}
	if back.Reg.Find(volatile) != nil {
		t.Error("a volatile key was saved")
	}
	if back.Reg.Find(registry.MustPath(`HKLM\SOFTWARE\x`)) == nil {
		t.Error("the stable key above it was not")
	}
}

// TestSavedStateComesBack writes any values and finds them after a save.
func TestSavedStateComesBack(t *testing.T) {
	kinds := []string{"DWord", "String", "MultiString", "Binary"}
	rapid.Check(t, func(t *rapid.T) {
		s, err := initialState(fresh10)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(0, 10).Draw(t, "writes")
		for range n {
			at := registry.MustPath(`HKLM\SOFTWARE\` + rapid.StringMatching(`[a-cA-C]{1,2}(\\[a-c])?`).Draw(t, "key"))
			name := rapid.StringMatching(`[a-bA-B]{0,2}`).Draw(t, "name")
			if rapid.Bool().Draw(t, "delete") {
				if k := s.Reg.Find(at); k != nil {
					k.Unset(name)
				}
				continue
			}
			data := map[string]string{"DWord": "7", "String": rapid.StringMatching(`[ -~ä]{0,5}`).Draw(t, "text"), "MultiString": "a\nb", "Binary": "00ff"}
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			v, err := registry.NewValue(kind, data[kind])
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Reg.Set(at, name, v); err != nil {
				t.Fatal(err)
			}
		}
		b, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeState(b, fresh10)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.encode()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(b), string(again)); d != "" {
			t.Errorf("saved twice (-first +second):\n%s", d)
		}
	})
}

func TestDecodeStateRefuses(t *testing.T) {
	for _, doc := range []string{
		``, `{`, `[]`, `{}`, `{"version":4}`, `{"version":2}`, `{"version":3}`, `{"version":3,"generation":"w10"}`,
		`{"version":3,"generation":"w10","registry":[{"name":"HKEY_LOCAL_MACHINE","values":[{"name":"x","kind":"DWord","data":"many"}]}]}`,
	} {
		if _, err := decodeState([]byte(doc), fresh10); err == nil {
			t.Errorf("%q was taken", doc)
		}
	}
}

func FuzzDecodeState(f *testing.F) {
	s, err := initialState(fresh10)
	if err != nil {
		f.Fatal(err)
	}
	b, err := s.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":3,"generation":"w10"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeState(b, fresh10)
		if err != nil {
			return
		}
		if _, err := s.encode(); err != nil {
			t.Errorf("read, but cannot be saved: %v", err)
		}
	})
}

// fresh10 is a Windows 10 with hardly anything in its registry.
var fresh10 = &Edition{Generation: "w10", Language: console.English, Release: &stack.Release{Build: 19045}, Installed: func() (*registry.Tree, error) { return registry.New(), nil }}

package guest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

func newDisk(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(path, make([]byte, DiskSize), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, path string) *Disk {
	t.Helper()
	d, err := OpenDisk(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestDiskKeepsTheLastDocument(t *testing.T) {
	path := newDisk(t)
	d := open(t, path)
	if b, err := d.Load(); err != nil || b != nil {
		t.Fatalf("a new disk holds %q, %v", b, err)
	}
	for _, doc := range []string{"one", "two", "three"} {
		if err := d.Save([]byte(doc)); err != nil {
			t.Fatal(err)
		}
		for name, from := range map[string]*Disk{"same": d, "after a boot": open(t, path)} {
			if b, err := from.Load(); err != nil || string(b) != doc {
				t.Errorf("%s: %q, %v, want %q", name, b, err, doc)
			}
		}
	}
}

func TestDiskRefusesWhatDoesNotFit(t *testing.T) {
	d := open(t, newDisk(t))
	if err := d.Save([]byte("small")); err != nil {
		t.Fatal(err)
	}
	if err := d.Save(make([]byte, slotSize-slotHeader)); err != nil {
		t.Error(err)
	}
	if err := d.Save(make([]byte, slotSize-slotHeader+1)); err == nil {
		t.Error("no error")
	}
}

// A power cut tears the write at any byte: what was saved before, or the new
// document whole, must be there at the next boot; and a Save after it must work.
func TestTornWriteLeavesTheDocumentBefore(t *testing.T) {
	path := newDisk(t)
	rapid.Check(t, func(t *rapid.T) {
		if err := os.WriteFile(path, make([]byte, DiskSize), 0o600); err != nil {
			t.Fatal(err)
		}
		var last []byte
		for range rapid.IntRange(0, 3).Draw(t, "saves before") {
			last = rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "document")
			save(t, path, last)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		next := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "torn document")
		save(t, path, next)
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// Any part of the changed bytes may have reached the disk.
		torn := bytes.Clone(before)
		whole := true
		for i := range torn {
			if before[i] == after[i] {
				continue
			}
			if rapid.Bool().Draw(t, "byte written") {
				torn[i] = after[i]
			} else {
				whole = false
			}
		}
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		want := last
		if whole {
			want = next
		}
		if got := load(t, path); !bytes.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		save(t, path, []byte("afterwards"))
		if got := load(t, path); string(got) != "afterwards" {
			t.Fatalf("after the next save: %q", got)
		}
	})
}

func save(t *rapid.T, path string, doc []byte) {
	d, err := OpenDisk(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Save(doc); err != nil {
		t.Fatal(err)
	}
}

func load(t *rapid.T, path string) []byte {
	d, err := OpenDisk(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b, err := d.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzDecodeSlot(f *testing.F) {
	good, err := encodeSlot(7, []byte("document"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte(slotMagic + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		seq, data := decodeSlot(b)
		if seq == 0 {
			return
		}
		again, err := encodeSlot(seq, data)
		if err != nil || !bytes.HasPrefix(b, again) {
			t.Errorf("slot %d is not what its document encodes to (%v)", seq, err)
		}
	})
}

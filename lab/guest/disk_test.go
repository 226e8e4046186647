package guest

import (
	"bytes"
	"io"
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

// memory is a medium of as many bytes as the two slots of small documents need.
type memory struct{ slots [2][slotHeader + 64]byte }

func (m *memory) at(off int64) []byte { return m.slots[off/slotSize][off%slotSize:] }

func (m *memory) ReadAt(b []byte, off int64) (int, error)  { return copy(b, m.at(off)), io.EOF }
func (m *memory) WriteAt(b []byte, off int64) (int, error) { return copy(m.at(off), b), nil }
func (m *memory) Sync() error                              { return nil }
func (m *memory) Close() error                             { return nil }

func (m *memory) save(t *rapid.T, doc []byte) {
	d, err := readDisk(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Save(doc); err != nil {
		t.Fatal(err)
	}
}

func (m *memory) load(t *rapid.T) []byte {
	d, err := readDisk(m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A power cut tears the write at any byte: what was saved before, or the new
// document whole, must be there at the next boot; and a Save after it must work.
func TestTornWriteLeavesTheDocumentBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var disk memory
		var last []byte
		for range rapid.IntRange(0, 3).Draw(t, "saves before") {
			last = rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "document")
			disk.save(t, last)
		}
		torn := disk
		next := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "torn document")
		disk.save(t, next)

		// Any part of the changed bytes may have reached the disk.
		whole := true
		for s := range disk.slots {
			for i, b := range disk.slots[s] {
				if torn.slots[s][i] == b {
					continue
				}
				if rapid.Bool().Draw(t, "byte written") {
					torn.slots[s][i] = b
				} else {
					whole = false
				}
			}
		}
		want := last
		if whole {
			want = next
		}
		if got := torn.load(t); !bytes.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		torn.save(t, []byte("afterwards"))
		if got := torn.load(t); string(got) != "afterwards" {
			t.Fatalf("after the next save: %q", got)
		}
	})
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

package image

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entry is what unpack finds of a file.
type entry struct {
	Name    string
	Mode    int
	Content string
	Major   int
	Minor   int
}

// unpack reads archives in a row as the kernel does: after a trailer and zeros the
// next may begin.
func unpack(t *testing.T, b []byte) []entry {
	t.Helper()
	var all []entry
	inodes := map[string]bool{}
	pos := 0
	field := func(i int) int {
		n, err := strconv.ParseUint(string(b[pos+6+8*i:][:8]), 16, 32)
		if err != nil {
			t.Fatalf("header at %d: %v", pos, err)
		}
		return int(n)
	}
	align := func(n int) int { return (n + 3) &^ 3 }
	for archive := 0; pos < len(b); {
		if pos%4 != 0 || string(b[pos:pos+6]) != "070701" {
			t.Fatalf("no header at %d", pos)
		}
		mode, links, size, nameLen := field(1), field(4), field(6), field(11)
		e := entry{Mode: mode, Major: field(9), Minor: field(10)}
		name := pos + 110
		e.Name = string(b[name : name+nameLen-1])
		if b[name+nameLen-1] != 0 || links < 1 {
			t.Fatalf("entry at %d: name without end, or %d links", pos, links)
		}
		inode := fmt.Sprint(archive, field(0))
		content := align(name + nameLen)
		e.Content = string(b[content : content+size])
		pos = align(content + size)
		if e.Name == "TRAILER!!!" {
			archive++
			continue
		}
		if inodes[inode] {
			t.Errorf("%s shares an inode number", e.Name)
		}
		inodes[inode] = true
		all = append(all, e)
	}
	return all
}

func TestArchive(t *testing.T) {
	source := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(source, []byte("from the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	a := newArchive(&b)
	a.device("dev/console", 5, 1)
	a.file("opt/x/program", modeProgram, source)
	a.bytes("opt/x/empty", modeFile, nil)
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	second := newArchive(&b)
	second.bytes("config.json", modeSecret, []byte("{}"))
	if err := second.close(); err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{Name: "dev", Mode: modeDirectory},
		{Name: "dev/console", Mode: modeCharacter, Major: 5, Minor: 1},
		{Name: "opt", Mode: modeDirectory},
		{Name: "opt/x", Mode: modeDirectory},
		{Name: "opt/x/program", Mode: modeProgram, Content: "from the host"},
		{Name: "opt/x/empty", Mode: modeFile},
		{Name: "config.json", Mode: modeSecret, Content: "{}"},
	}
	if d := cmp.Diff(want, unpack(t, b.Bytes())); d != "" {
		t.Error(d)
	}
}

type brokenWriter struct{ room int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

func TestArchiveKeepsTheFirstError(t *testing.T) {
	for _, room := range []int{0, 100, 120, 300} {
		a := newArchive(&brokenWriter{room})
		a.bytes("a/b", modeFile, []byte(strings.Repeat("x", 500)))
		if err := a.close(); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	a := newArchive(&bytes.Buffer{})
	a.file("x", modeFile, "/nonexistent")
	if err := a.close(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

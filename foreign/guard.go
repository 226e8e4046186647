package foreign

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"unicode/utf8"
)

// Writer is the guard in front of a terminal, a log or a file for people: what is written
// through it is shown as Message shows it, but whole. A line may end as on Windows. It may be
// used by several goroutines.
type Writer struct {
	to io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character, or of a line's end
}

// NewWriter guards w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Unguarded is what is behind the guard: for a program that is started with our streams, and
// guards them itself.
func (w *Writer) Unguarded() io.Writer { return w.to }

// Write implements io.Writer. What ends within a character waits for the next call, or Flush.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := append(w.rest, p...)
	end := len(all)
	switch {
	case bytes.HasSuffix(all, []byte("\r")):
		end--
	default:
		for back := 1; back < utf8.UTFMax && back <= len(all); back++ {
			if at := len(all) - back; utf8.RuneStart(all[at]) {
				if !utf8.FullRune(all[at:]) {
					end = at
				}
				break
			}
		}
	}
	w.rest = bytes.Clone(all[end:])
	return len(p), w.write(all[:end])
}

// Flush writes what waits for the rest of its character. While somebody writes, which may last for as
// long as nobody reads, it does nothing: what waits comes with that.
func (w *Writer) Flush() error {
	if !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	rest := w.rest
	w.rest = nil
	return w.write(rest)
}

func (w *Writer) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := io.WriteString(w.to, visible(string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))), "\n\t"))
	return err
}

// JSON writes v as JSON for people and their programs, with every text in it as Message shows
// it, but whole: what reads JSON undoes its escapes, and would print what is in them. Indent is
// that of a level; "" writes it on one line.
func JSON(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(texts(b.Bytes(), func(s string) string { return visible(s, "\n\t") }))
	return err
}

// Lines lets in a JSON document: every text in it as Line shows it. What is no JSON it leaves
// to the reader of the document.
func Lines(document []byte) []byte { return texts(document, Line) }

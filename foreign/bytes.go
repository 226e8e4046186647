package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// maxValues is how many values of a JSON document are read: what is made of a small one in
// memory is many times as big.
const maxValues = 250_000

// CheckJSON refuses a document that is longer than most bytes, or has more values than any that
// was meant to be read. It looks at no more than the length and what parts values.
func CheckJSON(document []byte, most int) error {
	if len(document) > most {
		return fmt.Errorf("%d bytes long; at most %d are read", len(document), most)
	}
	values := 0
	for _, part := range []string{",", "{", "["} {
		values += bytes.Count(document, []byte(part))
	}
	if values > maxValues {
		return fmt.Errorf("more than %d values; no such answer is read", maxValues)
	}
	return nil
}

// ErrTooLong says that a file has more bytes than are read.
var ErrTooLong = errors.New("too long")

// ReadFile reads a file of at most so many bytes. It reads no more of a longer one, which may
// be a device without end, before it says so.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, fmt.Errorf("%s: more than %d bytes: %w", path, most, ErrTooLong)
	}
	return text, err
}

// Buffer keeps the first Limit bytes that are written to it and drops the rest, so that a
// program gone mad cannot fill the memory and is not blocked either. It may be used by several
// goroutines.
type Buffer struct {
	Limit int

	mu   sync.Mutex
	kept []byte
	lost bool
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	room := min(len(p), b.Limit-len(b.kept))
	b.lost = b.lost || room < len(p)
	b.kept = append(b.kept, p[:room]...)
	return len(p), nil
}

// Bytes is what was kept.
func (b *Buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept
}

// Overflow says whether something was dropped.
func (b *Buffer) Overflow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
}

package sample

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"vnettune/foreign"
)

// maxCell is the longest cell that is read, in bytes, maxLine the longest line, and maxFile
// the longest file: one with longer ones is none of samples, and must not fill the memory.
const (
	maxCell = 4096
	maxLine = 1 << 20
	maxFile = 512 << 20
)

// checkCell refuses what no cell may hold.
func checkCell(column, value string) error {
	switch {
	case len(value) > maxCell:
		return fieldError(column, value, "%d bytes long: a cell has at most %d", len(value), maxCell)
	case strings.IndexByte(value, 0) >= 0:
		return fieldError(column, value, "a NUL byte: the file is damaged or is no text")
	case !utf8.ValidString(value):
		return fieldError(column, value, "not UTF-8 text: in Excel save it as \"CSV UTF-8\"; iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv converts what was saved as \"CSV\"")
	case !foreign.Printable(value):
		return fieldError(column, value, "it has a control or invisible character: delete it")
	}
	return nil
}

// lineReader passes lines on, and refuses one that is too long or in which a quoted
// field does not end: no cell may hold a line break, and the CSV reader would
// gather all that follows in memory.
type lineReader struct {
	r            io.Reader
	line, length int
	room         int64 // bytes that may still come
	quoted       bool
	err          error // what comes behind what was passed on
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: r, line: 1, room: maxFile} }

func (l *lineReader) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.r.Read(p)
	if l.room -= int64(n); l.room < 0 {
		l.err = fmt.Errorf("line %d: more than %d MiB come before it: this is no file of samples", l.line, maxFile>>20)
		return 0, l.err
	}
	for i, c := range p[:n] {
		switch c {
		case '"':
			l.quoted = !l.quoted
		case '\n':
			if l.quoted {
				l.err = fmt.Errorf("line %d: a quoted field does not end on its line: no cell may hold a line break", l.line)
				return i + 1, nil
			}
			l.line++
			l.length = -1
		}
		if l.length++; l.length > maxLine {
			l.err = fmt.Errorf("line %d: more than %d bytes long: this is no file of samples", l.line, maxLine)
			return i, nil
		}
	}
	return n, err
}

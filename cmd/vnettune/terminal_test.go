package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// emulator plays what a terminal shows of the bytes that are written to it: lines, wrapped at
// its width, and the few movements of the cursor that progress uses. What it does not know it
// counts as wrong.
type emulator struct {
	width    int
	rows     [][]rune
	row, col int
	rest     string   // of a sequence that has not ended
	wrong    []string // sequences that it does not know
	wraps    int      // characters that had no room in their line
}

func (x *emulator) Write(p []byte) (int, error) {
	text := x.rest + string(p)
	x.rest = ""
	for i := 0; i < len(text); {
		if text[i] == '\x1b' {
			n := x.sequence(text[i:])
			if n == 0 {
				x.rest = text[i:]
				return len(p), nil
			}
			i += n
			continue
		}
		x.put(text[i])
		i++
	}
	return len(p), nil
}

// sequence obeys the escape sequence that s begins with and gives its length; 0 where its
// end is still to come.
func (x *emulator) sequence(s string) int {
	end := strings.IndexAny(s, "ABCDHJKmhl")
	if end < 0 {
		return 0
	}
	arguments := strings.TrimPrefix(s[1:end], "[")
	n, err := strconv.Atoi(arguments)
	switch {
	case s[end] == 'm':
	case s[end] == 'J' && arguments == "":
		x.rows = append(x.rows[:x.row], x.line()[:min(x.col, len(x.line()))])
	case s[end] == 'A' && err == nil:
		x.row -= n
	default:
		x.wrong = append(x.wrong, s[:end+1])
	}
	return end + 1
}

// line is the row of the cursor.
func (x *emulator) line() []rune {
	for len(x.rows) <= x.row {
		x.rows = append(x.rows, nil)
	}
	return x.rows[x.row]
}

// put shows a character; these tests write ASCII alone.
func (x *emulator) put(c byte) {
	switch c {
	case '\r':
		x.col = 0
		return
	case '\n':
		x.row++
		return
	}
	if x.col == x.width {
		x.row, x.col = x.row+1, 0
		x.wraps++
	}
	line := x.line()
	for len(line) <= x.col {
		line = append(line, ' ')
	}
	line[x.col] = rune(c)
	x.rows[x.row] = line
	x.col++
}

// shows is the screen as text, without what is empty at its end.
func (x *emulator) shows() string {
	var lines []string
	for _, r := range x.rows {
		lines = append(lines, strings.TrimRight(string(r), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// fresh says whether the cursor stands at the beginning of an empty line behind all others.
func (x *emulator) fresh() bool {
	return x.col == 0 && len(x.line()) == 0 && x.row == len(x.rows)-1
}

// setSize says how large a terminal's window is.
func setSize(t *testing.T, f *os.File, columns, rows int) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)}); err != nil {
		t.Fatal(err)
	}
}

package sample

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"vnettune/foreign"
)

// Read reads the CSV form and checks it whole. An error names the line, the
// column, the value and the remedy. The rows come back in the file's order, with
// Status and Better filled in. A file with a header only has no rows.
func Read(r io.Reader) ([]Row, error) {
	raw := bufio.NewReaderSize(r, sniffed)
	start, _ := raw.Peek(sniffed) // what stopped it comes again when it is read
	if err := noSamples(start); err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	if bytes.HasPrefix(start, []byte(foreign.ByteOrderMark)) {
		_, _ = raw.Discard(len(foreign.ByteOrderMark)) // it is there
	}
	cr := csv.NewReader(bufio.NewReaderSize(newLineReader(raw), sniffed))
	cr.ReuseRecord = true
	cr.FieldsPerRecord = -1

	header, err := cr.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("samples: the file is empty: it must start with a header line")
	}
	if err != nil {
		return nil, fmt.Errorf("samples: header: %w", describe(err))
	}
	cols, err := parseHeader(header)
	if err != nil {
		line, _ := cr.FieldPos(0)
		return nil, fmt.Errorf("samples: line %d: %w", line, err)
	}
	return readRows(cr, cols, sizeOf(r))
}

// sizeOf is the size of a file in bytes; 0 where nobody knows.
func sizeOf(r io.Reader) int64 {
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return 0
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// foreseen is the number of rows after which the number of all is foreseen from the file's size.
const foreseen = 1000

func readRows(cr *csv.Reader, cols columns, size int64) ([]Row, error) {
	d := newDecoder(cols)
	check := newChecker()
	var rows []Row
	for {
		record, err := cr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("samples: %w", describe(err))
		}
		line, _ := cr.FieldPos(0)
		row, err := d.decode(record)
		if err == nil {
			err = check.row(&row, line)
		}
		if err != nil {
			return nil, fmt.Errorf("samples: line %d: %w", line, err)
		}
		if len(rows) == foreseen {
			all := float64(size) / float64(cr.InputOffset()) * foreseen
			rows = slices.Grow(rows, max(foreseen, int(1.05*all)-foreseen)) // a few too many cost nothing, and a copy of all does
		}
		if len(rows) == cap(rows) {
			rows = slices.Grow(rows, max(64, len(rows))) // doubling: append would copy a big file thrice as often
		}
		rows = append(rows, row)
	}
	if line, err := check.begun(); err != nil {
		return nil, fmt.Errorf("samples: line %d: %w", line, err)
	}
	return rows, nil
}

// describe turns the CSV reader's own errors into ours: with the line, and with
// what to do.
func describe(err error) error {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return fmt.Errorf("line %d, character %d: %w: the file must be RFC 4180 CSV (fields with a comma or a quote stand in double quotes)",
			pe.Line, pe.Column, pe.Err)
	}
	return err
}

package sample

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vnettune/foreign"
)

// decoder turns records into rows. It keeps one copy of every word, and one map
// of levels for each distinct set of levels, so that a big file stays small.
type decoder struct {
	cols   columns
	words  map[string]string
	levels map[string]map[string]string
	key    []byte
}

func newDecoder(cols columns) *decoder {
	return &decoder{cols: cols, words: make(map[string]string), levels: make(map[string]map[string]string)}
}

// fieldError names the column and the value that are wrong, and the remedy.
func fieldError(column, value, format string, args ...any) error {
	return fmt.Errorf("column \"%s\": value \"%s\": %s", foreign.Word(column), foreign.Word(value), fmt.Sprintf(format, args...))
}

// decode reads the fields one by one; checker sees to what they mean together.
func (d *decoder) decode(record []string) (Row, error) {
	if !slices.ContainsFunc(record, func(v string) bool { return strings.TrimSpace(v) != "" }) {
		return Row{}, errors.New("an empty row, as spreadsheets write below a table: delete it")
	}
	if got, want := len(record), len(d.cols.names); got != want {
		remedy := "every row must have them all"
		if got > want {
			remedy = "write decimals with a dot, and a field with a comma in double quotes"
		}
		return Row{}, fmt.Errorf("%d fields, but the header has %d: %s", got, want, remedy)
	}
	for i, v := range record {
		if err := checkCell(d.cols.names[i], v); err != nil {
			return Row{}, err
		}
	}
	row := Row{
		Combination: d.word(record, colCombination),
		Block:       d.word(record, colBlock),
		Boot:        d.word(record, colBoot),
		Workload:    d.word(record, colWorkload),
		Metric:      d.word(record, colMetric),
		Unit:        d.word(record, colUnit),
		Better:      Better(d.word(record, colBetter)),
		Status:      d.word(record, colStatus),
		Session:     d.word(record, colSession),
		GuestKind:   d.word(record, colGuestKind),
		Levels:      d.levelsOf(record),
	}
	if row.Status == "" {
		row.Status = StatusOK
	}
	var err error
	if v := d.field(record, colRepetition); v != "" {
		if row.Repetition, err = parseCount(v, 1); err != nil {
			return Row{}, fieldError(colRepetition, v, "%v: repetitions count 1, 2, 3 ... (pandas writes 1.0 unless told astype(\"Int64\"))", err)
		}
	}
	if v := d.field(record, colOrder); v != "" {
		if row.Order, err = parseCount(v, 0); err != nil {
			return Row{}, fieldError(colOrder, v, "%v: the order is the boot's position in the campaign", err)
		}
	}
	if v := d.field(record, colSlot); v != "" {
		if row.Slot, err = parseCount(v, 1); err != nil {
			return Row{}, fieldError(colSlot, v, "%v: the slot is the number of the planned boot", err)
		}
	}
	if v := d.field(record, colStint); v != "" {
		if row.Stint, err = parseCount(v, 1); err != nil {
			return Row{}, fieldError(colStint, v, "%v: the stint is the place within the boot of one application of a combination", err)
		}
	}
	if v := d.field(record, colCovariate); v != "" {
		row.Covariate, err = parseValue(v)
		if err == nil && row.Covariate == 0 {
			err = errors.New("it is above 0; where none was measured the cell is empty")
		}
		if err != nil {
			return Row{}, fieldError(colCovariate, v, "%v", err)
		}
	}
	if v := d.field(record, colControl); v != "" {
		row.Control, err = parseValue(v)
		if err == nil && !(row.Control > 0 && row.Control < 100) {
			err = errors.New("it is the percent by which a positive control is slowed, above 0 and below 100; of any other combination the cell is empty")
		}
		if err != nil {
			return Row{}, fieldError(colControl, v, "%v", err)
		}
	}
	if v := d.field(record, colValue); v != "" {
		if row.Value, err = parseValue(v); err != nil {
			return Row{}, fieldError(colValue, v, "%v", err)
		}
		row.HasValue = true
	}
	return row, nil
}

func (d *decoder) field(record []string, column string) string {
	if i, ok := d.cols.at[column]; ok {
		return record[i]
	}
	return ""
}

// word is field through the table of words: the record's memory is reused.
func (d *decoder) word(record []string, column string) string {
	return d.intern(d.field(record, column))
}

func (d *decoder) intern(s string) string {
	if w, ok := d.words[s]; ok {
		return w
	}
	w := strings.Clone(s)
	d.words[w] = w
	return w
}

func (d *decoder) levelsOf(record []string) map[string]string {
	if len(d.cols.sets) == 0 {
		return nil
	}
	d.key = d.key[:0]
	for _, s := range d.cols.sets {
		d.key = append(append(d.key, record[s.index]...), 0)
	}
	if m, ok := d.levels[string(d.key)]; ok {
		return m
	}
	m := make(map[string]string, len(d.cols.sets))
	for _, s := range d.cols.sets {
		m[s.id] = d.intern(record[s.index])
	}
	d.levels[string(d.key)] = m
	return m
}

// parseCount reads a whole number of at least min.
func parseCount(s string, min int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < min || n > math.MaxInt32 || s[0] == '+' {
		return 0, fmt.Errorf("not a whole number from %d", min)
	}
	return n, nil
}

// Values beyond these are no measurements of anything, and what is computed from them
// overflows. Zero is one.
const (
	leastValue = 1e-150
	mostValue  = 1e150
)

var errTooSmall = fmt.Errorf("too small for a measurement: write 0, or a value from %g", leastValue)

// notFinite is what a value that is no number is told.
const notFinite = "not a finite decimal number: a failed measurement has an empty value and its failure class in the column \"" + colStatus + "\""

// parseValue reads a finite decimal number that is not negative. Forms that only
// some programs would read alike (hexadecimal, underscores, "inf") are refused.
func parseValue(s string) (float64, error) {
	for _, c := range s {
		switch {
		case '0' <= c && c <= '9', c == '.', c == 'e', c == 'E', c == '+', c == '-':
		case c == ',', c == '\'', c == '’':
			return 0, errors.New("not a number: write decimals with a dot and no thousands separator")
		case unicode.IsSpace(c):
			return 0, errors.New("a space in a number: write it without spaces, units and thousands separators")
		case c == '%':
			return 0, fmt.Errorf("a number stands without its unit, which has the column %q", colUnit)
		default:
			return 0, errors.New(notFinite)
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, errors.New("not a decimal number")
	}
	if v == 0 && !saysZero(s) {
		return 0, errTooSmall
	}
	if err := checkSize(v); err != nil {
		return 0, err
	}
	return math.Abs(v), nil // "-0" is 0
}

// saysZero says whether a decimal number is written as zero: one that is too small for
// a float64 is read as zero, too.
func saysZero(s string) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
	return !strings.ContainsAny(mantissa, "123456789")
}

// checkSize refuses numbers that no measurement is.
func checkSize(v float64) error {
	switch {
	case math.IsNaN(v):
		return errors.New(notFinite)
	case v < 0:
		return fmt.Errorf("negative: a measurement is 0 or more; a failed one has an empty value and its failure class in the column %q", colStatus)
	case v > mostValue:
		return fmt.Errorf("too large for a measurement: up to %g is legal, in a unit that suits it", mostValue)
	case 0 < v && v < leastValue:
		return errTooSmall
	}
	return nil
}

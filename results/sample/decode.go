package sample

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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
	return fmt.Errorf("column %q: value %q: %s", shown(column), shown(value), fmt.Sprintf(format, args...))
}

// decode reads the fields one by one; checker sees to what they mean together.
func (d *decoder) decode(record []string) (Row, error) {
	if len(record) != len(d.cols.names) {
		return Row{}, fmt.Errorf("%d fields, but the header has %d: every row must have them all",
			len(record), len(d.cols.names))
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
			return Row{}, fieldError(colRepetition, v, "%v: repetitions count 1, 2, 3 ...", err)
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

// parseValue reads a finite decimal number that is not negative. Forms that only
// some programs would read alike (hexadecimal, underscores, "inf") are refused.
func parseValue(s string) (float64, error) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '.', c == 'e', c == 'E', c == '+', c == '-':
		case c == ',':
			return 0, fmt.Errorf("not a number: write decimals with a dot and no thousands separator")
		default:
			return 0, fmt.Errorf("not a finite decimal number: a failed measurement has an empty value and its failure class in the column %q", colStatus)
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil && math.IsInf(v, 0):
		return 0, fmt.Errorf("too large for a number")
	case err != nil:
		return 0, fmt.Errorf("not a decimal number")
	case v < 0:
		return 0, fmt.Errorf("negative: a measurement is 0 or more; a failed one has an empty value and its failure class in the column %q", colStatus)
	}
	return math.Abs(v), nil // "-0" is 0
}

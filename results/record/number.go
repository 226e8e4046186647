package record

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// digits is the precision of numbers for programs: the last digits of a float depend on
// the machine's way to multiply and add.
const digits = 12

// Number is a number that may not exist, and that JSON may not be able to write: NaN and
// the infinities are null there, and null is NaN.
type Number float64

// Exists says whether there is a number: NaN is none.
func (n Number) Exists() bool { return n == n }

// String is the number to 12 significant digits, empty where JSON has null.
func (n Number) String() string {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', digits, 64)
}

// MarshalJSON writes the shortest form of the number to 12 significant digits, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	text := n.String()
	if text == "" {
		return []byte("null"), nil
	}
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	return json.Marshal(rounded)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// Count is a number of things or a place, counted from 1, where 0 means that there is
// none: JSON has null then.
type Count int

// MarshalJSON writes the count, or null.
func (c Count) MarshalJSON() ([]byte, error) {
	if c == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(c), 10), nil
}

// Name is a word or a reason that may be missing: JSON has null for an empty one.
type Name string

// MarshalJSON writes the name, or null.
func (n Name) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // whoever encodes the whole decides that
	err := e.Encode(string(n))
	return bytes.TrimSpace(b.Bytes()), err
}

// True says whether a question was asked and the answer is yes; nil is a question that
// nobody could ask.
func True(answer *bool) bool { return answer != nil && *answer }

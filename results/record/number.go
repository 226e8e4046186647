package record

import (
	"bytes"
	"encoding/json"
	"math"
)

// Number is a number that JSON may not be able to write: NaN and the infinities are
// null there, and null is NaN.
type Number float64

// MarshalJSON writes the shortest form of a float64, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

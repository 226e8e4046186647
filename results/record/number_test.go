package record_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"vnettune/results/record"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		value float64
		text  string
		back  float64
	}{
		{0, "0", 0},
		{math.Copysign(0, -1), "-0", math.Copysign(0, -1)},
		{-1.5, "-1.5", -1.5},
		{0.1, "0.1", 0.1},
		{1e21, "1e+21", 1e21},
		{1e-7, "1e-7", 1e-7},
		{math.MaxFloat64, "1.7976931348623157e+308", math.MaxFloat64},
		{math.SmallestNonzeroFloat64, "5e-324", math.SmallestNonzeroFloat64},
		{math.NaN(), "null", math.NaN()},
		{math.Inf(1), "null", math.NaN()},
		{math.Inf(-1), "null", math.NaN()},
	} {
		text, err := json.Marshal(record.Number(c.value))
		if err != nil || string(text) != c.text {
			t.Errorf("%v is written %s (%v), not %s", c.value, text, err, c.text)
		}
		var got record.Number
		if err := json.Unmarshal(text, &got); err != nil || !same(float64(got), c.back) {
			t.Errorf("%s is read as %v (%v), not %v", text, float64(got), err, c.back)
		}
	}
}

// A null replaces what was there before, also inside a struct, a list and a map.
func TestNumberInside(t *testing.T) {
	type nested struct {
		One  record.Number            `json:"one"`
		Ptr  *record.Number           `json:"ptr"`
		List []record.Number          `json:"list"`
		Map  map[string]record.Number `json:"map"`
	}
	v := nested{One: 7, List: []record.Number{7, 7}}
	if err := json.Unmarshal([]byte(`{"one":null,"ptr":null,"list":[null,2],"map":{"a":null}}`), &v); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(float64(v.One)) || v.Ptr != nil || !math.IsNaN(float64(v.List[0])) || v.List[1] != 2 || !math.IsNaN(float64(v.Map["a"])) {
		t.Errorf("read %+v", v)
	}
	text, err := json.Marshal(v)
	if want := `{"one":null,"ptr":null,"list":[null,2],"map":{"a":null}}`; err != nil || string(text) != want {
		t.Errorf("written %s (%v), not %s", text, err, want)
	}
}

func TestNumberRefuses(t *testing.T) {
	for _, text := range []string{`"1"`, `true`, `{}`, `[1]`, `1e999`, `NaN`, ``} {
		var n record.Number
		if err := json.Unmarshal([]byte(text), &n); err == nil {
			t.Errorf("%q is read as %v", text, float64(n))
		}
	}
}

// Every finite number is written as encoding/json writes a float64 and comes back bit
// by bit.
func TestNumberComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64().Draw(t, "value")
		text, err := json.Marshal(record.Number(value))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var got record.Number
		if err := json.Unmarshal(text, &got); err != nil || string(text) != string(plain) || !same(float64(got), value) {
			t.Fatalf("%s is written %s and read as %v (%v)", strconv.FormatFloat(value, 'g', -1, 64), text, float64(got), err)
		}
	})
}

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Float64bits(a) == math.Float64bits(b)
}

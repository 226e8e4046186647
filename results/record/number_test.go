package record_test

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
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
		{1.0 / 3, "0.333333333333", 0.333333333333},
		{math.MaxFloat64, "1.79769313486e+308", 1.79769313486e308},
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

// Every finite number is written as encoding/json writes a float64 of 12 significant
// digits, and what was read is written as it was.
func TestNumberComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64().Draw(t, "value")
		text, err := json.Marshal(record.Number(value))
		if err != nil {
			t.Fatal(err)
		}
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'e', 11, 64), 64)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(rounded)
		if err != nil {
			t.Fatal(err)
		}
		var got record.Number
		if err := json.Unmarshal(text, &got); err != nil || string(text) != string(plain) || !same(float64(got), rounded) {
			t.Fatalf("%s is written %s and read as %v (%v)", strconv.FormatFloat(value, 'g', -1, 64), text, float64(got), err)
		}
		again, err := json.Marshal(got)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%s is written again as %s (%v)", text, again, err)
		}
	})
}

// What does not exist is null, and no character is written otherwise than the encoder of
// the whole writes it.
func TestWhatDoesNotExistIsNull(t *testing.T) {
	type all struct {
		Count record.Count `json:"count"`
		Name  record.Name  `json:"name"`
	}
	for want, v := range map[string]all{
		`{"count":null,"name":null}`: {},
		`{"count":7,"name":"a<b"}`:   {Count: 7, Name: "a<b"},
	} {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil || b.String() != want+"\n" {
			t.Errorf("written %s (%v), not %s", b.String(), err, want)
		}
	}
	if record.True(nil) || record.True(new(false)) || !record.True(new(true)) {
		t.Error("only a yes is true")
	}
}

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Float64bits(a) == math.Float64bits(b)
}

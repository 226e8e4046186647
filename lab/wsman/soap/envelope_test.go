package soap

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want time.Duration
		bad  bool
	}{
		{in: "PT60S", want: time.Minute},
		{in: "PT60.000S", want: time.Minute},
		{in: "PT0.5S", want: 500 * time.Millisecond},
		{in: "PT1M30S", want: 90 * time.Second},
		{in: "PT2H", want: 2 * time.Hour},
		{in: "P0DT0H3M20S", want: 200 * time.Second},
		{in: "P1D", want: 24 * time.Hour},
		{in: "120", want: 2 * time.Minute},
		{in: "", bad: true},
		{in: "P", bad: true},
		{in: "PT", bad: true},
		{in: "P1DT", bad: true},
		{in: "PT-1S", bad: true},
		{in: "P1Y", bad: true},
		{in: "60S", bad: true},
	} {
		got, err := ParseDuration(tc.in)
		if (err != nil) != tc.bad || got != tc.want {
			t.Errorf("%q: %v, %v; want %v, error %v", tc.in, got, err, tc.want, tc.bad)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"PT60S", "P1DT2H3M4.5S", "120", "PT", "P", "P1DT3642436H"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDuration(s); err == nil && d < 0 {
			t.Errorf("%q: negative duration %v", s, d)
		}
	})
}

func FuzzParseEnvelope(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.xml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no envelopes under testdata: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err != nil {
			return
		}
		if e.Header.Action == "" && e.Body.Identify == nil {
			t.Error("an envelope with neither an action nor Identify was taken")
		}
	})
}

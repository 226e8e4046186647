package iperf

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestRates: the measured seconds of real documents, in Mbit/s.
func TestRates(t *testing.T) {
	for file, want := range map[string][]float64{
		"01_3.12_tcp.json":         {2875.9, 2361.6},
		"02_3.12_tcpR_P4_O1.json":  {2951.8, 2477.3}, // the first second is left out
		"04_3.12_udp.json":         {199.97, 173.5},
		"06_3.1.3_tcp.json":        {3893.8, 4128.7},
		"11_3.21_jsonstream.jsonl": {7791.3, 6408.8},
		"03_3.12_bidir.json":       nil, // two directions have no one rate
	} {
		d, err := read(mustRead(t, filepath.Join("testdata", "corpus", file)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.rates(), cmpopts.EquateApprox(1e-3, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	seconds, sliver, rate := 1.0, 0.002, 9e9
	var d document
	for _, s := range []*float64{&seconds, &seconds, &sliver} {
		var i interval
		i.Sum = &struct {
			Seconds *float64 `json:"seconds"`
			Rate    *float64 `json:"bits_per_second"`
			Omitted bool     `json:"omitted"`
		}{Seconds: s, Rate: &rate}
		d.Intervals = append(d.Intervals, i)
	}
	if got := d.rates(); len(got) != 2 {
		t.Errorf("a last sliver counts: %v", got)
	}
	d.Intervals[1].Sum = nil
	if got := d.rates(); got != nil {
		t.Errorf("an interval without figures: %v", got)
	}
}

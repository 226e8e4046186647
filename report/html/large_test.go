package html

import (
	"strings"
	"testing"
)

const mostBytes = 5e6 // of a page of 200 arms

func TestLargeIsSmallEnough(t *testing.T) {
	if got := len(written(t, large(200))); got > mostBytes || got < 1e5 {
		t.Errorf("%d bytes", got)
	}
}

func BenchmarkLarge(b *testing.B) {
	p := large(200)
	for b.Loop() {
		var w strings.Builder
		if err := Write(&w, p); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(w.Len()), "bytes")
	}
}

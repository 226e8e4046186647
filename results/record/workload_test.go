package record

import (
	"strconv"
	"testing"
)

// A pace is that of all streams together, over all seconds of a run, and iperf3 keeps it by writes of which a run has a
// thousand at least, unless they were smaller than a segment.
func TestAPacedWorkload(t *testing.T) {
	for _, c := range []struct {
		mbit                   float64
		streams, seconds, omit int
		rate                   string
		length                 int
	}{
		{9500, 1, 3, 1, "9500000000", 0},
		{9500, 4, 3, 1, "2375000000", 0},
		{95, 1, 1, 0, "95000000", 8192},
		{95, 0, 3, 1, "95000000", 32768},
		{0.95, 1, 1, 0, "950000", 1024},
		{0.001, 128, 1, 0, "8", 1024},
	} {
		w := Workload{Name: "w", Protocol: TCP, Direction: ToGuest, Streams: c.streams, Seconds: c.seconds, Omit: c.omit}
		got := w.PacedTo(c.mbit)
		if got.Rate != c.rate || got.Length != c.length || got.Seconds != c.seconds+c.omit || got.Omit != 0 || got.Name != "w" || got.Streams != c.streams {
			t.Errorf("%+v: %+v", c, got)
		}
		rate, err := strconv.ParseFloat(got.Rate, 64)
		if size := float64(max(got.Length, leastWrite)); err != nil || got.Length > leastWrite && rate/8*float64(got.Seconds) < writesOfRun*size {
			t.Errorf("%+v: writes of %d bytes", c, got.Length)
		}
	}
	if (Workload{Protocol: UDP}).CanBePaced() || !(Workload{Protocol: TCP}).CanBePaced() {
		t.Error("TCP can be paced, and UDP cannot")
	}
}

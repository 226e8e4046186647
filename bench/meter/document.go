package meter

import (
	"runtime"
	"time"
)

// Version is that of the figures and of what they mean.
const Version = "1"

// End is one end of a measurement.
type End struct {
	Version string `json:"version"` // of the meter
	OS      string `json:"os"`      // runtime.GOOS
	Arch    string `json:"arch"`
	Go      string `json:"go"`
}

func thisEnd() End { return End{Version, runtime.GOOS, runtime.GOARCH, runtime.Version()} }

// Document is what a run leaves: both ends' figures, and what they are of.
type Document struct {
	Params Params   `json:"params"`
	Client End      `json:"client"`
	Server End      `json:"server"`
	Host   Half     `json:"host"`  // the client's figures
	Guest  Half     `json:"guest"` // the server's
	Failed *Failure `json:"failed,omitempty"`

	// GuestSeconds and HostSeconds are the measured window by the clocks of both ends, where
	// the server counts: its messages that the window began and ended are timed by the client.
	GuestSeconds float64 `json:"guest_seconds,omitempty"`
	HostSeconds  float64 `json:"host_seconds,omitempty"`
}

// Half is the figures of one end.
type Half struct {
	RR       *RR        `json:"rr,omitempty"`       // of the end that asks
	Streams  *Streams   `json:"streams,omitempty"`  // of the end that receives streams, the load included
	Sent     *Datagrams `json:"sent,omitempty"`     // of the end that sends datagrams
	Received *Received  `json:"received,omitempty"` // of the end that receives them
	Answered int64      `json:"answered,omitempty"` // responses, warm-up included, of the end that answers
	Notes    []string   `json:"notes,omitempty"`
}

// RR is latencies, in nanoseconds.
type RR struct {
	Loop    string  `json:"loop"`  // LoopClosed or LoopOpen
	Count   int64   `json:"count"` // requests of the measured seconds, each of which was answered
	Seconds float64 `json:"seconds"`
	P50     int64   `json:"p50_ns"`
	P99     int64   `json:"p99_ns"`
	P999    int64   `json:"p999_ns"`
	Max     int64   `json:"max_ns"`
	Mean    float64 `json:"mean_ns"`
	// Late is how far behind its time a request was sent, open loop only: part of its latency.
	LateP50 int64 `json:"late_p50_ns,omitempty"`
	LateP99 int64 `json:"late_p99_ns,omitempty"`
	LateMax int64 `json:"late_max_ns,omitempty"`
	// CoordinatedOmission says in words what a stall of the path does to these figures.
	CoordinatedOmission string `json:"coordinated_omission"`
	// Histogram is all latencies in HdrHistogram's compressed format V2, base64.
	Histogram string `json:"histogram"`
}

// Loops: closed sends the next request when the last one was answered, open at fixed times.
const (
	LoopClosed = "closed"
	LoopOpen   = "open"
)

// Streams is what arrived in the measured seconds.
type Streams struct {
	Bytes   int64     `json:"bytes"`
	Seconds float64   `json:"seconds"` // by the receiver's clock
	Each    []int64   `json:"each"`    // bytes of each stream
	Rates   []float64 `json:"rates_mbit,omitempty"`
}

// Mbit is the rate in Mbit/s.
func (s Streams) Mbit() float64 { return float64(s.Bytes) * 8 / s.Seconds / 1e6 }

// Datagrams is what was sent in the measured seconds.
type Datagrams struct {
	Count   int64   `json:"count"`
	Seconds float64 `json:"seconds"` // by the sender's clock
	Each    []int64 `json:"each"`    // datagrams of each stream
	Errors  int64   `json:"errors,omitempty"`
	Skipped int64   `json:"skipped,omitempty"` // that could not be sent in their time: never offered
}

// Received is what arrived of the measured datagrams.
type Received struct {
	Count      int64   `json:"count"` // each once
	Duplicates int64   `json:"duplicates,omitempty"`
	OutOfOrder int64   `json:"out_of_order"` // behind one that was sent later
	Bytes      int64   `json:"bytes"`        // of payload, of Count
	Span       float64 `json:"span_seconds"` // from the first to the last
	Foreign    int64   `json:"foreign,omitempty"`
}

func since(t time.Time) float64 { return time.Since(t).Seconds() }

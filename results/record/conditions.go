package record

import (
	"strconv"
	"time"
)

// Ends of the link at which conditions act, on what is sent there.
const (
	AtHost  = "host"  // this host's last adapter before the guest
	AtGuest = "guest" // the stand-in guest's own
)

// Conditions are those that the link to the guest has while a workload runs. The zero value is the link as it is.
type Conditions struct {
	At     string        `json:",omitempty"` // AtHost or AtGuest
	Delay  time.Duration `json:",omitempty"` // of each packet, so of each round trip
	Jitter time.Duration `json:",omitempty"` // each packet's delay is drawn from Delay ± Jitter
	Loss   float64       `json:",omitempty"` // percent of packets
	Rate   string        `json:",omitempty"` // bit/s as iperf3 takes them (suffix K, M or G)
}

// String are the conditions in words, such as "delay 10ms, loss 0.1 %, at the host"; "" without any.
func (l Conditions) String() string {
	if l == (Conditions{}) {
		return ""
	}
	words := ""
	add := func(what string) { words += what + ", " }
	if l.Delay > 0 {
		add("delay " + l.Delay.String())
	}
	if l.Jitter > 0 {
		add("jitter " + l.Jitter.String())
	}
	if l.Loss > 0 {
		add("loss " + strconv.FormatFloat(l.Loss, 'g', -1, 64) + " %")
	}
	if l.Rate != "" {
		add("rate " + l.Rate + " bit/s")
	}
	return words + "at the " + l.At
}

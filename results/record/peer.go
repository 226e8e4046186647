package record

// Peer is the other end of the measurement where that is not this host. What could not be read is missing.
type Peer struct {
	Name              Name `json:"name"`
	Address           Name `json:"address"` // from which the guest hears it
	Kernel            Name `json:"kernel"`
	Governor          Name `json:"governor"`
	CongestionControl Name `json:"congestion_control"`
	NoMetricsSave     Name `json:"no_metrics_save"`
	// ClockAhead is how far the peer's clock is ahead of this host's, in seconds, known to half of ClockTrip, the time
	// that the question took.
	ClockAhead *float64 `json:"clock_ahead_seconds"`
	ClockTrip  *float64 `json:"clock_trip_seconds"`
	// Of the path from the peer to the guest's address under test.
	RTT    *float64 `json:"rtt_ms"` // the least of a few echoes
	MTU    *int     `json:"mtu"`    // of the peer's adapter or, where it has one, of the route
	Hops   *int     `json:"hops"`   // routers, by what is left of the answer's time to live
	Device Name     `json:"device"` // the peer's adapter
	Router Name     `json:"router"` // the first on the way
}

// peer says in what a peer is not as it was.
func (d *differences) peer(was, is Peer) {
	d.text("", "peer", string(was.Name), string(is.Name))
	d.text(FactKernel, "peer's kernel", string(was.Kernel), string(is.Kernel))
	d.text(FactCPU, "peer's governor", string(was.Governor), string(is.Governor))
	d.text(FactKernel, "peer's congestion control", string(was.CongestionControl), string(is.CongestionControl))
	d.text(FactKernel, "peer's tcp_no_metrics_save", string(was.NoMetricsSave), string(is.NoMetricsSave))
}

package iperf

// interval is one of the steps, usually seconds, in which iperf3 reports a run.
type interval struct {
	Sum *struct {
		Seconds *float64 `json:"seconds"`
		Rate    *float64 `json:"bits_per_second"`
		Omitted bool     `json:"omitted"`
	} `json:"sum"`
}

// rates are the Mbit/s of the measured intervals of a run in one direction, as the
// client saw them: the seconds left out at its start and a last sliver, shorter than
// half of the others, are not among them. nil where an interval has no figures.
func (d document) rates() []float64 {
	if d.bidir() {
		return nil
	}
	var out []float64
	usual := 0.0
	for _, i := range d.Intervals {
		switch {
		case i.Sum == nil || i.Sum.Seconds == nil || i.Sum.Rate == nil:
			return nil
		case i.Sum.Omitted:
			continue
		case *i.Sum.Seconds < usual/2:
			continue
		}
		usual = max(usual, *i.Sum.Seconds)
		out = append(out, *i.Sum.Rate/1e6)
	}
	return out
}

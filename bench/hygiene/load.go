package hygiene

import (
	"context"
	"path/filepath"
	"time"

	"vnettune/bench/counters"
	"vnettune/foreign"
)

// Load is how busy this host's processors were for a while, in percent of all of them.
type Load struct {
	Busy  float64 `json:"busy"`
	Steal float64 `json:"steal"` // taken by the machine that this host is a guest of
}

// Window is how long a host is looked at to say how busy it is: as a guest is that is to be idle.
const Window = 500 * time.Millisecond

// Clock is what a look waits by.
type Clock interface {
	Sleep(ctx context.Context, d time.Duration) error
}

// Busy looks at how busy this host is for a window.
func (r Root) Busy(ctx context.Context, clock Clock, window time.Duration) (Load, error) {
	was, err := r.totals()
	if err != nil {
		return Load{}, err
	}
	if err := clock.Sleep(ctx, window); err != nil {
		return Load{}, err
	}
	is, err := r.totals()
	if err != nil || !(is.All > was.All) {
		return Load{}, err
	}
	share := func(x float64) float64 { return min(100, max(0, 100*x/(is.All-was.All))) }
	return Load{Busy: share(is.Busy - was.Busy), Steal: share(is.Steal - was.Steal)}, nil
}

func (r Root) totals() (counters.Totals, error) {
	text, err := foreign.ReadFile(filepath.Join(string(r), "proc/stat"), maxFile)
	if err != nil {
		return counters.Totals{}, err
	}
	return counters.ParseTotals(text)
}

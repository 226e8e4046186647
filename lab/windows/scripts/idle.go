package scripts

import (
	"context"
	"time"

	"vnettune/lab/windows/machine"
)

type idleInput struct {
	Need   int `json:"need"`
	Window int `json:"window"` // ms
	Limit  int `json:"limit"`  // ms
}

type idleAnswer struct {
	Problems  map[string]string `json:"problems"`
	Windows   int               `json:"windows"`
	Idle      int               `json:"idle"`
	Processor float64           `json:"processor"`
	Disk      float64           `json:"disk"`
	Busiest   *idleBusiest      `json:"busiest"`
	Elapsed   int               `json:"elapsed"` // ms
}

type idleBusiest struct {
	Name         string `json:"name"`
	Milliseconds int    `json:"milliseconds"`
}

// playedLoad is the percent of the time that processors are busy where a process of a fault keeps
// them so. Without one nothing in the stand-in works by itself; what else runs on the machine below is not its own.
const playedLoad = 97

// playIdle plays the contract "idle", which takes the time that it looks at.
func playIdle(ctx context.Context, m *machine.Machine, in idleInput) (any, error) {
	a := idleAnswer{Problems: map[string]string{}}
	if in.Window <= 0 {
		return nil, scriptErrorf("input", "a window of %d ms", in.Window)
	}
	a.Windows = min(in.Need, (in.Limit+in.Window-1)/in.Window)
	a.Idle = a.Windows
	busy := m.Faults().Busy
	if busy != "" {
		a.Windows, a.Idle, a.Processor = (in.Limit+in.Window-1)/in.Window, 0, playedLoad
	}
	a.Elapsed = a.Windows * in.Window
	if busy != "" {
		a.Busiest = &idleBusiest{busy, a.Elapsed * playedLoad / 100}
	}
	select {
	case <-ctx.Done():
		return nil, scriptErrorf("input", "%v", ctx.Err())
	case <-time.After(time.Duration(a.Elapsed) * time.Millisecond):
		return a, nil
	}
}

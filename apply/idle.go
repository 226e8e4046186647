package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/results/record"
)

// A guest is idle in a window of that length in which processors and disks were busy for less than
// that part of the time (learn.microsoft.com/windows-hardware/test/assessments/post-on-off-duration).
const (
	idleWindow = 500 * time.Millisecond
	idleBelow  = 20 // percent
)

// idleCall is the longest that one question looks at the guest: it has to end within what the
// guest is given for a command.
const idleCall = 8 * time.Second

// AwaitIdle waits until so much idle time was gathered since it began, or until the limit is over.
// What it saw is stored; what could not be asked is in Unasked, and nothing is waited for then. The error is a
// guest that is lost. The second result is the raw answers, one behind the other.
func (g *Guest) AwaitIdle(ctx context.Context, idle, limit time.Duration) (record.Settled, []byte, error) {
	s := record.Settled{Wanted: idle.Seconds()}
	d, err := g.speak(ctx)
	if err != nil {
		return s, nil, err
	}
	var raw []byte
	began := g.clock.Now()
	for need := int((idle + idleWindow - 1) / idleWindow); need > 0; {
		rest := limit - g.clock.Now().Sub(began)
		if rest <= 0 {
			s.GaveUp = true
			return s, raw, nil
		}
		a, said, err := d.Idle(ctx, terms.IdleInput{Need: need, Window: idleWindow.Milliseconds(), Below: idleBelow, Limit: min(rest, idleCall).Milliseconds()})
		if raw != nil {
			raw = append(raw, '\n')
		}
		raw = append(raw, said...)
		switch {
		case err != nil && (Lost(err) || ctx.Err() != nil):
			return s, raw, err
		case errors.Is(err, terms.ErrNotAsked):
			s.Unasked = err.Error()
			return s, raw, nil
		case err != nil:
			s.Unasked = foreign.Line(err.Error())
			return s, raw, nil
		case a.Problems["processor"] != "":
			s.Unasked = foreign.Words(a.Problems["processor"])
			return s, raw, nil
		case a.Windows == 0 && a.Elapsed > idleWindow.Milliseconds():
			s.Unasked = "the guest's counters give no share of the time"
			return s, raw, nil
		}
		need -= a.Idle
		s.Idle += (time.Duration(a.Idle) * idleWindow).Seconds()
		s.Processor, s.Disk, s.Busiest = a.Processor, a.Disk, ""
		if a.Busiest != nil {
			s.Busiest = fmt.Sprintf("%s, %.1f s of processor time in %.1f s", foreign.Word(a.Busiest.Name), a.Busiest.Milliseconds/1000, float64(a.Elapsed)/1000)
			s.Process = foreign.Word(a.Busiest.Name)
		}
	}
	return s, raw, nil
}

package bench

import (
	"context"
	"fmt"
	"time"

	"vnettune/results/record"
	"vnettune/trouble"
)

// hostWindow is how long this host is looked at once: as a guest is that is to be idle.
const hostWindow = 500 * time.Millisecond

// hostMost is the longest that this host is waited for. One that is busy for longer has other work, which the next
// boots would wait for in vain: a session that gave up once waits no longer than it takes to see an idle host.
const hostMost = time.Minute

// awaitHost gathers as much idle time of this host as is wanted of the guest, in windows in which its processors are
// busy for less than a guest's may be, and gives up at half of the time that both may take, or after hostMost. What a
// guest does after its boot is this host's work too, so that the two are idle at about the same time. It gives nil
// where nobody waits.
func (b *bootRecord) awaitHost(ctx context.Context, asked record.Settle) (*record.HostSettled, error) {
	l := b.loop
	if l.HostBusy == nil {
		return nil, nil
	}
	began, most := l.Clock.Now(), min(asked.Most/2, hostMost)
	if b.session.hostBusy {
		most = min(most, asked.Idle)
	}
	var s record.HostSettled
	for idle := time.Duration(0); idle < asked.Idle; {
		if l.Clock.Now().Sub(began) >= most {
			s.GaveUp = true
			if b.session.hostBusy {
				break
			}
			b.session.hostBusy = true
			e := l.event(b.session, b.slot, EventWarning)
			e.Text = fmt.Sprintf("this host is not idle after %s: its processors are busy for %.0f %% of the time; it is measured all the same", most, s.Busy)
			l.Notify(e)
			break
		}
		busy, err := l.HostBusy(ctx, hostWindow)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			s.Unread = trouble.Line(err)
			break
		}
		if s.Busy = busy; busy < record.BusyOthers {
			idle += hostWindow
			s.Idle = idle.Seconds()
		}
	}
	return &s, nil
}

package machine

import "time"

// clock is the guest's clock as this boot shows it: the machine's own, moved by what a
// fault asks for. Timers go by the machine's own.
type clock struct {
	jump time.Duration
	zone *time.Location // nil: the machine's
}

// clockOf is the clock of a boot; a fault's jump is between the first and the second.
func clockOf(f Faults, boots int) clock {
	if boots < 2 {
		return clock{}
	}
	c := clock{jump: f.ClockJump}
	if f.TimeZone != 0 {
		c.zone = time.FixedZone("", int(f.TimeZone/time.Second))
	}
	return c
}

func (c clock) of(t time.Time) time.Time {
	t = t.Add(c.jump)
	if c.zone != nil {
		t = t.In(c.zone)
	}
	return t
}

// Now is the guest's clock, bootTime the moment of this boot by it.
func (m *Machine) Now() time.Time      { return m.clock.of(m.host.Now()) }
func (m *Machine) BootTime() time.Time { return m.clock.of(m.host.BootTime()) }

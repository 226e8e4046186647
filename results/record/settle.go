package record

import (
	"fmt"
	"time"
)

// Settle is what is waited for between the proof of a boot and its first run: Plain, whatever the
// guest does, or, where Idle is not zero, until that much idle time was gathered.
type Settle struct {
	Plain time.Duration
	Idle  time.Duration
	Least time.Duration // with Idle: waited in any case
	Most  time.Duration // with Idle: then the boot is measured all the same
}

// String is what is waited for, in words.
func (s Settle) String() string {
	if s.Idle == 0 {
		return s.Plain.String()
	}
	return fmt.Sprintf("until %s of idle time are gathered (%s to %s)", s.Idle, s.Least, s.Most)
}

// Soonest is how long is waited at least.
func (s Settle) Soonest() time.Duration {
	if s.Idle == 0 {
		return s.Plain
	}
	return max(s.Least, s.Idle)
}

// Settled is what came of waiting for an idle guest.
type Settled struct {
	Wanted    float64  `json:"wanted"`              // seconds of idle time
	Idle      float64  `json:"idle"`                // seconds that were gathered
	GaveUp    bool     `json:"gave_up,omitempty"`   // it was measured all the same
	Processor *float64 `json:"processor,omitempty"` // mean percent of the time that they were busy, when last asked
	Disk      *float64 `json:"disk,omitempty"`
	Process   string   `json:"process,omitempty"` // that took the most processor time then
	Busiest   string   `json:"busiest,omitempty"` // the same, with how much
	Unasked   string   `json:"unasked,omitempty"` // why the guest could not be asked

	Host *HostSettled `json:"host,omitempty"` // nil: this host was not waited for
}

// HostSettled is what came of waiting for this host to be idle.
type HostSettled struct {
	Idle   float64 `json:"idle"`              // seconds that were gathered, of those wanted of the guest
	GaveUp bool    `json:"gave_up,omitempty"` // it was measured all the same
	Busy   float64 `json:"busy"`              // percent of the time that its processors were busy, when last looked at
	Unread string  `json:"unread,omitempty"`  // why it could not be looked at
}

package bench

import "time"

// Event is one thing that happened in a campaign, for people and for machines.
type Event struct {
	Time      time.Time `json:"time"`
	Kind      EventKind `json:"event"`
	Block     int       `json:"block,omitempty"`
	Blocks    int       `json:"blocks,omitempty"`
	Boot      int       `json:"boot,omitempty"` // slot of the plan, from 1
	Boots     int       `json:"boots,omitempty"`
	Arm       string    `json:"arm,omitempty"`
	Step      string    `json:"step,omitempty"`
	Status    string    `json:"status,omitempty"` // of the boot that ended, or a run's class
	Text      string    `json:"text,omitempty"`
	Value     *float64  `json:"value,omitempty"` // of a run
	Unit      string    `json:"unit,omitempty"`
	Remaining float64   `json:"seconds_left,omitempty"` // estimated from the boots so far; 0 when unknown
}

// EventKind is what an Event tells.
type EventKind string

// The kinds.
const (
	EventStart    EventKind = "start"    // the session begins
	EventStep     EventKind = "step"     // a step of a boot begins
	EventRun      EventKind = "run"      // a run of the measuring tool ended
	EventBoot     EventKind = "boot"     // a boot ended and is stored
	EventDecision EventKind = "decision" // a search decided which arms go on
	EventRescue   EventKind = "rescue"   // a guest that does not answer is being brought back
	EventRestore  EventKind = "restore"  // the guest is being put back
	EventRestored EventKind = "restored" // and has its originals, verified
	EventWarning  EventKind = "warning"
	EventDone     EventKind = "done"
)

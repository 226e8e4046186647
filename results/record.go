package results

import (
	"encoding/json"
	"time"

	"vnettune/results/sample"
)

// Campaign is what a store is made for. It never changes: a changed campaign
// needs a new store.
type Campaign struct {
	Name       string          // also the store's default file name
	File       string          // path of the campaign file as given, for messages
	Text       []byte          // the campaign file
	Generation string          // the guest generation that the plan is made for
	Plan       json.RawMessage // matrix.Plan
	Seed       uint64
	Created    time.Time
}

// Session is one uninterrupted stretch of a campaign.
type Session struct {
	ID      int64
	Started time.Time
	Ended   time.Time       // zero while it runs and when it was killed
	Outcome string          // how it ended, in a word: done, interrupted, failed
	Host    json.RawMessage // facts of the host: kernel, CPU, tools
	Guest   json.RawMessage // facts of the guest at the session's start
}

// Statuses of a boot. Every other status is a failure class. StatusExcluded is
// only a status of samples: an excluded boot keeps its own in the store.
const (
	StatusOK          = sample.StatusOK
	StatusNotInEffect = sample.StatusNotInEffect
	StatusExcluded    = sample.StatusExcluded
)

// Classes of a usable run. Every other class is a failure.
const (
	ClassOK            = "ok"
	ClassOKAfterRepair = "ok_after_repair"
)

// Boot is one boot of the guest under one combination, with all that was
// measured. It is stored in one piece when it ends, a failed one too.
type Boot struct {
	ID          string // unique in the store; given by AddBoot when empty
	Session     int64
	Block       int    // from 1
	Order       int    // the slot in the plan, from 1; a retried boot shares it
	Arm         string // the combination's name
	Combination string // canonical lines of the combination
	Status      string
	Reason      string // why the status is not ok; "" otherwise
	Started     time.Time
	Ended       time.Time
	Steps       []Step          // the times of every step, in order
	Guest       json.RawMessage // facts of the guest after the boot
	Readings    json.RawMessage // the three readings of every setting
	Reboot      json.RawMessage // proof of the boot
	Runs        []Run           // every run of a measuring tool, failed and discarded ones too
	Raw         []Raw           // raw answers of the guest; only from Store.Boot
}

// Step is one step of a boot.
type Step struct {
	Name    string    `json:"name"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

// Run is one run of the measuring tool.
type Run struct {
	Workload   string
	Repetition int    // from 1; 0: discarded (the first after the boot)
	Attempt    int    // from 1; earlier attempts failed and were repeated
	Class      string // the outcome class; see Usable
	Reason     string
	Started    time.Time
	Ended      time.Time
	Metrics    []Metric        // kept of usable runs only
	Details    json.RawMessage // what the tool says beside its figures; nil for nothing
	Raw        []byte          // the tool's output; only from Store.Boot
	Stderr     []byte          // only from Store.Boot
}

// Metric is one number of a run.
type Metric struct {
	Name   string // such as throughput
	Unit   string // such as Mbit/s
	Better string // higher or lower
	Value  float64
}

// Raw is one raw answer of the guest.
type Raw struct {
	Kind string // facts, write, read ...
	Text []byte
}

// Exclusion takes a boot out of the ranking, for a reason.
type Exclusion struct {
	Boot   string
	Reason string
	At     time.Time
}

// Event is something that happened beside the boots and is worth keeping.
type Event struct {
	At   time.Time
	Kind string
	Text string
}

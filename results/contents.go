package results

import (
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Contents is all that a store holds of a campaign, read once, without the raw outputs:
// those may be many megabytes, and Store.Boot reads them.
type Contents struct {
	Path        string // of the store, for messages
	Campaign    Campaign
	Sessions    []Session               // in their order
	Boots       []Boot                  // in the order in which they ended
	Exclusions  []Exclusion             // in force, in the order of their boots
	TakenBack   []Exclusion             // that are in force no more, in the order in which they were taken back
	Revisions   []Revision              // what it was run with beside its first text, in their order
	Decisions   []Decision              // in the order of their blocks
	Switching   []record.SwitchDecision // in their order
	Settling    []record.SettleDecision // in their order
	NoiseFloors []NoiseFloor            // in the order in which they were kept; the last one holds
	Changed     bool                    // the guest was written to, and not put back since
	HostSet     bool                    // something was set on the host that ran it, and not put back since
	Variant     string                  // that the guest's machine, or its driver, was made last, while Changed; "" where it was undone
	Running     *Running                // what another process does with the campaign now; nil: none does
}

// Running is a run of the campaign that is going on. All of it is unknown before its
// session begins.
type Running struct {
	Process int    // id
	Host    string // where that process is
	Since   time.Time
}

// Campaign is what a store is made for. Its experiment never changes: a changed one needs a new store. The rest of its
// text may, and blocks may be added to its plan.
type Campaign struct {
	Name       string      // also the store's default file name
	File       string      // path of the campaign file as given, for messages
	Text       []byte      // the campaign file
	Generation string      // the guest generation that the plan is made for
	Plan       matrix.Plan // what is booted, in which order
	Seed       uint64
	Created    time.Time
	Grown      int // how often blocks were added
}

// Session is one uninterrupted stretch of a campaign.
type Session struct {
	ID      int64
	Started time.Time
	Ended   time.Time    // zero while it runs and when it was killed
	Outcome string       // how it ended, in a word: done, interrupted, failed
	Host    record.Host  // at the session's start
	Guest   record.Guest // at the session's start
}

// Boot is one boot of the guest under one combination, with all that was
// measured. It is stored in one piece when it ends, a failed one too.
type Boot struct {
	ID          string // unique in the store; given by AddBoot when empty
	Session     int64
	Block       int    // from 1
	Order       int    // the slot in the plan, from 1; a retried boot shares it
	Arm         string // the combination's name
	Combination string // canonical lines of the combination
	Status      string // sample.StatusOK, sample.StatusNotInEffect or a failure class
	Reason      string // why the status is not ok; "" otherwise
	Started     time.Time
	Ended       time.Time
	Steps       []Step            // the times of every step, in order
	Readings    []record.Reading  // of every setting
	Reboot      *record.Reboot    // proof of the boot; nil where it never came so far
	Covariate   *record.Covariate // what was measured first in it; nil where nothing was
	// Stint is its place in a boot within which arms are switched, from 1, as they were run; 0 of a boot of
	// its own. In is the ID of that boot, which all its stints share; "" of a boot of its own. AddBoot gives
	// it to the first stint.
	Stint int
	In    string
	Runs  []Run // every run of a measuring tool, failed and discarded ones too
	Raw   []Raw // raw answers of the guest; only from Store.Boot
}

// Step is one step of a boot.
type Step struct {
	Name    string    `json:"name"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`

	Settled *record.Settled `json:"settled,omitempty"` // of the step that waits for an idle guest
}

// Run is one run of the measuring tool.
type Run struct {
	Workload   string
	Repetition int    // from 1; 0: discarded (the first after the boot)
	Attempt    int    // from 1; earlier attempts failed and were repeated
	Class      string // the outcome class; see record.Usable
	Reason     string
	Started    time.Time
	Ended      time.Time
	Metrics    []record.Metric    // kept of usable runs only
	Details    *record.RunDetails // what the tool says beside its figures; nil for nothing
	Raw        []byte             // the tool's output; only from Store.Boot
	Stderr     []byte             // only from Store.Boot
}

// Usable says whether the run's figures may be ranked.
func (r Run) Usable() bool { return record.Usable(r.Class) }

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

	Back   string    // why it was taken back; "" while it is in force
	BackAt time.Time // when
}

// Decision is what a search decided, and when.
type Decision struct {
	At time.Time
	record.Decision
}

// NoiseFloor is what an A/A run showed, and when it was kept.
type NoiseFloor struct {
	At time.Time
	record.NoiseFloor
}

// Event is something that happened beside the boots and is worth keeping.
type Event struct {
	At   time.Time
	Kind string
	Text string
}

// Settled are the arms that are settled, with the number of their look.
func (c Contents) Settled() map[string]int {
	looks := map[string]int{}
	for _, d := range c.Settling {
		for _, s := range d.Settled {
			if looks[s.Arm] == 0 {
				looks[s.Arm] = d.Look
			}
		}
	}
	return looks
}

// Decided is what was decided of a plan that switches within boots.
func (c Contents) Decided() matrix.Decided {
	d := matrix.Decided{FellBack: map[string]int{}}
	for _, x := range c.Switching {
		for _, arm := range x.Arms() {
			if _, before := d.FellBack[arm]; !before {
				d.FellBack[arm] = x.Blocks
			}
		}
		if x.Look == 0 {
			d.Pick, d.Confirm = x.Pick, x.Confirm
		}
	}
	return d
}

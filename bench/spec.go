package bench

import (
	"context"
	"net/netip"
	"time"

	"vnettune/apply"
	"vnettune/bench/iperf"
	"vnettune/bench/iperf2"
	"vnettune/matrix"
	"vnettune/report/rank"
	"vnettune/results/record"
)

// Spec is what the loop is to do.
type Spec struct {
	Plan        matrix.Plan
	Workloads   []record.Workload
	Repetitions int           // measured runs of each workload in a boot
	Settle      record.Settle // from readiness to the first run
	Target      iperf.Target  // the loop learns of the guest's end what Meter.Meet says
	GuestIPerf  string        // the iperf3 program in the guest
	IPerf2      iperf2.Target // where a workload needs it; the loop learns of the guest's end what its servers say
	GuestIPerf2 string        // the iperf2 program in the guest
	Limits      Limits
	Budget      time.Duration // of the session, the restore included; 0 is as long as it takes
	Search      SearchSpec    // of a plan that is searched
	Judge       SwitchJudge   // of a plan that switches within boots
	Settling    SettleJudge   // of a plan in which arms settle
	BootTime    time.Duration // that the plan estimates for a boot with its runs; 0 for no estimate
	Reboot      apply.RebootLimits

	Over          *record.Applied // what vnettune apply had put on the guest, which is the state that it is found in; nil: it must have nothing
	NewGuest      bool            // the guest was made for this session: where nothing is to be put back it may be another machine than before
	AllowPending  bool            // goes on although the guest asks for a reboot to finish updates
	AllowOldIPerf bool            // goes on although the guest's iperf3 hides settings under test
	DeadMan       time.Duration   // limit of the dead-man switch; 0 for none
	OtherWayBack  bool            // one that needs neither the guest's network nor the switch
	StandIn       bool            // the guest is one of this project's, which is made anew when it is lost
	Control       netip.Addr      // at which WinRM is reached, where that is an address
}

// over is the id of what vnettune apply had put on the guest; "" for nothing.
func (s Spec) over() string {
	if s.Over == nil {
		return ""
	}
	return s.Over.ID
}

// Judges decide by what was measured while a campaign runs.
type Judges struct {
	Search rank.Options // of a search
	Switch SwitchJudge  // of a plan that switches within boots
	Settle SettleJudge  // of a plan in which arms settle
}

// Limits end a campaign early. Zero means no limit.
type Limits struct {
	Hours          float64       // of one session
	FailuresInARow int           // boots
	Store          time.Duration // how long a store that cannot take a boot is waited for; zero means not at all
}

// Guest is what the loop needs of the guest, each part with the code that uses it;
// apply.Guest is one.
type Guest interface {
	Known
	Bootable
	Ownable
	DeadManSwitch
	Server
	ServersOfIPerf2
	Counted
	Drivable
}

// Meter runs measurements; iperf.Runner is one.
type Meter interface {
	// Meet gives t with what the runs have to know of the guest's end, whose server
	// prints version; the server has to be started anew before a run.
	Meet(ctx context.Context, t iperf.Target, version string) (iperf.Target, error)
	// UDPCost is what the versions of both ends cost UDP; "" for nothing.
	UDPCost(t iperf.Target) string
	Run(ctx context.Context, t iperf.Target, w record.Workload) iperf.Outcome
}

// Store is where the loop keeps what it learns, each part with the code that uses it;
// results.Store is one.
type Store interface {
	SessionStore
	OriginalsStore
	BootStore
	ScheduleStore
}

// Event is one thing that happened in a campaign, for people and for machines; docs/schema/events-v1.json describes its
// JSON.
type Event struct {
	Time      time.Time `json:"time"`
	Kind      EventKind `json:"event"`
	Block     int       `json:"block,omitempty"`
	Blocks    int       `json:"blocks,omitempty"`
	Boot      int       `json:"boot,omitempty"` // slot of the plan, from 1
	Boots     int       `json:"boots,omitempty"`
	BootsOver int       `json:"boots_over,omitempty"` // slots of the plan that are over, in all sessions; those that a search passed by among them
	// Stint is that of the boot, from 1 to Stints, where the plan switches within boots; of all that it has so
	// far, AllStints, a boot of its own among them, StintsOver are over.
	Stint      int    `json:"stint,omitempty"`
	Stints     int    `json:"stints,omitempty"`
	AllStints  int    `json:"all_stints,omitempty"`
	StintsOver int    `json:"stints_over,omitempty"`
	Try        int    `json:"try,omitempty"` // of the slot, from 1, counted over all sessions
	Arm        string `json:"arm,omitempty"`
	Step       string `json:"step,omitempty"`   // of a boot or a rescue; the workload of a run; the id of a boot that ended
	Status     string `json:"status,omitempty"` // of the boot that ended, or a run's class
	Text       string `json:"text,omitempty"`

	Repetition int      `json:"repetition,omitempty"` // of a run, from 1; 0 for the discarded one
	Value      *float64 `json:"value,omitempty"`      // of a run
	Metric     string   `json:"metric,omitempty"`     // that the value is of
	Unit       string   `json:"unit,omitempty"`
	// Mean is that of the arm in this metric and workload, over so many ranked boots of all
	// sessions: the mean of the means of their counted repetitions. The present boot is not in it.
	Mean      *float64 `json:"mean,omitempty"`
	MeanBoots int      `json:"mean_boots,omitempty"`

	// Remaining is the estimated time to the end of the last boot, by the ranked boots of this
	// session; by the plan's estimate of a boot as long as there is none. 0 when it is unknown.
	// The time of a search is that of the most boots it may still need.
	Remaining float64 `json:"seconds_left,omitempty"`
	ByPlan    bool    `json:"by_plan,omitempty"`
	AtMost    bool    `json:"at_most,omitempty"`
}

// EventKind is what an Event tells.
type EventKind string

// The kinds.
const (
	EventStart    EventKind = "start"    // the session begins
	EventStep     EventKind = "step"     // a step of a boot begins
	EventRun      EventKind = "run"      // a run of the measuring tool ended
	EventBoot     EventKind = "boot"     // a boot ended and is stored
	EventDecision EventKind = "decision" // it is decided which arms go on
	EventRescue   EventKind = "rescue"   // a guest that does not answer is being brought back
	EventRestore  EventKind = "restore"  // the guest is being put back
	EventRestored EventKind = "restored" // and has its originals, verified
	EventWarning  EventKind = "warning"
	EventDone     EventKind = "done"
)

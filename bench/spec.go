package bench

import (
	"context"
	"time"

	"vnettune/apply"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Spec is what the loop is to do.
type Spec struct {
	Plan        matrix.Plan
	Workloads   []record.Workload
	Repetitions int           // measured runs of each workload in a boot
	Settle      time.Duration // from readiness to the first run
	Target      iperf.Target
	GuestIPerf  string // the iperf3 program in the guest
	Limits      Limits
	Search      SearchSpec // of a plan that is searched
	Reboot      apply.RebootLimits

	AllowPending bool          // goes on although the guest asks for a reboot to finish updates
	DeadMan      time.Duration // limit of the dead-man switch; 0 for none
	OtherWayBack bool          // one that needs neither the guest's network nor the switch
}

// Limits end a campaign early. Zero means no limit.
type Limits struct {
	Hours          float64 // of one session
	FailuresInARow int     // boots
}

// Guest is what the loop needs of the guest, each part with the code that uses it;
// apply.Guest is one.
type Guest interface {
	Known
	Bootable
	Ownable
	DeadManSwitch
	Server
}

// Meter runs one measurement; iperf.Runner is one.
type Meter interface {
	Run(ctx context.Context, t iperf.Target, w record.Workload) iperf.Outcome
}

// Store is where the loop keeps what it learns, each part with the code that uses it;
// results.Store is one.
type Store interface {
	SessionStore
	OriginalsStore
	BootStore
	SearchStore
}

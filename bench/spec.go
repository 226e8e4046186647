package bench

import (
	"context"
	"encoding/json"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/terms"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Spec is what the loop is to do.
type Spec struct {
	Plan        matrix.Plan
	Workloads   []Workload
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

// Workload is a measurement with the name that results carry.
type Workload struct {
	Name string
	iperf.Workload
}

// Limits end a campaign early. Zero means no limit.
type Limits struct {
	Hours          float64 // of one session
	FailuresInARow int     // boots
}

// Guest is what the loop needs of the guest; apply.Guest is one.
type Guest interface {
	Facts(ctx context.Context) (record.Guest, []byte, error)
	Originals(ctx context.Context, f record.Guest, settings []matrix.Planned) (record.Originals, error)
	Write(ctx context.Context, targets []apply.Target) ([]byte, error)
	Reboot(ctx context.Context, limits apply.RebootLimits) (record.Reboot, error)
	SameBoot(ctx context.Context, r record.Reboot) error
	ReadBack(ctx context.Context, targets []apply.Target) ([]record.Reading, []byte, error)
	Owner(ctx context.Context) (*apply.Owner, error)
	Claim(ctx context.Context, o apply.Owner) error
	Release(ctx context.Context, id string) error
	Arm(ctx context.Context, o record.Originals, limit time.Duration) (deadman.State, []byte, error)
	Disarm(ctx context.Context) (deadman.State, []byte, error)
	StartIPerf(ctx context.Context, exe string, port int) (terms.IPerfServer, error)
	StopIPerf(ctx context.Context, exe string, port int) error
}

// Meter runs one measurement; iperf.Runner is one.
type Meter interface {
	Run(ctx context.Context, t iperf.Target, w iperf.Workload) iperf.Outcome
}

// Store is where the loop keeps what it learns; results.Store is one.
type Store interface {
	Originals() (json.RawMessage, error)
	SaveOriginals(json.RawMessage) error
	Changed() (bool, error)
	MarkChanged(at time.Time) error
	MarkClean(at time.Time) error
	StartSession(host, guest json.RawMessage, at time.Time) (int64, error)
	EndSession(id int64, outcome string, at time.Time) error
	AddBoot(results.Boot) (string, error)
	Boots() ([]results.Boot, error)
	Samples() ([]sample.Row, error)
	Decisions() ([]results.Decision, error)
	AddDecision(results.Decision) error
	AddEvent(results.Event) error
}

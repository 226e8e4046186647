package sample

// Status words with a meaning of their own. Any other word is a failure class.
const (
	// StatusOK is the status of a repetition that is ranked; in the CSV it may be left empty.
	StatusOK = "ok"
	// StatusNotInEffect is that of a boot whose settings were provably not as asked.
	StatusNotInEffect = "not_in_effect"
	// StatusExcluded is that of a boot that the operator took out, with a reason.
	StatusExcluded = "excluded"
	// StatusNotRun is that of a planned boot that was never made: planned and lost, but
	// neither tried nor failed.
	StatusNotRun = "not_run"
	// StatusSearch is that of a boot by which a search decided: kept, and not ranked, since
	// the best of many is flattered by its own noise.
	StatusSearch = "search"
	// StatusConfirm is that of a boot which confirms the arm that is best by switching within boots: kept,
	// and judged apart, since the best of many is flattered by its own noise.
	StatusConfirm = "confirm"
)

// Row is one repetition of one workload's metric within one boot.
type Row struct {
	// Combination is the name of the arm.
	Combination string
	// Block names the randomised pass that the boot belongs to; opaque.
	Block string
	// Boot names the boot, the unit of replication; opaque, unique in the file.
	Boot string
	// Workload and Metric say what was measured; both are empty for a boot that
	// failed before it measured anything.
	Workload, Metric string
	// Unit of Value, the same for all rows of a workload's metric.
	Unit string
	// Repetition counts from 1; 0 only where Workload is empty.
	Repetition int
	// Value is the measurement in Unit, never negative; without meaning unless
	// HasValue is set.
	Value float64
	// HasValue is false for failures, and where a boot that is not ranked was not
	// measured.
	HasValue bool
	// Better is the good direction. Read fills it in for metrics it knows.
	Better Better
	// Status is one of the words above or a failure class.
	// Empty means StatusOK; Read never leaves it empty.
	Status string
	// Order is the boot's position in the campaign from 1; 0 means unknown.
	Order int
	// Slot is the planned boot that this boot was made for, from 1; 0 means unknown. A
	// boot that was tried again shares it.
	Slot int
	// Stint is the place of this application of an arm within its boot, from 1, where a boot went
	// through several arms by switching: 1 is the arm that it was booted into. 0 is an ordinary boot.
	Stint int
	// Covariate is what was measured first in the boot and no arm touches, above 0: how good the boot is.
	// 0 is none.
	Covariate float64
	// Control is by how many percent the positive control is slowed that the boot is of, above 0 and below 100. Such rows
	// are judged beside the others, against the baseline alone. 0 is a boot of any other arm.
	Control float64
	// Session names the uninterrupted stretch the boot belongs to; may be empty.
	Session string
	// GuestKind says what was measured, such as "windows"; may be empty.
	GuestKind string
	// Levels maps a setting's id to its level in this combination; nil when the
	// file says nothing of settings. The rows of a combination share one map:
	// treat it as read-only.
	Levels map[string]string
}

// Ranked says whether the row enters the estimates.
func (r Row) Ranked() bool { return r.Status == "" || r.Status == StatusOK }

// Failed says whether the row's status is a failure class.
func (r Row) Failed() bool {
	switch r.Status {
	case StatusNotInEffect, StatusExcluded, StatusNotRun, StatusSearch, StatusConfirm:
		return false
	}
	return !r.Ranked()
}

// Apart says whether the row is of a boot that is judged apart from the others: a search's own, or one that
// confirms the best.
func (r Row) Apart() bool { return apart(r.Status) }

func apart(status string) bool { return status == StatusSearch || status == StatusConfirm }

// measured says whether the boot of the row went so far that a workload was measured.
func (r Row) measured() bool { return r.Workload != "" || r.Metric != "" }

package report

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"vnettune/report/rank"
	"vnettune/results/sample"
)

// NoiseFloor is what an A/A run showed of the guest, and where that comes from.
type NoiseFloor struct {
	// Source names the A/A run, Created is when it was begun. Own: the report itself
	// is that of the A/A run.
	Source  string
	Created time.Time
	Own     bool
	// Alpha is the error rate that the A/A run was checked against.
	Alpha        float64
	Calibrations []rank.Calibration
}

// jsonCalibration is one workload's metric of an A/A run; numbers that do not exist
// are null.
type jsonCalibration struct {
	Workload     string        `json:"workload"`
	Metric       string        `json:"metric"`
	Unit         string        `json:"unit"`
	Better       sample.Better `json:"better"`
	Arms         int           `json:"arms"`
	Blocks       int           `json:"blocks"`
	Boots        int           `json:"boots"`
	Differ       []string      `json:"false_differences"`
	BootSD       *float64      `json:"boot_sd"`
	RepetitionSD *float64      `json:"repetition_sd"`
	BootMeanSD   *float64      `json:"boot_mean_sd"`
	MDEPercent   *float64      `json:"mde_percent"`
	DriftPercent *float64      `json:"drift_percent"`
	DriftP       *float64      `json:"drift_p"`
	DriftDF      *float64      `json:"drift_df"`
	InBlocks     bool          `json:"in_blocks"`
	Relabelled   int           `json:"relabelled"`
	Differing    int           `json:"relabelled_differing"`
	Limit        int           `json:"relabelled_limit"`
	Calibrated   bool          `json:"calibrated"`
}

// jsonFloor is a noise floor as a store keeps it and as a report shows it.
type jsonFloor struct {
	Source       string            `json:"source"`
	Created      string            `json:"created"`
	Own          bool              `json:"own"`
	Alpha        float64           `json:"alpha"`
	Calibrations []jsonCalibration `json:"calibrations"`
}

func newJSONFloor(n *NoiseFloor) *jsonFloor {
	if n == nil {
		return nil
	}
	f := &jsonFloor{Source: n.Source, Created: n.Created.UTC().Format(time.RFC3339), Own: n.Own, Alpha: n.Alpha, Calibrations: []jsonCalibration{}}
	for _, c := range n.Calibrations {
		f.Calibrations = append(f.Calibrations, jsonCalibration{
			Workload: c.Workload, Metric: c.Metric, Unit: c.Unit, Better: c.Better, Arms: c.Arms, Blocks: c.Blocks, Boots: c.Boots,
			Differ: list(c.Differ), BootSD: number(c.BootSD), RepetitionSD: number(c.RepetitionSD), BootMeanSD: number(c.BootMeanSD),
			MDEPercent: number(c.MDEPercent), DriftPercent: number(c.Drift.ChangePercent), DriftP: number(c.Drift.P), DriftDF: number(c.Drift.DF),
			InBlocks: c.Drift.Blocks, Relabelled: c.Relabelled.Times, Differing: c.Relabelled.Differing, Limit: c.Relabelled.Limit, Calibrated: c.Relabelled.Holds(),
		})
	}
	return f
}

// Encode is the noise floor as a store keeps it.
func (n NoiseFloor) Encode() (json.RawMessage, error) {
	text, err := json.Marshal(newJSONFloor(&n))
	if err != nil {
		return nil, fmt.Errorf("noise floor: %w", err)
	}
	return text, nil
}

// DecodeNoiseFloor reads what Encode made.
func DecodeNoiseFloor(text []byte) (NoiseFloor, error) {
	var f jsonFloor
	if err := json.Unmarshal(text, &f); err != nil {
		return NoiseFloor{}, fmt.Errorf("noise floor: %w", err)
	}
	created, err := time.Parse(time.RFC3339, f.Created)
	if err != nil {
		return NoiseFloor{}, fmt.Errorf("noise floor: %w", err)
	}
	n := NoiseFloor{Source: f.Source, Created: created, Own: f.Own, Alpha: f.Alpha}
	real := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	for _, c := range f.Calibrations {
		n.Calibrations = append(n.Calibrations, rank.Calibration{
			Workload: c.Workload, Metric: c.Metric, Unit: c.Unit, Better: c.Better, Arms: c.Arms, Blocks: c.Blocks, Boots: c.Boots,
			Differ: c.Differ, BootSD: real(c.BootSD), RepetitionSD: real(c.RepetitionSD), BootMeanSD: real(c.BootMeanSD), MDEPercent: real(c.MDEPercent),
			Drift:      rank.Drift{ChangePercent: real(c.DriftPercent), T: math.NaN(), DF: real(c.DriftDF), P: real(c.DriftP), Blocks: c.InBlocks},
			Relabelled: rank.Relabelling{Times: c.Relabelled, Differing: c.Differing, Limit: c.Limit},
		})
	}
	return n, nil
}

// sentence says whether an A/A run stands behind a workload's metric.
func (n *NoiseFloor) sentence(workload, metric string) string {
	if n == nil {
		return "A/A: NOT CALIBRATED: no A/A run says how much this guest and this host differ from themselves."
	}
	run := fmt.Sprintf("the A/A run %s (begun %s)", n.Source, n.Created.UTC().Format("2006-01-02"))
	for _, c := range n.Calibrations {
		if c.Workload != workload || c.Metric != metric {
			continue
		}
		found := falseDifferences(c) + "; " + relabelled(c.Relabelled, n.Alpha)
		switch {
		case n.Own:
			return "A/A: this is an A/A run: " + found + "."
		case !c.Relabelled.Holds():
			return "A/A: " + run + ": " + found + "."
		}
		return "A/A: calibrated by " + run + ": " + found + "."
	}
	return "A/A: NOT CALIBRATED: " + run + " did not measure this in the same way."
}

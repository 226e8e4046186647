package record

import (
	"cmp"
	"encoding/json"
	"math"
	"time"
)

// NoiseFloor is what an A/A run, which compares a guest with itself, showed of it, and
// where that comes from. An A/A run keeps its own; the store of another campaign of the
// guest keeps that of the run that calibrates it.
type NoiseFloor struct {
	Source       string        `json:"source"`  // name of the A/A campaign
	Created      time.Time     `json:"created"` // when that campaign was begun
	Own          bool          `json:"own"`     // the campaign that keeps it is the A/A run
	Alpha        float64       `json:"alpha"`   // the error rate that it was checked against
	Calibrations []Calibration `json:"calibrations"`
}

// Calibration is what an A/A run shows of one workload's metric: arms that are one
// combination under several names, so that every difference is noise.
type Calibration struct {
	Workload string `json:"workload"`
	Metric   string `json:"metric"`
	Unit     string `json:"unit"`
	Better   string `json:"better"` // higher or lower
	// EffectUnit is that of all differences and standard deviations below: percent on the ratio
	// scale, else the metric's unit.
	EffectUnit string `json:"effect_unit"`
	// Arms, the baseline included; Blocks with rows; Boots that are ranked.
	Arms   int `json:"arms"`
	Blocks int `json:"blocks"`
	Boots  int `json:"boots"`
	// Differ names the arms that the ranking calls different from the baseline, and
	// that are not.
	Differ []string `json:"false_differences"`
	// BootSD and RepetitionSD are the standard deviations between boots, the
	// repetitions' own part taken off, and between the repetitions of a boot;
	// BootMeanSD is that of a boot's mean, which comparisons rest on. NaN where the
	// data cannot tell.
	BootSD       Number `json:"boot_sd"`
	RepetitionSD Number `json:"repetition_sd"`
	BootMeanSD   Number `json:"boot_mean_sd"`
	// MDE is the largest of the arms' smallest detectable differences; NaN without one.
	MDE Number `json:"mde"`
	// Drift is the change over the campaign with its p and degrees of freedom; InBlocks says
	// that the boots are in blocks, which keep it out of differences.
	Drift    Number `json:"drift"`
	DriftP   Number `json:"drift_p"`
	DriftDF  Number `json:"drift_df"`
	InBlocks bool   `json:"in_blocks"`
	// Relabelled is how often the names were drawn anew, 0 when nothing can be tested;
	// Differing counts the draws with any difference from the baseline, and Limit is
	// the most that a method with the error rate alpha shows in 99 of 100 cases.
	Relabelled int  `json:"relabelled"`
	Differing  int  `json:"relabelled_differing"`
	Limit      int  `json:"relabelled_limit"`
	Calibrated bool `json:"calibrated"` // the error rate was checked, and is not above alpha
}

// UnmarshalJSON reads a calibration, also one of a store from before metrics had scales, when all
// differences were in percent and named so.
func (c *Calibration) UnmarshalJSON(b []byte) error {
	type plain Calibration
	read := struct {
		*plain
		MDEPercent   *Number `json:"mde_percent"`
		DriftPercent *Number `json:"drift_percent"`
	}{plain: (*plain)(c)}
	c.MDE, c.Drift = Number(math.NaN()), Number(math.NaN()) // null under the old name leaves them
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	c.EffectUnit = cmp.Or(c.EffectUnit, "%")
	if read.MDEPercent != nil {
		c.MDE = *read.MDEPercent
	}
	if read.DriftPercent != nil {
		c.Drift = *read.DriftPercent
	}
	return nil
}

package record

import (
	"encoding/json"
	"math"
	"testing"
)

// Stores from before metrics had scales name percent in two fields; what was null there is no number.
func TestCalibrationOfAnOldStore(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Calibration
	}{
		{"old", `{"workload": "tcp", "mde_percent": 3.5, "drift_percent": -0.4}`, Calibration{EffectUnit: "%", MDE: 3.5, Drift: -0.4}},
		{"old, without numbers", `{"workload": "tcp", "mde_percent": null, "drift_percent": null}`, Calibration{EffectUnit: "%", MDE: Number(math.NaN()), Drift: Number(math.NaN())}},
		{"new", `{"workload": "udp", "effect_unit": "percentage points", "mde": 0.1, "drift": 0}`, Calibration{EffectUnit: "percentage points", MDE: 0.1}},
		{"new, without numbers", `{"workload": "udp", "effect_unit": "percentage points", "mde": null, "drift": null}`, Calibration{EffectUnit: "percentage points", MDE: Number(math.NaN()), Drift: Number(math.NaN())}},
	} {
		var got Calibration
		if err := json.Unmarshal([]byte(tt.text), &got); err != nil {
			t.Fatal(err)
		}
		same := func(a, b Number) bool { return a == b || !a.Exists() && !b.Exists() }
		if got.EffectUnit != tt.want.EffectUnit || !same(got.MDE, tt.want.MDE) || !same(got.Drift, tt.want.Drift) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// What the harness did itself says nothing about the settings.
func TestOfHarness(t *testing.T) {
	own := map[string]bool{DeadManFailed: true, PutBack: true, Interrupted: true, InternalError: true}
	for _, class := range Classes {
		if OfHarness(class) != own[class] {
			t.Errorf("%s: %v", class, OfHarness(class))
		}
	}
}

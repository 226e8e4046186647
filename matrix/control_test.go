package matrix

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// The positive control is the baseline once more, behind all other arms: every block boots it once, it is none of the
// arms that are compared, it does not decide how often the baseline boots, and a stored plan still knows it.
func TestAPositiveControlIsPlanned(t *testing.T) {
	d := demo
	without, err := NewPlan(W10, d, 4, 7)
	if err != nil {
		t.Fatal(err)
	}
	d.Control = 5
	p, err := NewPlan(W10, d, 4, 7)
	if err != nil {
		t.Fatal(err)
	}
	last := p.Arms[len(p.Arms)-1]
	if last.Role != RoleControl || last.Name != ControlName || last.Combination != p.Baseline().Combination || p.ControlArm() != ControlName {
		t.Errorf("the last arm is %+v", last)
	}
	if !reflect.DeepEqual(p.Compared(), without.Arms) || without.ControlArm() != "" {
		t.Errorf("compared are %v, without a control %v", names(Plan{Arms: p.Compared()}), names(without))
	}
	boots := map[int]map[int]int{}
	for _, s := range p.Slots {
		if boots[s.Block] == nil {
			boots[s.Block] = map[int]int{}
		}
		boots[s.Block][s.Arm]++
	}
	for block, of := range boots {
		if of[0] != baselineTimes(len(without.Arms)) || of[len(p.Arms)-1] != 1 {
			t.Errorf("block %d boots %v", block, of)
		}
	}
	if len(p.Slots) != len(without.Slots)+4 || p.MaxBoots() != len(p.Slots) {
		t.Errorf("%d boots, %d without it", len(p.Slots), len(without.Slots))
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(text, &back); err != nil || back.Control != 5 || back.ControlArm() != ControlName {
		t.Errorf("read back: %v, %v, %q", err, back.Control, back.ControlArm())
	}
	if text, _ := json.Marshal(without); strings.Contains(string(text), `"Control":`) {
		t.Error("a plan without one is stored in another form than before")
	}
}

// A plan whose other arms are all the baseline is an A/A run with a control, and one without other differences is none
// by its control.
func TestAPositiveControlIsNoneOfTheArmsOfAnAA(t *testing.T) {
	p, err := NewPlan(W10, Design{Kind: AA, Control: 5}, 3, 1)
	if err != nil || !p.AA() || len(p.Compared()) != DefaultLabels {
		t.Errorf("%v, A/A %v, %d arms compared", err, p.AA(), len(p.Compared()))
	}
	p, err = NewPlan(W10, Design{Kind: List, Control: 5, Arms: []ArmSpec{{Set: map[string]Value{"tcp.rss": "disabled"}}}}, 3, 1)
	if err != nil || p.AA() {
		t.Errorf("%v, A/A %v", err, p.AA())
	}
}

// Once all that is compared is settled, the control is booted no more, as the baseline is not; before it always is.
func TestAPositiveControlNeverSettles(t *testing.T) {
	d := demo
	d.Control, d.Looks = 5, 2
	p, err := NewPlan(W10, d, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	late := Slot{Block: 4, Arm: len(p.Arms) - 1}
	settled := map[string]int{}
	for _, a := range p.Compared()[1:] {
		if p.AfterSettling(settled, late) {
			t.Errorf("passed by with %d arms settled of %d", len(settled), len(p.Compared())-1)
		}
		settled[a.Name] = 1
	}
	if !p.AfterSettling(settled, late) || !p.AfterSettling(settled, Slot{Block: 4}) || p.AfterSettling(settled, Slot{Block: 2, Arm: late.Arm}) {
		t.Error("all are settled behind the second block, and the control is not booted with the baseline")
	}
}

func TestWhereAPositiveControlIsRefused(t *testing.T) {
	crossed := map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}, "tcp.timestamps": {"enabled", "disabled"}, "tcp.ecncapability": {"enabled", "disabled"}}
	within := demo
	within.Switch = SwitchWithinBoots
	for name, c := range map[string]struct {
		d       Design
		control float64
		says    string
	}{
		"a search":               {Design{Kind: Adaptive, Levels: crossed}, 5, "a search boots fewer and fewer arms"},
		"a screen":               {Design{Kind: FactorialScreen, Levels: crossed}, 5, "a search boots fewer and fewer arms"},
		"within boots":           {within, 5, "switched within boots"},
		"more than can be":       {demo, 51, "legal: 0.1% to 50%"},
		"less than a pace holds": {demo, 0.05, "legal: 0.1% to 50%"},
		"an arm of its name":     {Design{Kind: List, Arms: []ArmSpec{{Name: ControlName, Set: map[string]Value{"tcp.rss": "disabled"}}}}, 5, "is kept for the arm"},
	} {
		c.d.Control = c.control
		if _, err := NewPlan(W10, c.d, 5, 1); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	labels := Design{Kind: AA, Labels: MaxArms, Control: 5}
	if _, err := NewPlan(W10, labels, 1, 1); err == nil || !strings.Contains(err.Error(), "positive_control") {
		t.Errorf("more arms than a store is read with: %v", err)
	}
}

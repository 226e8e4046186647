package record

import (
	"fmt"
	"strings"
)

// SwitchDecision is what a campaign that switches within boots decided after a block: which arms are from
// then on booted as those that need a reboot are, or which one is confirmed by boots.
type SwitchDecision struct {
	Blocks int `json:"blocks"` // the last block that it rests on
	// Look is that of the bridge, from 1, of as many as were planned, the report's own included; 0 of the
	// decision about the best.
	Look     int        `json:"look,omitempty"`
	Of       int        `json:"of,omitempty"`
	FellBack []FellBack `json:"fell_back,omitempty"`
	// Pick is the single best by switching, and Confirm the number of blocks of it and the baseline; "" and
	// 0 where no arm is.
	Pick    string `json:"pick,omitempty"`
	Confirm int    `json:"confirm,omitempty"`
}

// FellBack is an arm that is not the same after a switch as after a reboot, with the difference that shows it.
type FellBack struct {
	Arm      string `json:"arm"`
	Workload string `json:"workload"`
	Metric   string `json:"metric"`
	// Between: the boots that were booted into the arm differ from the others. Else the arm differs within
	// its boots: after the reboot, and switched to again.
	Between    bool   `json:"between"`
	Difference Number `json:"difference"`
	Lower      Number `json:"lower"`
	Upper      Number `json:"upper"`
	Unit       string `json:"unit"`
}

// Arms are the names of those that fell back.
func (d SwitchDecision) Arms() []string {
	var names []string
	for _, f := range d.FellBack {
		names = append(names, f.Arm)
	}
	return names
}

// String is the decision in a line.
func (d SwitchDecision) String() string {
	switch {
	case d.Look == 0 && d.Pick == "":
		return "no single arm is best by switching: there is nothing to confirm by boots"
	case d.Look == 0:
		return fmt.Sprintf("%s is the best by switching; %d boots of it and as many of the baseline confirm it", d.Pick, d.Confirm)
	case len(d.FellBack) == 0:
		return fmt.Sprintf("after block %d no arm is shown to differ between a switch and a reboot", d.Blocks)
	}
	var all []string
	for _, f := range d.FellBack {
		how := "switched to again in the same boot it differs from what it was after the reboot"
		if f.Between {
			how = "boots that were booted into it differ from the others"
		}
		all = append(all, fmt.Sprintf("%s (%s by %+.1f %s, %s)", f.Arm, how, float64(f.Difference), f.Unit, f.Workload))
	}
	return fmt.Sprintf("after block %d switching is not believed any more for %s: from the next boot on these are booted, and their stints are not ranked", d.Blocks, strings.Join(all, "; "))
}

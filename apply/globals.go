package apply

import (
	"errors"
	"fmt"
	"strings"

	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Settings of the whole machine that netsh's dump of TCP does not have: switches of offloads, which
// MSFT_NetOffloadGlobalSetting tells as 0 and 1, and the active power plan, which a value in the
// registry tells.

// switched is what the stack says of a switch.
func (a answer) switched(p record.Place) (record.State, error) {
	n, why := a.stack.number(evidence{class: classOffload, property: p.CIM})
	if why != "" {
		return record.State{}, errors.New(why)
	}
	for w, number := range onOff {
		if n == number {
			return record.State{Exists: true, Kind: word, Data: w}, nil
		}
	}
	return record.State{}, fmt.Errorf("the guest reports %s.%s = %d, which is not known here", classOffload, p.CIM, n)
}

// powerPlan is the active power plan by what the registry holds.
func powerPlan(held record.State) (record.State, error) {
	if !held.Exists {
		return record.State{}, errors.New("the guest names no active power plan, and none could be put back")
	}
	return record.State{Exists: true, Kind: word, Data: strings.ToLower(held.Data)}, nil
}

// ofMachine is the step that makes a target of such a kind true; false for every other kind.
func ofMachine(p record.Place, w record.State) (terms.Step, bool) {
	switch kindOf(p) {
	case matrix.NetshIPGlobal:
		return netsh("ipv4", "set", "global", p.Name+"="+w.Data), true
	case matrix.OffloadGlobal:
		return terms.Step{Op: "offload", Name: p.Name, Data: w.Data}, true
	case matrix.PowerScheme:
		return terms.Step{Op: "power", Data: w.Data}, true
	}
	return terms.Step{}, false
}

package apply

import (
	"encoding/json"
	"fmt"
	"strconv"

	"vnettune/apply/terms"
	"vnettune/results/record"
)

// A range of dynamic ports is known by its first port and goes on to the last port of all: netsh is
// given both numbers, and a range that ends before could not be put back.
const (
	lastPort         = 65535
	firstDynamicPort = 49152 // the default (docs/facts/windows-settings.md, ip.dynamicport)
)

// portsFrom is the step that makes the range begin at a port.
func portsFrom(first string) terms.Step {
	n, _ := strconv.Atoi(first) // a legal value, or one that was read: a number
	return netsh("ipv4", "set", "dynamicport", "tcp", "start="+first, fmt.Sprint("num=", lastPort-n+1))
}

// dynamicPorts is the first port of the range that the template of a place has.
func (a answer) dynamicPorts(p record.Place) (record.State, error) {
	var first, count int
	for name, to := range map[string]*int{p.CIM: &first, "DynamicPortRangeNumberOfPorts": &count} {
		raw, err := a.property(p.Template, name)
		if err != nil {
			return record.State{}, err
		}
		if err := json.Unmarshal(raw, to); err != nil {
			return record.State{}, fmt.Errorf("the guest reports %s = %s, which is not known here", name, raw)
		}
	}
	if first < 1 || first+count-1 != lastPort {
		return record.State{}, fmt.Errorf("the guest's dynamic ports are %d from %d on, which do not end at %d: such a range could not be put back", count, first, lastPort)
	}
	return record.State{Exists: true, Kind: word, Data: fmt.Sprint(first)}, nil
}

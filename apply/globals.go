package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Settings of the whole machine that netsh's dump of TCP does not have: switches of offloads, which
// MSFT_NetOffloadGlobalSetting tells as 0 and 1, the active power plan, which a value in the
// registry tells, and switches of UDP, which netsh's dump of UDP tells and no class of CIM.

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

// udpDump is what a guest said when it was asked for netsh's dump of UDP.
type udpDump struct {
	terms.UDPAnswer
	silent error // why it said nothing
}

// udpOf asks for the dump. What does not answer is in silent; the error is a guest that could not
// be reached. The second result is the raw answer.
func udpOf(ctx context.Context, d dialect) (udpDump, []byte, error) {
	said, raw, err := d.UDP(ctx)
	if err != nil && (Lost(err) || ctx.Err() != nil) {
		return udpDump{}, raw, err
	}
	return udpDump{said, err}, raw, nil
}

// unread is why there is no dump; nil where there is one.
func (d udpDump) unread() error {
	if d.silent != nil {
		return fmt.Errorf("the guest's dump of UDP cannot be read: %w", d.silent)
	}
	if why := d.Problems["dump"]; why != "" {
		return fmt.Errorf("the guest's dump of UDP cannot be read: %s", foreign.Words(why))
	}
	return nil
}

// switched is what the dump says of a switch. Which keys are in it differs by build: without the
// key nothing is known, and no default stands in for it.
func (d udpDump) switched(p record.Place) (record.State, error) {
	if err := d.unread(); err != nil {
		return record.State{}, err
	}
	w := dumped(d.Dump, p.Name)
	if w == "" {
		return record.State{}, fmt.Errorf("the guest does not report %s: its netsh interface udp dump has no such key", p.Name)
	}
	if _, known := onOff[w]; !known {
		return record.State{}, fmt.Errorf("the guest reports %s=%s, which is not known here", p.Name, foreign.Word(w))
	}
	return record.State{Exists: true, Kind: word, Data: w}, nil
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
	case matrix.NetshUDPGlobal:
		return netsh("udp", "set", "global", p.Name+"="+w.Data), true
	case matrix.OffloadGlobal:
		return terms.Step{Op: "offload", Name: p.Name, Data: w.Data}, true
	case matrix.PowerScheme:
		return terms.Step{Op: "power", Data: w.Data}, true
	}
	return terms.Step{}, false
}

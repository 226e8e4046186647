package netsh

import (
	"fmt"
	"strconv"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// setSubinterface sets the MTU of an adapter, by index or name. It acts at once; with
// store=persistent, which is netsh's default, it also survives boots (ip.mtu; the default:
// not verified: ask a guest, netsh int ipv4 set subinterface /?).
func setSubinterface(p *machine.Process, args []tagged) int {
	which, _ := find(args, "interface")
	var n *stack.NIC
	for _, a := range p.Machine.NICs() {
		if strconv.Itoa(a.Index) == which || strings.EqualFold(a.Name, which) {
			n = &a
			break
		}
	}
	if n == nil {
		return netshFail(p, console.Refusef("The filename, directory name, or volume label syntax is incorrect.\n"))
	}
	text, given := find(args, "mtu")
	mtu, err := strconv.Atoi(text)
	if !given || err != nil || mtu < stack.MinMTU || mtu > p.Machine.MaxMTU() {
		return netshFail(p, errIncorrect)
	}
	if store, ok := find(args, "store"); ok && !strings.EqualFold(store, "persistent") {
		return netshFail(p, console.Refusef("stand-in: only store=persistent is played"))
	}
	return netshUpdate(p, func(s *machine.State) error {
		if !p.Machine.Faults().Ignores("mtu") {
			s.MTU[n.GUID] = mtu
		}
		return nil
	})
}

// showSubinterfaces lists the adapters with their MTU (form: not verified: ask a guest,
// netsh int ipv4 show subinterfaces). Byte counts are not kept.
func showSubinterfaces(p *machine.Process, _ []tagged) int {
	p.Out("\n   MTU  MediaSenseState   Bytes In  Bytes Out  Interface\n" +
		"------  ---------------  ---------  ---------  -------------\n" +
		"4294967295                1          0          0  Loopback Pseudo-Interface 1\n")
	for _, n := range p.Machine.NICs() {
		media := 1
		if !n.Up {
			media = 5
		}
		p.Out(fmt.Sprintf("%6d  %15d  %9d  %9d  %s\n", n.MTU, media, 0, 0, n.Name))
	}
	p.Out("\n")
	return 0
}

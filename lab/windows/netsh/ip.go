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

// setIPGlobal sets what is global to IPv4, of which the switch of task offload is played (ip.taskoffload).
// It does nothing to what NDIS and the driver do (seen with NetKVM: virtio-win pull request 1487).
func setIPGlobal(p *machine.Process, args []tagged) int {
	word, given := find(args, stack.TaskOffload)
	word = strings.ToLower(word)
	if !given || word != "enabled" && word != "disabled" {
		return netshFail(p, errIncorrect)
	}
	return netshUpdate(p, func(s *machine.State) error {
		if !p.Machine.Faults().Ignores(stack.TaskOffload) {
			s.TCP.Global[stack.TaskOffload] = word
		}
		return nil
	})
}

// setDynamicPort sets the range of dynamic ports of TCP (ip.dynamicport), which all templates show
// then (not verified: ask a guest, Get-NetTCPSetting after netsh int ipv4 set dynamicport tcp
// start=1025 num=64511). Every range that does not end at the last port is left unplayed.
func setDynamicPort(p *machine.Process, args []tagged) int {
	protocol, _ := find(args, "protocol")
	start, _ := find(args, "start")
	num, _ := find(args, "num")
	first, err := strconv.Atoi(start)
	count, err2 := strconv.Atoi(num)
	if err != nil || err2 != nil || first < stack.MinDynamicPort || count < 1 || first+count-1 > stack.MaxPort {
		return netshFail(p, errIncorrect)
	}
	if !strings.EqualFold(protocol, "tcp") || first+count-1 != stack.MaxPort {
		return netshFail(p, console.Refusef("stand-in: only ranges of tcp up to port %d are played", stack.MaxPort))
	}
	return netshUpdate(p, func(s *machine.State) error {
		s.TCP.Global[stack.DynamicPort] = start
		return nil
	})
}

// showSubinterfaces lists the adapters with their MTU (form: not verified: ask a guest,
// netsh int ipv4 show subinterfaces). Byte counts are not kept.
func showSubinterfaces(p *machine.Process, _ []tagged) int {
	p.Say("\n   MTU  MediaSenseState   Bytes In  Bytes Out  Interface\n" +
		"------  ---------------  ---------  ---------  -------------\n" +
		"4294967295                1          0          0  Loopback Pseudo-Interface 1\n")
	for _, n := range p.Machine.NICs() {
		media := 1
		if !n.Up {
			media = 5
		}
		p.Say(fmt.Sprintf("%6d  %15d  %9d  %9d  %s\n", n.MTU, media, 0, 0, n.Name))
	}
	p.Say("\n")
	return 0
}

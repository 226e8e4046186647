package windows

import (
	"fmt"
	"strconv"
	"strings"
)

// setSubinterface sets the MTU of an adapter, by index or name. It acts at once;
// with store=persistent, which is netsh's default, it also survives boots
// (ip.mtu; the default is general knowledge).
func (p *process) setSubinterface(args []tagged) int {
	which, _ := find(args, "interface")
	var n *nic
	for _, a := range p.m.nics() {
		if strconv.Itoa(a.index) == which || strings.EqualFold(a.name, which) {
			n = &a
			break
		}
	}
	if n == nil {
		return p.netshFail(refusef("The filename, directory name, or volume label syntax is incorrect.\n"))
	}
	text, given := find(args, "mtu")
	mtu, err := strconv.Atoi(text)
	if !given || err != nil || mtu < minMTU || mtu > p.m.maxMTU() {
		return p.netshFail(errIncorrect)
	}
	if store, ok := find(args, "store"); ok && !strings.EqualFold(store, "persistent") {
		return p.netshFail(refusef("stand-in: only store=persistent is played"))
	}
	return p.netshUpdate(func(s *state) error {
		if !p.m.faults().ignores("mtu") {
			s.mtu[n.guid] = mtu
		}
		return nil
	})
}

// showSubinterfaces has the form of general knowledge. Byte counts are not kept.
func (p *process) showSubinterfaces([]tagged) int {
	p.out("\n   MTU  MediaSenseState   Bytes In  Bytes Out  Interface\n" +
		"------  ---------------  ---------  ---------  -------------\n" +
		"4294967295                1          0          0  Loopback Pseudo-Interface 1\n")
	for _, n := range p.m.nics() {
		media := 1
		if !n.Up {
			media = 5
		}
		p.out(fmt.Sprintf("%6d  %15d  %9d  %9d  %s\n", n.MTU, media, 0, 0, n.name))
	}
	p.out("\n")
	return 0
}

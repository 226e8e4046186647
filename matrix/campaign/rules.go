package campaign

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Rules between the parts of a file that stand far from each other. What depends on the
// guest's generation is a *matrix.DesignError, as what matrix finds is.

// fit checks what depends on the guest's generation, and reports it where the file says it. A file
// that does not name the generation must make sense on at least one of them.
func (r *reader) fit(c Campaign, root *node, planned bool) {
	generations := []matrix.Generation{c.Guest.Generation}
	if c.Guest.Generation == "" {
		generations = matrix.Driven()
		slices.Reverse(generations) // if none will do, the newest speaks for all
	}
	var fewest []*matrix.DesignError
	checked := generations[0]
	for i, g := range generations {
		all := c.onGeneration(g, planned)
		if len(all) == 0 {
			return
		}
		if i == 0 || len(all) < len(fewest) {
			fewest, checked = all, g
		}
	}
	for _, e := range fewest {
		at, path := locate(root, e.Path)
		file := r.file
		if len(e.Path) > 1 {
			if p, ok := r.places[[2]string{e.Path[0], e.Path[1]}]; ok {
				at, path = locate(p.root, e.Path)
				file = p.file
			}
		}
		hint := e.Hint
		if c.Guest.Generation == "" {
			hint = strings.TrimSpace(hint + " (guest.generation is not given; this holds for " + string(checked) + ")")
		}
		message := e.Msg
		if len(e.Path) > 0 { // the path names the setting already
			message = strings.TrimPrefix(message, e.Path[len(e.Path)-1]+": ")
		}
		sub := &reader{file: file}
		sub.bad(at, path, message, hint)
		r.take(sub)
	}
}

// onGeneration is what keeps the campaign from running on a guest of generation g; if the design
// cannot be read, only what does not depend on its plan.
func (c Campaign) onGeneration(g matrix.Generation, planned bool) []*matrix.DesignError {
	var all []*matrix.DesignError
	if e := c.iperfOn(g); e != nil {
		all = append(all, e)
	}
	if e := c.meterOn(g); e != nil {
		all = append(all, e)
	}
	if e := c.iperf2On(g); e != nil {
		all = append(all, e)
	}
	if !planned {
		return all
	}
	blocks := min(c.Blocks, matrix.FirstBlocks) // the others are alike
	p, err := matrix.NewPlan(g, c.Design, blocks, c.Seed)
	if err != nil {
		return append(all, matrix.DesignErrors(err)...)
	}
	if e := c.wayBackOn(p); e != nil {
		all = append(all, e)
	}
	boots := p.MaxBoots() / blocks * c.Blocks
	if p.Search != nil {
		p.Search.Blocks = c.Blocks
		boots = p.MaxBoots()
	}
	boot := c.BootTime() + c.RunTime(c.Repetitions)
	from := Load{boots, time.Duration(boots) * boot}
	to := from
	if p.Switch != nil {
		if p, err = matrix.NewPlan(g, c.Design, c.Blocks, c.Seed); err != nil {
			return append(all, matrix.DesignErrors(err)...)
		}
		from, to = Loads(p, c.PlanTime(p, c.BootTime()), boot)
	}
	return append(all, matrix.DesignErrors(c.Limits.Within(from, to))...)
}

// xpProgram is what a command line of XP takes for a program: wmic hands it on without
// quotes. A test of apply compares the two.
var xpProgram = regexp.MustCompile(`^[A-Za-z]:(\\[A-Za-z0-9_.-]+)+\.[Ee][Xx][Ee]$`)

func (c Campaign) iperfOn(g matrix.Generation) *matrix.DesignError {
	r := c.Guest.Remote
	if g != matrix.XP || r == nil || xpProgram.MatchString(r.Iperf) || !c.NeedsIPerf3() {
		return nil
	}
	return &matrix.DesignError{Path: []string{"guest", "iperf"},
		Msg:  fmt.Sprintf("%q cannot be started on a guest of generation xp", r.Iperf),
		Hint: `give the whole path, letters, digits and _.- only and no spaces, such as C:\vnettune\iperf3.exe; or measure by iperf 2 alone (tool: iperf2 in every workload)`}
}

// meterOn refuses the meter where it cannot start
// (https://go.dev/wiki/MinimumRequirements: Windows 10 or Server 2016).
func (c Campaign) meterOn(g matrix.Generation) *matrix.DesignError {
	if g != matrix.XP && g != matrix.NT60 && g != matrix.NT62 || !slices.ContainsFunc(c.Workloads, record.Workload.ByMeter) {
		return nil
	}
	hint := "measure this guest with iperf3 alone (no protocol latency, no tool: meter)"
	if g == matrix.XP {
		hint += ", or with iperf 2 (tool: iperf2)"
	}
	return &matrix.DesignError{Path: []string{"workloads"}, Hint: hint,
		Msg: fmt.Sprintf("the meter does not start on a guest of generation %s: today's Go makes programs for Windows 10 and Server 2016 or later", g)}
}

// wayBackOn requires a way back to a guest that a setting of the plan may cut off. A lab has its
// own.
func (c Campaign) wayBackOn(p matrix.Plan) *matrix.DesignError {
	r := c.Guest.Rescue
	if p.Generation != matrix.XP || c.Guest.Lab != nil || r.DeadMan == 0 || r.Independent() {
		return nil
	}
	for _, s := range p.Settings {
		if matrix.Catalogue().Dangerous(s.Setting.ID) {
			return &matrix.DesignError{Path: []string{"guest", "rescue", "dead_man"},
				Msg:  s.Setting.ID + " can cut the guest off, and a guest of generation xp has no dead-man switch",
				Hint: "give another way back (guest_agent, libvirt or snapshot), or say dead_man: off to run without one"}
		}
	}
	return nil
}

// sameFamily refuses to measure from an IPv4 address to an IPv6 one, or over two interfaces.
func (o object) sameFamily(c Campaign) {
	if c.Guest.Remote == nil {
		return
	}
	from, err := netip.ParseAddr(c.Host.Bind)
	to, err2 := netip.ParseAddr(c.Guest.Remote.Data)
	if err != nil || err2 != nil {
		return
	}
	host := object{r: o.r, n: o.get("host"), path: "host"}
	if from.Unmap().Is4() == to.Unmap().Is4() {
		host.sameZone(from, to)
		return
	}
	family := map[bool]string{true: "an IPv4 address", false: "an IPv6 address"}
	host.bad("bind", fmt.Sprintf("this is %s, and guest.data is %s", family[from.Unmap().Is4()], family[to.Unmap().Is4()]), "make them agree")
}

// meterAlone refuses to have the meter, where workloads need it, listen where another does.
func (o object) meterAlone(c Campaign) {
	if c.Guest.Remote == nil || !slices.ContainsFunc(c.Workloads, record.Workload.ByMeter) {
		return
	}
	guest := object{r: o.r, n: o.get("guest"), path: "guest"}
	control := c.Guest.Remote.Control
	switch port := c.Guest.MeterPort; {
	case port == c.Guest.IperfPort:
		guest.bad("meter_port", fmt.Sprintf("iperf3 and the meter cannot both listen on port %d of the guest", port), "give one of guest.iperf_port and guest.meter_port another")
	case port == control.Port && control.Host == c.Guest.Remote.Data:
		guest.bad("meter_port", fmt.Sprintf("WinRM and the meter cannot both listen on port %d of the guest", port), "give guest.meter_port another")
	}
}

// secondAlone refuses to have the second iperf3, where workloads need it, listen where another does.
func (o object) secondAlone(c Campaign) {
	if c.Guest.Remote == nil || !slices.ContainsFunc(c.Workloads, record.Workload.BothAtOnce) {
		return
	}
	guest := object{r: o.r, n: o.get("guest"), path: "guest"}
	control, port, other := c.Guest.Remote.Control, c.Guest.SecondPort, ""
	switch {
	case port == c.Guest.IperfPort:
		other = "the first iperf3 of the guest"
	case port == c.Guest.MeterPort && slices.ContainsFunc(c.Workloads, record.Workload.ByMeter):
		other = "the meter"
	case port == c.Guest.Iperf2Port && c.MeasuresByIPerf2():
		other = "iperf2"
	case port == control.Port && control.Host == c.Guest.Remote.Data:
		other = "WinRM"
	default:
		return
	}
	guest.bad("iperf_second_port", fmt.Sprintf("%s and the second iperf3, which direction: %s needs, cannot both listen on port %d of the guest", other, record.AtOnce, port),
		"give guest.iperf_second_port another")
}

// patchable refuses variants that are patches of no domain.
func (o object) patchable(c Campaign) {
	if c.Guest.Rescue.Domain != "" {
		return
	}
	for i, item := range o.items("variants") {
		if i < len(c.Design.Variants) && c.Design.Variants[i].XML != nil {
			item.bad("xml", "there is no domain of libvirt whose XML this could be a patch of", "set guest.libvirt to the guest's domain, or give the variant a command")
		}
	}
}

// twoPorts refuses to have WinRM and iperf3 listen at one port of one address.
func (o object) twoPorts(g Guest) {
	c := g.Remote.Control
	if c.Host != g.Remote.Data || c.Port != g.IperfPort || c.Port == 0 {
		return
	}
	key := "control"
	if o.has("iperf_port") {
		key = "iperf_port"
	}
	o.bad(key, fmt.Sprintf("WinRM and iperf3 cannot both listen on port %d of the guest", c.Port), "give guest.iperf_port another")
}

// locate follows a path of matrix as far as the file has it. The path comes back
// in the form of the other messages.
func locate(root *node, path []string) (at *node, text string) {
	at = root
	o := object{}
	for _, step := range path {
		var next *node
		if i, err := strconv.Atoi(step); err == nil && at != nil && at.kind == list {
			o.path += "[" + step + "]"
			if i >= 0 && i < len(at.items) {
				next = at.items[i]
			}
		} else {
			o.path = o.at(step)
			if at != nil {
				next = at.get(step)
			}
		}
		if next == nil {
			break
		}
		at = next
	}
	return at, o.path
}

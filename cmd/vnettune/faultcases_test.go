package main

import (
	"fmt"
	"slices"
	"strings"
)

// Failure classes of a boot, as docs/failures.md lists them.
const (
	writeFailed    = "write_failed"
	rebootFailed   = "reboot_failed"
	readBackFailed = "read_back_failed"
	serverFailed   = "iperf_server_failed"
	noNumber       = "measurement_failed"
	otherBoot      = "rebooted_by_itself"
	notInEffect    = "not_in_effect"
	deadManFailed  = "dead_man_failed"
	putBack        = "put_back"
	switchFailed   = "switch_failed"
)

// point is a moment of a campaign of two boots and the restore: slot 1 is measured in
// the guest's boot 2, slot 2 in boot 3, and boot 4 is the restored guest's.
type point struct {
	name    string
	at      string // conditions of a fault
	nth     int    // which command line of that step in that boot
	classes []string
}

// bootPoints are the steps of the boot cycle, by what the harness does.
var bootPoints = []point{
	{"proof of the boot", "boot=2,step=boot", 1, []string{rebootFailed, noNumber}},
	{"facts of the boot", "boot=2,step=facts", 1, []string{rebootFailed}},
	{"read-back", "boot=2,step=read", 1, []string{readBackFailed}},
	{"iperf3's start", "boot=2,step=iperf", 1, []string{serverFailed}},
	{"confirming the boot", "boot=2,step=boot", 2, []string{noNumber, rebootFailed}},
	{"the owner's mark", "boot=2,step=write", 1, []string{writeFailed}},
	{"writing", "boot=2,step=write", 2, []string{writeFailed}},
	{"mark before the reboot", "boot=2,step=boot", 3, []string{rebootFailed}},
	{"asking for the reboot", "boot=2,step=shutdown", 1, []string{rebootFailed}},
}

// beginPoints are before anything is written, restorePoints when all is measured.
var (
	beginPoints = []point{
		{"facts before the session", "boot=1,step=facts", 1, nil},
		{"reading the originals", "boot=1,step=read", 1, nil},
		{"iperf3's first start", "boot=1,step=iperf", 1, nil},
	}
	restorePoints = []point{
		{"restore: writing", "boot=3,step=write", 1, nil},
		{"restore: asking for the reboot", "boot=3,step=shutdown", 1, nil},
		{"restore: proof of the boot", "boot=4,step=boot", 1, nil},
		{"restore: read-back", "boot=4,step=read", 1, nil},
		{"restore: taking the owner's mark off", "boot=4,step=write", 1, nil},
	}
)

// wireFaults are those that can happen at any request.
var wireFaults = []string{"reset", "refused=2s", "stall", "http=401", "http=500", "http=503", "garbage", "truncate", "truncate=body", "oversize", "drip=200ms", "lose"}

func (p point) fault(wire, request string) faultCase {
	return faultCase{
		group: "On the wire, once", point: p.name, what: wire + " at " + request,
		faults: []string{fmt.Sprintf("%s@%s,request=%s,nth=%d", wire, p.at, request, p.nth)}, classes: p.classes,
	}
}

// wireCases are the faults of the wire at every step.
func wireCases() []faultCase {
	var all []faultCase
	for _, p := range bootPoints {
		for _, w := range wireFaults {
			all = append(all, p.fault(w, "command"), p.fault(w, "receive"))
		}
		for _, w := range []string{"reset", "stall", "lose"} {
			all = append(all, p.fault(w, "signal"))
		}
		all = append(all, p.fault("stall", "send"))
	}
	for _, p := range restorePoints {
		for _, w := range []string{"reset", "refused=2s", "stall", "http=401", "http=500", "garbage", "truncate=body", "lose"} {
			all = append(all, p.fault(w, "receive"))
		}
	}
	for _, p := range beginPoints {
		for _, w := range []string{"reset", "stall", "http=401", "http=500", "garbage"} {
			all = append(all, p.fault(w, "receive"))
		}
	}
	for _, w := range wireFaults {
		all = append(all, faultCase{group: "On the wire, once", point: "new shell", what: w + " at create", faults: []string{w + "@boot=2,request=create"}, classes: []string{rebootFailed}})
	}
	for _, w := range []string{"reset", "refused=2s", "stall"} {
		all = append(all, faultCase{group: "On the wire, once", point: "new connection", what: w + " at connect", faults: []string{w + "@boot=2,request=connect,nth=2"}, classes: []string{rebootFailed}})
	}
	return slices.Concat(all, sendCases(), bloatCases(), wireAlways())
}

// sendCases are Sends that fail. One that was taken costs nothing, and neither does one that was not:
// every boot is ok, none is made twice.
func sendCases() []faultCase {
	taken := []string{"lose", "taken=2150858793", "taken=109", "taken=232", "taken=1460"}
	untaken := []string{"reset", "refuse=2150858793", "refuse=1460", "refuse=170"}
	var all []faultCase
	for _, p := range slices.Concat(beginPoints, bootPoints, restorePoints) {
		if strings.Contains(p.at, "step=shutdown") {
			continue // which has no input
		}
		for _, w := range slices.Concat(taken, untaken) {
			c := p.fault(w, "send")
			c.classes, c.survives = nil, true
			all = append(all, c)
		}
	}
	const vlan = "netkvm.VlanID: 100"
	for _, w := range slices.Concat(taken, untaken) {
		all = append(all, faultCase{point: "arming the dead-man switch", what: w + " at send", setting: vlan, slow: true, rescue: "{dead_man: 60s}",
			faults: []string{w + "@boot=2,step=deadman,request=send"}, classes: []string{rebootFailed, putBack}})
	}
	return grouped("A Send fails", all)
}

// bloatCases are answers with 15 MiB of markup, to every request.
func bloatCases() []faultCase {
	var all []faultCase
	for _, bloat := range []string{"bloat=comments", "bloat=elements", "bloat=text", "bloat=depth"} {
		for _, p := range bootPoints {
			all = append(all, p.fault(bloat, "command"), p.fault(bloat, "receive"))
		}
		for _, p := range slices.Concat(beginPoints, restorePoints) {
			all = append(all, p.fault(bloat, "receive"))
		}
		for _, request := range []string{"create", "send", "signal", "delete"} {
			all = append(all, faultCase{point: "the first in boot 2", what: bloat + " at " + request, faults: []string{bloat + "@boot=2,request=" + request}, classes: []string{rebootFailed, readBackFailed}})
		}
		all = append(all, faultCase{point: "every request from boot 3 on", what: bloat, faults: []string{bloat + "@boot=3+,nth=1+"}, classes: []string{rebootFailed, writeFailed}, forever: true})
	}
	return grouped("On the wire, 15 MiB", all)
}

// wireAlways are those that do not end.
func wireAlways() []faultCase {
	var all []faultCase
	for _, w := range []string{"reset", "refused", "stall", "http=401", "http=500", "http=503", "garbage", "truncate", "truncate=body", "oversize", "drip=200ms", "lose"} {
		all = append(all, faultCase{group: "On the wire, from a point on", point: "every request from boot 3 on", what: w, faults: []string{w + "@boot=3+,nth=1+"},
			classes: []string{rebootFailed, writeFailed}, forever: true})
	}
	return append(all, faultCase{group: "On the wire, from a point on", point: "hangs at 99 %: takes connections and says nothing", faults: []string{"stall@boot=3+,request=connect,nth=1+"},
		classes: []string{rebootFailed, writeFailed}, forever: true})
}

// guestCases are what goes wrong inside the guest.
func guestCases() []faultCase {
	const key = "autotuninglevel"
	settings := []faultCase{
		{point: "a setting is ignored", faults: []string{"ignore=" + key}, classes: []string{notInEffect}},
		{point: "a setting is ignored in one boot", faults: []string{"ignore=" + key + "@boot=2"}, classes: []string{notInEffect}},
		{point: "a setting is undone by every boot", faults: []string{"revert=" + key}, classes: []string{notInEffect}},
		{point: "a setting is undone by one boot", faults: []string{"revert=" + key + "@boot=3"}, classes: []string{notInEffect}},
		{point: "a setting is refused", faults: []string{"deny=" + key}, classes: []string{writeFailed}, forever: true},
		{point: "a setting is refused in one boot", faults: []string{"deny=" + key + "@boot=2"}, classes: []string{writeFailed}, forever: true},
		{point: "a setting is refused in a foreign language", faults: []string{"deny=" + key, "foreign-texts"}, classes: []string{writeFailed}, forever: true},
		{point: "a registry value is refused", faults: []string{"deny=DefaultReceiveWindow"}, setting: "afd.DefaultReceiveWindow: 65536", classes: []string{writeFailed}, forever: true},
		{point: "a registry value is ignored", faults: []string{"ignore=DefaultReceiveWindow"}, setting: "afd.DefaultReceiveWindow: 65536", classes: []string{notInEffect}},
		{point: "a registry value is undone by the boot", faults: []string{"revert=DefaultReceiveWindow"}, setting: "afd.DefaultReceiveWindow: 65536", classes: []string{notInEffect}},
		{point: "the disk is full while writing", faults: []string{"disk-full@boot=2,step=write"}, classes: []string{writeFailed}, forever: true},
		{point: "the disk is full from the proof of a boot on", faults: []string{"disk-full@boot=2,step=boot"}, classes: []string{writeFailed, rebootFailed}, forever: true},
		{point: "the disk is full before the restore", faults: []string{"disk-full@boot=3,step=write"}, classes: []string{writeFailed}, forever: true},
		{point: "the disk is full at the beginning", faults: []string{"disk-full@boot=1,step=facts"}, classes: []string{writeFailed, rebootFailed}, forever: true},
	}
	reboots := []faultCase{
		{point: "never goes down, once", faults: []string{"stay-up@boot=2"}, classes: []string{rebootFailed}, forever: true},
		{point: "never goes down", faults: []string{"stay-up"}, classes: []string{rebootFailed}, forever: true},
		{point: "comes back late, within the limits", faults: []string{"late=4s@boot=3"}},
		{point: "comes back later than the limit", slow: true, faults: []string{"late=16s@boot=3"}, classes: []string{rebootFailed}},
		{point: "never comes back", faults: []string{"late@boot=3"}, classes: []string{rebootFailed, writeFailed}, forever: true},
		{point: "never comes back from the restore", faults: []string{"late@boot=4"}, forever: true},
		{point: "comes back late from the restore", slow: true, faults: []string{"late=30s@boot=4"}},
		{point: "answers on while it goes down", slow: true, faults: []string{"answer-while-down=3s"}},
		{point: "the clock jumps forward by an hour", faults: []string{"clock-jump=1h@boot=3+"}},
		{point: "the clock jumps back by an hour", faults: []string{"clock-jump=-1h@boot=3+"}},
		{point: "the clock jumps back by a week in one boot", faults: []string{"clock-jump=-168h@boot=3"}},
		{point: "the clock jumps ahead by a year at the restore", faults: []string{"clock-jump=8760h@boot=4+"}},
		{point: "the time zone changes", faults: []string{"time-zone=5h30m@boot=3+"}},
	}
	const vlan = "netkvm.VlanID: 100"
	networks := []faultCase{
		{point: "a setting cuts it off", what: "a dead-man switch of 20 s", setting: vlan, slow: true, rescue: "{dead_man: 20s}", classes: []string{rebootFailed, putBack, deadManFailed}},
		{point: "a setting cuts it off", what: "the guest agent alone", setting: vlan, slow: true, rescue: "{dead_man: off}", classes: []string{rebootFailed}},
		{point: "a setting cuts it off", what: "a dead-man switch and a clock that jumps by an hour", setting: vlan, slow: true, rescue: "{dead_man: 20s}",
			faults: []string{"clock-jump=1h@boot=3+"}, classes: []string{rebootFailed, putBack, deadManFailed}},
		{point: "a setting could cut it off", what: "the folder of the dead-man switch is open to everybody", setting: vlan, slow: true, rescue: "{dead_man: 20s}", faults: []string{"writable-folder"}},
		{point: "a setting could cut it off", what: "the answer to arming is lost", setting: vlan, slow: true, rescue: "{dead_man: 60s}",
			faults: []string{"lose@boot=2,step=deadman,request=receive"}, classes: []string{deadManFailed, rebootFailed, putBack}},
	}
	for _, step := range []string{"boot", "facts", "read", "iperf", "write"} {
		reboots = append(reboots, faultCase{point: "reboots again by itself", what: "at " + step, faults: []string{"restart@boot=2,step=" + step},
			classes: []string{rebootFailed, readBackFailed, serverFailed, noNumber, otherBoot, writeFailed}})
	}
	var hangs []faultCase
	for _, step := range []string{"write", "boot"} {
		boot := map[string]string{"write": "3", "boot": "4"}[step]
		reboots = append(reboots, faultCase{point: "reboots again by itself during the restore", what: "at " + step, faults: []string{"restart@boot=" + boot + ",step=" + step},
			classes: []string{writeFailed}})
	}
	for _, d := range []string{"300ms", "1s", "2s"} {
		reboots = append(reboots, faultCase{point: "reboots by itself in mid-measurement", what: "after " + d, faults: []string{"restart=" + d + "@boot=2,step=iperf"}, tcp: true,
			classes: []string{serverFailed, noNumber, otherBoot}})
	}
	for _, p := range restorePoints {
		hangs = append(hangs, faultCase{point: p.name, what: "one script error", insists: true, faults: []string{fmt.Sprintf("script-error@%s,nth=%d", p.at, p.nth)}})
	}
	hangs = append(hangs,
		faultCase{point: "restore: mark before the reboot", what: "one script error", insists: true, faults: []string{"script-error@boot=3,step=boot,nth=3"}},
		faultCase{point: "restore: the owner's mark", what: "one script error", insists: true, faults: []string{"script-error@boot=3,step=read,nth=5"}},
		faultCase{point: "restore: facts of the boot", what: "one script error", insists: true, faults: []string{"script-error@boot=4,step=facts"}},
		faultCase{point: "restore: writing", what: "script errors for ever", faults: []string{"script-error@boot=3,step=write,nth=1+"}, forever: true})
	for _, step := range []string{"facts", "read", "write", "boot", "iperf", "shutdown"} {
		hangs = append(hangs, faultCase{point: "a command never ends", what: "the first of " + step + " in boot 2", faults: []string{"hang@boot=2,step=" + step}, slow: true,
			classes: []string{rebootFailed, readBackFailed, serverFailed, noNumber, writeFailed}})
	}
	return slices.Concat(grouped("In the guest: commands", hangs), grouped("In the guest: settings and disk", settings), grouped("In the guest: reboots and clocks", reboots), grouped("In the guest: its network", networks), grouped("In the guest: iperf3", iperfCases()))
}

var iperfWords = map[string]string{
	"iperf-missing": "it is missing", "iperf-fails": "its server ends every run", "iperf-busy": "its server is busy", "iperf-hangs": "its server hangs",
}

func iperfCases() []faultCase {
	var all []faultCase
	for _, f := range []string{"iperf-missing", "iperf-fails", "iperf-busy", "iperf-hangs"} {
		classes := []string{noNumber}
		if f == "iperf-missing" {
			classes = []string{serverFailed}
		}
		all = append(all,
			faultCase{point: iperfWords[f] + ", from the beginning", faults: []string{f}, classes: classes, tcp: true, slow: true},
			faultCase{point: iperfWords[f] + ", in one boot", faults: []string{f + "@boot=2"}, classes: classes, tcp: true, slow: f == "iperf-hangs"})
	}
	return append(all,
		faultCase{point: "its server is busy, UDP", faults: []string{"iperf-busy@boot=2"}, classes: []string{noNumber}},
		faultCase{point: "its server hangs, UDP", faults: []string{"iperf-hangs@boot=2"}, classes: []string{noNumber}, slow: true},
		faultCase{point: "an old iperf3 where a window is under test", faults: []string{"iperf-version=3.1.3-2.5.1"}, tcp: true},
		faultCase{point: "an old iperf3 where no window is under test", faults: []string{"iperf-version=3.1.3-2.5.1"}, setting: "tcp.rss: disabled", tcp: true},
		faultCase{point: "an iperf of version 2", faults: []string{"iperf-version=version_2.1.9"}, classes: []string{serverFailed}, tcp: true})
}

func grouped(group string, all []faultCase) []faultCase {
	for i := range all {
		all[i].group = group
		if all[i].what == "" && len(all[i].faults) > 0 {
			all[i].what = "`" + strings.Join(all[i].faults, "` `") + "`"
		}
	}
	return all
}

// stintPoints are the steps of the second stint of the guest's boot 2: the first has its own.
var stintPoints = []point{
	{"the owner's mark", "boot=2,step=write", 1, []string{writeFailed}},
	{"writing", "boot=2,step=write", 2, []string{writeFailed}},
	{"proof that the boot stands", "boot=2,step=boot", 3, []string{switchFailed, noNumber}},
	{"asking which machine it is", "boot=2,step=read", 3, []string{readBackFailed, serverFailed, writeFailed}},
	{"read-back", "boot=2,step=read", 4, []string{readBackFailed, serverFailed, noNumber}},
	{"iperf3's start", "boot=2,step=iperf", 2, []string{serverFailed}},
	{"confirming the stint", "boot=2,step=boot", 4, []string{noNumber, switchFailed}},
}

// stintCases are what goes wrong in the middle of a boot within which arms are switched.
func stintCases() []faultCase {
	anything := []string{writeFailed, rebootFailed, switchFailed, readBackFailed, serverFailed, noNumber, otherBoot}
	var all []faultCase
	for _, p := range stintPoints {
		for _, w := range []string{"reset", "refused=2s", "stall", "http=401", "http=500", "garbage", "truncate=body", "lose"} {
			all = append(all, p.fault(w, "receive"))
		}
		for _, w := range []string{"reset", "http=503", "stall"} {
			all = append(all, p.fault(w, "command"))
		}
		all = append(all, faultCase{point: p.name, what: "one script error", faults: []string{fmt.Sprintf("script-error@%s,nth=%d", p.at, p.nth)}, classes: p.classes})
		at := fmt.Sprintf("%s,nth=%d", p.at, p.nth)
		all = append(all, faultCase{point: p.name, what: "the guest reboots by itself", faults: []string{"restart@" + at}, classes: anything})
		all = append(all, faultCase{point: p.name, what: "the network is lost from here on", faults: []string{"reset@" + strings.Replace(at, "boot=2,", "boot=2+,", 1) + "+"}, classes: anything, forever: true})
	}
	for _, d := range []string{"300ms", "1s", "2s"} {
		all = append(all, faultCase{point: "reboots by itself in mid-measurement", what: "after " + d, faults: []string{"restart=" + d + "@boot=2,step=iperf,nth=2"}, tcp: true, classes: anything})
	}
	const vlan = "netkvm.VlanID: 100"
	all = append(all,
		faultCase{point: "a setting is ignored", faults: []string{"ignore=autotuninglevel@boot=2"}, classes: []string{notInEffect}},
		faultCase{point: "a setting is refused", faults: []string{"deny=autotuninglevel@boot=2"}, classes: []string{writeFailed}, forever: true},
		faultCase{point: "the disk is full while writing", faults: []string{"disk-full@boot=2,step=write,nth=2"}, classes: []string{writeFailed, rebootFailed}, forever: true},
		faultCase{point: "a command never ends", what: "the writing", faults: []string{"hang@boot=2,step=write,nth=2"}, slow: true, classes: anything},
		faultCase{point: "a setting cuts it off", what: "a dead-man switch of 20 s", setting: vlan, slow: true, rescue: "{dead_man: 20s}", classes: append(anything, putBack, deadManFailed)})
	for i := range all {
		all[i].within = true
	}
	return grouped("In a stint", all)
}

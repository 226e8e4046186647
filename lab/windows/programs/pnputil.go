package programs

import (
	"context"
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
)

// firstRestartDevice is the first build whose pnputil restarts devices
// (https://learn.microsoft.com/en-us/windows-hardware/drivers/devtest/pnputil-command-syntax: "available
// starting in Windows 10, version 2004").
const firstRestartDevice = 19041

// PnPUtil is pnputil.exe as far as it restarts the device of an adapter. Its words and exit codes are
// not verified: ask a guest, pnputil /restart-device "PCI\NONE" & echo %errorlevel%.
func PnPUtil(_ context.Context, p *machine.Process, args []string) int {
	p.Outln("Microsoft PnP Utility\n")
	build, err := strconv.Atoi(p.Machine.Edition().Build)
	if err != nil || build < firstRestartDevice || len(args) != 3 || !strings.EqualFold(args[1], "/restart-device") {
		p.Outln("stand-in: only pnputil /restart-device ID is played, from build " + strconv.Itoa(firstRestartDevice) + " on")
		return 1
	}
	for _, n := range p.Machine.NICs() {
		if !strings.EqualFold(n.PnPID, args[2]) {
			continue
		}
		p.Outln("Restarting device:         " + n.PnPID)
		if err := p.Machine.RestartAdapter(n.Name); err != nil {
			p.Outln("stand-in: " + err.Error())
			return 1
		}
		p.Outln("Device restarted successfully.\n")
		return 0
	}
	p.Outln("Failed to restart device: The specified device instance does not exist.\n")
	return 1
}

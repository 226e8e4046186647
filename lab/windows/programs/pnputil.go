package programs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
)

// Builds from which pnputil can do something more.
const (
	// firstRestartDevice is the first that restarts devices
	// (https://learn.microsoft.com/en-us/windows-hardware/drivers/devtest/pnputil-command-syntax:
	// "available starting in Windows 10, version 2004").
	firstRestartDevice = 19041
	// firstWords is the first that has /add-driver and /delete-driver (the same page: "available starting
	// in Windows 10, version 1607"), and -a and -d beside them.
	firstWords = 14393
)

// PnPUtil is pnputil.exe as far as it restarts the device of an adapter, takes a package into the driver
// store (-a, /add-driver) and out of it (-d, /delete-driver). Its words and exit codes are not verified:
// ask a guest, pnputil /restart-device "PCI\NONE" & echo %errorlevel%, and pnputil -d oem99.inf & echo
// %errorlevel%.
func PnPUtil(_ context.Context, p *machine.Process, args []string) int {
	p.Outln("Microsoft PnP Utility\n")
	build, _ := strconv.Atoi(p.Machine.Edition().Build) // all are numbers
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = strings.ToLower(a)
	}
	has := func(word string) bool { return slices.Contains(words, word) }
	switch first := words[min(1, len(words)-1)]; {
	case len(args) == 3 && first == "/restart-device" && build >= firstRestartDevice:
		return restartDevice(p, args[2])
	case len(args) == 3 && (first == "-a" || first == "/add-driver" && build >= firstWords):
		return addDriver(p, args[2])
	case len(args) == 3 && (first == "-d" || first == "/delete-driver" && build >= firstWords):
		return deleteDriver(p, args[2], false)
	case len(args) == 4 && first == "-f" && words[2] == "-d":
		return deleteDriver(p, args[3], true)
	case len(args) == 5 && first == "/delete-driver" && has("/uninstall") && has("/force") && build >= firstWords:
		return deleteDriver(p, args[2], true)
	}
	p.Outln("stand-in: of pnputil only -a INF, -d INF, -f -d INF, from build " + strconv.Itoa(firstWords) +
		" on /add-driver INF, /delete-driver INF, /delete-driver INF /uninstall /force, and from build " + strconv.Itoa(firstRestartDevice) + " on /restart-device ID are played")
	return 1
}

func restartDevice(p *machine.Process, id string) int {
	for _, n := range p.Machine.NICs() {
		if !strings.EqualFold(n.PnPID, id) {
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

// addDriver stages the package of an INF in the folder of the scripts, the only one that has any.
func addDriver(p *machine.Process, path string) int {
	name := path[strings.LastIndexByte(path, '\\')+1:]
	p.Outln("Processing inf :            " + name)
	published, err := "", error(machine.ErrNoFile)
	if strings.EqualFold(path, machine.DriverFolder+`\`+name) {
		published, err = p.Machine.StageDriver(name)
	}
	if err != nil {
		p.Outln("Adding the driver package failed : " + err.Error() + "\n")
		return exitOf(err)
	}
	p.Outln("Driver package added successfully.\nPublished name :            " + published + "\n")
	return 0
}

func deleteDriver(p *machine.Process, published string, force bool) int {
	err := p.Machine.DeleteDriver(published, force)
	if err == nil {
		p.Outln("Driver package deleted successfully.\n")
		return 0
	}
	text := err.Error()
	if errors.Is(err, machine.ErrInUse) {
		text = "One or more devices are presently installed using the specified INF."
	}
	p.Outln("Deleting the driver package failed : " + text + "\n")
	return exitOf(err)
}

// exitOf is Windows' number of an error as the exit code, where it has one.
func exitOf(err error) int {
	var number machine.DriverError
	if errors.As(err, &number) {
		return number.Exit()
	}
	return 1
}

package windows

import (
	"cmp"
	"fmt"
	"strings"

	"vnettune/lab/windows/cmd"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
	"vnettune/lab/windows/programs"
	"vnettune/lab/windows/reg"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/scripts"
	"vnettune/lab/windows/stack"
	"vnettune/lab/windows/wmi"
)

// w10Builds are those of Windows 10 whose netsh dump is of the form that is played, that of 1903
// and later (docs/facts/windows-samples.md 2.4): 22H2, and 1903 to 21H2. Their numbers:
// https://learn.microsoft.com/en-us/windows/release-health/release-information
var w10Builds = []string{"19045", "18362", "18363", "19041", "19042", "19043", "19044"}

const xpBuild = "2600"

// editionOf is the edition that cfg chooses of what is played.
func editionOf(cfg machine.Config) *machine.Edition {
	if cfg.Generation == "xp" {
		return xp
	}
	driver, _ := stack.W10Driver(cfg.Driver) // which Played knows
	return w10(cmp.Or(cfg.Build, w10Builds[0]), driver)
}

// w10 is Windows 10 of a build, with a driver of its adapters.
func w10(build string, driver stack.Driver) *machine.Edition {
	return &machine.Edition{
		Generation:  "w10",
		Build:       build,
		Version:     "10.0",
		Caption:     "Microsoft Windows 10 Pro (vnettune stand-in)",
		ProductType: 1,
		Banner:      "Microsoft Windows [Version 10.0." + build + "]",
		Connection:  "Ethernet",
		Installed: func() (*registry.Tree, error) {
			return installed(w10Values(build), registry.ServicingKey, registry.PrefetchKey)
		},
		Driver:    driver,
		BootID:    true,
		TCP:       true,
		Scheduled: machine.ShutdownScheduled, // docs/facts/windows-samples.md 5.3
		MaxDelay:  315360000,                 // https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown
		Programs: map[string]machine.Program{
			"cmd":        cmd.Exe,
			"hostname":   programs.Hostname,
			"netsh":      netsh.Exe,
			"ping":       programs.Ping,
			"powershell": scripts.PowerShell,
			"reg":        reg.Exe(reg.Vista),
			"schtasks":   programs.Schtasks,
			"shutdown":   programs.Shutdown,
			"whoami":     programs.Whoami,
		},
		Environment: func(user string) map[string]string {
			home := `C:\Users\` + user
			return environment(user, home, `C:\Windows`, home+`\AppData\Local\Temp`, "AMD64")
		},
		Effects: stack.W10Effects,
		Shell:   cmd.Line,
		Step:    scripts.StepOf,
		DoStep:  scripts.DoStep,
		WinRM:   machine.WinRM3, // docs/facts/windows-samples.md 5.7
	}
}

// xp is Windows XP Professional SP3 with the WinRM 2.0 of KB968930, whose PowerShell is not
// there (docs/facts/windows-samples.md 5.7). Server 2003 SP2 answers in the same forms. It
// has no whoami (not verified: ask a guest, whoami; it came with the support tools).
var xp = &machine.Edition{
	Generation:  "xp",
	Build:       xpBuild,
	Version:     "5.1",
	Caption:     "Microsoft Windows XP Professional (vnettune stand-in)",
	ProductType: 1,
	ServicePack: 3,
	Banner:      "Microsoft Windows XP [Version 5.1." + xpBuild + "]", // not verified: ask a guest, ver
	Connection:  "Local Area Connection",                              // http://technet.microsoft.com/en-us/library/cc739819(WS.10).aspx
	Installed:   func() (*registry.Tree, error) { return installed(xpValues) },
	Driver:      stack.XPDriver,
	Scheduled:   machine.ShutdownInProgress, // not verified: ask a guest, shutdown -r -t 60 twice
	MaxDelay:    600,                        // not verified: ask a guest, shutdown -r -t 601
	Programs: map[string]machine.Program{
		"cmd":      cmd.Exe,
		"hostname": programs.Hostname,
		"netsh":    netsh.ExeXP,
		"netstat":  programs.Netstat,
		"ping":     programs.Ping,
		"reg":      reg.Exe(reg.XP),
		"shutdown": programs.Shutdown,
		"taskkill": programs.Taskkill,
		"tasklist": programs.Tasklist,
		"wmic":     wmi.Exe,
	},
	IPerf: programs.IPerf3,
	Environment: func(user string) map[string]string {
		home := `C:\Documents and Settings\` + user
		return environment(user, home, `C:\WINDOWS`, home+`\Local Settings\Temp`, "x86")
	},
	Effects: stack.XPEffects,
	Shell:   cmd.Line,
	Step:    scripts.StepOf,
	WinRM:   machine.WinRM2, // docs/facts/windows-samples.md 5.7
}

// environment is that of a new process (not verified: ask a guest, set).
func environment(user, home, windows, temp, processor string) map[string]string {
	return map[string]string{
		"COMPUTERNAME":           machine.ComputerName,
		"COMSPEC":                windows + `\system32\cmd.exe`,
		"NUMBER_OF_PROCESSORS":   "1",
		"OS":                     "Windows_NT",
		"PATH":                   strings.Join([]string{windows + `\system32`, windows, windows + `\System32\Wbem`}, ";"),
		"PROCESSOR_ARCHITECTURE": processor,
		"SYSTEMDRIVE":            "C:",
		"SYSTEMROOT":             windows,
		"TEMP":                   temp,
		"TMP":                    temp,
		"USERNAME":               user,
		"USERPROFILE":            home,
		"WINDIR":                 windows,
	}
}

// New boots the Windows that cfg chooses.
func New(cfg machine.Config, disk machine.Disk, host machine.Host) (*machine.Machine, error) {
	if err := Played(cfg.Generation, cfg.Language, cfg.Build, cfg.Driver); err != nil {
		return nil, fmt.Errorf("windows: %w", err)
	}
	return machine.New(editionOf(cfg), cfg, disk, host)
}

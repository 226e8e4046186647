package windows

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"vnettune/lab/windows/cmd"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
	"vnettune/lab/windows/programs"
	"vnettune/lab/windows/reg"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/scripts"
	"vnettune/lab/windows/stack"
	"vnettune/lab/windows/wmi"
)

const xpBuild = "2600"

// release is a Windows of PowerShell that is played.
type release struct {
	generation string
	build      int
	server     bool
	version    string // without the build
	name       string // as the registry has it, ProductName
	caption    string // of Win32_OperatingSystem, without "Microsoft "; "" is the name
	powershell string // docs/facts/windows-samples.md 5.7
}

// releases are those of PowerShell, of each generation first the one that is played where no build is
// chosen. Which build is what: docs/facts/windows-samples.md 4. Where a build is a client's and a
// server's, the server is played: 14393, 17763 and 26100. Names: the list of
// https://learn.microsoft.com/en-us/windows/release-health/release-information and
// https://learn.microsoft.com/en-us/windows-server/get-started/windows-server-release-info; that the
// registry of 11 says Windows 10: docs/facts/windows-samples.md 4.
var releases = []release{
	{"nt62", 9600, true, "6.3", "Windows Server 2012 R2 Datacenter", "", "4.0"},
	{"nt62", 9200, true, "6.2", "Windows Server 2012 Datacenter", "", "3.0"},
	{"w10", 19045, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 18362, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 18363, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 19041, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 19042, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 19043, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 19044, false, "10.0", "Windows 10 Pro", "", "5.1"},
	{"w10", 14393, true, "10.0", "Windows Server 2016 Datacenter", "", "5.1"},
	{"w10", 17763, true, "10.0", "Windows Server 2019 Datacenter", "", "5.1"},
	{"w11", 26200, false, "10.0", "Windows 10 Pro", "Windows 11 Pro", "5.1"},
	{"w11", 22000, false, "10.0", "Windows 10 Pro", "Windows 11 Pro", "5.1"},
	{"w11", 22621, false, "10.0", "Windows 10 Pro", "Windows 11 Pro", "5.1"},
	{"w11", 22631, false, "10.0", "Windows 10 Pro", "Windows 11 Pro", "5.1"},
	{"w11", 20348, true, "10.0", "Windows Server 2022 Datacenter", "", "5.1"},
	{"w11", 26100, true, "10.0", "Windows Server 2025 Datacenter", "", "5.1"},
}

// buildsOf are the builds of a generation.
func buildsOf(generation string) []string {
	var builds []string
	for _, r := range releases {
		if r.generation == generation {
			builds = append(builds, strconv.Itoa(r.build))
		}
	}
	return builds
}

// Release is the build and the product type (1 client, 3 server) of the Windows that is played; an
// empty build stands for the one that is played where none is chosen.
func Release(generation, build string) (number, productType int) {
	ed := editionOf(machine.Config{Generation: generation, Build: build})
	number, _ = strconv.Atoi(ed.Build) // all are numbers
	return number, ed.ProductType
}

// Driver is what the driver of the adapters of the Windows that is played declares, and how Windows
// calls the adapter under test. What is empty stands for what is played where nothing is chosen. false:
// it is played without a driver that could be asked.
func Driver(generation, build, language, driver string) (connection string, d stack.Driver, ok bool) {
	if !Scripted(generation) || Played(generation, language, build, driver) != nil {
		return "", stack.Driver{}, false
	}
	ed := editionOf(machine.Config{Generation: generation, Build: build, Language: language, Driver: driver})
	return ed.Connection, ed.Driver, true
}

// HasIPerf2 says whether the Windows of a generation is measured by iperf2, too.
func HasIPerf2(generation string) bool {
	return editionOf(machine.Config{Generation: generation}).IPerf2 != nil
}

// editionOf is the edition that cfg chooses of what is played; Played knows that there is one.
func editionOf(cfg machine.Config) *machine.Edition {
	for _, r := range releases {
		if r.generation != cfg.Generation || cfg.Build != "" && strconv.Itoa(r.build) != cfg.Build {
			continue
		}
		language, _ := console.LanguageOf(cfg.Language) // which Played knows
		return r.edition(language, cfg.Driver)
	}
	return xp
}

// stack is the release as its TCP has it.
func (r release) stack() *stack.Release { return &stack.Release{Build: r.build, Server: r.server} }

// edition is the release as it is played, in a language, with a driver of its adapters.
func (r release) edition(l *console.Language, driver string) *machine.Edition {
	build := strconv.Itoa(r.build)
	rel := r.stack()
	if driver == "" && rel.Before10() {
		driver = stack.LastOf2012
	}
	netkvm, _ := stack.NetKVM(driver, *rel) // which Played knows
	e := &machine.Edition{
		Generation:  r.generation,
		Build:       build,
		Version:     r.version,
		Caption:     l.Message("Microsoft "+cmp.Or(r.caption, r.name)) + " (vnettune stand-in)",
		ProductType: 1,
		PowerShell:  r.powershell,
		Banner:      "Microsoft Windows [Version " + r.version + "." + build + "]",
		Language:    l,
		Connection:  l.Connection,
		Installed: func() (*registry.Tree, error) {
			return installed(l, r.values(), registry.ServicingKey, registry.PrefetchKey)
		},
		Driver:    netkvm,
		BootID:    true,
		Release:   rel,
		Scheduled: machine.ShutdownScheduled, // docs/facts/windows-samples.md 5.3
		MaxDelay:  315360000,                 // https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown
		Programs: map[string]machine.Program{
			"cmd":        cmd.Exe,
			"hostname":   programs.Hostname,
			"netsh":      netsh.Exe,
			"ping":       programs.Ping,
			"pnputil":    programs.PnPUtil,
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
		Effects: stack.NT62Effects,
		Shell:   cmd.Line,
		Step:    scripts.StepOf,
		DoStep:  scripts.DoStep,
		WinRM:   machine.WinRM3, // docs/facts/windows-samples.md 5.7
	}
	if r.server {
		e.ProductType = 3
	}
	return e
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
	Language:    console.English,
	Connection:  "Local Area Connection", // http://technet.microsoft.com/en-us/library/cc739819(WS.10).aspx
	Installed:   func() (*registry.Tree, error) { return installed(console.English, xpValues) },
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
	IPerf:  programs.IPerf3,
	IPerf2: programs.IPerf2,
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

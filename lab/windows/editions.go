package windows

import (
	"fmt"
	"sort"
	"strings"
)

const (
	w10Build = "19045"
	xpBuild  = "2600"
)

// editions are the generations that are played, by name.
var editions = map[string]*edition{w10.generation: w10, xp.generation: xp}

// Generations names the generations that are played.
func Generations() []string {
	var names []string
	for n := range editions {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// w10 is Windows 10 22H2.
var w10 = &edition{
	generation:  "w10",
	build:       w10Build,
	version:     "10.0",
	caption:     "Microsoft Windows 10 Pro (vnettune stand-in)",
	productType: 1,
	verLine:     "Microsoft Windows [Version 10.0." + w10Build + "]",
	connection:  "Ethernet",
	installed:   func() (*registry, error) { return installed(w10Values, servicingKey, prefetchKey) },
	keywords:    w10Keywords,
	bootID:      true,
	tcp:         true,
	scheduled:   shutdownScheduled, // SAMPLES 5.3
	maxDelay:    315360000,         // general knowledge
	programs: map[string]runner{
		"cmd":        (*process).cmd,
		"hostname":   (*process).hostname,
		"netsh":      (*process).netsh,
		"ping":       (*process).ping,
		"powershell": (*process).powershell,
		"reg":        regExe(regVista),
		"schtasks":   (*process).schtasks,
		"shutdown":   (*process).shutdown,
		"whoami":     (*process).whoami,
	},
	environment: func(user string) map[string]string {
		home := `C:\Users\` + user
		return environment(user, home, `C:\Windows`, home+`\AppData\Local\Temp`, "AMD64")
	},
	effects: w10Effects,
	shell:   (*process).cmdExe,
	step:    StepOf,
	doStep:  (*Machine).doStep,
	winrm:   winrm3, // SAMPLES 5.7
}

// xp is Windows XP Professional SP3 with the WinRM 2.0 of KB968930, whose
// PowerShell is not there (SAMPLES 5.7). Server 2003 SP2 answers in the same forms.
// It has no whoami (general knowledge: a program of the support tools).
var xp = &edition{
	generation:  "xp",
	build:       xpBuild,
	version:     "5.1",
	caption:     "Microsoft Windows XP Professional (vnettune stand-in)",
	productType: 1,
	servicePack: 3,
	verLine:     "Microsoft Windows XP [Version 5.1." + xpBuild + "]", // general knowledge
	connection:  "Local Area Connection",                              // general knowledge
	installed:   func() (*registry, error) { return installed(xpValues) },
	keywords:    xpKeywords,
	scheduled:   shutdownInProgress, // general knowledge: 1190 came with Vista
	maxDelay:    600,                // general knowledge
	programs: map[string]runner{
		"cmd":      (*process).cmd,
		"hostname": (*process).hostname,
		"netsh":    (*process).netshXP,
		"netstat":  (*process).netstat,
		"ping":     (*process).ping,
		"reg":      regExe(reg3),
		"shutdown": (*process).shutdown,
		"taskkill": (*process).taskkill,
		"tasklist": (*process).tasklist,
		"wmic":     (*process).wmic,
	},
	iperf: (*process).iperf3,
	environment: func(user string) map[string]string {
		home := `C:\Documents and Settings\` + user
		return environment(user, home, `C:\WINDOWS`, home+`\Local Settings\Temp`, "x86")
	},
	effects: xpEffects,
	shell:   (*process).cmdExe,
	step:    StepOf,
	winrm:   winrm2, // SAMPLES 5.7
}

// environment is that of a new process (general knowledge).
func environment(user, home, windows, temp, processor string) map[string]string {
	return map[string]string{
		"COMPUTERNAME":           computerName,
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
func New(cfg Config, disk Disk, host Host) (*Machine, error) {
	ed := editions[cfg.Generation]
	if ed == nil {
		return nil, fmt.Errorf("windows: generation %q is not played; use one of %s", cfg.Generation, strings.Join(Generations(), ", "))
	}
	return newMachine(ed, cfg, disk, host)
}

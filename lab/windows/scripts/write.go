package scripts

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

type writeInput struct {
	Steps []machine.Step `json:"steps"`
}

type writeAnswer struct {
	Steps []machine.StepResult `json:"steps"`
}

// playWrite plays the contract "write": all steps are looked at before the first
// is done, and after one that fails the rest is skipped.
func playWrite(m *machine.Machine, in writeInput) (any, error) {
	if in.Steps == nil {
		in.Steps = []machine.Step{{}} // PowerShell takes a list that is not there for one nothing
	}
	for _, s := range in.Steps {
		if err := checkStep(s); err != nil {
			return nil, scriptErrorf("input", "%v", err)
		}
	}
	a := writeAnswer{Steps: []machine.StepResult{}}
	failed := false
	for _, s := range in.Steps {
		if failed {
			a.Steps = append(a.Steps, machine.StepResult{Skipped: true})
			continue
		}
		exit, output := DoStep(m, s)
		failed = exit != 0
		a.Steps = append(a.Steps, machine.StepResult{OK: exit == 0, Exit: &exit, Output: &output})
	}
	return a, nil
}

// checkStep refuses what no write could do.
func checkStep(s machine.Step) error {
	switch s.Op {
	case "registry-set", "registry-delete":
		if path := strings.ToUpper(s.Path); strings.HasPrefix(path, `HKLM\`) && path != `HKLM\` {
			_, err := registry.ParsePath(s.Path)
			return err
		}
	case "netsh":
		for _, arg := range s.Args {
			if arg == "" || strings.ContainsFunc(arg, notPlain) {
				return fmt.Errorf("argument not allowed: %s", arg)
			}
		}
		return nil
	case "power":
		if !guid.MatchString(s.Data) {
			return fmt.Errorf("power plan not allowed: %s", s.Data)
		}
		return nil
	case "offload":
		if offloads[strings.ToLower(s.Name)] == "" || !slices.Contains([]string{"enabled", "disabled"}, strings.ToLower(s.Data)) {
			return fmt.Errorf("offload not allowed: %s %s", s.Name, s.Data)
		}
		return nil
	}
	return fmt.Errorf("step not allowed: %s %s", s.Op, s.Path)
}

// guid is how a step names a power plan.
var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// offloads are the switches of Set-NetOffloadGlobalSetting that a step names, by their tags here.
var offloads = map[string]string{"packetcoalescingfilter": stack.PacketCoalescingFilter, "networkdirect": stack.NetworkDirect}

// powerPlans are the plans that are there: Balanced, High performance and Power saver
// (docs/facts/windows-settings.md, power.scheme). Ultimate may have to be made first.
var powerPlans = []string{"381b4222-f694-41f0-9685-ff5bb260df2e", "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c", "a1841308-3541-4fab-bc81-f71556f20b4a"}

func notPlain(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '=' || r == '-' || r == '.')
}

// DoStep does one step and returns its exit code and what it printed, without the space around it.
func DoStep(m *machine.Machine, s machine.Step) (int, string) {
	if s.Op == "driver" || s.Op == "pnputil" { // of a dead man's only
		return driverStep(m, s)
	}
	if err := checkStep(s); err != nil { // of a dead man, whose steps nobody looked at before
		return 1, err.Error()
	}
	if s.Op == "netsh" {
		var out bytes.Buffer
		p := &machine.Process{Machine: m, Command: machine.Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, CodePage: 65001}}
		code := netsh.Exe(context.Background(), p, append([]string{"netsh"}, s.Args...))
		return code, strings.TrimSpace(out.String())
	}
	if s.Op == "offload" || s.Op == "power" {
		return setGlobally(m, s)
	}
	at := registry.MustPath(s.Path) // checkStep parsed it
	err := m.Update(func(st *machine.State) error {
		if s.Op == "registry-set" {
			v, err := registry.NewValue(s.Kind, s.Data)
			if err != nil {
				return err
			}
			return m.WriteValue(st, at, s.Name, v)
		}
		m.DeleteValue(st, at, s.Name) // absent is as good
		return nil
	})
	if err != nil {
		return 1, m.Edition().Language.Text(err.Error())
	}
	return 0, ""
}

// mostWait is how long a dead man's step waits for the adapter whose driver it has installed.
const mostWait = time.Minute

// driverStep installs a driver, or has pnputil take one away.
func driverStep(m *machine.Machine, s machine.Step) (int, string) {
	if s.Op == "pnputil" {
		done := pnputil(m, s.Args...)
		return *done.Exit, *done.Output
	}
	err := m.InstallDriver(machine.DriverInstall{INF: s.Name, Hardware: s.Data, MAC: s.MAC, IPv4: s.IPv4}, mostWait)
	if err != nil {
		return 1, err.Error()
	}
	return 0, ""
}

// setGlobally does a step on a switch of an offload or on the power plan. A plan that is not there
// is refused (its exit code and words are not verified: ask a guest, powercfg /setactive
// 00000000-0000-0000-0000-000000000000 & echo %errorlevel%).
func setGlobally(m *machine.Machine, s machine.Step) (int, string) {
	tag := offloads[strings.ToLower(s.Name)]
	if s.Op == "power" && !slices.Contains(powerPlans, s.Data) {
		return 1, "stand-in: this power plan is not there"
	}
	err := m.Update(func(st *machine.State) error {
		if s.Op == "power" {
			return m.WriteValue(st, registry.MustPath(registry.PowerKey), "ActivePowerScheme", registry.String(s.Data))
		}
		if err := m.Denied(tag); err != nil {
			return err
		}
		if !m.Faults().Ignores(tag) {
			st.TCP.Global[tag] = strings.ToLower(s.Data)
		}
		return nil
	})
	if err != nil {
		return 1, m.Edition().Language.Text(err.Error())
	}
	return 0, ""
}

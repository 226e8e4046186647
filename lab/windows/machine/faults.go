package machine

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"vnettune/lab/fault"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// at adds what the plan holds for one boot.
func (f Faults) at(boot int) Faults {
	f.Ignore, f.Deny, f.Revert, f.Allow = slices.Clone(f.Ignore), slices.Clone(f.Deny), slices.Clone(f.Revert), slices.Clone(f.Allow)
	f.Antivirus = slices.Clone(f.Antivirus)
	for _, one := range f.Plan.At(boot) {
		key := strings.ToLower(one.Value)
		switch one.Name {
		case fault.Ignore:
			f.Ignore = append(f.Ignore, key)
		case fault.Deny:
			f.Deny = append(f.Deny, key)
		case fault.ForeignTexts:
			f.ForeignTexts = true
		case fault.Revert:
			f.Revert = append(f.Revert, key)
		case fault.Allow:
			f.Allow = append(f.Allow, key)
		case fault.AnswerWhileDown:
			f.AnswerWhileDown = one.Duration()
		case fault.StayUp:
			f.StayUp = true
		case fault.ClockJump:
			f.ClockJump = one.Duration()
		case fault.TimeZone:
			f.TimeZone = one.Duration()
		case fault.Antivirus:
			f.Antivirus = append(f.Antivirus, key)
		case fault.BlockRules:
			f.BlockRules = true
		case fault.FilteredToken:
			f.FilteredToken = true
		case fault.WritableFolder:
			f.WritableFolder = true
		case fault.ServerRTT:
			f.ServerRTT = one.Duration()
		case fault.NoGuestTSO:
			f.NoGuestTSO = true
		case fault.StageRefused:
			f.StageRefused = one.Code()
		case fault.InstallRefused:
			f.InstallRefused = one.Code()
		case fault.InstallNoNetwork:
			f.InstallNoNetwork = true
		case fault.DriverStays:
			f.DriverStays = true
		case fault.Busy:
			f.Busy = one.Value
		case fault.IPerfFails:
			f.IPerfFails = true
		case fault.IPerfMissing:
			f.IPerfMissing = true
		case fault.IPerfBusy:
			f.IPerfBusy = true
		case fault.IPerfHangs:
			f.IPerfHangs = true
		case fault.IPerfVersion:
			f.IPerfVersion = one.Value
		}
	}
	return f
}

// accessDenied is what Windows says when it refuses a write: the text of error 5
// (https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--0-499-).
const accessDenied = "Access is denied."

// Denied is the refusal of a write; nil when nothing forbids it.
func (m *Machine) Denied(key string) error {
	if !contains(m.cfg.Faults.Deny, key) {
		return nil
	}
	language := m.ed.Language
	if m.cfg.Faults.ForeignTexts {
		language, _ = console.LanguageOf("ru")
	}
	return console.Refusal(language.Text(accessDenied))
}

// revert sets what a fault names back to its installed value.
func (m *Machine) revert(s *State) error {
	if len(m.cfg.Faults.Revert) == 0 {
		return nil
	}
	fresh, err := initialState(m.ed)
	if err != nil {
		return err
	}
	for _, n := range m.nics() {
		device := s.Drivers.Devices[n.GUID]
		if err := stack.InstallAdapter(fresh.Reg, n, m.driverOf(device.Running), device.INF); err != nil {
			return err
		}
	}
	for _, key := range m.cfg.Faults.Revert {
		for tag, v := range fresh.TCP.Global {
			if strings.EqualFold(tag, key) {
				s.TCP.Global[tag] = v
			}
		}
		for name, values := range fresh.TCP.Templates {
			if v, ok := values[key]; ok {
				s.TCP.Templates[name][key] = v
			}
		}
		s.Reg.Revert(key, fresh.Reg)
	}
	return nil
}

// atCommand does the faults that are due with a command line. One that hangs ends with ctx.
// failed says that the command line is to fail and do nothing; step is what it is.
func (m *Machine) atCommand(ctx context.Context, line string) (step string, failed bool) {
	m.mu.Lock()
	step = m.ed.Step(line)
	due := m.events.Next(step, "command")
	_, full := due.Find(fault.DiskFull)
	m.diskFull = m.diskFull || full
	m.mu.Unlock()
	if f, ok := due.Find(fault.Restart); ok {
		m.AskRestart(max(f.Duration(), time.Millisecond))
	}
	if _, ok := due.Find(fault.Hang); ok {
		<-ctx.Done()
	}
	_, failed = due.Find(fault.ScriptError)
	return step, failed
}

// unavailable is the text of error 1722
// (https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--1700-3999-).
const unavailable = "The RPC server is unavailable."

// fail is how a command line fails that a fault strikes: a constant script by its own
// contract, any other command in words.
func (p *Process) fail(step string) int {
	if slices.Contains(scriptSteps, step) {
		fmt.Fprintf(p.Command.Stdout, `{"error":{"where":"%s","message":"%s"}}`+"\r\n", step, unavailable)
	} else {
		p.Errln(unavailable)
	}
	return 1
}

// scriptSteps are those of fault.Steps that are constant scripts.
var scriptSteps = []string{"facts", "read", "write", "boot", "deadman", "iperf", "driver", "package", "drivers", "stage"}

// sham is what stands in for the iperf3 server; nil when the real one runs.
func (f Faults) sham() func(net.Listener) {
	switch {
	case f.IPerfFails:
		return processes.HangUp
	case f.IPerfBusy:
		return processes.SayBusy
	case f.IPerfHangs:
		return processes.SayNothing
	}
	return nil
}

// WriteValue writes a value unless a fault says that this one is ignored.
func (m *Machine) WriteValue(s *State, at registry.Path, name string, v registry.Value) error {
	if err := m.Denied(name); err != nil || m.cfg.Faults.Ignores(name) {
		return err
	}
	return s.Reg.Set(at, name, v)
}

// DeleteValue deletes a value and says whether it was there; a fault may keep it.
func (m *Machine) DeleteValue(s *State, at registry.Path, name string) bool {
	k := s.Reg.Find(at)
	if k == nil {
		return false
	}
	if _, ok := k.Get(name); ok && m.cfg.Faults.Ignores(name) {
		return true
	}
	return k.Unset(name)
}

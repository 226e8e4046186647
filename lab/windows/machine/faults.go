package windows

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

	"vnettune/lab/fault"
)

// at adds what the plan holds for one boot.
func (f Faults) at(boot int) Faults {
	f.Ignore, f.Deny, f.Revert, f.Allow = slices.Clone(f.Ignore), slices.Clone(f.Deny), slices.Clone(f.Revert), slices.Clone(f.Allow)
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
		case fault.WritableFolder:
			f.WritableFolder = true
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

// accessDenied is what Windows says when it refuses a write, by language (general
// knowledge: the text of error 5).
var accessDenied = map[string]string{
	"en": "Access is denied.",
	"de": "Zugriff verweigert",
	"ru": "Отказано в доступе.",
}

// denied is the refusal of a write; nil when nothing forbids it.
func (m *Machine) denied(key string) error {
	if !contains(m.cfg.Faults.Deny, key) {
		return nil
	}
	language := m.cfg.Language
	if m.cfg.Faults.ForeignTexts {
		language = "ru"
	}
	text, ok := accessDenied[language]
	if !ok {
		text = accessDenied["en"]
	}
	return refusal(text)
}

// revert gives the settings that a fault names their installed values again.
func (m *Machine) revert(s *state) error {
	if len(m.cfg.Faults.Revert) == 0 {
		return nil
	}
	fresh, err := initialState(m.ed)
	if err != nil {
		return err
	}
	for _, n := range m.nics() {
		if err := installAdapter(fresh.reg, n, m.ed.keywords); err != nil {
			return err
		}
	}
	for _, key := range m.cfg.Faults.Revert {
		for tag, v := range fresh.tcp.Global {
			if strings.EqualFold(tag, key) {
				s.tcp.Global[tag] = v
			}
		}
		for name, values := range fresh.tcp.Templates {
			if v, ok := values[key]; ok {
				s.tcp.Templates[name][key] = v
			}
		}
		s.reg.revert(key, fresh.reg)
	}
	return nil
}

// atCommand does the faults that are due with a command line. One that hangs ends with ctx.
func (m *Machine) atCommand(ctx context.Context, line string) {
	m.mu.Lock()
	due := m.events.Next(m.ed.step(line), "command")
	_, full := due.Find(fault.DiskFull)
	m.diskFull = m.diskFull || full
	m.mu.Unlock()
	if f, ok := due.Find(fault.Restart); ok {
		m.askRestart(max(f.Duration(), time.Millisecond))
	}
	if _, ok := due.Find(fault.Hang); ok {
		<-ctx.Done()
	}
}

// sham is what stands in for the iperf3 server; nil when the real one runs.
func (f Faults) sham() func(net.Listener) {
	switch {
	case f.IPerfFails:
		return hangUp
	case f.IPerfBusy:
		return sayBusy
	case f.IPerfHangs:
		return sayNothing
	}
	return nil
}

// writeValue writes a value unless a fault says that this one is ignored.
func (m *Machine) writeValue(s *state, at regPath, name string, v value) error {
	if err := m.denied(name); err != nil || m.cfg.Faults.ignores(name) {
		return err
	}
	return s.reg.set(at, name, v)
}

// deleteValue deletes a value and says whether it was there; a fault may keep it.
func (m *Machine) deleteValue(s *state, at regPath, name string) bool {
	k := s.reg.find(at)
	if k == nil {
		return false
	}
	if _, ok := k.get(name); ok && m.cfg.Faults.ignores(name) {
		return true
	}
	return k.unset(name)
}

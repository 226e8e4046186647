package windows

import (
	"bufio"
	"context"
	"strconv"
	"strings"
)

// regCall is a parsed command line of reg.exe.
type regCall struct {
	verb    string // query, add or delete
	path    regPath
	name    string // of the value; "" with hasName is the default value
	hasName bool
	all     bool // /va: every value
	deep    bool // /s: with the keys below
	kind    string
	data    string
	hasData bool
	force   bool
}

const errNotPlayedReg = refusal("stand-in: reg plays query, add and delete only")

// regOptions are the options that each verb takes, as far as they are played
// (general knowledge).
var regOptions = map[string][]string{
	"query":  {"/v", "/ve", "/s"},
	"add":    {"/v", "/ve", "/t", "/d", "/f"},
	"delete": {"/v", "/ve", "/va", "/f"},
}

// parseReg reads the arguments after "reg". An error is the text to print.
func parseReg(args []string, form regForm) (regCall, error) {
	var c regCall
	if len(args) == 0 {
		return c, form.syntax("")
	}
	c.verb = strings.ToLower(args[0])
	options, ok := regOptions[c.verb]
	if !ok {
		return c, errNotPlayedReg
	}
	syntax := form.syntax(c.verb)
	if len(args) < 2 {
		return c, syntax
	}
	var err error
	if c.path, err = parsePath(args[1]); err != nil {
		return c, form.badKey(c.verb)
	}
	c.kind = "String"
	rest := args[2:]
	for len(rest) > 0 {
		option := strings.ToLower(rest[0])
		rest = rest[1:]
		if option == "/reg:64" && form.views {
			continue // the only view there is
		}
		if !contains(options, option) {
			return c, syntax
		}
		switch option {
		case "/ve":
			c.hasName = true
		case "/va":
			c.all = true
		case "/s":
			c.deep = true
		case "/f":
			c.force = true
		case "/v", "/t", "/d":
			if len(rest) == 0 {
				return c, syntax
			}
			switch option {
			case "/v":
				c.name, c.hasName = rest[0], true
			case "/t":
				kind, ok := kindOf(rest[0])
				if !ok || contains(form.lacks, kind) {
					return c, syntax
				}
				c.kind = kind
			case "/d":
				c.data, c.hasData = rest[0], true
			}
			rest = rest[1:]
		}
	}
	if c.hasName && c.deep && !form.deepValue {
		return c, syntax
	}
	return c, nil
}

// regExe is reg.exe: registry values change at once, what reads them only at boot
// does not.
func (p *process) regExe(_ context.Context, args []string) int {
	c, err := parseReg(args[1:], p.m.ed.reg)
	if err != nil {
		p.errln(err.Error())
		return 1
	}
	switch c.verb {
	case "query":
		return p.regQuery(c)
	case "add":
		return p.regAdd(c)
	default:
		return p.regDelete(c)
	}
}

func (p *process) regQuery(c regCall) int {
	k := p.m.view().reg.find(c.path)
	if k == nil {
		p.errln(p.m.ed.reg.missing)
		return 1
	}
	if c.hasName && !c.deep {
		v, ok := k.values[strings.ToLower(c.name)]
		if !ok {
			p.errln(p.m.ed.reg.missing)
			return 1
		}
		p.outln(p.m.ed.reg.head + c.path.String() + "\n" + p.m.ed.reg.row(c.name, v) + "\n")
		return 0
	}
	var b strings.Builder
	b.WriteString(p.m.ed.reg.head)
	p.regList(&b, c, c.path, k)
	p.out(b.String())
	return 0
}

// regList prints one key: its values, then its subkeys or, with /s, theirs.
func (p *process) regList(b *strings.Builder, c regCall, at regPath, k *regKey) {
	var rows []string
	for _, n := range k.names {
		if !c.hasName || strings.EqualFold(n, c.name) {
			rows = append(rows, p.m.ed.reg.row(n, k.values[strings.ToLower(n)]))
		}
	}
	switch {
	case len(rows) > 0:
		b.WriteString(at.String() + "\n" + strings.Join(rows, "\n") + "\n\n")
	case p.m.ed.reg.emptyKeys:
		b.WriteString(at.String() + "\n\n")
	}
	for _, s := range k.subkeys() {
		if c.deep {
			p.regList(b, c, at.join(s.name), s)
			continue
		}
		b.WriteString(at.join(s.name).String() + "\n")
	}
}

func (p *process) regAdd(c regCall) int {
	var v value
	if c.hasName || c.hasData {
		var err error
		if v, err = newValue(c.kind, regInput(c.kind, c.data)); err != nil {
			p.errln(p.m.ed.reg.badData)
			return 1
		}
		if _, exists := p.m.view().reg.get(c.path, c.name); exists && !c.force && !p.yes("Value "+c.name+" exists, overwrite"+p.m.ed.reg.choice+"? ") {
			p.outln(p.m.ed.reg.canceled)
			return 1
		}
	}
	return p.regWrite(func(s *state) error {
		if v.Kind == "" {
			_, err := s.reg.create(c.path, false)
			return err
		}
		return p.m.writeValue(s, c.path, c.name, v)
	})
}

// regInput brings what was typed after /d into the text of a value: numbers may
// be hexadecimal, \0 separates lines (general knowledge).
func regInput(kind, data string) string {
	switch kind {
	case "DWord", "QWord":
		if n, err := strconv.ParseUint(data, 0, 64); err == nil {
			return strconv.FormatUint(n, 10)
		}
	case "MultiString":
		return strings.ReplaceAll(strings.TrimSuffix(data, `\0`), `\0`, "\n")
	}
	return data
}

func (p *process) regDelete(c regCall) int {
	ask := "Permanently delete the registry key " + c.path.String() + " " + p.m.ed.reg.choice + "? "
	if c.hasName || c.all {
		ask = "Delete the registry value " + c.name + " " + p.m.ed.reg.choice + "? "
	}
	if !c.force && !p.yes(ask) {
		p.outln(p.m.ed.reg.canceled)
		return 1
	}
	return p.regWrite(func(s *state) error {
		k := s.reg.find(c.path)
		switch {
		case k == nil:
			return refusal(p.m.ed.reg.missing)
		case c.all:
			for _, n := range append([]string(nil), k.names...) {
				p.m.deleteValue(s, c.path, n)
			}
		case c.hasName:
			if !p.m.deleteValue(s, c.path, c.name) {
				return refusal(p.m.ed.reg.missing)
			}
		default:
			if !s.reg.remove(c.path) {
				return refusal(p.m.ed.reg.denied)
			}
		}
		return nil
	})
}

func (p *process) regWrite(change func(*state) error) int {
	if err := p.m.update(false, change); err != nil {
		p.errln(err.Error())
		return 1
	}
	p.outln(p.m.ed.reg.done)
	return 0
}

// yes asks on standard output and reads the answer; the end of input is a no.
func (p *process) yes(question string) bool {
	p.out(question)
	line, _ := bufio.NewReader(p.c.Stdin).ReadString('\n')
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
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
	if _, ok := k.values[strings.ToLower(name)]; ok && m.cfg.Faults.ignores(name) {
		return true
	}
	return k.unset(name)
}

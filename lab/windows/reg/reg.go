package reg

import (
	"bufio"
	"context"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
)

// regCall is a parsed command line of reg.exe.
type regCall struct {
	verb    string // query, add or delete
	path    registry.Path
	name    string // of the value; "" with hasName is the default value
	hasName bool
	all     bool // /va: every value
	deep    bool // /s: with the keys below
	kind    string
	data    string
	hasData bool
	force   bool
}

const errNotPlayedReg = console.Refusal("stand-in: reg plays query, add and delete only")

// regOptions are the options that each verb takes, as far as they are played
// (https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-query,
// reg-add, reg-delete).
var regOptions = map[string][]string{
	"query":  {"/v", "/ve", "/s"},
	"add":    {"/v", "/ve", "/t", "/d", "/f"},
	"delete": {"/v", "/ve", "/va", "/f"},
}

// parseReg reads the arguments after "reg". An error is the text to print.
func parseReg(args []string, form *Form) (regCall, error) {
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
	if c.path, err = registry.ParsePath(args[1]); err != nil {
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
		if !slices.Contains(options, option) {
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
				kind, ok := registry.KindOf(rest[0])
				if !ok || slices.Contains(form.lacks, kind) {
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

// run is one run of reg.exe.
type run struct {
	*machine.Process
	form *Form
}

// Exe is reg.exe of one form: registry values change at once, what reads them only
// at boot does not.
func Exe(form *Form) machine.Program {
	return func(_ context.Context, p *machine.Process, args []string) int {
		c, err := parseReg(args[1:], form)
		if err != nil {
			p.Errln(err.Error())
			return 1
		}
		r := run{p, form}
		switch c.verb {
		case "query":
			return r.query(c)
		case "add":
			return r.add(c)
		default:
			return r.remove(c)
		}
	}
}

func (r run) query(c regCall) int {
	k := r.Machine.View().Reg.Find(c.path)
	if k == nil {
		r.Errln(r.form.missing)
		return 1
	}
	if c.hasName && !c.deep {
		v, ok := k.Get(c.name)
		if !ok {
			r.Errln(r.form.missing)
			return 1
		}
		r.Outln(r.form.head + c.path.String() + "\n" + r.row(c.name, v) + "\n")
		return 0
	}
	var b strings.Builder
	b.WriteString(r.form.head)
	r.list(&b, c, c.path, k)
	r.Out(b.String())
	return 0
}

// list prints one key: its values, then its subkeys or, with /s, theirs.
func (r run) list(b *strings.Builder, c regCall, at registry.Path, k *registry.Key) {
	var rows []string
	for _, n := range k.ValueNames() {
		if !c.hasName || strings.EqualFold(n, c.name) {
			v, _ := k.Get(n)
			rows = append(rows, r.row(n, v))
		}
	}
	switch {
	case len(rows) > 0:
		b.WriteString(at.String() + "\n" + strings.Join(rows, "\n") + "\n\n")
	case r.form.emptyKeys:
		b.WriteString(at.String() + "\n\n")
	}
	for _, s := range k.Subkeys() {
		if c.deep {
			r.list(b, c, at.Join(s.Name), s)
			continue
		}
		b.WriteString(at.Join(s.Name).String() + "\n")
	}
}

func (r run) add(c regCall) int {
	var v registry.Value
	if c.hasName || c.hasData {
		var err error
		if v, err = registry.NewValue(c.kind, regInput(c.kind, c.data)); err != nil {
			r.Errln(r.form.badData)
			return 1
		}
		if _, exists := r.Machine.View().Reg.Get(c.path, c.name); exists && !c.force && !r.yes("Value "+c.name+" exists, overwrite"+r.form.choice+"? ") {
			r.Say(r.form.canceled + "\n")
			return 1
		}
	}
	return r.write(func(s *machine.State) error {
		if v.Kind == "" {
			_, err := s.Reg.Create(c.path, false)
			return err
		}
		return r.Machine.WriteValue(s, c.path, c.name, v)
	})
}

// regInput brings what was typed after /d into the text of a value: numbers may be
// hexadecimal, \0 separates lines
// (https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-add).
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

func (r run) remove(c regCall) int {
	ask := "Permanently delete the registry key " + c.path.String() + " " + r.form.choice + "? "
	if c.hasName || c.all {
		ask = "Delete the registry value " + c.name + " " + r.form.choice + "? "
	}
	if !c.force && !r.yes(ask) {
		r.Say(r.form.canceled + "\n")
		return 1
	}
	return r.write(func(s *machine.State) error {
		k := s.Reg.Find(c.path)
		switch {
		case k == nil:
			return console.Refusal(r.form.missing)
		case c.all:
			for _, n := range k.ValueNames() {
				r.Machine.DeleteValue(s, c.path, n)
			}
		case c.hasName:
			if !r.Machine.DeleteValue(s, c.path, c.name) {
				return console.Refusal(r.form.missing)
			}
		default:
			if !s.Reg.Remove(c.path) {
				return console.Refusal(r.form.denied)
			}
		}
		return nil
	})
}

// row is the line of a value; the name of one that has none is a word.
func (r run) row(name string, v registry.Value) string {
	line := r.form.row(name, v)
	if name == "" {
		line = r.Machine.Edition().Language.Text(line)
	}
	return line
}

func (r run) write(change func(*machine.State) error) int {
	if err := r.Machine.Update(change); err != nil {
		r.Errln(err.Error())
		return 1
	}
	r.Say(r.form.done + "\n")
	return 0
}

// yes asks on standard output and reads the answer; the end of input is a no.
func (r run) yes(question string) bool {
	r.Out(question)
	line, _ := bufio.NewReader(r.Command.Stdin).ReadString('\n')
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}

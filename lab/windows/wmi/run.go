package windows

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// wmic is wmic.exe of xp.
func (p *process) wmic(_ context.Context, args []string) int {
	c, err := parseWMIC(args[1:])
	if err == nil && c.verb == "call create" {
		return p.wmicCreate(c.create)
	}
	var found []instance
	if err == nil {
		found, err = p.m.wmiSelect(c)
	}
	switch e := err.(type) {
	case nil:
	case wmicError:
		p.errln(e.Error())
		return int(int32(e.code))
	default:
		p.errln(err.Error())
		return wmicSyntax
	}
	if len(found) == 0 {
		p.errln("No Instance(s) Available.\n") // exit code 0, general knowledge
		return 0
	}
	if c.verb != "get" {
		return p.wmicEnd(c, found)
	}
	if c.list {
		p.wmicOut(listText(found))
	} else {
		p.wmicOut(tableText(found))
	}
	return 0
}

// wmiSelect finds the instances that a call means, with the properties it asks for.
func (m *Machine) wmiSelect(c wmicCall) ([]instance, error) {
	all := c.class.list(m)
	known := func(name string) bool {
		if len(all) == 0 {
			return true // without an instance there is nothing to be wrong about
		}
		_, ok := all[0].find(name)
		return ok
	}
	for _, w := range c.where {
		if !known(w.property) {
			return nil, errInvalidQuery
		}
	}
	for _, name := range c.props {
		if !known(name) {
			return nil, errInvalidQuery
		}
	}
	var found []instance
next:
	for _, i := range all {
		for _, w := range c.where {
			if !w.holds(i) {
				continue next
			}
		}
		if c.props != nil {
			var asked instance
			for _, p := range i {
				if slices.ContainsFunc(c.props, func(name string) bool { return strings.EqualFold(name, p.name) }) {
					asked = append(asked, p)
				}
			}
			i = asked
		}
		found = append(found, i)
	}
	return found, nil
}

// wmicOut writes lines that end in CR CR LF, as wmic's do in a pipe.
func (p *process) wmicOut(text string) { p.out(strings.ReplaceAll(text, "\n", "\r\n")) }

// wmicCreate is `process call create`. A capture of it in a pipe has an empty line
// after each message, as CR CR LF looks there, and none in the object behind them.
func (p *process) wmicCreate(line string) int {
	pid, code, err := p.m.processes().startLine(line)
	if err != nil {
		p.errln(err.Error())
		return wmicSyntax
	}
	p.wmicOut("Executing (Win32_Process)->Create()\n")
	started := ""
	if code == createDone {
		started = "\tProcessId = " + strconv.Itoa(pid) + ";\n"
	}
	p.methodDone(started, code)
	return 0
}

func (p *process) methodDone(parameters string, code int) {
	p.wmicOut("Method execution successful.\nOut Parameters:\n")
	p.outln("instance of __PARAMETERS\n{\n" + parameters + "\tReturnValue = " + strconv.Itoa(code) + ";\n};\n")
}

// wmicEnd is `process where ... delete` and `... call terminate` (general knowledge).
func (p *process) wmicEnd(c wmicCall, found []instance) int {
	for _, i := range found {
		handle, _ := i.find("Handle")
		path := `\\` + computerName + `\ROOT\CIMV2:Win32_Process.Handle="` + handle + `"`
		pid, _ := strconv.Atoi(handle) // written by wmiProcesses
		ended, err := p.m.processes().endProcess(pid)
		if err != nil {
			p.errln("stand-in: " + err.Error())
			return 1
		}
		if c.verb == "delete" {
			p.wmicOut("Deleting instance " + path + "\n")
			if !ended {
				p.errln(wmicError{0x80041003, "Access denied"}.Error())
				return int(int32(-2147217405))
			}
			p.wmicOut("Instance deletion successful.\n")
			continue
		}
		p.wmicOut("Executing (" + path + ")->terminate()\n")
		code := createDone
		if !ended {
			code = 2 // access denied
		}
		p.methodDone("", code)
	}
	return 0
}

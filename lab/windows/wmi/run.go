package wmi

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
)

// Exe is wmic.exe of xp.
func Exe(_ context.Context, p *machine.Process, args []string) int {
	c, err := parseWMIC(args[1:])
	if err == nil && c.verb == "call create" {
		return wmicCreate(p, c.create)
	}
	var found []instance
	if err == nil {
		found, err = wmiSelect(p.Machine, c)
	}
	switch e := err.(type) {
	case nil:
	case wmicError:
		p.Errln(e.Error())
		return int(int32(e.code))
	default:
		p.Errln(err.Error())
		return wmicSyntax
	}
	if len(found) == 0 {
		p.Errln("No Instance(s) Available.\n") // not verified: ask a guest, wmic process where name='x' get name & echo %errorlevel%
		return 0
	}
	if c.verb != "get" {
		return wmicEnd(p, c, found)
	}
	if c.list {
		wmicOut(p, listText(found))
	} else {
		wmicOut(p, tableText(found))
	}
	return 0
}

// wmiSelect finds the instances that a call means, with the properties it asks for.
func wmiSelect(m *machine.Machine, c wmicCall) ([]instance, error) {
	all := c.class.list(m)
	known := func(name string) bool {
		if len(all) == 0 {
			return true // without an instance nothing can be wrong
		}
		_, ok := all[0].find(name)
		return ok
	}
	for _, w := range c.where {
		if !known(w.Property) {
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
			if text, _ := i.find(w.Property); !w.Holds(text) { // that it has the property was checked
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
func wmicOut(p *machine.Process, text string) { p.Out(strings.ReplaceAll(text, "\n", "\r\n")) }

// wmicCreate is `process call create`. A capture of it in a pipe has an empty line
// after each message, as CR CR LF looks there, and none in the object behind them.
func wmicCreate(p *machine.Process, line string) int {
	pid, code, err := p.Machine.Processes().Start(line)
	if err != nil {
		p.Errln(err.Error())
		return wmicSyntax
	}
	wmicOut(p, "Executing (Win32_Process)->Create()\n")
	started := ""
	if code == processes.CreateDone {
		started = "\tProcessId = " + strconv.Itoa(pid) + ";\n"
	}
	methodDone(p, started, code)
	return 0
}

func methodDone(p *machine.Process, parameters string, code int) {
	wmicOut(p, "Method execution successful.\nOut Parameters:\n")
	p.Outln("instance of __PARAMETERS\n{\n" + parameters + "\tReturnValue = " + strconv.Itoa(code) + ";\n};\n")
}

// wmicEnd is `process where ... delete` and `... call terminate` (texts: not verified: ask a
// guest, wmic process where name='notepad.exe' delete).
func wmicEnd(p *machine.Process, c wmicCall, found []instance) int {
	for _, i := range found {
		handle, _ := i.find("Handle")
		path := `\\` + machine.ComputerName + `\ROOT\CIMV2:Win32_Process.Handle="` + handle + `"`
		pid, _ := strconv.Atoi(handle) // written by wmiProcesses
		ended, err := p.Machine.Processes().End(pid)
		if err != nil {
			p.Errln("stand-in: " + err.Error())
			return 1
		}
		if c.verb == "delete" {
			wmicOut(p, "Deleting instance "+path+"\n")
			if !ended {
				p.Errln(wmicError{0x80041003, "Access denied"}.Error())
				return int(int32(-2147217405))
			}
			wmicOut(p, "Instance deletion successful.\n")
			continue
		}
		wmicOut(p, "Executing ("+path+")->terminate()\n")
		code := processes.CreateDone
		if !ended {
			code = 2 // access denied
		}
		methodDone(p, "", code)
	}
	return 0
}

// listText is the form of /value: name=value lines, empty lines around each instance, and
// what XML escapes is escaped (captures of wmic on real machines: PNPDeviceID with &amp;).
// Order: alphabetical (not verified: ask a guest, wmic os get Version,BuildNumber /value).
func listText(list []instance) string {
	var b strings.Builder
	for _, i := range list {
		b.WriteString("\n\n")
		for _, p := range i {
			b.WriteString(p.name + "=" + entities.Replace(p.text) + "\n")
		}
	}
	return b.String() + "\n\n\n"
}

// tableText is wmic's own form: a header and columns two blanks apart (not verified: ask a
// guest, wmic os get Version,BuildNumber).
func tableText(list []instance) string {
	var b strings.Builder
	widths := make([]int, len(list[0]))
	for col, p := range list[0] {
		widths[col] = len(p.name)
		for _, i := range list {
			widths[col] = max(widths[col], len(i[col].text))
		}
	}
	for col, p := range list[0] {
		fmt.Fprintf(&b, "%-*s  ", widths[col], p.name)
	}
	b.WriteString("\n")
	for _, i := range list {
		for col, p := range i {
			fmt.Fprintf(&b, "%-*s  ", widths[col], p.text)
		}
		b.WriteString("\n")
	}
	return b.String() + "\n"
}

// entities are what the /value form writes for characters that its XML source escapes.
// Quotes stay as they are: IPAddress={"192.0.2.2"} (not verified: ask a guest, wmic
// nicconfig get IPAddress /value).
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

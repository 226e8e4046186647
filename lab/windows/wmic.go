package windows

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// wmicCall is a parsed command line of wmic.exe.
type wmicCall struct {
	class  wmiClass
	where  []condition
	verb   string   // get, delete, call create or call terminate
	props  []string // of get; none for all
	list   bool     // /value and /format:list
	create string   // command line to start
}

// wmicError is an answer of WMI: a number, which wmic ends with, and a description
// (WBEM error constants of Microsoft's WMI pages; layout: general knowledge).
type wmicError struct {
	code uint32
	text string
}

func (e wmicError) Error() string {
	return fmt.Sprintf("Node - %s\nERROR:\nCode = 0x%08x\nDescription = %s\nFacility = WMI", computerName, e.code, e.text)
}

var (
	errInvalidQuery = wmicError{0x80041017, "Invalid query"}
	errInvalidClass = wmicError{0x80041010, "Invalid class"}
)

// wmicSyntax is the exit code for a line that wmic itself refuses (general knowledge:
// not zero; the number is in no source).
const wmicSyntax = 1

// parseWMIC reads the arguments after "wmic". An error is what is printed.
func parseWMIC(args []string) (wmicCall, error) {
	for len(args) > 0 && (strings.EqualFold(args[0], `/namespace:\\root\cimv2`) || strings.EqualFold(args[0], "/interactive:off")) {
		args = args[1:]
	}
	if len(args) == 0 {
		return wmicCall{}, refusal("stand-in: wmic is not played as a shell of its own")
	}
	class, rest, err := findClass(args)
	if err != nil {
		return wmicCall{}, err
	}
	c := wmicCall{class: class}
	if len(rest) > 0 && strings.EqualFold(rest[0], "where") {
		var clause string
		clause, rest = takeClause(rest[1:])
		var ok bool
		if c.where, ok = parseWhere(clause); !ok {
			return wmicCall{}, refusal("stand-in: a WHERE clause is played with =, <>, LIKE and AND")
		}
	}
	if len(rest) == 0 {
		return wmicCall{}, refusal("stand-in: wmic is played with get, call and delete")
	}
	c.verb, rest = strings.ToLower(rest[0]), rest[1:]
	switch c.verb {
	case "get":
		return c, c.parseGet(rest)
	case "call":
		return c, c.parseCall(rest)
	case "delete":
		if len(rest) == 0 && c.where != nil && class.alias == "process" {
			return c, nil
		}
	}
	return wmicCall{}, refusal(c.verb + " - Invalid verb.")
}

// findClass finds the class that a line begins with: an alias or PATH and a name.
func findClass(args []string) (wmiClass, []string, error) {
	name, rest, path := args[0], args[1:], strings.EqualFold(args[0], "path")
	if path && len(rest) > 0 {
		name, rest = rest[0], rest[1:]
	}
	for _, k := range wmiClasses {
		if path && strings.EqualFold(name, k.name) || !path && k.alias != "" && strings.EqualFold(name, k.alias) {
			return k, rest, nil
		}
	}
	if path {
		return wmiClass{}, nil, errInvalidClass
	}
	return wmiClass{}, nil, refusal(name + " - Alias not found.")
}

// takeClause takes the clause after WHERE: one argument, or as many as it takes to
// close its parentheses.
func takeClause(args []string) (clause string, rest []string) {
	for i := range args {
		clause = strings.Join(args[:i+1], " ")
		if strings.Count(clause, "(") <= strings.Count(clause, ")") {
			return clause, args[i+1:]
		}
	}
	return clause, nil
}

func (c *wmicCall) parseGet(args []string) error {
	names := ""
	for _, a := range args {
		switch low := strings.ToLower(a); {
		case low == "/value" || low == "/format:list":
			c.list = true
		case low == "/format:table":
		case strings.HasPrefix(low, "/format:"):
			return refusal("Invalid XSL format (or) file name.")
		case strings.HasPrefix(low, "/"):
			return refusal("Invalid Global Switch.")
		default:
			names += a
		}
	}
	for _, n := range strings.Split(names, ",") {
		if n = strings.TrimSpace(n); n != "" && n != "*" {
			c.props = append(c.props, n)
		}
	}
	return nil
}

func (c *wmicCall) parseCall(args []string) error {
	switch {
	case c.class.alias != "process" || len(args) == 0:
	case strings.EqualFold(args[0], "create") && len(args) == 2 && c.where == nil:
		c.verb = "call create"
		c.create, _, _ = strings.Cut(args[1], ",") // a working directory may follow
		c.create = strings.TrimSpace(c.create)
		return nil
	case strings.EqualFold(args[0], "terminate") && len(args) == 1 && c.where != nil:
		c.verb = "call terminate"
		return nil
	}
	return refusal("stand-in: of WMI's methods process call create and call terminate are played")
}

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
				if contains(c.props, p.name) {
					asked = append(asked, p)
				}
			}
			i = asked
		}
		found = append(found, i)
	}
	return found, nil
}

// listText is the form of /value: name=value lines, empty lines around each instance,
// and what XML escapes is escaped (captures of wmic on real machines: PNPDeviceID
// with &amp;). Order: alphabetical (general knowledge).
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

// tableText is wmic's own form: a header and columns two blanks apart (general knowledge).
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

// wmicOut writes lines that end in CR CR LF, as wmic's do in a pipe.
func (p *process) wmicOut(text string) { p.out(strings.ReplaceAll(text, "\n", "\r\n")) }

// wmicCreate is `process call create`. A capture of it in a pipe has an empty line
// after each message, as CR CR LF looks there, and none in the object behind them.
func (p *process) wmicCreate(line string) int {
	pid, code, err := p.m.startLine(line)
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
		ended, err := p.m.endProcess(number(handle))
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

// entities are what the /value form writes for characters that its XML source
// escapes. Quotes stay as they are: IPAddress={"192.0.2.2"} (general knowledge).
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

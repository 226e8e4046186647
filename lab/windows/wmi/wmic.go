package wmi

import (
	"fmt"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/wmi/wql"
)

// wmicCall is a parsed command line of wmic.exe.
type wmicCall struct {
	class  wmiClass
	where  []wql.Condition
	verb   string   // get, delete, call create or call terminate
	props  []string // of get; none for all
	list   bool     // /value and /format:list
	create string   // command line to start
}

// wmicError is an answer of WMI: a number, which wmic ends with, and a description
// (https://learn.microsoft.com/en-us/windows/win32/wmisdk/wmi-error-constants; layout: not
// verified: ask a guest, wmic path Win32_Turtle get Name).
type wmicError struct {
	code uint32
	text string
}

// Error is what wmic prints.
func (e wmicError) Error() string {
	return fmt.Sprintf("Node - %s\nERROR:\nCode = 0x%08x\nDescription = %s\nFacility = WMI", machine.ComputerName, e.code, e.text)
}

var (
	errInvalidQuery = wmicError{0x80041017, "Invalid query"}
	errInvalidClass = wmicError{0x80041010, "Invalid class"}
)

// wmicSyntax is the exit code for a line that wmic itself refuses (not zero; the number: not
// verified: ask a guest, wmic turtle get Name & echo %errorlevel%).
const wmicSyntax = 1

// parseWMIC reads the arguments after "wmic". An error is what is printed.
func parseWMIC(args []string) (wmicCall, error) {
	for len(args) > 0 && (strings.EqualFold(args[0], `/namespace:\\root\cimv2`) || strings.EqualFold(args[0], "/interactive:off")) {
		args = args[1:]
	}
	if len(args) == 0 {
		return wmicCall{}, console.Refusal("stand-in: wmic is not played as a shell of its own")
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
		if c.where, ok = wql.Parse(clause); !ok {
			return wmicCall{}, console.Refusal("stand-in: a WHERE clause is played with =, <>, LIKE and AND")
		}
	}
	if len(rest) == 0 {
		return wmicCall{}, console.Refusal("stand-in: wmic is played with get, call and delete")
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
	return wmicCall{}, console.Refusal(c.verb + " - Invalid verb.")
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
	return wmiClass{}, nil, console.Refusal(name + " - Alias not found.")
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
			return console.Refusal("Invalid XSL format (or) file name.")
		case strings.HasPrefix(low, "/"):
			return console.Refusal("Invalid Global Switch.")
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
	return console.Refusal("stand-in: of WMI's methods process call create and call terminate are played")
}

package tweak

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
)

// Line is an entry with what it is known as.
type Line struct {
	Line    int          `json:"line"` // in the file, from 1
	Place   string       `json:"place"`
	Setting string       `json:"setting,omitempty"` // "" where the catalogue has none there
	Value   matrix.Value `json:"value,omitempty"`   // "" where the profile does without the line
	Why     string       `json:"why,omitempty"`     // why it does
}

var (
	// interfaceKey and adapterKey are the keys of one interface and of one adapter; which one a file
	// means is the writer's own, and a campaign means its adapter under test.
	interfaceKey = regexp.MustCompile(`(?i)^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\[^\\]+$`)
	adapterKey   = regexp.MustCompile(`(?i)^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Class\\\{4d36e972-e325-11ce-bfc1-08002be10318\}\\[0-9]{4}$`)
)

// Know says of each entry which setting of the catalogue it writes, and with which value. Of lines
// that write one setting the last counts, as in a registry.
func Know(entries []Entry) []Line {
	all := make([]Line, len(entries))
	counts := map[string]int{} // the line that does, by setting
	for i := len(entries) - 1; i >= 0; i-- {
		l := know(entries[i])
		if later, again := counts[l.Setting]; l.Value != "" && again {
			l.Value, l.Why = "", fmt.Sprintf("line %d sets it anew", later)
		} else if l.Value != "" {
			counts[l.Setting] = l.Line
		}
		all[i] = l
	}
	return all
}

func know(e Entry) Line {
	l := Line{Line: e.Line, Place: foreign.Line(e.Key + `\` + e.Name)}
	switch e.Kind {
	case "":
		l.Place, l.Why = foreign.Line(e.Text), "no line of a registry file"
		return l
	case DeletedKey:
		l.Place, l.Why = foreign.Line(e.Key), "a whole key is deleted"
		return l
	}
	s, f, ok := find(e)
	if !ok {
		l.Why = "unknown"
		return l
	}
	l.Setting = s.ID
	v := matrix.Value(e.Data)
	switch {
	case e.Kind == Deleted:
		v = matrix.Absent
	case e.Kind != f.Type:
		l.Why = fmt.Sprintf("a %s, and Windows reads a %s there", e.Kind, f.Type)
		return l
	}
	v = s.Legal.Canon(v)
	if err := s.Legal.Check(v); err != nil {
		l.Why = foreign.Line(err.Error())
		return l
	}
	l.Value = v
	return l
}

// find is the setting whose value in the registry an entry is; the registry ignores case.
func find(e Entry) (matrix.Setting, matrix.Form, bool) {
	for _, s := range matrix.Catalogue().All() {
		for _, g := range matrix.Generations {
			f, ok := s.Forms[g]
			if !ok || !strings.EqualFold(f.Name, e.Name) {
				continue
			}
			at := false
			switch f.Kind {
			case matrix.Registry:
				at = strings.EqualFold(strings.Replace(f.Path, "HKLM", "HKEY_LOCAL_MACHINE", 1), e.Key)
			case matrix.InterfaceValue:
				at = interfaceKey.MatchString(e.Key)
			case matrix.AdapterKeyword, matrix.AdapterValue:
				at = adapterKey.MatchString(e.Key)
			}
			if at {
				return s, f, true
			}
		}
	}
	return matrix.Setting{}, matrix.Form{}, false
}

// Write writes the lines as a profile of a campaign file, with what it does without as remarks.
func Write(w io.Writer, name string, lines []Line) error {
	var b strings.Builder
	var left []Line
	fmt.Fprintf(&b, "profiles:\n  %s:", name)
	for _, l := range lines {
		if l.Value == "" {
			left = append(left, l)
			continue
		}
		fmt.Fprintf(&b, "\n    %s: %q # line %d: %s", l.Setting, l.Value, l.Line, l.Place)
	}
	if len(left) == len(lines) {
		b.WriteString(" {}")
	}
	b.WriteByte('\n')
	for i, l := range left {
		if i == 0 {
			b.WriteString("# Without:\n")
		}
		known := ""
		if l.Setting != "" {
			known = l.Setting + ": "
		}
		fmt.Fprintf(&b, "#   line %d: %s: %s%s\n", l.Line, l.Place, known, l.Why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

package export

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"vnettune/apply/terms"
	"vnettune/matrix"
)

// body is what a script does with its data: constant, of PowerShell 3.0's grammar.
//
//go:embed body.ps1
var body string

// How a script does with its lines.
const (
	modeWrite = "write" // writes the steps that it has
	modeSave  = "save"  // saves what it finds, then writes
	modeUndo  = "undo"  // writes what the other one saved
)

// input is a script's data. The members are those of body.ps1.
type input struct {
	Mode  string      `json:"mode"`
	Name  string      `json:"name"` // of the file with what was found
	Lines []inputLine `json:"lines"`
}

type inputLine struct {
	ID       string     `json:"id"`
	Own      string     `json:"own,omitempty"`      // under which key of the adapter: class or interface
	Declared bool       `json:"declared,omitempty"` // only where the driver declares it
	Step     terms.Step `json:"step"`
	Look     *look      `json:"look,omitempty"` // how what is there now is read; nil where nothing is saved
}

// look says how a script reads what is there.
type look struct {
	How      string   `json:"how"` // registry, tcp or udp (netsh's dump, then CIM), cim, port, offload, power
	Path     string   `json:"path,omitempty"`
	Name     string   `json:"name,omitempty"`
	Key      string   `json:"key,omitempty"` // netsh's
	CIM      string   `json:"cim,omitempty"`
	Template string   `json:"template,omitempty"`
	Words    []string `json:"words,omitempty"` // of the numbers 0, 1, 2
}

// script is a PowerShell script: ASCII, lines that end with CR LF.
func (s Set) script(undo bool) ([]byte, error) {
	in := input{Mode: modeWrite, Name: unsafe.ReplaceAllString(s.name+"-"+string(s.Generation), "_"), Lines: []inputLine{}}
	if s.adapter == nil {
		in.Mode = map[bool]string{false: modeSave, true: modeUndo}[undo]
	}
	var said []string
	for _, l := range s.order(undo) {
		said = append(said, l.words(undo)...)
		if in.Mode == modeUndo {
			continue // its lines are in the file that the other one saved
		}
		one := inputLine{ID: l.place.Key(), Step: l.step(undo)}
		if in.Mode == modeSave {
			look := lookAt(l)
			one.Look = &look
			one.Own, one.Declared = ownKey(l)
		}
		in.Lines = append(in.Lines, one)
	}
	data, err := asciiJSON(in)
	if err != nil {
		return nil, err
	}
	lines := append([]string{"#Requires -Version 3.0"}, s.comments(append(s.head(undo), said...))...)
	lines = append(lines, "param([string]$Adapter = '')", "$data = @'", data, "'@")
	lines = append(lines, strings.Split(strings.TrimSuffix(body, "\n"), "\n")...)
	return []byte(strings.Join(lines, "\r\n") + "\r\n"), nil
}

// asciiJSON is a value as JSON of one line that has no quote which PowerShell knows as one: the curly ones end a
// text there, too.
func asciiJSON(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range string(raw) {
		switch {
		case r == '\'' || r >= utf8.RuneSelf && r <= 0xffff || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), nil
}

// ownKey says under which key of the adapter a line is, if the script has to find it, and whether its driver has
// to declare it.
func ownKey(l line) (own string, declared bool) {
	if l.place.Path != "" {
		return "", false
	}
	switch matrix.FormKind(l.place.Kind) {
	case matrix.AdapterKeyword:
		return "class", true
	case matrix.AdapterValue:
		return "class", false
	case matrix.InterfaceValue:
		return "interface", false
	}
	return "", false
}

// lookAt is how a script reads what a line's place holds, as package apply reads it.
func lookAt(l line) look {
	p := l.place
	k := look{Key: p.Name, CIM: p.CIM, Template: p.Template, Words: p.Enum}
	switch matrix.FormKind(p.Kind) {
	case matrix.NetshGlobal:
		k.How = "tcp"
	case matrix.NetshHeuristics, matrix.NetshTemplate:
		k.How = "cim"
	case matrix.NetshUDPGlobal:
		k.How = "udp"
	case matrix.NetshDynamicPort:
		k.How = "port"
	case matrix.NetshIPGlobal, matrix.OffloadGlobal:
		k.How = "offload"
	case matrix.PowerScheme:
		return look{How: "power", Path: p.Path, Name: p.Name}
	default:
		return look{How: "registry"}
	}
	return k
}

// scripted says whether a script can have the step of a line whose undo it saves.
func scripted(l line) error {
	step := l.do
	if own, _ := ownKey(l); own != "" {
		step.Path = `HKLM\` + own
	}
	if err := scriptable(step); err != nil {
		return fmt.Errorf("%s: %w", l.place.ID, err)
	}
	return nil
}

// kinds are the types of values that a script writes.
var kinds = []string{"DWord", "QWord", "String", "ExpandString", "MultiString", "Binary"}

// scriptable says whether a script can have a step.
func scriptable(s terms.Step) error {
	for _, text := range append([]string{s.Path, s.Name, s.Data}, s.Args...) {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%q is no text that a script can have", text)
		}
	}
	switch s.Op {
	case "netsh":
		for _, a := range s.Args {
			if !netshWord.MatchString(a) {
				return fmt.Errorf("netsh cannot be given the word %q", a)
			}
		}
	case "power":
		if !powerPlan.MatchString(s.Data) {
			return fmt.Errorf("%q is no GUID of a power plan", s.Data)
		}
	case "offload":
	case "registry-delete", "registry-set":
		if !strings.HasPrefix(s.Path, `HKLM\`) || len(s.Path) == len(`HKLM\`) {
			return fmt.Errorf("the key %q is not under HKLM", s.Path)
		}
		if s.Op == "registry-set" && !slices.Contains(kinds, s.Kind) {
			return fmt.Errorf("a value of the type %s cannot be written by a script", s.Kind)
		}
	default:
		return errors.New("a script cannot do this")
	}
	return nil
}

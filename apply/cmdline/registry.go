package cmdline

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vnettune/apply/terms"
	"vnettune/results/record"
	"vnettune/trouble"
)

// The value that every Windows has and every administrator can read. When reg.exe
// shows it, another value's exit code 1 means that there is no such value; the
// message that says so is localised and is not looked at.
const (
	proofKey  = controlKey + `\Session Manager\Environment`
	proofName = "OS"
	proofData = "Windows_NT"
)

// value reads one registry value. Exit code 1 is taken for absent until proven.
func (t *talk) value(ctx context.Context, key, name string) (record.State, error) {
	l, err := regQuery.fill(key, name)
	if err != nil {
		return record.State{}, err
	}
	e, err := t.run(ctx, l)
	switch {
	case err != nil:
		return record.State{}, err
	case e.Exit == 1 && typeToken.MatchString(e.Stdout):
		return record.State{}, e.failure()
	case e.Exit == 1:
		t.absent = true
		return record.State{}, nil
	case e.Exit != 0:
		return record.State{}, e.failure()
	}
	s, err := parseRegQuery(e.Stdout, name)
	if err != nil {
		return record.State{}, fmt.Errorf("command %s: the guest answers in a form that is not known: %w", l, err)
	}
	return s, nil
}

// proven confirms values taken for absent: reg.exe must show one that exists.
func (t *talk) proven(ctx context.Context) error {
	if !t.absent {
		return nil
	}
	s, err := t.value(ctx, proofKey, proofName)
	if err == nil && s.Data != proofData {
		err = fmt.Errorf("it answers %q for the value %s of %s, which must be %s", s, proofName, proofKey, proofData)
	}
	if err != nil {
		return fmt.Errorf("reg.exe on the guest cannot be trusted to say that a value is absent: %w", err)
	}
	t.absent = false
	return nil
}

// Read asks for registry values, one command each.
func (c *Dialect) Read(ctx context.Context, in terms.ReadInput) (terms.ReadAnswer, []byte, error) {
	if in.TCP || len(in.Interfaces) > 0 {
		return terms.ReadAnswer{}, nil, errors.New("a guest of generation xp takes registry values only so far")
	}
	t := c.talk()
	answer := terms.ReadAnswer{Registry: record.List[record.State]{}}
	for _, v := range in.Registry {
		s, err := t.value(ctx, v.Path, v.Name)
		if err != nil {
			return terms.ReadAnswer{}, t.raw(), err
		}
		answer.Registry = append(answer.Registry, s)
	}
	if err := t.proven(ctx); err != nil {
		return terms.ReadAnswer{}, t.raw(), err
	}
	// Last: what follows in this shell reaches the machine that says this.
	if in.Identity {
		var err error
		if answer.Identity, err = t.identity(ctx); err != nil {
			return terms.ReadAnswer{}, t.raw(), err
		}
	}
	return answer, t.raw(), nil
}

// fillStep is the line that does a step: registry values, REG_DWORD or deleted.
func fillStep(s terms.Step) (line, error) {
	switch {
	case s.Op == "registry-delete":
		return regDelete.fill(s.Path, s.Name)
	case s.Op == "registry-set" && s.Kind == "DWord":
		return regAdd.fill(s.Path, s.Name, s.Data)
	case s.Op == "registry-set" && s.Kind == "String" && s.Path == terms.OwnKey && allowed("{OWNER}", s.Name) == nil:
		return regAddOwner.fill(s.Name, s.Data)
	case s.Op == "registry-set":
		return "", trouble.Hint(fmt.Errorf(`%s in %s is of the type %s, and only REG_DWORD values are written to a guest of generation xp`, s.Name, s.Path, s.Kind), "delete it on the guest, or leave the setting out")
	}
	return "", fmt.Errorf("a guest of generation xp takes registry values only so far, no step %q", s.Op)
}

// regAddText is of files that a person runs: no guest is sent it.
var regAddText = template{text: `reg add "{KEY}" /v {NAME} /t REG_SZ /d {TEXT} /f`}

// FileLine is the line of a command file that does a step in the registry: a number, a word or a value deleted. It is
// filled as those that are sent to a guest are, so that no value is read as anything but a value.
func FileLine(s terms.Step) (string, error) {
	var l line
	var err error
	switch {
	case s.Op == "registry-delete":
		l, err = regDelete.fill(s.Path, s.Name)
	case s.Op == "registry-set" && s.Kind == "DWord":
		l, err = regAdd.fill(s.Path, s.Name, s.Data)
	case s.Op == "registry-set" && s.Kind == "String":
		l, err = regAddText.fill(s.Path, s.Name, s.Data)
	default:
		return "", fmt.Errorf("a command file has numbers and words of the registry only, no %s", s.Kind)
	}
	return string(l), err
}

// FileQuery is the line of a command file that asks whether the value of a step is there.
func FileQuery(s terms.Step) (string, error) {
	l, err := regQuery.fill(s.Path, s.Name)
	return string(l), err
}

// Check says whether the step can be sent; nothing is sent.
func (*Dialect) Check(s terms.Step) error {
	_, err := fillStep(s)
	return err
}

// Write checks every step before it sends the first. Where the guest is lost on the way the
// answers are those of the steps that were done.
func (c *Dialect) Write(ctx context.Context, steps []terms.Step) ([]terms.StepAnswer, []byte, error) {
	lines := make([]line, len(steps))
	for i, s := range steps {
		var err error
		if lines[i], err = fillStep(s); err != nil {
			return nil, nil, err
		}
	}
	t := c.talk()
	answers := make([]terms.StepAnswer, len(steps))
	for i, s := range steps {
		e, err := t.run(ctx, lines[i])
		if err != nil {
			return answers[:i], t.raw(), err
		}
		answers[i] = terms.StepAnswer{OK: e.Exit == 0, Exit: e.Exit, Output: e.Stderr + e.Stdout}
		if !answers[i].OK && s.Op == "registry-delete" {
			if answers[i].OK, err = t.gone(ctx, s.Path, s.Name); err != nil {
				return answers[:i], t.raw(), err
			}
		}
		if !answers[i].OK {
			for n := range answers[i+1:] {
				answers[i+1+n].Skipped = true
			}
			break
		}
	}
	return answers, t.raw(), nil
}

// gone says whether a value is not there, for certain.
func (t *talk) gone(ctx context.Context, key, name string) (bool, error) {
	s, err := t.value(ctx, key, name)
	if err != nil || s.Exists {
		return false, err
	}
	return true, t.proven(ctx)
}

// typeToken separates a value's name from its data. XP puts a TAB on either side,
// Vista and later four spaces (docs/facts/windows-samples.md 4).
var typeToken = regexp.MustCompile(`\s(REG_[A-Z_]+)(\s|$)`)

// regKinds are reg.exe's types by the names that State has for them.
var regKinds = map[string]string{"REG_DWORD": "DWord", "REG_QWORD": "QWord", "REG_SZ": "String", "REG_EXPAND_SZ": "ExpandString",
	"REG_MULTI_SZ": "MultiString", "REG_BINARY": "Binary", "REG_NONE": "None"}

// parseRegQuery reads the answer of reg query KEY /v NAME that ended with exit
// code 0: XP's banner, the key, and one line with the value.
func parseRegQuery(text, name string) (record.State, error) {
	var found []record.State
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\r\n")
		at := typeToken.FindStringSubmatchIndex(l)
		if at == nil {
			continue // banner, key, blank
		}
		if got := strings.TrimSpace(l[:at[0]]); !strings.EqualFold(got, name) {
			return record.State{}, fmt.Errorf("asked for value %s, reg.exe answers %q", name, got)
		}
		s, err := regState(l[at[2]:at[3]], strings.TrimSpace(l[at[1]:]))
		if err != nil {
			return record.State{}, fmt.Errorf("value %s: %w", name, err)
		}
		found = append(found, s)
	}
	if len(found) != 1 {
		return record.State{}, fmt.Errorf("reg.exe reports value %s %d times", name, len(found))
	}
	return found[0], nil
}

// regState is a value as State has it: numbers decimal, bytes in lower case.
func regState(token, data string) (record.State, error) {
	kind, ok := regKinds[token]
	if !ok {
		return record.State{}, fmt.Errorf("registry type %s is not known", token)
	}
	s := record.State{Exists: true, Kind: kind, Data: data}
	switch kind {
	case "DWord", "QWord":
		bits := 32
		if kind == "QWord" {
			bits = 64
		}
		digits, isHex := strings.CutPrefix(strings.ToLower(data), "0x")
		n, err := strconv.ParseUint(digits, 16, bits)
		if err != nil || !isHex {
			return record.State{}, fmt.Errorf("%s %q is no hexadecimal number", token, data)
		}
		s.Data = strconv.FormatUint(n, 10)
	case "Binary", "None":
		if _, err := hex.DecodeString(data); err != nil {
			return record.State{}, fmt.Errorf("%s %q is not hexadecimal", token, data)
		}
		s.Data = strings.ToLower(data)
	}
	return s, nil
}

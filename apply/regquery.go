package apply

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vnettune/results/record"
)

// typeToken separates a value's name from its data. XP puts a TAB on either side,
// Vista and later four spaces (SAMPLES 4).
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

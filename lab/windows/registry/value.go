package windows

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// value is one registry value. Data is text: decimal for DWord and QWord, the
// text of strings, lines joined by \n for MultiString, lower-case hex for the
// rest.
type value struct {
	Kind string `json:"kind"`
	Data string `json:"data"`
}

// regKinds maps the kinds of .NET to the type names of reg.exe (general
// knowledge).
var regKinds = []struct{ kind, reg string }{
	{"DWord", "REG_DWORD"},
	{"QWord", "REG_QWORD"},
	{"String", "REG_SZ"},
	{"ExpandString", "REG_EXPAND_SZ"},
	{"MultiString", "REG_MULTI_SZ"},
	{"Binary", "REG_BINARY"},
	{"None", "REG_NONE"},
}

func regType(kind string) string {
	for _, k := range regKinds {
		if k.kind == kind {
			return k.reg
		}
	}
	return ""
}

func kindOf(regType string) (string, bool) {
	for _, k := range regKinds {
		if strings.EqualFold(k.reg, regType) {
			return k.kind, true
		}
	}
	return "", false
}

// newValue checks data against kind and brings it into its one form.
func newValue(kind, data string) (value, error) {
	switch kind {
	case "DWord", "QWord":
		bits := 32
		if kind == "QWord" {
			bits = 64
		}
		n, err := strconv.ParseUint(data, 10, bits)
		if err != nil {
			return value{}, fmt.Errorf("%s data %q: want a decimal number of %d bits", kind, data, bits)
		}
		return value{kind, strconv.FormatUint(n, 10)}, nil
	case "String", "ExpandString", "MultiString":
		if strings.ContainsRune(data, 0) {
			return value{}, fmt.Errorf("%s data: zero character inside", kind)
		}
		return value{kind, data}, nil
	case "Binary", "None":
		b, err := hex.DecodeString(data)
		if err != nil {
			return value{}, fmt.Errorf("%s data %q: want hexadecimal digits in pairs", kind, data)
		}
		return value{kind, hex.EncodeToString(b)}, nil
	}
	return value{}, fmt.Errorf("unknown kind %q; use DWord, QWord, String, ExpandString, MultiString or Binary", kind)
}

// uint reads a DWord.
func (v value) uint() (uint64, bool) {
	if v.Kind != "DWord" {
		return 0, false
	}
	n, err := strconv.ParseUint(v.Data, 10, 32)
	return n, err == nil
}

// regText is the data as reg.exe prints it (SAMPLES 4: DWORD prints 0x100000;
// the rest general knowledge).
func (v value) regText() string {
	switch v.Kind {
	case "DWord", "QWord":
		n, _ := strconv.ParseUint(v.Data, 10, 64)
		return fmt.Sprintf("0x%x", n)
	case "MultiString":
		return strings.ReplaceAll(v.Data, "\n", `\0`)
	case "Binary", "None":
		return strings.ToUpper(v.Data)
	}
	return v.Data
}

// stringValue is a REG_SZ.
func stringValue(text string) value { return value{"String", text} }

// dwordValue is a REG_DWORD.
func dwordValue(n int) value { return value{"DWord", strconv.Itoa(n)} }

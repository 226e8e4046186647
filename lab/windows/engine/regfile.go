package engine

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"vnettune/lab/windows/registry"
)

// regHeader begins a file of exported keys, version 5, in UTF-16LE with a byte order mark.
const regHeader = "Windows Registry Editor Version 5.00"

// encodeUTF16 is text as such a file has it.
func encodeUTF16(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func decodeUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

// parseReg reads exported keys.
func parseReg(b []byte) (keys, error) {
	text := strings.ReplaceAll(decodeUTF16(b), "\r\n", "\n")
	text, ok := strings.CutPrefix(text, regHeader)
	if !ok {
		return nil, errors.New("engine: exported registry: not version 5")
	}
	all := keys{}
	var at *key
	// A value of bytes goes on in the next line behind a backslash.
	for line := range strings.Lines(strings.ReplaceAll(text, ",\\\n", ",")) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			at = all.add(line[1 : len(line)-1])
		case at == nil:
			return nil, fmt.Errorf("engine: exported registry: %q before the first key", line)
		default:
			name, v, err := parseRegValue(line)
			if err != nil {
				return nil, fmt.Errorf("engine: exported registry: %s: %w", at.path, err)
			}
			at.set(name, v)
		}
	}
	return all, nil
}

// parseRegValue reads `"NAME"=DATA` or `@=DATA`, the default value.
func parseRegValue(line string) (name string, v registry.Value, err error) {
	rest, isDefault := strings.CutPrefix(line, "@=")
	if !isDefault {
		if name, rest, err = unquote(line); err != nil {
			return "", registry.Value{}, err
		}
		if rest, isDefault = strings.CutPrefix(rest, "="); !isDefault {
			return "", registry.Value{}, fmt.Errorf("%q is no value", line)
		}
	}
	if strings.HasPrefix(rest, `"`) {
		text, _, err := unquote(rest)
		return name, registry.String(text), err
	}
	if digits, ok := strings.CutPrefix(rest, "dword:"); ok {
		n, err := strconv.ParseUint(digits, 16, 32)
		return name, registry.Value{Kind: "DWord", Data: strconv.FormatUint(n, 10)}, err
	}
	of, digits, ok := strings.Cut(rest, ":")
	kind, known := regKinds[of]
	raw, err := hex.DecodeString(strings.Join(strings.FieldsFunc(digits, func(r rune) bool { return r == ',' || r == ' ' }), ""))
	if !ok || !known || err != nil {
		return "", registry.Value{}, fmt.Errorf("value %q: %q is no data that is known", name, rest)
	}
	v = registry.Value{Kind: kind, Data: hex.EncodeToString(raw)}
	switch kind {
	case "QWord":
		if len(raw) != 8 {
			return "", registry.Value{}, fmt.Errorf("value %q: a QWord of %d bytes", name, len(raw))
		}
		v.Data = strconv.FormatUint(binary.LittleEndian.Uint64(raw), 10)
	case "ExpandString", "String":
		v.Data = strings.TrimRight(decodeUTF16(raw), "\x00")
	case "MultiString":
		v.Data = strings.ReplaceAll(strings.TrimRight(decodeUTF16(raw), "\x00"), "\x00", "\n")
	}
	return name, v, nil
}

// regKinds are the forms of bytes by their kind.
var regKinds = map[string]string{"hex": "Binary", "hex(0)": "None", "hex(1)": "String", "hex(2)": "ExpandString", "hex(7)": "MultiString", "hex(b)": "QWord"}

// unquote reads a text in quotes, in which a backslash stands before quotes and backslashes.
func unquote(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s) && s[0] == '"'; i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], nil
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", fmt.Errorf("%q has no text in quotes", s)
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// regLine is a value as an imported file sets it.
func regLine(name string, v registry.Value) string {
	line := quote(name) + "="
	if name == "" {
		line = "@="
	}
	switch v.Kind {
	case "String":
		if !strings.ContainsAny(v.Data, "\r\n") {
			return line + quote(v.Data)
		}
		return line + "hex(1):" + regHex(encodeUTF16(v.Data + "\x00")[2:])
	case "DWord":
		n, _ := strconv.ParseUint(v.Data, 10, 32) // a value's data was checked
		return line + fmt.Sprintf("dword:%08x", n)
	case "QWord":
		n, _ := strconv.ParseUint(v.Data, 10, 64)
		return line + "hex(b):" + regHex(binary.LittleEndian.AppendUint64(nil, n))
	case "ExpandString":
		return line + "hex(2):" + regHex(encodeUTF16(v.Data + "\x00")[2:])
	case "MultiString":
		text := strings.ReplaceAll(v.Data, "\n", "\x00") + "\x00\x00"
		return line + "hex(7):" + regHex(encodeUTF16(text)[2:])
	}
	raw, _ := hex.DecodeString(v.Data)
	if v.Kind == "None" {
		return line + "hex(0):" + regHex(raw)
	}
	return line + "hex:" + regHex(raw)
}

func regHex(b []byte) string {
	digits := make([]string, len(b))
	for i, one := range b {
		digits[i] = fmt.Sprintf("%02x", one)
	}
	return strings.Join(digits, ",")
}

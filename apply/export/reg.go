package export

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"vnettune/apply/terms"
)

// Registry files: https://support.microsoft.com/help/310516 has the syntax, and of types without a word of
// their own hex(N), where N is the type's number in winnt.h.

// reg is a registry file: UTF-16LE with a byte order mark, lines that end with CR LF, as regedit writes it.
func (s Set) reg(undo bool) ([]byte, error) {
	lines := append([]string{"Windows Registry Editor Version 5.00", ""}, s.comments(s.head(undo))...)
	all := s.order(undo)
	for i := 0; i < len(all); {
		// What is said of values stands above their key: hivexregedit takes a remark for the end of one.
		key, values := all[i].step(undo).Path, []string{}
		lines = append(lines, "")
		for ; i < len(all) && all[i].step(undo).Path == key; i++ {
			value, err := regValue(all[i].step(undo))
			if err != nil {
				return nil, err
			}
			lines = append(lines, s.comments(all[i].words(undo))...)
			values = append(values, value)
		}
		lines = append(append(lines, "["+longHive(key)+"]"), values...)
	}
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.Join(lines, "\r\n") + "\r\n\r\n")) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out, nil
}

// longHive is a key as registry files name it.
func longHive(key string) string { return "HKEY_LOCAL_MACHINE" + strings.TrimPrefix(key, "HKLM") }

// regValue is the line of a step in a registry file: "NAME"=DATA.
func regValue(s terms.Step) (string, error) {
	switch s.Op {
	case "registry-set", "registry-delete":
	case "netsh":
		return "", errors.New("only netsh can set it, no file of the registry: say --format cmd or ps1")
	case "power":
		return "", errors.New("only powercfg can set it, no file of the registry: say --format cmd or ps1")
	default:
		return "", errors.New("only a cmdlet can set it, no file of the registry: say --format ps1")
	}
	if !strings.HasPrefix(s.Path, `HKLM\`) || len(s.Path) == len(`HKLM\`) || !oneLine(s.Path) || strings.ContainsAny(s.Path, "[]") {
		return "", fmt.Errorf("the key %q cannot be named in a registry file", s.Path)
	}
	if !oneLine(s.Name) {
		return "", fmt.Errorf("the value's name %q cannot be written in a registry file", s.Name)
	}
	name := regQuoted(s.Name)
	if s.Name == "" {
		name = "@"
	}
	if s.Op == "registry-delete" {
		return name + "=-", nil
	}
	data, err := regData(s.Kind, s.Data)
	return name + "=" + data, err
}

// oneLine says whether a text is one that a line of a file can have.
func oneLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
	})
}

func regQuoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// regData is a value as a registry file has it.
func regData(kind, data string) (string, error) {
	switch kind {
	case "DWord":
		n, err := strconv.ParseUint(data, 10, 32)
		return fmt.Sprintf("dword:%08x", n), err
	case "QWord":
		n, err := strconv.ParseUint(data, 10, 64)
		return "hex(b):" + regBytes(binary.LittleEndian.AppendUint64(nil, n)), err
	case "Binary":
		b, err := hex.DecodeString(data)
		return "hex:" + regBytes(b), err
	case "None":
		b, err := hex.DecodeString(data)
		return "hex(0):" + regBytes(b), err
	}
	if !utf8.ValidString(data) || strings.ContainsRune(data, utf8.RuneError) {
		return "", fmt.Errorf("the text %q is not one that a registry file can have", data)
	}
	switch kind {
	case "String":
		if oneLine(data) {
			return regQuoted(data), nil
		}
		return "hex(1):" + regBytes(wide(data+"\x00")), nil
	case "ExpandString":
		return "hex(2):" + regBytes(wide(data+"\x00")), nil
	case "MultiString":
		text := "\x00"
		if data != "" {
			text = strings.ReplaceAll(data, "\n", "\x00") + "\x00\x00"
		}
		return "hex(7):" + regBytes(wide(text)), nil
	}
	return "", fmt.Errorf("a value of the type %s cannot be written in a registry file", kind)
}

// wide is a text in UTF-16LE.
func wide(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

// regBytes are bytes as registry files list them.
func regBytes(b []byte) string {
	parts := make([]string, len(b))
	for i, x := range b {
		parts[i] = fmt.Sprintf("%02x", x)
	}
	return strings.Join(parts, ",")
}

package tweak

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"vnettune/foreign"
)

// Bounds of a file: beyond them it is no tweak file.
const (
	MaxFile    = 1 << 20 // bytes
	maxEntries = 10_000
)

// Entry is a line of a registry file that writes or deletes something, in the file's order.
type Entry struct {
	Line int    // where it begins, from 1
	Key  string // as written: HKEY_LOCAL_MACHINE\...
	Name string // of the value; "" for the key's default value, and for a key that is deleted
	Kind string // DWord, String, Binary, another type in hex ("QWord in hex"), or a deletion: Deleted, DeletedKey; "" when the line has no known form
	Data string // a DWord as decimal number, a String's text; as written for the others
	Text string // the line as written, where Kind is ""
}

// Kinds of entries beside the registry's own.
const (
	Deleted    = "deleted"
	DeletedKey = "deleted key"
)

// Headers of the two forms of a file (docs/facts/windows-samples.md 5.5).
const (
	version5 = "Windows Registry Editor Version 5.00"
	version4 = "REGEDIT4"
)

// Parse reads a registry file: UTF-16 with a byte order mark, UTF-8 or ANSI, of version 5.00 or
// REGEDIT4. A line in no known form becomes an entry without a kind; what is no registry file at all
// is an error.
func Parse(data []byte) ([]Entry, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the file is longer than %d bytes", MaxFile)
	}
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	first := 0
	for first < len(lines) && strings.TrimSpace(lines[first]) == "" {
		first++
	}
	if first == len(lines) || !strings.EqualFold(strings.TrimSpace(lines[first]), version5) && strings.TrimSpace(lines[first]) != version4 {
		is := ""
		if kind := foreign.KindOf(data); kind != foreign.UnknownKind && kind != foreign.WideText && kind != foreign.RegistryFile {
			is = fmt.Sprintf("this is %s: ", kind)
		}
		return nil, fmt.Errorf("%sit does not begin with %q or %q", is, version5, version4)
	}
	var all []Entry
	key := ""
	for i := first + 1; i < len(lines); i++ {
		at, line := i+1, strings.TrimSpace(lines[i])
		if strings.HasSuffix(line, `\`) && strings.Contains(strings.ToLower(line), "=hex") {
			var whole strings.Builder
			for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
				whole.WriteString(strings.TrimSuffix(line, `\`))
				i++
				line = strings.TrimSpace(lines[i])
			}
			whole.WriteString(line)
			line = whole.String()
		}
		var e Entry
		switch {
		case line == "" || strings.HasPrefix(line, ";"):
			continue
		case strings.HasPrefix(line, "[-") && strings.HasSuffix(line, "]"):
			e, key = Entry{Key: line[2 : len(line)-1], Kind: DeletedKey}, ""
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			key = line[1 : len(line)-1]
			continue
		case key == "":
			e = Entry{Text: line}
		default:
			e = value(line)
			e.Key = key
		}
		e.Line = at
		if all = append(all, e); len(all) > maxEntries {
			return nil, fmt.Errorf("it has more than %d lines that write something", maxEntries)
		}
	}
	return all, nil
}

// decode makes text of the bytes. Letters outside ASCII of an ANSI file are not those that were
// meant; no name or value of a setting has any.
func decode(data []byte) (string, error) {
	switch {
	case len(data) >= 2 && data[0] == 0xFF && data[1] == 0xFE:
		if len(data)%2 != 0 {
			return "", errors.New("it is UTF-16, and cut in the middle of a character")
		}
		units := make([]uint16, 0, len(data)/2-1)
		for i := 2; i < len(data); i += 2 {
			units = append(units, binary.LittleEndian.Uint16(data[i:]))
		}
		return string(utf16.Decode(units)), nil
	case utf8.Valid(data):
		return strings.TrimPrefix(string(data), "\ufeff"), nil
	}
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String(), nil
}

// value reads `"NAME"=DATA` or `@=DATA`.
func value(line string) Entry {
	bad := Entry{Text: line}
	name, rest, ok := "", "", false
	if rest, ok = strings.CutPrefix(line, "@"); !ok {
		if name, rest, ok = quoted(line); !ok {
			return bad
		}
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(rest), "=")
	if !ok {
		return bad
	}
	rest = strings.TrimSpace(rest)
	if text, after, ok := quoted(rest); ok {
		if !comment(after) {
			return bad
		}
		return Entry{Name: name, Kind: "String", Data: text}
	}
	if data, after, found := strings.Cut(rest, ";"); found && comment(";"+after) {
		rest = strings.TrimSpace(data)
	}
	switch low := strings.ToLower(rest); {
	case low == "-":
		return Entry{Name: name, Kind: Deleted}
	case strings.HasPrefix(low, "dword:"):
		n, err := strconv.ParseUint(strings.TrimSpace(low[len("dword:"):]), 16, 32)
		if err != nil {
			return bad
		}
		return Entry{Name: name, Kind: "DWord", Data: strconv.FormatUint(n, 10)}
	case strings.HasPrefix(low, "hex"):
		return hexEntry(name, low)
	}
	return bad
}

// hexTypes are the types that a value in hex may have, by their number in hex:
// https://learn.microsoft.com/en-us/windows/win32/sysinfo/registry-value-types
var hexTypes = map[string]string{"1": "String", "2": "ExpandString", "4": "DWord", "7": "MultiString", "b": "QWord"}

// hexEntry is a value in hex. Of a DWord its number is taken; the others stay as they are written,
// under a kind of their own, which no setting has.
func hexEntry(name, written string) Entry {
	e := Entry{Name: name, Kind: "Binary", Data: written}
	kind, data, ok := strings.Cut(strings.TrimPrefix(written, "hex("), "):")
	if !ok || hexTypes[kind] == "" {
		return e
	}
	if e.Kind = hexTypes[kind] + " in hex"; kind != "4" {
		return e
	}
	var bytes [4]byte
	parts := strings.Split(data, ",")
	if len(parts) != len(bytes) {
		return e
	}
	for i, part := range parts {
		b, err := strconv.ParseUint(strings.TrimSpace(part), 16, 8)
		if err != nil {
			return e
		}
		bytes[i] = byte(b)
	}
	return Entry{Name: name, Kind: "DWord", Data: strconv.FormatUint(uint64(binary.LittleEndian.Uint32(bytes[:])), 10)}
}

// quoted takes a text in quotes from the front, with its escapes undone.
func quoted(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", s, false
}

// comment says whether nothing follows, or a remark.
func comment(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.HasPrefix(s, ";")
}

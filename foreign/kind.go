package foreign

import (
	"bytes"
	"slices"
	"strings"
)

// Kind is what a file is by its beginning: one of those that people give to a command which takes
// another, or whose program they come from.
type Kind int

// What a file can be told to be.
const (
	UnknownKind    Kind = iota
	SQLite              // a store is one
	SamplesCSV          // what vnettune report --format csv writes, whatever separates its columns
	CampaignFile        // YAML, in UTF-8
	RegistryFile        // of regedit, in UTF-8
	JSONText            // or what looks like it
	HTMLText            // or XML
	ZipArchive          // a workbook is one
	OldWorkbook         // .xls
	Parquet             // of pandas and its kin
	Gzip                // and the other programs that compress
	Zstd                //
	XZ                  //
	Bzip2               //
	LinuxProgram        // ELF
	WindowsProgram      // of any Windows, .exe and .dll
	PDF                 //
	WideText            // UTF-16 or UTF-32: Wide says which
)

// kinds are their first bytes where those tell, and their names.
var kinds = map[Kind]struct{ begin, name string }{
	SQLite:         {"SQLite format 3\x00", "a SQLite file, as vnettune's stores are"}, // sqlite.org/fileformat.html, 1.3
	SamplesCSV:     {"", "a CSV of samples"},
	CampaignFile:   {"", "a campaign file"},
	RegistryFile:   {"", "a registry file (.reg)"},
	JSONText:       {"", "JSON"},
	HTMLText:       {"", "HTML or XML"},
	ZipArchive:     {"PK\x03\x04", "a zip archive, as .xlsx of Excel and .ods of LibreOffice are"},
	OldWorkbook:    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of an old Excel (.xls)"},
	Parquet:        {"PAR1", "Parquet"},
	Gzip:           {"\x1f\x8b", "compressed by gzip"},
	Zstd:           {"\x28\xb5\x2f\xfd", "compressed by zstd"},
	XZ:             {"\xfd7zXZ\x00", "compressed by xz"},
	Bzip2:          {"BZh", "compressed by bzip2"},
	LinuxProgram:   {"\x7fELF", "a program for Linux"},
	WindowsProgram: {"MZ", "a program for Windows"},
	PDF:            {"%PDF-", "a PDF"},
}

// String is what a file of the kind is, to be put behind "this is".
func (k Kind) String() string { return kinds[k].name }

// Unpacks is the command that writes what a compressed file holds to its standard output; "" of
// what is not compressed.
func (k Kind) Unpacks() string {
	return map[Kind]string{Gzip: "gunzip -c", Zstd: "zstd -dc", XZ: "xz -dc", Bzip2: "bzip2 -dc"}[k]
}

// Takers are the commands of vnettune that take such a file: `vnettune rank takes one`; "" where none does.
func (k Kind) Takers() string {
	return map[Kind]string{
		SQLite:       "vnettune report ranks a store, and vnettune status tells how far its campaign is",
		SamplesCSV:   "vnettune rank takes one, with --baseline ARM",
		CampaignFile: "vnettune plan, doctor and run take one; run makes a store of it, and report ranks that",
		RegistryFile: "vnettune import takes one",
	}[k]
}

// KindOf tells what a file is by its first bytes. Of 64 KiB it is told as surely as it can be.
func KindOf(start []byte) Kind {
	for k, is := range kinds {
		if is.begin != "" && bytes.HasPrefix(start, []byte(is.begin)) {
			if k == WindowsProgram && bytes.IndexByte(start, 0) < 0 {
				continue // two letters that begin a text
			}
			return k
		}
	}
	if Wide(start) != "" {
		return WideText
	}
	text := strings.TrimLeft(strings.TrimPrefix(string(start), ByteOrderMark), " \t\r\n")
	switch {
	case text == "":
		return UnknownKind
	case text[0] == '{', text[0] == '[':
		return JSONText
	case text[0] == '<':
		return HTMLText
	case strings.HasPrefix(text, "Windows Registry Editor"), strings.HasPrefix(text, "REGEDIT4"):
		return RegistryFile
	}
	first, _, _ := strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	names := strings.FieldsFunc(strings.ToLower(first), func(r rune) bool { return strings.ContainsRune(",;|\t\" ", r) })
	if slices.Contains(names, "combination") && slices.Contains(names, "value") {
		return SamplesCSV
	}
	// Of the keys of a campaign two, at the beginning of a line, are chance nowhere.
	keys := 0
	for _, key := range []string{"name:", "guest:", "design:", "workloads:"} {
		if strings.HasPrefix(text, key) || strings.Contains(text, "\n"+key) || strings.Contains(text, "\r"+key) {
			keys++
		}
	}
	if keys >= 2 {
		return CampaignFile
	}
	return UnknownKind
}

// ByteOrderMark is that of UTF-8, which editors of Windows and Excel's "CSV UTF-8" begin with.
const ByteOrderMark = "\xef\xbb\xbf"

// Wide is the encoding of text in two or four bytes a character, by its byte order mark or, without one,
// by the zeros beside ASCII; "" for none of them.
func Wide(start []byte) string {
	for _, mark := range []struct{ begin, encoding string }{ // UTF-32's begins with that of UTF-16
		{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
	} {
		if bytes.HasPrefix(start, []byte(mark.begin)) {
			return mark.encoding
		}
	}
	if len(start) < 4 {
		return ""
	}
	switch zero := [4]bool{start[0] == 0, start[1] == 0, start[2] == 0, start[3] == 0}; zero {
	case [4]bool{false, true, false, true}:
		return "UTF-16LE"
	case [4]bool{true, false, true, false}:
		return "UTF-16BE"
	}
	return ""
}

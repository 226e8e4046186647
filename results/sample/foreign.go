package sample

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vnettune/trouble"
)

// sniffed is how much of a file is looked at before it is read as CSV, in bytes.
const sniffed = 1 << 16

const byteOrderMark = "\xef\xbb\xbf" // of UTF-8, which Excel's "CSV UTF-8" begins with

// Remedies that several causes share.
const (
	saveAsCSV = `save the sheet as "CSV UTF-8", with commas between the columns and dots in decimals`
	convert   = "iconv -f %s -t UTF-8 FILE > NEW.csv makes it so"
)

// magics are the first bytes of files that are given for samples, and are none.
var magics = []struct{ begin, what, remedy string }{
	// sqlite.org/fileformat.html, 1.3
	{"SQLite format 3\x00", "this is a store, and no file of samples", "vnettune report ranks a store; with --format csv it writes its samples"},
	{"PK\x03\x04", "this is a zip archive, as .xlsx of Excel and .ods of LibreOffice are, and no CSV", saveAsCSV},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is a workbook of an old Excel (.xls), and no CSV", saveAsCSV},
	{"PAR1", "this is Parquet, and no CSV", "in pandas: to_csv(FILE, index=False)"},
	{"\x1f\x8b", "this is compressed by gzip", "gunzip -c FILE | vnettune rank - --baseline ARM"},
	{"\x28\xb5\x2f\xfd", "this is compressed by zstd", "zstd -dc FILE | vnettune rank - --baseline ARM"},
	{"\xfd7zXZ\x00", "this is compressed by xz", "xz -dc FILE | vnettune rank - --baseline ARM"},
	{"BZh", "this is compressed by bzip2", "bzip2 -dc FILE | vnettune rank - --baseline ARM"},
}

// noSamples says from the beginning of a file why it cannot be read as samples, where a
// program is known that writes it so; nil otherwise. What is wrong with a column or a
// cell is found when it is read.
func noSamples(start []byte) error {
	for _, m := range magics {
		if bytes.HasPrefix(start, []byte(m.begin)) {
			return trouble.Hint(errors.New(m.what), "%s", m.remedy)
		}
	}
	if encoding := wide(start); encoding != "" {
		return trouble.Hint(fmt.Errorf("this is %s text, as > of Windows PowerShell and Excel's \"Unicode Text\" write it, and must be UTF-8", encoding),
			convert+"; in PowerShell: | Out-File -Encoding utf8 FILE", encoding)
	}
	start = bytes.TrimPrefix(start, []byte(byteOrderMark))
	text := strings.TrimLeft(string(start), " \t\r\n")
	if text == "" {
		return nil
	}
	switch text[0] {
	case '{', '[':
		return trouble.Hint(errors.New("this is JSON, and no CSV of samples"), "rank reads samples, and vnettune report STORE --format csv writes them")
	case '<':
		return trouble.Hint(errors.New("this is HTML or XML, and no CSV"), saveAsCSV)
	}
	first, rest, _ := strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(first, "#TYPE"):
		return trouble.Hint(errors.New("line 1 is the type that Export-Csv of Windows PowerShell writes, and must be the header"), "say Export-Csv -NoTypeInformation, or delete the line")
	case strings.HasPrefix(strings.Trim(strings.ToLower(first), `"`), "sep="):
		return trouble.Hint(errors.New("line 1 tells Excel its separator, and must be the header"), "delete the line, and separate the columns by commas")
	}
	if err := lineEnds(first); err != nil {
		return err
	}
	return separated(first, rest)
}

// wide is the encoding of text in two or four bytes a character, by its byte order mark or, without one,
// by the zeros beside ASCII; "" for none of them.
func wide(start []byte) string {
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

// lineEnds refuses those that are not of LF or CR LF.
func lineEnds(first string) error {
	body := strings.TrimSuffix(first, "\r")
	switch at := strings.IndexByte(body, '\r'); {
	case at < 0:
		return nil
	case at == len(body)-1 && body != first:
		return trouble.Hint(errors.New("lines end in CR CR LF, as a file that Python opened without newline='' has them"), `tr -d '\r' < FILE > NEW.csv makes them LF`)
	}
	return trouble.Hint(errors.New(`lines end in CR alone, as Excel's "CSV (Macintosh)" writes them`), `tr '\r' '\n' < FILE > NEW.csv makes them LF`)
}

// separated refuses a header whose names something else separates than commas.
func separated(header, rest string) error {
	for _, by := range []struct{ mark, name, by, tr string }{
		{";", "semicolons", "Excel writes a CSV so where the decimal mark is a comma", ";"},
		{"\t", "tabs", "a copied sheet and Excel's text files are like that", `\t`},
		{"|", "bars", "tables of databases and of Markdown are like that", "|"},
	} {
		names := cells(strings.ToLower(header), by.mark)
		if !slices.Contains(names, colValue) || !slices.Contains(names, colCombination) {
			continue
		}
		what, must, remedy := "", "commas", fmt.Sprintf("tr '%s' ',' < FILE > NEW.csv makes them commas", by.tr)
		line, _, _ := strings.Cut(rest, "\n")
		if values, at := cells(line, by.mark), slices.Index(names, colValue); at < len(values) && strings.Contains(values[at], ",") {
			what, must, remedy = ", and decimals have a comma", "commas, and decimals must have dots", fmt.Sprintf("tr '%s,' ',.' < FILE > NEW.csv makes them commas and dots", by.tr)
		}
		return trouble.Hint(fmt.Errorf("the columns are separated by %s%s (%s): they must be separated by %s", by.name, what, by.by, must), "%s", remedy)
	}
	return nil
}

// cells are the fields of a line between marks, without quotes around them.
func cells(line, mark string) []string {
	all := strings.Split(strings.TrimSpace(line), mark)
	for i := range all {
		all[i] = strings.Trim(all[i], `" `)
	}
	return all
}

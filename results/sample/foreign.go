package sample

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/trouble"
)

// sniffed is how much of a file is looked at before it is read as CSV, in bytes.
const sniffed = 1 << 16

// Remedies that several causes share.
const (
	saveAsCSV = `save the sheet as "CSV UTF-8", with commas between the columns and dots in decimals`
	convert   = "iconv -f %s -t UTF-8 FILE > NEW.csv makes it so"
)

// remedies are what to do about files that are given for samples, and are none.
var remedies = map[foreign.Kind]string{
	foreign.SQLite:       "vnettune report ranks a store; with --format csv it writes its samples",
	foreign.CampaignFile: foreign.CampaignFile.Takers(),
	foreign.RegistryFile: foreign.RegistryFile.Takers(),
	foreign.JSONText:     "rank reads samples, and vnettune report STORE --format csv writes them",
	foreign.HTMLText:     "rank reads samples, and vnettune report STORE --format csv writes them; a sheet is to be saved as \"CSV UTF-8\"",
	foreign.ZipArchive:   saveAsCSV,
	foreign.OldWorkbook:  saveAsCSV,
	foreign.Parquet:      "in pandas: to_csv(FILE, index=False)",
}

// noSamples says from the beginning of a file why it cannot be read as samples, where a
// program is known that writes it so; nil otherwise. What is wrong with a column or a
// cell is found when it is read.
func noSamples(start []byte) error {
	kind := foreign.KindOf(start)
	switch unpack := kind.Unpacks(); {
	case kind == foreign.UnknownKind, kind == foreign.SamplesCSV:
	case unpack != "":
		return trouble.Hint(fmt.Errorf("this is %s", kind), "%s FILE | vnettune rank - --baseline ARM", unpack)
	case kind == foreign.SQLite:
		return trouble.Hint(errors.New("this is a store, and no file of samples"), "%s", remedies[kind])
	case kind == foreign.WideText:
		encoding := foreign.Wide(start)
		return trouble.Hint(fmt.Errorf("this is %s text, as > of Windows PowerShell and Excel's \"Unicode Text\" write it, and must be UTF-8", encoding),
			convert+"; in PowerShell: | Out-File -Encoding utf8 FILE", encoding)
	default:
		return trouble.Hint(fmt.Errorf("this is %s, and no CSV of samples", kind), "%s", cmp.Or(remedies[kind], remedies[foreign.JSONText]))
	}
	start = bytes.TrimPrefix(start, []byte(foreign.ByteOrderMark))
	text := strings.TrimLeft(string(start), " \t\r\n")
	if text == "" {
		return nil
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

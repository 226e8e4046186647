package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

const (
	samplesHeader = "combination,block,boot,workload,metric,unit,repetition,value"
	samplesRow    = "baseline,1,b1,tcp,throughput,Mbit/s,1,941.5"
)

// wideText is text in UTF-16.
func wideText(order binary.AppendByteOrder, mark bool, text string) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// foreignSamples are files as other programs write them, and files with what no
// measurement says.
func foreignSamples(t *testing.T) []struct{ name, content string } {
	t.Helper()
	file := func(rows ...string) string {
		return strings.Join(append([]string{samplesHeader}, rows...), "\n") + "\n"
	}
	value := func(v string) string { return file("baseline,1,b1,tcp,throughput,Mbit/s,1," + v) }
	by := func(mark, decimal string) string {
		comma := strings.NewReplacer(",", mark, ".", decimal)
		return comma.Replace(samplesHeader) + "\r\n" + comma.Replace(samplesRow) + "\r\n"
	}
	plain := samplesHeader + "\r\n" + samplesRow + "\r\n"
	kept := func(name string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "cases", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return []struct{ name, content string }{
		{"20a-excel-de.csv", kept("20a-excel-de.csv")},
		{"20b-powershell-utf16.csv", kept("20b-powershell-utf16.csv")},
		{"throughput_lower_is_better.csv", kept("throughput_lower_is_better.csv")},
		{"Excel in German, CSV UTF-8", "\xef\xbb\xbf" + by(";", ",")},
		{"Excel in French, CSV", by(";", ",")},
		{"LibreOffice, semicolons and every cell in quotes", `"combination";"block";"boot";"workload";"metric";"unit";"repetition";"value"` + "\n" + `"baseline";"1";"b1";"tcp";"throughput";"Mbit/s";"1";"941.5"` + "\n"},
		{"tabs", by("\t", ".")},
		{"tabs and decimal commas", by("\t", ",")},
		{"bars", by("|", ".")},
		{"Excel's line about its separator", "sep=;\r\n" + by(";", ",")},
		{"Excel, CSV (Macintosh)", strings.ReplaceAll(plain, "\r\n", "\r")},
		{"Python without newline=''", strings.ReplaceAll(plain, "\r\n", "\r\r\n")},
		{"PowerShell's >", wideText(binary.LittleEndian, true, plain)},
		{"UTF-16 of the other order", wideText(binary.BigEndian, true, plain)},
		{"UTF-16 without a mark", wideText(binary.LittleEndian, false, plain)},
		{"UTF-16 of the other order without a mark", wideText(binary.BigEndian, false, plain)},
		{"UTF-32", "\xff\xfe\x00\x00c\x00\x00\x00"},
		{"Export-Csv with its type", "#TYPE System.Management.Automation.PSCustomObject\r\n" + plain},
		{"pandas with its index", "," + samplesHeader + "\n0," + samplesRow + "\n"},
		{"pandas, read with its index and written again", "Unnamed: 0," + samplesHeader + "\n0," + samplesRow + "\n"},
		{"pandas, integers beside nothing", file("baseline,1,b1,tcp,throughput,Mbit/s,1.0,941.5")},
		{"empty columns", samplesHeader + ",,\n" + samplesRow + ",,\n"},
		{"empty rows", file(samplesRow, ",,,,,,,")},
		{"a row of blanks", file(samplesRow, "   ")},
		{"capital letters", strings.Replace(file(samplesRow), "value", "Value", 1)},
		{"a space before a name", strings.Replace(file(samplesRow), ",value", ", value", 1)},
		{"no header", samplesRow + "\n"},
		{"nothing", ""},
		{"a decimal comma that is not quoted", value("941,5")},
		{"a decimal comma", value(`"941,5"`)},
		{"thousands in French", value("\"9\u202f381\"")},
		{"a unit in a value", value("941.5 Mbit/s")},
		{"a percent sign", value("12%")},
		{"Excel's error", value("#DIV/0!")},
		{"Windows-1252", file("baseline,1,b1,tcp,throughput,\xb5s,1,941.5")},
		{"a NUL byte", file(strings.Replace(samplesRow, "b1", "b\x001", 1))},
		{"Excel workbook", "PK\x03\x04\x14\x00\x06\x00"},
		{"old Excel workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"},
		{"Parquet", "PAR1\x15\x04"},
		{"gzip", "\x1f\x8b\x08\x00"},
		{"zstd", "\x28\xb5\x2f\xfd\x04"},
		{"xz", "\xfd7zXZ\x00\x00"},
		{"bzip2", "BZh91AY"},
		{"a store", store(t)},
		{"JSON", "{\n  \"format\": \"vnettune-report\"\n}\n"},
		{"a list in JSON", "[]\n"},
		{"HTML", "<html>\n"},
		{"better of a known metric", samplesHeader + ",better\n" + samplesRow + ",lower\n"},
		{"too small for a number", value("1e-400")},
		{"too small for a number, negative", value("-0.1e-400")},
		{"too small for a number, written out", value("0." + strings.Repeat("0", 400) + "1")},
		{"too small for a measurement", value("4.9e-324")},
		{"too large for a number", value("1e400")},
		{"too large for a measurement", value("1.1e150")},
	}
}

// store is a real one.
func store(t *testing.T) string {
	t.Helper()
	s, _, _ := emptyStore(t, "name: c\nguest: {lab: {kind: fast, generation: w10}}\ndesign: aa\nlabels: 2\n")
	path := s.Path()
	s.Close()
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestForeignSamples compares what rank says of each file with testdata/foreign.golden
// (UPDATE=1 writes it anew). Standard input and gate say the same.
func TestForeignSamples(t *testing.T) {
	golden := filepath.Join("testdata", "foreign.golden")
	file := filepath.Join(t.TempDir(), "samples.csv")
	var said strings.Builder
	for _, f := range foreignSamples(t) {
		if err := os.WriteFile(file, []byte(f.content), 0o644); err != nil {
			t.Fatal(err)
		}
		words := func(stdin string, a ...string) string {
			var out, errs bytes.Buffer
			if code := vnettune(a, strings.NewReader(stdin), &out, &errs); code != exitUsage || out.Len() > 0 {
				t.Errorf("%s: %s: exit %d, and on standard output %q", f.name, a[0], code, out.String())
			}
			return regexp.MustCompile(`(?m)^  where: .*\n`).ReplaceAllString(errs.String(), "")
		}
		rank := words("", "rank", file, "--baseline", "baseline")
		for by, got := range map[string]string{
			"standard input": words(f.content, "rank", "-", "--baseline", "baseline"),
			"gate":           words("", "gate", file, "--baseline", "baseline", "--candidate", "x"),
		} {
			if d := cmp.Diff(rank, got); d != "" {
				t.Errorf("%s: rank of the file and %s differ (-file +%s):\n%s", f.name, by, by, d)
			}
		}
		said.WriteString("== " + f.name + "\n" + rank)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(said.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), said.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// What spreadsheets and PowerShell add without changing what is meant is read.
func TestSamplesInOtherForms(t *testing.T) {
	_, want, _ := runRank(samples(), "-", "--baseline", "default")
	quoted := func(text string) string {
		return `"` + strings.NewReplacer(",", `","`, "\n", "\"\n\"").Replace(strings.TrimSpace(text)) + "\"\n"
	}
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	for name, in := range map[string]string{
		"CR LF":                      crlf(samples()),
		"Excel's CSV UTF-8":          "\xef\xbb\xbf" + crlf(samples()),
		"Export-Csv":                 crlf(quoted(samples())),
		"Export-Csv with a mark":     "\xef\xbb\xbf" + crlf(quoted(samples())),
		"empty lines at both ends":   "\n\r\n" + samples() + "\n\r\n\n",
		"no line end after the last": strings.TrimSpace(samples()),
	} {
		code, got, errs := runRank(in, "-", "--baseline", "default")
		if code != exitDone || errs != "" {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s is ranked differently:\n%s", name, d)
		}
	}
}

package output

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// pages are the OEM code pages of Windows that can be read, by number.
var pages = map[string]encoding.Encoding{
	"437": charmap.CodePage437, "850": charmap.CodePage850, "852": charmap.CodePage852, "855": charmap.CodePage855,
	"858": charmap.CodePage858, "860": charmap.CodePage860, "862": charmap.CodePage862, "863": charmap.CodePage863,
	"865": charmap.CodePage865, "866": charmap.CodePage866, "874": charmap.Windows874,
	"932": japanese.ShiftJIS, "936": simplifiedchinese.GBK, "949": korean.EUCKR, "950": traditionalchinese.Big5,
	"1250": charmap.Windows1250, "1251": charmap.Windows1251, "1252": charmap.Windows1252, "1253": charmap.Windows1253,
	"1254": charmap.Windows1254, "1255": charmap.Windows1255, "1256": charmap.Windows1256, "1257": charmap.Windows1257,
	"1258": charmap.Windows1258, "28591": charmap.ISO8859_1,
}

// Text makes text of what a program wrote: UTF-16 (wmic, where it does not write to
// a console), strict UTF-8, which the shell asks for, else the OEM code page that
// the guest reports, such as "850", for programs that do not listen (docs/facts/windows-samples.md 5.1).
// UTF-8 comes first since GBK decodes it without complaint. What the code page does
// not have, and everything but ASCII where the page is "" or not known, becomes "?".
func Text(b []byte, oemCodePage string) string {
	if Wide(b) {
		if s, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(withBOM(b)); err == nil {
			return string(s)
		}
	}
	if utf8.Valid(b) {
		return strings.TrimPrefix(string(b), "\ufeff")
	}
	if page, ok := pages[oemCodePage]; ok {
		if s, err := page.NewDecoder().Bytes(b); err == nil {
			return strings.ReplaceAll(string(s), "\ufffd", "?")
		}
	}
	return strings.ToValidUTF8(string(b), "?")
}

// Wide says whether a program wrote UTF-16.
func Wide(b []byte) bool {
	return len(b) >= 2 && len(b)%2 == 0 && (b[0] == 0xff && b[1] == 0xfe || b[1] == 0 && b[0] != 0)
}

func withBOM(b []byte) []byte {
	if b[0] == 0xff && b[1] == 0xfe {
		return b
	}
	return append([]byte{0xff, 0xfe}, b...)
}

// clixml begins what PowerShell writes to a standard error that is no console.
var clixml = []byte("#< CLIXML")

// escaped is a character that CLIXML cannot hold, as a UTF-16 unit.
var escaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// maxCLIXML is how many bytes of CLIXML are read.
const maxCLIXML = 1 << 20

// ErrorText takes the error texts out of CLIXML: its other records, such as
// progress, are no errors (docs/facts/windows-samples.md 5.6). Anything else is returned as it is, and so
// is CLIXML that breaks off or is longer than 1 MiB.
func ErrorText(stderr []byte) []byte {
	before, rest, ok := bytes.Cut(stderr, clixml)
	if !ok || len(stderr) > maxCLIXML || len(bytes.TrimSpace(before)) > 0 {
		return stderr
	}
	var out bytes.Buffer
	for _, part := range bytes.Split(rest, clixml) { // each PowerShell of a command writes one
		start := bytes.Index(part, []byte("<Objs"))
		if start < 0 {
			out.Write(bytes.TrimLeft(part, "\r\n"))
			continue
		}
		var objs struct {
			S []struct {
				Stream string `xml:"S,attr"`
				Text   string `xml:",chardata"`
			} `xml:"S"`
		}
		dec := xml.NewDecoder(bytes.NewReader(part[start:]))
		if err := dec.Decode(&objs); err != nil {
			return stderr
		}
		for _, s := range objs.S {
			if strings.EqualFold(s.Stream, "Error") {
				out.WriteString(unescape(s.Text))
			}
		}
		out.Write(bytes.TrimLeft(part[start+int(dec.InputOffset()):], "\r\n")) // a program's own words
	}
	return out.Bytes()
}

// unescape puts the characters of _xHHHH_ back.
func unescape(s string) string {
	units := []uint16{}
	for len(s) > 0 {
		at := escaped.FindStringSubmatchIndex(s)
		if at == nil {
			at = []int{len(s), len(s)}
		}
		units = append(units, utf16.Encode([]rune(s[:at[0]]))...)
		if len(at) == 4 {
			n, _ := strconv.ParseUint(s[at[2]:at[3]], 16, 16) // the pattern takes nothing else
			units = append(units, uint16(n))
		}
		s = s[at[1]:]
	}
	return string(utf16.Decode(units))
}

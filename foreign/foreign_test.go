package foreign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":               {"", ""},
		"plain":                 {`C:\Windows "x"`, `C:\Windows "x"`},
		"German, Russian":       {"Der Vorgang ist ungültig. Операция", "Der Vorgang ist ungültig. Операция"},
		"Japanese, Arabic":      {"操作は失敗しました。 فشلت العملية", "操作は失敗しました。 فشلت العملية"},
		"Hindi with marks":      {"त्रुटि", "त्रुटि"},
		"Persian's joiner":      {"نمی\u200cشود", "نمی\u200cشود"},
		"Sinhala's joiner":      {"ශ්\u200dරී", "ශ්\u200dරී"},
		"a joiner that hides":   {"base\u200dline", `base\u200dline`},
		"a symbol":              {"10 µs ± 2 € 😀", "10 µs ± 2 € 😀"},
		"colour":                {"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		"a title":               {"\x1b]0;owned\x07", `\x1b]0;owned\x07`},
		"an escape of one":      {"\u009b31m", `\u009b31m`},
		"bidirectional":         {"a\u202eb\u2066c\u200f\u061c", `a\u202eb\u2066c\u200f\u061c`},
		"invisible":             {"a\u200bb\u00adc\ufeffd\U000e0041", `a\u200bb\u00adc\ufeffd\U000e0041`},
		"line breaks":           {"a\r\nb\tc\u2028d\x85", `a\r\nb\tc\u2028d\x85`},
		"delete, NUL":           {"a\x7f\x00", `a\x7f\x00`},
		"no UTF-8":              {"a\xff\xc3(\xed\xa0\x80", `a\xff\xc3(\xed\xa0\x80`},
		"private, unassigned":   {"\ue000\u0378", `\ue000\u0378`},
		"written as an escape":  {`\x1b[31m`, `\x1b[31m`},
		"as long as is allowed": {strings.Repeat("x", MaxLine), strings.Repeat("x", MaxLine)},
	} {
		if got := Line(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if Printable(c.in) != (c.in == c.want) {
			t.Errorf("%s: printable: %v", name, Printable(c.in))
		}
	}
}

func TestWhatIsTooLongSaysSo(t *testing.T) {
	for _, in := range []string{strings.Repeat("x", 5<<20), strings.Repeat("я", MaxLine), strings.Repeat("\x1b", MaxLine), strings.Repeat("\xff", 5<<20)} {
		got := Line(in)
		if len(got) > MaxLine || len(got) < MaxLine-60 || !strings.Contains(got, "... (cut, ") || !strings.HasSuffix(got, " bytes in all)") {
			t.Errorf("%d bytes of %q: %d: ...%q", len(in), in[:2], len(got), got[len(got)-40:])
		}
	}
}

// A message of our own has its lines.
func TestMessage(t *testing.T) {
	if got := Message("what\n\thint: \x1b[2J"); got != "what\n\thint: \\x1b[2J" {
		t.Errorf("%q", got)
	}
	if got := Message(strings.Repeat("x", 13<<20)); len(got) > MaxMessage || !strings.Contains(got, "13631488 bytes in all") {
		t.Errorf("%d bytes", len(got))
	}
}

// White space of a program's output is one space, however much of it there is.
func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"\r\n a\tb \r\n\x1b[31m c\n":      `a b \x1b[31m c`,
		strings.Repeat("\n", 1<<20) + "x": "x",
	} {
		if got := Words(in); got != want {
			t.Errorf("%.20q: %q, want %q", in, got, want)
		}
	}
	for _, in := range []string{strings.Repeat("x", 5<<20), strings.Repeat("x \n", 5<<20), strings.Repeat("я\t", 5000)} {
		if got := Words(in); len(got) > MaxLine || !strings.HasSuffix(got, fmt.Sprintf("(cut, %d bytes in all)", len(in))) {
			t.Errorf("%.5q: %d bytes, ...%q", in, len(got), got[max(0, len(got)-40):])
		}
	}
}

func TestCheckJSON(t *testing.T) {
	for document, wrong := range map[string]string{
		`{"a":[1,2]}`:                         "",
		`"` + strings.Repeat("a", 99) + `"`:   "101 bytes long; at most 100",
		"[" + strings.Repeat("{},", 40) + "]": "at most 100",
	} {
		if err := CheckJSON([]byte(document), 100); (err != nil) != (wrong != "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%.20s: %v, want %q", document, err, wrong)
		}
	}
	for _, part := range []string{"{},", "0,", "[]"} {
		if err := CheckJSON([]byte(strings.Repeat(part, maxValues+1)), 1<<30); err == nil {
			t.Errorf("a million of %q are taken", part)
		}
	}
}

func TestBuffer(t *testing.T) {
	b := Buffer{Limit: 5}
	for i, p := range []string{"abc", "de", "", "fgh"} {
		if n, err := b.Write([]byte(p)); n != len(p) || err != nil || b.Overflow() != (i == 3) {
			t.Errorf("%q: %d, %v, overflow %v", p, n, err, b.Overflow())
		}
	}
	if string(b.Bytes()) != "abcde" {
		t.Errorf("%q", b.Bytes())
	}
}

// What a file is told to be, what is known of every kind, and that a text is not taken for one by chance.
func TestKindOf(t *testing.T) {
	for start, want := range map[string]Kind{
		"": UnknownKind, "\xef\xbb\xbf \n": UnknownKind, "hello": UnknownKind, "MZ is how it begins": UnknownKind, "name: x\n": UnknownKind,
		"SQLite format 3\x00": SQLite, "PK\x03\x04": ZipArchive, "\x1f\x8b\x08": Gzip, "BZh9": Bzip2, "MZ\x90\x00\x03": WindowsProgram, "\x7fELF": LinuxProgram,
		"combination,block,value": SamplesCSV, "\xef\xbb\xbfCombination;Value": SamplesCSV, "\"combination\"\t\"value\"\r\n": SamplesCSV,
		"# mine\r\nname: x\r\nguest:\r\n": CampaignFile, "name: x\rdesign: list\r": CampaignFile,
		"REGEDIT4\r\n": RegistryFile, "n\x00a\x00": WideText, "\x00n\x00a": WideText, "\xff\xfe": WideText, " {}": JSONText, "\n<html>": HTMLText,
	} {
		if got := KindOf([]byte(start)); got != want {
			t.Errorf("%q is %q (%d), want %q", start, got, got, want)
		}
	}
	for k := SQLite; k < WideText; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := ReadFile(path, 5); err != nil || string(text) != "12345" {
		t.Errorf("%q, %v", text, err)
	}
	for _, long := range []string{path, "/dev/zero"} {
		if text, err := ReadFile(long, 4); err == nil || text != nil {
			t.Errorf("%s: %q, %v", long, text, err)
		}
	}
}

// However a text is cut into writes, the same comes out, and all of it.
func TestWriter(t *testing.T) {
	const text = "Grüße 操作\t\x1b[31m\u202e\r\nb\rc\xff\xe6\x93"
	const want = "Grüße 操作\t\\x1b[31m\\u202e\nb\\rc\\xff\\xe6\\x93"
	for size := 1; size <= len(text); size++ {
		var out bytes.Buffer
		w := NewWriter(&out)
		for rest := []byte(text); len(rest) > 0; {
			n := min(size, len(rest))
			if got, err := w.Write(rest[:n]); got != n || err != nil {
				t.Fatal(got, err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil || out.String() != want {
			t.Errorf("in pieces of %d: %q, %v", size, out.String(), err)
		}
	}
}

func TestJSON(t *testing.T) {
	in := map[string]any{"a\x1b": []any{"\x1b[31m\u202e\n\"q\" <&>", 1e21, nil, true}, "long": strings.Repeat("x", 2*MaxLine)}
	var out bytes.Buffer
	if err := JSON(&out, in, ""); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || !strings.HasSuffix(out.String(), "}\n") {
		t.Fatalf("%s: %v", out.String(), err)
	}
	list, _ := got[`a\x1b`].([]any)
	if len(list) != 4 || list[0] != `\x1b[31m\u202e`+"\n\"q\" <&>" || list[1] != 1e21 || got["long"] != in["long"] {
		t.Errorf("%s", out.String())
	}
}

func TestLinesOfADocument(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"\u001b[31m\u202e","n":12345678901234567890, "\u0007":[]}`: `{"a":"\\x1b[31m\\u202e","n":12345678901234567890, "\\x07":[]}`,
		`["C:\\x \"q\"", "я"]`: `["C:\\x \"q\"", "я"]`,
		`{"a": "breaks off`:    `{"a": "breaks off`,
	} {
		if got := string(Lines([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// FuzzLine: what is shown is valid, bounded, harmless, shown the same again, and loses no letter.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "я\x1b[31m", "\u202e\u200d", "نمی\u200cشود", "\xff\xfe", strings.Repeat("\u0915\u200d", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, show := range map[string]func(string) string{"Word": Word, "Line": Line, "Words": Words, "Message": Message} {
			got := show(s)
			switch {
			case !utf8.ValidString(got):
				t.Errorf("%s: %q is no UTF-8", name, got)
			case name != "Message" && len(got) > MaxLine, name == "Word" && len(got) > MaxWord, len(got) > MaxMessage:
				t.Errorf("%s: %d bytes", name, len(got))
			case show(got) != got:
				t.Errorf("%s: %q is shown as %q", name, got, show(got))
			}
			for _, r := range got {
				ours := name == "Message" && (r == '\n' || r == '\t') || r == joiner || r == nonJoiner
				if !ours && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)) {
					t.Errorf("%s: %q holds %U", name, got, r)
				}
			}
			if len(s) > MaxWord/10 { // what is cut loses letters
				continue
			}
			for _, r := range s {
				if unicode.IsLetter(r) && !strings.ContainsRune(got, r) {
					t.Errorf("%s: %q lost %q", name, got, r)
				}
			}
		}
		var whole, pieces bytes.Buffer
		a, b := NewWriter(&whole), NewWriter(&pieces)
		_, _ = a.Write([]byte(s))
		for i := range len(s) {
			_, _ = b.Write([]byte(s[i : i+1]))
		}
		if a.Flush() != nil || b.Flush() != nil {
			t.Fatal("a buffer fails")
		}
		// A joiner needs the letter behind it, which comes with the next write.
		if !strings.ContainsAny(s, string(joiner)+string(nonJoiner)) && whole.String() != pieces.String() {
			t.Errorf("%q in pieces %q", whole.String(), pieces.String())
		}
	})
}

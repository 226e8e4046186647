package engine

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/registry"
)

// What reg.exe of Wine 8 exports, lines of bytes broken as it breaks them.
const exported = regHeader + "\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\vnettune]\r\n" +
	"@=\"the default\"\r\n\"a \\\"quoted\\\" \\\\ name\"=\"C:\\\\x\"\r\n\"word\"=dword:00020000\r\n" +
	"\"bytes\"=hex:01,02,03,\\\r\n  04,ff\r\n\"wide\"=hex(2):25,00,58,00,25,00,00,00\r\n" +
	"\"lines\"=hex(7):61,00,00,00,16,04,00,00,00,00\r\n\"long\"=hex(b):ff,ff,ff,ff,ff,ff,ff,ff\r\n\"none\"=hex(0):\r\n\r\n" +
	"[HKEY_LOCAL_MACHINE\\SOFTWARE\\vnettune\\empty]\r\n"

func TestExportedKeysAreRead(t *testing.T) {
	got, err := parseReg(encodeUTF16(exported))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]registry.Value{
		"":                  registry.String("the default"),
		`a "quoted" \ name`: registry.String(`C:\x`),
		"word":              registry.DWord(131072),
		"bytes":             {Kind: "Binary", Data: "01020304ff"},
		"wide":              {Kind: "ExpandString", Data: "%X%"},
		"lines":             {Kind: "MultiString", Data: "a\nЖ"},
		"long":              {Kind: "QWord", Data: "18446744073709551615"},
		"none":              {Kind: "None"},
	}
	if diff := cmp.Diff(want, valuesOf(got[`hkey_local_machine\software\vnettune`])); diff != "" {
		t.Error(diff)
	}
	if got[`hkey_local_machine\software\vnettune\empty`] == nil {
		t.Error("the empty key is lost")
	}
}

func valuesOf(k *key) map[string]registry.Value {
	all := map[string]registry.Value{}
	for _, v := range k.values {
		all[v.name] = v.Value
	}
	return all
}

func TestBrokenExportsAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no header": "[HKEY_LOCAL_MACHINE\\X]\r\n", "a value before a key": regHeader + "\r\n\"a\"=\"b\"\r\n",
		"no value": regHeader + "\r\n[HKEY_LOCAL_MACHINE\\X]\r\nabc\r\n", "no end": regHeader + "\r\n[HKEY_LOCAL_MACHINE\\X]\r\n\"a\r\n",
		"a kind": regHeader + "\r\n[HKEY_LOCAL_MACHINE\\X]\r\n\"a\"=hex(9):00\r\n", "digits": regHeader + "\r\n[HKEY_LOCAL_MACHINE\\X]\r\n\"a\"=dword:x\r\n",
		"a short number": regHeader + "\r\n[HKEY_LOCAL_MACHINE\\X]\r\n\"a\"=hex(b):00\r\n",
	} {
		if k, err := parseReg(encodeUTF16(text)); err == nil {
			t.Errorf("%s: %v", name, k)
		}
	}
}

// What is written to be imported is read back as it was.
func TestValuesSurviveTheirFile(t *testing.T) {
	for _, v := range []registry.Value{
		registry.String(`a "b" \ Ж`), registry.String("two\nlines"), registry.String(""), registry.DWord(0), {Kind: "DWord", Data: "4294967295"},
		{Kind: "QWord", Data: "18446744073709551615"}, {Kind: "ExpandString", Data: `%SystemRoot%\x`},
		{Kind: "MultiString", Data: "one\ntwo"}, {Kind: "Binary", Data: "00ff"}, {Kind: "None", Data: ""},
	} {
		for _, name := range []string{"", "*LsoV2IPv4", `a\b"c`} {
			got, back, err := parseRegValue(regLine(name, v))
			if got != name || back != v || err != nil {
				t.Errorf("%q %+v: %q %+v, %v", name, v, got, back, err)
			}
		}
	}
}

// Wine gets what the machine has, and loses what it has not where they share a key; what else Wine
// has stays, and a volatile key is not made.
func TestChangesMakeWineWhatTheMachineIs(t *testing.T) {
	tree := registry.New()
	for _, v := range []struct{ path, name, text string }{
		{registry.AFDKey, "same", "1"}, {registry.AFDKey, "other", "new"}, {registry.VersionKey, "CurrentBuild", "19045"},
	} {
		if err := tree.Set(registry.MustPath(v.path), v.name, registry.String(v.text)); err != nil {
			t.Fatal(err)
		}
	}
	for path, volatile := range map[string]bool{registry.ProductKey: false, registry.ProductKey + `\token`: true} {
		if _, err := tree.Create(registry.MustPath(path), volatile); err != nil {
			t.Fatal(err)
		}
	}
	wine := keys{}
	afd := wine.add(registry.AFDKey)
	afd.set("SAME", registry.String("1"))
	afd.set("other", registry.String("old"))
	afd.set("gone", registry.String("1"))
	wine.add(registry.AFDKey + `\left`)
	version := wine.add(registry.VersionKey)
	version.set("of Wine", registry.String("1"))

	text := changes(wine, keysOf(tree))
	for _, want := range []string{"[-" + registry.AFDKey + `\left]`, `"other"="new"`, `"gone"=-`, `"CurrentBuild"="19045"`, "[" + registry.ProductKey + "]"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	for _, not := range []string{"same", "of Wine", "token"} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(`"`+not+`"`)) || strings.Contains(text, `\`+not+"]") {
			t.Errorf("%s stands in\n%s", not, text)
		}
	}
	if text := changes(keysOf(tree), keysOf(tree)); text != "" {
		t.Errorf("of the same: %q", text)
	}
}

// The host's name is none of the guest's.
func TestWinesOwnValuesAreLeft(t *testing.T) {
	k := keys{}.add(registry.TcpipKey)
	k.set("Hostname", registry.String("host"))
	k.set("TcpAckFrequency", registry.DWord(1))
	if got := slices.Collect(maps.Keys(k.values)); !slices.Equal(got, []string{"tcpackfrequency"}) {
		t.Errorf("values: %v", got)
	}
}

package tweak_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/matrix/tweak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func profileOf(t *testing.T, data []byte) string {
	t.Helper()
	entries, err := tweak.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tweak.Write(&b, "tweaks", tweak.Know(entries)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// campaignWith is a campaign that uses what import wrote.
func campaignWith(profile, generation string) string {
	return "name: c\nguest: {control: 192.0.2.10, data: 192.0.2.10, user: u, password_env: P, iperf: 'C:\\vnettune\\iperf3.exe', generation: " + generation + "}\n" +
		"design: list\narms: [{use: tweaks}]\nworkloads: [{protocol: tcp, direction: to-guest, seconds: 1}]\n" + profile
}

// Two files as people publish them, one in UTF-16 and one in ANSI: what each line is, and that a
// campaign takes the profile as it is written.
func TestTweakFiles(t *testing.T) {
	for file, generation := range map[string]string{"latency": "w10", "window": "xp"} {
		data, err := os.ReadFile(filepath.Join("testdata", file+".reg"))
		if err != nil {
			t.Fatal(err)
		}
		got := profileOf(t, data)
		golden := filepath.Join("testdata", file+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
		spec, err := campaign.Parse("c.yaml", []byte(campaignWith(got, generation)))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		p, err := spec.Plan(matrix.Generation(generation))
		if err != nil || p.Arms[1].Name != "tweaks" || len(p.Settings) != strings.Count(got, "\n    ") {
			t.Errorf("%s: %v, %d settings", file, err, len(p.Settings))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":          {nil, "does not begin"},
		"another file":     {[]byte("hello\r\n"), "does not begin"},
		"half a character": {[]byte{0xFF, 0xFE, 'W'}, "cut in the middle"},
		"too long":         {make([]byte, tweak.MaxFile+1), "longer than"},
		"too many lines":   {[]byte("REGEDIT4\n[HKEY_LOCAL_MACHINE\\A]\n" + strings.Repeat("@=-\n", 10_001)), "more than 10000 lines"},
	} {
		if _, err := tweak.Parse(c.data); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// A value that goes on over as many lines as a file can have is read in one go.
func TestLongContinuation(t *testing.T) {
	text := "REGEDIT4\n[HKEY_LOCAL_MACHINE\\A]\n\"x\"=hex:\\\n" + strings.Repeat("0\\\n", 300_000) + "0\n\"y\"=dword:2\n"
	entries, err := tweak.Parse([]byte(text))
	if err != nil || len(entries) != 2 || entries[1].Name != "y" || entries[1].Data != "2" || entries[1].Line != 300_005 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// Whatever a file says, what is written of it is a profile that a campaign file can hold: the same
// settings, once each, and nothing else.
func FuzzImport(f *testing.F) {
	for _, file := range []string{"latency", "window"} {
		data, err := os.ReadFile(filepath.Join("testdata", file+".reg"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("REGEDIT4\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]\n\"Tcp1323Opts\"=dword:1 ; \"\n\"a\\\nb\"=\"\\\\\"\n[-]\n[]\n\"\"=-\n\"x\"=hex:\\"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := tweak.Parse(data)
		if err != nil {
			return
		}
		lines := tweak.Know(entries)
		var out bytes.Buffer
		if err := tweak.Write(&out, "tweaks", lines); err != nil {
			t.Fatal(err)
		}
		want := map[string]matrix.Value{}
		for _, l := range lines {
			if l.Value == "" && l.Why == "" {
				t.Errorf("no word about line %d", l.Line)
			}
			if l.Value != "" {
				want[l.Setting] = l.Value
			}
		}
		if len(want) == 0 {
			return
		}
		spec, err := campaign.ParseStored("c.yaml", []byte(campaignWith(out.String(), "w10")))
		if err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
		if d := cmp.Diff(want, spec.Design.Profiles["tweaks"]); d != "" {
			t.Errorf("%s in\n%s", d, out.String())
		}
	})
}

// A value in hex has the type that its number says; of a DWord the number is taken.
func TestHexValues(t *testing.T) {
	const head = "Windows Registry Editor Version 5.00\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]\n"
	for line, want := range map[string]tweak.Entry{
		`"x"=hex(4):01,00,00,00`: {Kind: "DWord", Data: "1"},
		`"x"=HEX(4):ff,FF,00,80`: {Kind: "DWord", Data: "2147549183"},
		`"x"=hex(4):01,00,00`:    {Kind: "DWord in hex", Data: "hex(4):01,00,00"},
		`"x"=hex(4):01,00,00,zz`: {Kind: "DWord in hex", Data: "hex(4):01,00,00,zz"},
		`"x"=hex(b):01,00`:       {Kind: "QWord in hex", Data: "hex(b):01,00"},
		`"x"=hex(7):61,00,00,00`: {Kind: "MultiString in hex", Data: "hex(7):61,00,00,00"},
		`"x"=hex:01`:             {Kind: "Binary", Data: "hex:01"},
		`"x"=hex(0):`:            {Kind: "Binary", Data: "hex(0):"},
	} {
		got, err := tweak.Parse([]byte(head + line + "\n"))
		if err != nil || len(got) != 1 || got[0].Kind != want.Kind || got[0].Data != want.Data {
			t.Errorf("%s: %+v, %v; want %+v", line, got, err, want)
		}
	}
}

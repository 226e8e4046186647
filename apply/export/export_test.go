package export

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// wideText is a registry file as text; it must be UTF-16LE with a byte order mark and CR LF.
func wideText(t testing.TB, raw []byte) string {
	t.Helper()
	if len(raw)%2 != 0 || len(raw) < 2 || raw[0] != 0xff || raw[1] != 0xfe {
		t.Fatalf("no UTF-16LE with a byte order mark: % x", raw[:min(len(raw), 8)])
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 2; i < len(raw); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(raw[i:]))
	}
	text := string(utf16.Decode(units))
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		t.Fatalf("lines do not all end with CR LF: %q", text)
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// seedPage is what https://linux-kvm.org/index.php?oldid=4549&title=WindowsGuestDrivers%2Fkvmnet%2Fregistry has to be saved
// as a registry file.
const seedPage = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\AFD\Parameters]
"DefaultSendWindow"=dword:00100000
"DefaultReceiveWindow"=dword:00100000
"FastSendDatagramThreshold"=dword:00004000

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters]
"Tcp1323Opts"=dword:00000001
"TcpWindowSize"=dword:00100000
`

// bare is a registry file without comments and blank lines.
func bare(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return l == "" || strings.HasPrefix(l, ";") })
}

func profile(t testing.TB, id string, g matrix.Generation, f Format) Set {
	t.Helper()
	p, ok := matrix.LookupProfile(id)
	if !ok {
		t.Fatalf("no profile %s", id)
	}
	r, err := matrix.Catalogue().Resolve(p, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OfProfile(r, f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSeedPageIsItsOwnRegistryFile(t *testing.T) {
	do, undo, err := profile(t, "seed-xp", matrix.XP, Reg).Files()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(bare(seedPage), bare(wideText(t, do))); d != "" {
		t.Error(d)
	}
	want := []string{"Windows Registry Editor Version 5.00",
		`[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters]`, `"TcpWindowSize"=-`, `"Tcp1323Opts"=-`,
		`[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\AFD\Parameters]`, `"FastSendDatagramThreshold"=-`, `"DefaultReceiveWindow"=-`, `"DefaultSendWindow"=-`}
	if d := cmp.Diff(want, bare(wideText(t, undo))); d != "" {
		t.Error(d)
	}
}

// What a file says of itself: whose it is, for which Windows, that nobody ran it, when its lines take effect, and what
// is not in it and why.
func TestAFileSaysWhatItIs(t *testing.T) {
	s := profile(t, "ms-throughput", matrix.W11, Cmd)
	do, undo, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Profile ms-throughput", "https://learn.microsoft.com/", "generation w11", "never run this file on a Windows", "reboot afterwards",
		"defaults of Windows", "takes effect: new-connections", "Left out: netkvm.RSS=1: ", "adapter's own key"} {
		if !strings.Contains(string(do), want) {
			t.Errorf("the file does not say %q", want)
		}
	}
	if !strings.Contains(string(undo), "netsh interface tcp set global autotuninglevel=normal >nul") {
		t.Errorf("the undo does not go to the default:\n%s", undo)
	}
}

// Every line of every profile is written or named as left out, for every generation that it is published for.
func TestEveryProfileIsExported(t *testing.T) {
	for _, p := range matrix.Profiles() {
		for _, g := range p.AppliesTo {
			for _, f := range Formats {
				resolved, err := matrix.Catalogue().Resolve(p, g, nil)
				if err != nil {
					t.Fatal(err)
				}
				s, err := OfProfile(resolved, f)
				if err != nil {
					t.Errorf("%s %s %s: %v", p.ID, g, f, err)
					continue
				}
				merged := 0
				if r, err := matrix.Catalogue().Resolve(p, g, nil); err == nil {
					for _, l := range r.Lines {
						merged += len(l.Published) - 1
					}
				}
				if got := s.Lines() + len(s.Left) + merged; got != len(p.Lines) {
					t.Errorf("%s %s %s: %d of %d lines are told", p.ID, g, f, got, len(p.Lines))
				}
				do, undo, err := s.Files()
				if err != nil {
					t.Errorf("%s %s %s: %v", p.ID, g, f, err)
				}
				holds(t, s, do, false)
				holds(t, s, undo, true)
			}
		}
	}
}

func TestRegistryDataIsThatOfRegedit(t *testing.T) {
	for _, c := range []struct{ kind, data, want string }{
		{"DWord", "4294967295", `dword:ffffffff`},
		{"QWord", "1", `hex(b):01,00,00,00,00,00,00,00`},
		{"String", `C:\x "y"`, `"C:\\x \"y\""`},
		{"String", "a\r\nb", `hex(1):61,00,0d,00,0a,00,62,00,00,00`},
		{"ExpandString", "%A%", `hex(2):25,00,41,00,25,00,00,00`},
		{"MultiString", "a\nb", `hex(7):61,00,00,00,62,00,00,00,00,00`},
		{"Binary", "00ff", `hex:00,ff`},
		{"None", "", `hex(0):`},
	} {
		if got, err := regData(c.kind, c.data); err != nil || got != c.want {
			t.Errorf("%s %q: %s, %v; want %s", c.kind, c.data, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"DWord", "4294967296"}, {"DWord", "x"}, {"Binary", "0"}, {"Link", "x"}, {"String", "\xff"}} {
		if got, err := regData(c[0], c[1]); err == nil {
			t.Errorf("%s %q is taken: %s", c[0], c[1], got)
		}
	}
}

// The script writes as the one that is sent to a guest: what they have in common is the same, letter for letter.
func TestTheScriptWritesAsTheGuestsDoes(t *testing.T) {
	sent, err := os.ReadFile("../scripts/write.ps1")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Set-Value", "Remove-Value", "Set-Offload"} {
		f := regexp.MustCompile(`(?ms)^function ` + name + `\(.*?^}`)
		if a, b := f.FindString(string(sent)), f.FindString(body); a == "" || a != b {
			t.Errorf("%s differs:\n%s\n%s", name, a, b)
		}
	}
}

// measured is a store's guest with one setting under test.
func measured(p record.Place, was record.State) Guest {
	return Guest{Store: "x.db", Originals: record.Originals{Generation: string(matrix.W11),
		Adapter:  record.Adapter{Name: "Сеть '&\" 1", Description: "Red Hat VirtIO", MAC: "525400123456", GUID: "{1}"},
		Settings: []record.Original{{Place: p, State: was}}}}
}

func TestTheUndoOfAStoreAreItsOriginals(t *testing.T) {
	place := record.Place{ID: "netkvm.RxCapacity", Kind: string(matrix.AdapterKeyword), Path: `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0007`, Name: "RxCapacity", Type: "String"}
	g := measured(place, record.State{Exists: true, Kind: "String", Data: "256"})
	s, err := OfStore(g, "combination a", matrix.NewCombination(map[string]matrix.Value{"netkvm.RxCapacity": "1024"}), Reg)
	if err != nil {
		t.Fatal(err)
	}
	do, undo, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	key := `[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0007]`
	if got := wideText(t, do); !strings.Contains(got, key+"\n") || !strings.Contains(got, "\n\"RxCapacity\"=\"1024\"\n") || !strings.Contains(got, "MAC 525400123456") {
		t.Error(got)
	}
	if got := wideText(t, undo); !strings.Contains(got, key+"\n") || !strings.Contains(got, "\n\"RxCapacity\"=\"256\"\n") {
		t.Error(got)
	}
	for want, v := range map[string]matrix.Variant{
		"the guest's machine, which its host makes":                               {Command: []string{"x"}},
		"the guest's network driver 100.95.104.26200, which its package installs": {Driver: &matrix.Package{Version: "100.95.104.26200"}},
		"the guest's network driver, which its package installs":                  {Driver: &matrix.Package{Version: "1\r\ndel x"}},
	} {
		g.Variant = v
		if s, err = OfStore(g, "x", matrix.NewCombination(map[string]matrix.Value{matrix.VariantID: "two"}), Reg); err != nil || len(s.Left) != 1 || s.Left[0].What+s.Left[0].Why != "variant=twoit is "+want+", and no setting of its Windows" {
			t.Errorf("%+v, %v", s.Left, err)
		}
	}
	if s, err = OfStore(g, "x", matrix.NewCombination(map[string]matrix.Value{"netkvm.RxCapacity": matrix.Found}), Reg); err != nil || s.Lines() != 0 {
		t.Errorf("what was found is written: %d, %v", s.Lines(), err)
	}
}

// commandLine is every line that a command file may have beside its comments.
var commandLine = regexp.MustCompile(`^(@echo off|setlocal EnableExtensions DisableDelayedExpansion|set "failed="|if defined failed \(echo Some lines failed: run it as an administrator\.& exit /b 1\)|` +
	`echo All lines are written\. Reboot this Windows\.|exit /b 0|` +
	`(reg add "HKLM[A-Za-z0-9_.{}\\ -]+" /v [A-Za-z0-9_.*-]+ /t REG_(DWORD|SZ) /d [A-Za-z0-9.-]+ /f|netsh( [A-Za-z0-9=.-]+)+|powercfg /setactive [0-9a-f-]{36}) >nul|if not %errorlevel%==0 \(set "failed=1"& echo FAILED: [A-Za-z0-9._@-]+\)|` +
	`reg query "HKLM[A-Za-z0-9_.{}\\ -]+" /v [A-Za-z0-9_.*-]+ >nul 2>nul|if not errorlevel 1 \(reg delete "HKLM[A-Za-z0-9_.{}\\ -]+" /v [A-Za-z0-9_.*-]+ /f >nul& if errorlevel 1 \(set "failed=1"& echo FAILED: [A-Za-z0-9._@-]+\)\))?$`)

// commandComment is a comment that cmd.exe reads nothing in.
var commandComment = regexp.MustCompile(`^rem [A-Za-z0-9 .,:;()/_=+'@[\]{}*\\-]+$`)

// registryLine is every line that a registry file may have beside its first.
var registryLine = regexp.MustCompile(`^(;.*|\[HKEY_LOCAL_MACHINE\\.+\]|(@|"([^"\\]|\\["\\])*")=(-|dword:[0-9a-f]{8}|"([^"\\]|\\["\\])*"|hex(\((0|1|2|7|b)\))?:([0-9a-f]{2}(,[0-9a-f]{2})*)?))?$`)

// holds says that a file is made of nothing but what a file of its format may be made of, and has each of its lines.
func holds(t testing.TB, s Set, raw []byte, undo bool) {
	t.Helper()
	switch s.Format {
	case Reg:
		lines := strings.Split(wideText(t, raw), "\n")
		values := 0
		for i, l := range lines {
			if i == 0 && l != "Windows Registry Editor Version 5.00" || i > 0 && !registryLine.MatchString(l) {
				t.Errorf("line %d: %q", i+1, l)
			}
			if strings.HasPrefix(l, `"`) || strings.HasPrefix(l, "@") {
				values++
			}
		}
		if values != s.Lines() {
			t.Errorf("%d values for %d lines", values, s.Lines())
		}
	case Cmd:
		done := 0
		for _, l := range strings.Split(string(raw), "\r\n") {
			if !commandLine.MatchString(l) && !commandComment.MatchString(l) {
				t.Errorf("line %q", l)
			}
			if strings.Contains(l, "FAILED") {
				done++
			}
		}
		if done != s.Lines() {
			t.Errorf("%d commands for %d lines", done, s.Lines())
		}
	case PS1:
		text := string(raw)
		head, rest, ok := strings.Cut(text, "\r\nparam([string]$Adapter = '')\r\n$data = @'\r\n")
		data, after, found := strings.Cut(rest, "\r\n'@\r\n")
		if !ok || !found || after != strings.ReplaceAll(body, "\n", "\r\n") {
			t.Fatalf("the script is not its data and the constant body:\n%s", text)
		}
		for _, l := range strings.Split(head, "\r\n")[1:] {
			if !regexp.MustCompile(`^# [ -"$-~]*$`).MatchString(l) {
				t.Errorf("comment %q", l)
			}
		}
		if !regexp.MustCompile(`^[ -&(-~]+$`).MatchString(data) {
			t.Errorf("data %q", data)
		}
		var in input
		if err := json.Unmarshal([]byte(data), &in); err != nil {
			t.Fatal(err)
		}
		if in.Mode == modeUndo {
			return
		}
		for i, l := range s.order(undo) {
			if d := cmp.Diff(l.step(undo), in.Lines[i].Step); d != "" {
				t.Error(d)
			}
		}
	}
}

// FuzzExport: whatever a guest had, a campaign defined and an adapter is called, no value leaves its place.
func FuzzExport(f *testing.F) {
	f.Add(uint8(0), `HKLM\SOFTWARE\x`, "n", "DWord", "1", "2", "")
	f.Add(uint8(0), `HKLM\a]b`, `n"=x`, "String", "a\"\r\n[HKEY_LOCAL_MACHINE\\x]", `%PATH% & del \\ ^`, "'@\r\ncalc")
	f.Add(uint8(1), `HKLM\x`, "rss", "word", "enabled & calc", "on|off", "\u2019; calc #")
	f.Add(uint8(2), `HKLM\x`, "y", "word", "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c", "381b4222-f694-41f0-9685-ff5bb260df2e\n", "x")
	f.Add(uint8(3), `HKLM\x`, "", "MultiString", "a\nb", "\x00", "\u2028")
	f.Fuzz(func(t *testing.T, kind uint8, path, name, typ, value, was, who string) {
		forms := []matrix.FormKind{matrix.Registry, matrix.NetshGlobal, matrix.PowerScheme, matrix.AdapterKeyword, matrix.OffloadGlobal, matrix.NetshTemplate}
		place := record.Place{ID: "own.x", Kind: string(forms[int(kind)%len(forms)]), Path: path, Name: name, Type: typ, Template: who, Texts: map[string]string{"v": value}}
		g := measured(place, record.State{Exists: was != "", Kind: typ, Data: was})
		g.Originals.Adapter.Name, g.Store = who, who
		for _, v := range []matrix.Value{"v", matrix.Absent} {
			for _, format := range Formats {
				s, err := OfStore(g, who, matrix.NewCombination(map[string]matrix.Value{"own.x": v}), format)
				if err != nil {
					t.Fatal(err)
				}
				if s.Lines()+len(s.Left) != 1 {
					t.Fatalf("%d lines, %d left out", s.Lines(), len(s.Left))
				}
				do, undo, err := s.Files()
				if err != nil {
					t.Fatal(err)
				}
				holds(t, s, do, false)
				holds(t, s, undo, true)
			}
		}
	})
}

func TestWhatAFormatCannotHaveIsSaid(t *testing.T) {
	for _, c := range []struct {
		f    Format
		s    terms.Step
		want string
	}{
		{Reg, terms.Step{Op: "netsh", Args: []string{"interface"}}, "only netsh"},
		{Reg, terms.Step{Op: "power"}, "only powercfg"},
		{Reg, terms.Step{Op: "offload"}, "only a cmdlet"},
		{Cmd, terms.Step{Op: "offload"}, "only a cmdlet"},
		{Cmd, terms.Step{Op: "netsh", Args: []string{"a&b"}}, "cannot be given"},
		{Cmd, terms.Step{Op: "registry-set", Path: `HKLM\x`, Name: "n", Kind: "Binary", Data: "00"}, "no Binary"},
		{Cmd, terms.Step{Op: "registry-set", Path: `HKLM\x`, Name: "n", Kind: "String", Data: "%PATH%"}, "is no text"},
		{PS1, terms.Step{Op: "registry-set", Path: `HKLM\x`, Name: "n", Kind: "None"}, "type None"},
		{PS1, terms.Step{Op: "registry-set", Path: `HKCU\x`, Name: "n", Kind: "DWord"}, "not under HKLM"},
	} {
		err := written(c.f, line{place: record.Place{ID: "x"}, do: c.s, undo: c.s})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v", c.f, fmt.Sprint(c.s), err)
		}
	}
}

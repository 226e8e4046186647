package driver

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/trouble"
)

var update = flag.Bool("update", false, "write the golden files anew")

const folder = "testdata/package"

// ownINF is the INF file of the package in testdata.
func ownINF(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "Paravirt.inf"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// copied is a folder with the files of the package in testdata.
func copied(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return to
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wide is a text in UTF-16 as Windows' editors write it.
func wide(text string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

func TestRead(t *testing.T) {
	p, err := Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		write(t, "testdata/package.golden", string(got)+"\n")
	}
	want, err := os.ReadFile("testdata/package.golden")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)+"\n"); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	alone, err := Read(folder + "/Paravirt.inf")
	if err != nil || !alone.Same(p) || alone.Folder != folder+"/Paravirt.inf" {
		t.Errorf("by its INF file it is %+v, %v", alone, err)
	}
}

// However an INF file is written down, it says the same.
func TestEncodings(t *testing.T) {
	text := ownINF(t)
	for name, as := range map[string]string{
		"UTF-16": wide(text), "UTF-8 with mark": "\xef\xbb\xbf" + text, "ANSI": strings.Replace(text, "of nobody", "von M\xfcller", 1),
		"CR LF": strings.ReplaceAll(text, "\n", "\r\n"), "no end": strings.TrimRight(text, "\n"),
		"large letters": strings.NewReplacer("[Version]", "[VERSION]", "DriverVer", "DRIVERVER", "[Models.NTamd64]", "[ models.ntAMD64 ]", "CopyFiles", "copyfiles").Replace(text),
		"by language":   strings.Replace(text, "[strings]", "[Strings.0409]", 1),
		"by processor":  strings.Replace(text, "CatalogFile =", "CatalogFile = other.cat\nCatalogFile.NTamd64 =", 1),
		"by Windows":    strings.NewReplacer("NTamd64, ", "NTamd64.10.0...16299, ", "[Models.NTamd64]", "[Models.NTamd64.10.0...16299]").Replace(text),
		"undecorated":   strings.NewReplacer("Models, NTamd64, \\   ; and goes on\n          NTx86", "Models", "[Models.NTamd64]", "[Models]", "[Install.NTamd64]", "[Install]").Replace(text),
	} {
		at := copied(t)
		write(t, filepath.Join(at, "Paravirt.inf"), as)
		p, err := Read(at)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Version != "100.95.104.26200" || p.Date != "07/15/2024" || len(p.Files) != 5 || p.Catalog != "paravirt.cat" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestWhatIsNoPackage(t *testing.T) {
	for name, c := range map[string]struct {
		old, new   string
		want, hint string
	}{
		"class":            {"ClassGUID   = {4D36E972", "ClassGUID   = {4D36E973", `its class is "Net" {4D36E973-`, "name the folder of the virtio network driver"},
		"another class":    {"Class       = Net\nClassGUID   = {4D36E972-E325-11CE-BFC1-08002BE10318}", "Class = SCSIAdapter", `its class is "SCSIAdapter" , and not that of network adapters`, "NetKVM/w11/amd64"},
		"no version":       {"DriverVer ", ";DriverVer ", `its DriverVer is ""`, "take the whole folder"},
		"odd version":      {"100.95.104.26200", "$VERSION$", `its DriverVer is "07/15/2024,$VERSION$"`, "take the whole folder"},
		"Windows 7":        {"100.95.104.26200", "61.95.104.17200", "version 61.95.104.17200 of the driver is for Windows 7 and Server 2008 R2", "NetKVM/w10/amd64"},
		"Windows 8.1":      {"100.95.104.26200", "63.93.104.24000", "is for Windows 8.1 and Server 2012 R2", "begins with 100"},
		"no catalog":       {"CatalogFile", ";CatalogFile", "it names no catalog", "take the whole folder"},
		"no catalog there": {"paravirt.cat", "paravirt2.cat", "the folder lacks paravirt2.cat, which the INF file names", "take the whole folder"},
		"no driver there":  {"@paravirt.txt", "@gone.sys", "the folder lacks gone.sys, which the INF file names", "take the whole folder"},
		"not said to copy": {"paravirt.txt = 1", "gone.dll = 1", "the folder lacks gone.dll", "take the whole folder"},
		"in a subfolder":   {"paravirt.txt = 1", `paravirt.txt = 1,\x64`, `its file paravirt.txt is in the folder \x64`, "name the folder"},
		"another device":   {`bus = "PCI\VEN_1AF4&"`, `bus = "PCI\VEN_8086&"`, "", ""},
		"no virtio":        {"1AF4", "8086", "it is for no virtio network device", "name the folder"},
		"another virtio":   {"DEV_10", "DEV_11", "it is for no virtio network device", "name the folder"},
		"ARM":              {"NTamd64", "NTarm64", "it is for arm64, x86, and not for x64", "name the folder"},
		"no INF file":      {"[Version]", "[Versions]", "it has no section [Version]", "name the folder"},
		"odd name":         {"@paravirt.txt", `@"a b.txt"`, `a file of the package is called "a b.txt"`, "take the whole folder"},
	} {
		at := copied(t)
		write(t, filepath.Join(at, "a b.txt"), "x")
		write(t, filepath.Join(at, "Paravirt.inf"), strings.ReplaceAll(ownINF(t), c.old, c.new))
		_, err := Read(at)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(strings.Join(trouble.Hints(err), "; "), c.hint) || !trouble.IsInvalid(err) {
			t.Errorf("%s: %v (%q), want %q (%q)", name, err, trouble.Hints(err), c.want, c.hint)
		}
		if err != nil && strings.Contains(trouble.Line(err), at) {
			t.Errorf("%s: the path is in %v: who named it knows it", name, err)
		}
	}
}

// A version of another form than virtio-win's says nothing of the Windows that it is for.
func TestOtherVersions(t *testing.T) {
	for _, version := range []string{"1.2.3.4", "61.95.105.17200", "17", "100.103.104.30200"} {
		at := copied(t)
		write(t, filepath.Join(at, "Paravirt.inf"), strings.ReplaceAll(ownINF(t), "100.95.104.26200", version))
		if p, err := Read(at); err != nil || p.Version != version {
			t.Errorf("%s: %q, %v", version, p.Version, err)
		}
	}
}

func TestFolders(t *testing.T) {
	several := copied(t)
	write(t, filepath.Join(several, "Second.inf"), ownINF(t))
	beside := copied(t)
	write(t, filepath.Join(beside, "other.inf"), "[Version]\nClass=System\n")
	wrong := t.TempDir()
	write(t, filepath.Join(wrong, "a.inf"), "[Version]\nClass=System\n")
	write(t, filepath.Join(wrong, "b.inf"), "")
	iso := t.TempDir()
	for _, under := range []string{"NetKVM/w7/amd64", "NetKVM/w11/amd64", "NetKVM/w10/amd64", "NetKVM/w10/x86", "Balloon/w11/amd64"} {
		write(t, filepath.Join(iso, under, "x.inf"), "")
	}
	write(t, filepath.Join(iso, "image.iso"), "CD001")
	write(t, filepath.Join(iso, "x.sys"), "")
	huge := copied(t)
	if err := os.Truncate(filepath.Join(huge, "PARAVIRT.SYS"), matrix.MaxPackage); err != nil {
		t.Fatal(err)
	}
	link := copied(t)
	if err := os.Remove(filepath.Join(link, "paravirt.cat")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(link, "paravirt.cat")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, want, hint string }{
		"nothing":        {filepath.Join(iso, "gone"), "there is no such folder or file", "NetKVM/w11/amd64"},
		"several":        {several, "the folder has several packages: Paravirt.inf, Second.inf", "name the INF file of one"},
		"another beside": {beside, "", ""},
		"none of two":    {wrong, "none of the 2 INF files in the folder is of a package that can be installed; a.inf: its class is \"System\"", "name the INF file"},
		"disc":           {iso, "there is no INF file", "name the folder of the driver for the guest's Windows: NetKVM/w11/amd64, NetKVM/w10/amd64, NetKVM/w7/amd64"},
		"part of a disc": {filepath.Join(iso, "NetKVM"), "there is no INF file", "Windows: w11/amd64, w10/amd64, w7/amd64"},
		"one Windows":    {filepath.Join(iso, "NetKVM/w11"), "there is no INF file", "Windows: amd64"},
		"image":          {filepath.Join(iso, "image.iso"), "this is the image of a disc", "mount it and name the folder of the driver, as NetKVM/w11/amd64"},
		"a driver":       {filepath.Join(iso, "x.sys"), "neither a folder nor an INF file", "NetKVM/w11/amd64"},
		"too long":       {huge, "PARAVIRT.SYS is too long: a package has at most 64 MiB", "name the folder"},
		"no file":        {link, "paravirt.cat is no file", "take the whole folder"},
	} {
		_, err := Read(c.path)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(strings.Join(trouble.Hints(err), "; "), c.hint) {
			t.Errorf("%s: %v (%q), want %q (%q)", name, err, trouble.Hints(err), c.want, c.hint)
		}
	}
}

// What a package holds is what it held when it was read, or an error.
func TestContent(t *testing.T) {
	at := copied(t)
	p, err := Read(at)
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(at, moved); err != nil {
		t.Fatal(err)
	}
	if _, err := Content(p, at); err == nil || !strings.Contains(err.Error(), "the package of driver 100.95.104.26200 is not there any more") {
		t.Errorf("of a folder that is gone: %v", err)
	}
	for _, path := range []string{moved, filepath.Join(moved, "Paravirt.inf")} {
		all, err := Content(p, path)
		if err != nil || len(all) != len(p.Files) || string(all[0]) != ownINF(t) || string(all[1]) != "no signature\n" {
			t.Errorf("%d files, %v", len(all), err)
		}
	}
	for _, change := range []func(string) error{
		os.Remove,
		func(path string) error { return os.WriteFile(path, []byte("no driveR\n"), 0o600) },
		func(path string) error { return os.WriteFile(path, []byte("no driver\nat all"), 0o600) },
	} {
		if err := change(filepath.Join(moved, "PARAVIRT.SYS")); err != nil {
			t.Fatal(err)
		}
		if _, err := Content(p, moved); err == nil || !strings.Contains(err.Error(), "the file PARAVIRT.SYS of the package changed since the campaign was begun") || !trouble.IsInvalid(err) {
			t.Errorf("of another file: %v", err)
		}
	}
	p.Files[2].Name = "../x.sys"
	if _, err := Content(p, moved); err == nil || !strings.Contains(err.Error(), `is called "../x.sys"`) {
		t.Errorf("of a file elsewhere: %v", err)
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]inf{
		"a = b":                                 {},
		"[A]\na = b, c ; d\n; e\n\n[a]\nf":      {"a": {{"a", []string{"b", "c"}}, {"", []string{"f"}}}},
		"[A]\n\"a = ;\" = \"b, \"\"c\"\"\"":     {"a": {{"a = ;", []string{`b, "c"`}}}},
		"[A]\na = b,\\\n  c, \\ ; d\n\n":        {"a": {{"a", []string{"b", "c", ""}}}},
		"[A]\na = %B%%%%c%%d\n[Strings]\nb = x": {"a": {{"a", []string{"x%%c%%d"}}}, "strings": {{"b", []string{"x"}}}},
		"[A\na=1":                               {"a": {{"a", []string{"1"}}}},
		"[A]\na = \\":                           {"a": {{"a", []string{""}}}},
	} {
		if d := cmp.Diff(want, parseINF([]byte(text)), cmp.AllowUnexported(entry{})); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

// FuzzINF: whatever a file holds, what it is taken for can be asked for, and names no file twice.
func FuzzINF(f *testing.F) {
	text := ownINF(f)
	for _, seed := range []string{"", text, wide(text), "\xff\xfe[", "[a]\n\"", "[Strings]\na=%a%\n[b]\n%a%=%", "[x]\n\\\n\\", "[Version]\nCatalogFile=,\n[Manufacturer]\na=b,NTamd64\n[b.NTamd64]\nc=d,PCI\\VEN_1AF4&DEV_1000\n[d]\nCopyFiles=@e,f\n[f]\n,,"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := parseINF(data).wants()
		if err != nil {
			if err.Error() == "" || len(err.Error()) > 10<<10 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if w.version == "" || w.date == "" || w.catalog == "" {
			t.Errorf("%+v is no package", w)
		}
		seen := map[string]bool{}
		for _, name := range w.files {
			if name == "" || seen[name] {
				t.Errorf("%q is named twice, or is no name", name)
			}
			seen[name] = true
		}
	})
}

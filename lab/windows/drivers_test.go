package windows

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

const (
	signer   = "0123456789ABCDEF0123456789ABCDEF01234567"
	catalog  = "vnettune test catalog, signed by " + signer + "\n"
	hardware = `PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00`
	hisMAC   = "52-54-00-12-34-56"
)

// infOf is an INF as far as it is read.
func infOf(version string) string {
	return "[Version]\r\nSignature = \"$Windows NT$\"\r\nDriverVer = 07/20/2026," + version + " ; of the build\r\n[Strings]\r\nDriverVer = x,9.9.9.9\r\n"
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// newPushed is a lab that files can be put into.
func newPushed(t *testing.T, driver string, faults ...string) *lab {
	t.Helper()
	f, err := machine.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	host := newFakeHost()
	host.iperf = filepath.Join(t.TempDir(), "iperf3")
	l := &lab{t: t, disk: &memDisk{}, host: host, cfg: machine.Config{Generation: "w10", Language: "en", User: "Tester", Password: "right", Driver: driver, Faults: f}}
	l.reboot()
	return l
}

func piece(name, content string, offset, size int, first bool) string {
	b, _ := json.Marshal(map[string]any{"name": name, "sha256": hashOf(content), "size": len(content), "offset": offset, "first": first,
		"data": base64.StdEncoding.EncodeToString([]byte(content[offset : offset+size]))})
	return string(b)
}

// putPackage puts an INF of that version and a catalog into the guest.
func (l *lab) putPackage(version, cat string) {
	l.t.Helper()
	inf := infOf(version)
	if a := l.played("package", piece("netkvm.inf", inf, 0, len(inf), true)); a["done"] != true {
		l.t.Fatalf("put: %v", a)
	}
	l.played("package", piece("netkvm.cat", cat, 0, len(cat), false))
}

func stageOf(version string) string {
	return `{"action": "stage", "inf": "netkvm.inf", "sha256": "` + hashOf(infOf(version)) + `", "catalog": "netkvm.cat"}`
}

// staged has a package of that version in the driver store.
func (l *lab) staged(version string) string {
	l.t.Helper()
	l.putPackage(version, catalog)
	return l.played("stage", stageOf(version))["published"].(string)
}

// install has the task of restart install an INF, and gives what is in restart-done.json.
func (l *lab) install(inf string) machine.RestartDone {
	l.t.Helper()
	token := strings.Repeat("ab", 16)
	err := l.m.SetRestart(&machine.RestartTask{Token: token, GUID: l.m.NICs()[0].GUID, Made: l.m.Now(), Limit: time.Minute, Due: l.m.Now().Add(3 * time.Second),
		Install: &machine.DriverInstall{INF: inf, Hardware: hardware, MAC: hisMAC, IPv4: &machine.IPv4{Addresses: []string{"192.0.2.2"}}}})
	if err != nil {
		l.t.Fatal(err)
	}
	l.host.pass(3 * time.Second)
	done := l.m.View().Restart.Done
	if done == nil || done.Token != token {
		l.t.Fatalf("nothing was done: %+v", l.m.View().Restart)
	}
	return *done
}

func (l *lab) drivers(more string) map[string]any {
	l.t.Helper()
	return l.played("drivers", `{"guid": "`+l.m.NICs()[0].GUID+`"`+more+`}`)
}

// says checks the INF and the version of the registry, and the version of the driver that runs.
func (l *lab) says(when, inf, version, running string) {
	l.t.Helper()
	a := l.drivers("")["adapter"].(map[string]any)
	facts := l.played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)
	got := fmt.Sprint(a["inf"], " ", a["version"], " ", facts["driverVersion"])
	if want := inf + " " + version + " " + running; got != want {
		l.t.Errorf("%s: %s, want %s", when, got, want)
	}
}

func TestFreshGuestHasItsDriver(t *testing.T) {
	l := newPushed(t, "0.1.240")
	want := decode(t, `{"published": [null], "catalog": null, "adapter": {"inf": "oem3.inf", "version": "100.93.104.24000", "hardware": "PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00",
		"same": 1, "stored": true, "ipv4": {"dhcp": false, "addresses": ["192.0.2.2"], "masks": ["255.255.255.0"], "gateways": [], "metrics": [], "dns": []}}}`)
	if d := cmp.Diff(want, any(l.drivers(`, "infs": ["`+strings.Repeat("0", 64)+`"]`))); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	l.failed("drivers", `{"guid": "{none}"}`, "adapter")
	l.failed("drivers", `{"guid": "`+l.m.NICs()[0].GUID+`", "catalog": "netkvm.cat"}`, "catalog")
	l.failed("installing", `{}`, "installing")
	l.failed("stage", `{"action": "jump"}`, "jump")
}

func TestPackageIsPut(t *testing.T) {
	l := newPushed(t, "")
	inf := infOf("1.2.3.4")
	bad := func(in, where string) {
		t.Helper()
		a, code := l.play("package", in)
		e, _ := a["error"].(map[string]any)
		if _, coded := e["code"]; code != 1 || e["where"] != where || !coded {
			t.Errorf("%s: exit code %d, %v; want an error at %s", in, code, a, where)
		}
	}
	bad(piece(`..\netkvm.inf`, inf, 0, 3, true), "name")
	bad(piece("netkvm", inf, 0, 3, true), "name")
	bad(piece("netkvm.inf2", inf, 0, 3, true), "name")
	bad(piece("netkvm.inf", inf, 3, 3, true), "offset")
	bad(`{"name": "a.inf", "sha256": "x", "size": 1}`, "input")
	if a := l.played("package", piece("netkvm.inf", inf, 0, 10, true)); a["size"] != 10.0 || a["done"] != false {
		t.Errorf("the first piece: %v", a)
	}
	bad(piece("netkvm.inf", inf, 5, 3, false), "offset")
	if a := l.played("package", piece("netkvm.inf", inf, 10, len(inf)-10, false)); a["size"] != float64(len(inf)) || a["done"] != true {
		t.Errorf("the last piece: %v", a)
	}
	bad(piece("netkvm.inf", inf, 5, 3, false), "offset")
	bad(strings.Replace(piece("other.sys", "x", 0, 1, false), hashOf("x"), hashOf("y"), 1), "hash")
	l.reboot()
	if f, ok := l.m.View().Drivers.File("NETKVM.INF"); !ok || f.Version != "1.2.3.4" {
		t.Errorf("after a boot: %+v", l.m.View().Drivers.Folder)
	}
	l.played("package", piece("b.sys", "xyz", 0, 3, true))
	if all := l.m.View().Drivers.Folder; len(all) != 1 || all[0].Name != "b.sys" {
		t.Errorf("after the first file of another package: %+v", all)
	}
	open := newPushed(t, "", "writable-folder")
	if a, code := open.play("package", piece("b.sys", "xyz", 0, 3, true)); code != 1 || a["error"].(map[string]any)["where"] != "rights" {
		t.Errorf("in a folder that everybody may change: %v", a)
	}
}

func TestStage(t *testing.T) {
	l := newPushed(t, "0.1.240")
	l.putPackage("100.0.104.27100", "signed by nobody")
	l.failed("stage", stageOf("100.0.104.27100"), "signature")
	named := `, "catalog": "netkvm.cat", "infs": ["` + hashOf(infOf("100.0.104.27100")) + `"]`
	if c := l.drivers(named)["catalog"]; cmp.Diff(decode(t, `{"status": 2, "signer": null, "trusted": false}`), c) != "" || len(l.m.View().Drivers.Trusted) != 0 {
		t.Errorf("without a signature: %v, trusted %v", c, l.m.View().Drivers.Trusted)
	}
	l.putPackage("100.0.104.27100", catalog)
	if c := l.drivers(named)["catalog"]; cmp.Diff(decode(t, `{"status": 0, "signer": "`+signer+`", "trusted": false}`), c) != "" {
		t.Errorf("before it is staged: %v", c)
	}
	l.refused(`pnputil -a "C:\Program Files\vnettune\driver\netkvm.inf"`) // nobody answers whether to trust the publisher
	for i, when := range []string{"first", "again"} {
		if a := l.played("stage", stageOf("100.0.104.27100")); a["published"] != "oem4.inf" || len(a["steps"].([]any)) != 1-i {
			t.Errorf("%s: %v", when, a)
		}
	}
	l.reboot()
	a := l.drivers(named)
	if a["catalog"].(map[string]any)["trusted"] != true || a["published"].([]any)[0] != "oem4.inf" || len(l.m.View().Drivers.Packages) != 2 {
		t.Errorf("staged: %v; %+v", a, l.m.View().Drivers.Packages)
	}
	l.says("staged only", "oem3.inf", "100.93.104.24000", "100.93.104.24000")
	l.failed("stage", strings.Replace(stageOf("1.1.1.1"), "netkvm.inf", "none.inf", 1), "stage")
	l.failed("stage", strings.Replace(stageOf("1.1.1.1"), "netkvm.cat", "none.cat", 1), "signature")

	remove := func(published, version string) string {
		return `{"action": "remove", "packages": [{"published": "` + published + `", "sha256": "` + hashOf(infOf(version)) + `"}], "certificates": ["` + strings.ToLower(signer) + `"]}`
	}
	l.played("stage", remove("oem4.inf", "another"))
	if s := l.m.View().Drivers; len(s.Packages) != 2 || len(s.Trusted) != 0 || len(s.Folder) != 0 {
		t.Errorf("a package of another hash was removed, or a certificate left: %+v", s)
	}
	if d := cmp.Diff(decode(t, `{"published": null, "steps": [{"ok": true, "exit": 0, "output": "Microsoft PnP Utility\r\n\r\nDriver package deleted successfully."}, {"ok": true, "exit": 0, "output": ""}]}`),
		any(l.played("stage", remove("oem4.inf", "100.0.104.27100")))); d != "" {
		t.Errorf("removed (-want +got):\n%s", d)
	}
	if a := l.played("stage", remove("oem4.inf", "100.0.104.27100")); a["steps"].([]any)[0].(map[string]any)["ok"] != true {
		t.Errorf("one that is gone: %v", a)
	}
}

func TestDriverIsInstalledInPlace(t *testing.T) {
	l := newPushed(t, "0.1.185")
	l.must(`reg add "` + driver + `" /v RxCapacity /t REG_SZ /d 64 /f`)
	before := l.played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)
	newer := l.staged("100.0.104.27100")
	done := l.install(newer)
	if !done.OK || done.Message != nil || *done.Status != 1 || cmp.Diff([]bool{false, true}, l.host.switched) != "" {
		t.Errorf("done: %+v, the adapter went %v", done, l.host.switched)
	}
	l.says("installed", newer, "100.0.104.27100", "100.0.104.27100")
	after := l.played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)
	for _, same := range []string{"guid", "classKey", "mac", "pnpId", "name"} {
		if before[same] != after[same] {
			t.Errorf("%s was %v, is %v", same, before[same], after[same])
		}
	}
	was, is := before["keywords"].(map[string]any), after["keywords"].(map[string]any)
	if is["RxCapacity"] != "64" || was["RxCapacity"] != "64" {
		t.Errorf("a value that was set is %v", is["RxCapacity"])
	}
	d, _ := stack.NetKVM("0.1.271", *l.m.Edition().Release)
	fresh := 0
	for _, k := range d.Keywords {
		if _, had := was[k.Name]; !had && k.Default != "" {
			fresh++
			if is[k.Name] != k.Default {
				t.Errorf("the new keyword %s is %v, want the default %s", k.Name, is[k.Name], k.Default)
			}
		}
	}
	if fresh == 0 {
		t.Error("271 has no keyword that 185 has not")
	}
	l.reboot()
	l.says("after a boot", newer, "100.0.104.27100", "100.0.104.27100")
	if done := l.install(machine.OwnINF); !done.OK {
		t.Errorf("an older one over it: %+v", done)
	}
	l.says("back", "oem3.inf", "100.0.104.18500", "100.0.104.18500")
	if back := l.played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)["keywords"]; cmp.Diff(any(was), back) != "" {
		t.Errorf("keywords (-before +back):\n%s", cmp.Diff(any(was), back))
	}
	if done := l.install("oem99.inf"); done.OK || !strings.Contains(*done.Message, "0x00000002") {
		t.Errorf("one that is not there: %+v", done)
	}
}

// A package of the stand-in's slow driver is slow at once, and fast again when it is gone.
func TestSlowPackage(t *testing.T) {
	l := newPushed(t, "0.1.271")
	fast := func() bool { s := l.host.last(); return *s.TSO && *s.TxChecksum && *s.GRO }
	slow := l.staged("0.0.0.3")
	if !fast() {
		t.Error("slow before it is installed")
	}
	l.install(slow)
	if s := l.host.last(); *s.TSO || *s.TxChecksum || *s.GRO {
		t.Errorf("installed: %s", s)
	}
	l.reboot()
	if fast() {
		t.Error("fast after a boot")
	}
	l.install(machine.OwnINF)
	if !fast() {
		t.Error("slow with its own driver")
	}
}

func TestVersionsWithoutATree(t *testing.T) {
	r := stack.Release{Build: 19045}
	for version, want := range map[string]string{"100.85.104.20100": "0.1.185", "100.0.104.24000": "0.1.240", "100.6.101.58000": "0.1.271", "1.2": "0.1.185", "": "0.1.185", "0.0.0.2": stack.Twin, "0.0.0.1": ""} {
		d, tree := stack.NetKVMOf(version, r), stack.Driver{}
		if tree, _ = stack.NetKVM(want, r); d.Version != version || cmp.Diff(tree.Keywords, d.Keywords) != "" {
			t.Errorf("%q: version %q, keywords other than %q's", version, d.Version, want)
		}
	}
}

// A driver without its network is put back by the dead-man switch.
func TestDeadDriver(t *testing.T) {
	for name, tc := range map[string]struct {
		version string
		faults  []string
		forever bool // it stays without a network over a boot
	}{
		"for ever":            {version: "100.0.104.666", forever: true},
		"until the next boot": {version: "100.0.104.27100", faults: []string{"install-no-network@boot=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPushed(t, "0.1.240", tc.faults...)
			inf := l.staged(tc.version)
			step := `[{"op": "driver", "name": "oem3.inf", "data": ` + quoted(hardware) + `, "path": "` + inf + `", "mac": "` + hisMAC + `", "ipv4": {"dhcp": false, "addresses": ["192.0.2.2"]}}]`
			l.deadman(l.arm(600, step))
			done := l.install(inf)
			if !done.OK || *done.Status != 2 || l.host.adapters[0].Up {
				t.Errorf("done: %+v, adapter up: %v", done, l.host.adapters[0].Up)
			}
			if err := l.m.RestartAdapter("Ethernet"); err != nil || l.host.adapters[0].Up == tc.forever {
				t.Errorf("after a restart of the adapter: %v, up %v", err, l.host.adapters[0].Up)
			}
			l.reboot()
			if l.host.adapters[0].Up == tc.forever {
				t.Errorf("after a boot: up %v", l.host.adapters[0].Up)
			}
			l.host.pass(10 * time.Minute)
			l.says("put back", "oem3.inf", "100.93.104.24000", "100.93.104.24000")
			if a := l.deadman(deadManStatus); !l.host.adapters[0].Up || len(l.host.restarts) != 1 || a["outcome"].([]any)[0].(map[string]any)["ok"] != true {
				t.Errorf("put back: up %v, restarts %v, %v", l.host.adapters[0].Up, l.host.restarts, a)
			}
		})
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Where the script is kept back, pnputil takes the package away, and the next start chooses another:
// everything of the adapter is at its defaults then.
func TestDeadDriverWithoutScript(t *testing.T) {
	l := newPushed(t, "0.1.240", "antivirus=revert")
	l.must(`reg add "` + driver + `" /v RxCapacity /t REG_SZ /d 64 /f`)
	inf := l.staged("100.0.104.666")
	arm := strings.Replace(l.arm(600, `[{"op": "driver", "name": "oem3.inf", "data": "x", "path": "`+inf+`"}]`),
		`netsh.exe interface tcp set global autotuninglevel=wide\r\n`, `pnputil.exe /delete-driver `+inf+` /uninstall /force\r\n`, 1)
	l.deadman(arm)
	l.install(inf)
	l.host.pass(10 * time.Minute)
	a := l.deadman(deadManStatus)
	if steps := a["outcome"].([]any); a["by"] != "cmd.exe" || steps[1].(map[string]any)["ok"] != true || len(l.host.restarts) != 1 {
		t.Errorf("fired: %v, restarts %v", a, l.host.restarts)
	}
	l.reboot()
	l.says("after the boot", "oem3.inf", "100.93.104.24000", "100.93.104.24000")
	if !l.host.adapters[0].Up {
		t.Error("the adapter is down")
	}
	keywords := l.played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)["keywords"].(map[string]any)
	if ipv4 := l.drivers("")["adapter"].(map[string]any)["ipv4"].(map[string]any); keywords["RxCapacity"] == "64" || ipv4["dhcp"] != true {
		t.Errorf("not at the defaults: RxCapacity %v, %v", keywords["RxCapacity"], ipv4)
	}
	l.install(machine.OwnINF)
	if ipv4 := l.drivers("")["adapter"].(map[string]any)["ipv4"].(map[string]any); ipv4["dhcp"] != false {
		t.Errorf("the address was not set again: %v", ipv4)
	}
}

func TestPnPUtilDeletes(t *testing.T) {
	l := newPushed(t, "0.1.240")
	inf := l.staged("100.0.104.27100")
	l.install(inf)
	for _, line := range []string{"pnputil -d " + inf, "pnputil /delete-driver " + inf, "pnputil /delete-driver " + inf + " /uninstall", "pnputil -d oem99.inf", "pnputil -a c:\\netkvm.inf"} {
		l.refused(line)
	}
	l.must("pnputil -d oem3.inf")
	l.must("pnputil /delete-driver " + inf + " /uninstall /force")
	l.says("until the boot", inf, "100.0.104.27100", "100.0.104.27100")
	l.reboot()
	if s := l.m.View().Drivers; len(s.Packages) != 0 || l.host.adapters[0].Up {
		t.Errorf("without any driver: %+v, up %v", s, l.host.adapters[0].Up)
	}
	old := newLabOf(t, "nt62")
	old.refused("pnputil /delete-driver oem3.inf /uninstall /force")
	old.refused("pnputil /delete-driver oem3.inf")
	old.refused("pnputil -d oem3.inf")
	old.must("pnputil -f -d oem3.inf")
}

// A machine that is started with another driver has it, whatever was installed.
func TestStartedWithAnotherDriver(t *testing.T) {
	l := newPushed(t, "0.1.240")
	l.install(l.staged("100.0.104.27100"))
	l.cfg.Driver = stack.Slow
	l.reboot()
	l.says("slow", "oem3.inf", "0.0.0.3", "0.0.0.3")
	l.cfg.Driver = "0.1.240"
	l.reboot()
	l.says("as before", "oem3.inf", "100.93.104.24000", "100.93.104.24000")
}

func TestFaultsOfDrivers(t *testing.T) {
	l := newPushed(t, "0.1.240", "stage-refused=0xE0000247@boot=1", "install-refused=0xE0000242@boot=2", "driver-stays@boot=3")
	l.putPackage("100.0.104.27100", catalog)
	if a, code := l.play("stage", stageOf("100.0.104.27100")); code != 1 || !strings.Contains(fmt.Sprint(a), "-536870329") {
		t.Errorf("refused: %v", a)
	}
	l.reboot()
	inf := l.staged("100.0.104.27100")
	if done := l.install(inf); done.OK || !strings.Contains(*done.Message, "0xE0000242") || *done.Status != 1 || len(l.host.switched) != 0 {
		t.Errorf("refused: %+v", done)
	}
	l.reboot()
	if done := l.install(inf); !done.OK {
		t.Errorf("installed: %+v", done)
	}
	l.says("the old one runs", inf, "100.0.104.27100", "100.93.104.24000")
	l.reboot()
	l.says("after the next boot", inf, "100.0.104.27100", "100.0.104.27100")

	kept := newPushed(t, "", "antivirus=installing")
	if err := kept.m.SetRestart(&machine.RestartTask{Limit: time.Minute, Due: kept.m.Now(), Made: kept.m.Now(), Install: &machine.DriverInstall{}}); err != nil {
		t.Fatal(err)
	}
	kept.host.pass(time.Minute)
	if r := kept.m.View().Restart; r.Task == nil || r.Done != nil {
		t.Errorf("the antivirus let it through: %+v", r)
	}
}

// A system that stops in the middle installs nothing afterwards, and says so.
func TestInstallationIsCutShort(t *testing.T) {
	l := newPushed(t, "0.1.240")
	inf := l.staged("100.0.104.27100")
	task := &machine.RestartTask{Token: "t", GUID: l.m.NICs()[0].GUID, Made: l.m.Now(), Limit: time.Minute, Due: l.m.Now(), Began: true, Install: &machine.DriverInstall{INF: inf, Hardware: hardware}}
	if err := l.m.SetRestart(task); err != nil {
		t.Fatal(err)
	}
	l.reboot()
	l.host.pass(time.Minute)
	if done := l.m.View().Restart.Done; done == nil || done.OK || !strings.Contains(*done.Message, "stopped") {
		t.Errorf("done: %+v", done)
	}
	l.says("nothing", "oem3.inf", "100.93.104.24000", "100.93.104.24000")
}

func TestDriverFiles(t *testing.T) {
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(infOf("100.0.104.27100"))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, tc := range map[string]struct {
		file    string
		content []byte
		version string
		signer  string
	}{
		"plain":              {"a.inf", []byte(infOf("1.2.3.4")), "1.2.3.4", ""},
		"with a mark":        {"A.INF", []byte("\xef\xbb\xbf[version]\ndriverver=1/1/2026,5.6\n"), "5.6", ""},
		"UTF-16":             {"a.inf", wide, "100.0.104.27100", ""},
		"no section":         {"a.inf", []byte("DriverVer=1/1/2026,5.6\n"), "", ""},
		"no version":         {"a.inf", []byte("[Version]\nDriverVer=1/1/2026\n"), "", ""},
		"odd":                {"a.inf", []byte{0xff, 0xfe, 'x'}, "", ""},
		"a program":          {"a.sys", []byte(infOf("1.2.3.4")), "", ""},
		"signed":             {"a.cat", []byte(strings.ToLower(catalog)), "", signer},
		"a thumb too long":   {"a.cat", []byte("vnettune test catalog, signed by " + signer + "0"), "", ""},
		"signed in the text": {"a.cat", []byte("x" + catalog), "", ""},
	} {
		f := machine.ReadDriverFile(tc.file, tc.content)
		if f.Version != tc.version || f.Signer != tc.signer || f.SHA256 != hashOf(string(tc.content)) || f.Size != int64(len(tc.content)) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func FuzzReadDriverFile(f *testing.F) {
	f.Add("a.inf", []byte(infOf("1.2.3.4")))
	f.Add("a.cat", []byte(catalog))
	f.Add("a.inf", []byte{0xff, 0xfe, 'x'})
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		file := machine.ReadDriverFile(name, content)
		if file.Version != "" && file.Signer != "" || file.Signer != "" && len(file.Signer) != 40 {
			t.Errorf("%+v", file)
		}
		stack.NetKVMOf(file.Version, stack.Release{Build: 9600})
	})
}

// A fault strikes at the scripts of packages, whose commands are known by their hashes.
func TestFaultAtAScriptOfPackages(t *testing.T) {
	l := newPushed(t, "", "script-error@step=stage,nth=2")
	text, err := os.ReadFile(filepath.Join("..", "..", "apply", "scripts", "stage.ps1"))
	if err != nil {
		t.Fatal(err)
	}
	line := "powershell.exe -EncodedCommand " + encode(sent(string(text)))
	for i, want := range []string{`"where":"jump"`, `"where":"stage"`, `"where":"jump"`} {
		out, _, code := l.run(machine.Command{Line: line, Stdin: strings.NewReader(`{"action": "jump"}`)})
		if code != 1 || !strings.Contains(out, want) {
			t.Errorf("%d: exit code %d, %q, want %s", i+1, code, out, want)
		}
	}
}

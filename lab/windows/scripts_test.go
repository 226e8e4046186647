package windows

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/scripts"
)

// play plays a contract and decodes its answer.
func (l *lab) play(contract, in string) (map[string]any, int) {
	l.t.Helper()
	var out bytes.Buffer
	code := scripts.Play(context.Background(), l.m, contract, strings.NewReader(in), &out)
	for _, b := range out.Bytes() {
		if b > 126 {
			l.t.Errorf("%s: byte %#x is not ASCII", contract, b)
		}
	}
	if !bytes.HasSuffix(out.Bytes(), []byte("\r\n")) || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		l.t.Errorf("%s: not one line: %q", contract, out.String())
	}
	var a map[string]any
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		l.t.Fatalf("%s: %v: %q", contract, err, out.String())
	}
	return a, code
}

func (l *lab) played(contract, in string) map[string]any {
	l.t.Helper()
	a, code := l.play(contract, in)
	if code != 0 || a["error"] != nil {
		l.t.Fatalf("%s %s: exit code %d: %v", contract, in, code, a)
	}
	return a
}

func (l *lab) failed(contract, in, where string) {
	l.t.Helper()
	a, code := l.play(contract, in)
	e, _ := a["error"].(map[string]any)
	if code != 1 || e["where"] != where || e["message"] == "" || len(a) != 1 {
		l.t.Errorf("%s %s: exit code %d, %v; want an error at %s", contract, in, code, a, where)
	}
}

func decode(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return v
}

func TestFacts(t *testing.T) {
	l := newLab(t)
	a := l.played("facts", `{"unknown": 1}`)
	adapters := a["adapters"].([]any)
	adapter := adapters[0].(map[string]any)
	keywords := adapter["keywords"].(map[string]any)
	if len(keywords) != 28 || keywords["*LsoV2IPv4"] != "1" || keywords["RxCapacity"] != "1024" || keywords["DriverDesc"] != nil {
		t.Errorf("keywords %v", keywords)
	}
	delete(adapter, "keywords")
	id := l.played("read", `{"identity": true}`)["identity"].(map[string]any)
	other := newLab(t).played("facts", `{}`)
	for _, of := range []string{"machineGuid", "uuid"} {
		if a[of] != id[of] || a[of] == other[of] || len(a[of].(string)) != 36 {
			t.Errorf("%s %v, read as %v, of another machine %v; want a GUID of each machine's own", of, a[of], id[of], other[of])
		}
		delete(a, of)
	}
	want := decode(t, `{"build": 19045, "productType": 1, "caption": "Microsoft Windows 10 Pro (vnettune stand-in)", "osLanguage": 1033,
		"psVersion": "5.1", "oemCodePage": "437", "computerName": "VNETTUNE-LAB", "bootTime": "134117966450000000", "now": "134117967050000000",
		"standIn": "lab-fast", "problems": {}, "pending": [], "adapters": [{"guid": "{564E4554-0000-4000-8000-525400123456}", "ifIndex": 4, "name": "Ethernet",
		"description": "Red Hat VirtIO Ethernet Adapter", "pnpId": "PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00\\3&13C0B0C5&0&18",
		"driverVersion": "0.0.0.1", "mac": "525400123456", "up": true, "mtu": 1500, "addresses": ["192.0.2.2"],
		"classKey": "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e972-e325-11ce-bfc1-08002be10318}\\0001"}]}`)
	if d := cmp.Diff(want, any(a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	l.must(`reg delete "` + driver + `" /v *LsoV2IPv4 /f`)
	l.must(`reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending" /f`)
	l.must(`reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired" /f`)
	l.must(`reg add "HKLM\SYSTEM\CurrentControlSet\Control\Session Manager" /v PendingFileRenameOperations /t REG_MULTI_SZ /d a /f`)
	a = l.played("facts", `{}`)
	if d := cmp.Diff([]any{"cbs", "wu", "rename"}, a["pending"]); d != "" {
		t.Errorf("pending (-want +got):\n%s", d)
	}
	if k := a["adapters"].([]any)[0].(map[string]any)["keywords"].(map[string]any); len(k) != 27 {
		t.Errorf("%d keywords after one was deleted", len(k))
	}
	l.must(`reg delete "` + driver + `" /f`)
	a = l.played("facts", `{}`)
	if k, ok := a["adapters"].([]any)[0].(map[string]any)["classKey"]; !ok || k != nil {
		t.Errorf("class key %v of an adapter without one", k)
	}
}

func TestRead(t *testing.T) {
	l := newLab(t)
	for _, add := range []string{"/v D /t REG_DWORD /d 1048576", "/v Q /t REG_QWORD /d 4294967296", "/v S /d Größe𝄞", `/v M /t REG_MULTI_SZ /d a\0b`, "/v B /t REG_BINARY /d 00FF", "/ve /d x"} {
		l.must(`reg add HKLM\SOFTWARE\r ` + add + ` /f`)
	}
	a := l.played("read", `{"registry": [{"path": "HKLM\\SOFTWARE\\R", "name": "d"}, {"path": "HKLM\\SOFTWARE\\R", "name": "Q"}, {"path": "HKLM\\SOFTWARE\\r", "name": "S"},
		{"path": "HKLM\\SOFTWARE\\r", "name": "M"}, {"path": "HKLM\\SOFTWARE\\r", "name": "B"}, {"path": "HKLM\\SOFTWARE\\r", "name": ""},
		{"path": "HKLM\\SOFTWARE\\r", "name": "none"}, {"path": "HKLM\\none", "name": "x"}], "tcp": false, "ports": [], "interfaces": [4]}`)
	want := decode(t, `{"registry": [{"exists": true, "kind": "DWord", "data": "1048576"}, {"exists": true, "kind": "QWord", "data": "4294967296"},
		{"exists": true, "kind": "String", "data": "Größe𝄞"}, {"exists": true, "kind": "MultiString", "data": "a\nb"}, {"exists": true, "kind": "Binary", "data": "00ff"},
		{"exists": true, "kind": "String", "data": "x"}, {"exists": false}, {"exists": false}],
		"problems": {}, "dump": [], "templates": [], "applied": [], "interfaces": [{"index": 4, "mtu": 1500}]}`)
	if d := cmp.Diff(want, any(a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	a = l.played("read", `{"interfaces": [9], "registry": [{"path": "X\\y", "name": "z"}]}`)
	problems := a["problems"].(map[string]any)
	if a["registry"] != nil || a["interfaces"].([]any)[0].(map[string]any)["mtu"] != nil || problems["registry"] == nil || problems["interfaces"] == nil {
		t.Errorf("what cannot be read: %v", a)
	}
}

func TestReadTCP(t *testing.T) {
	l := newLab(t)
	l.must("netsh int tcp set global autotuninglevel=highlyrestricted ecncapability=enabled && netsh int tcp set supplemental template=internet congestionprovider=ctcp")
	a := l.played("read", `{"tcp": true}`)
	dump := a["dump"].([]any)
	if len(dump) != 1 || !strings.HasPrefix(dump[0].(string), "set global rss=enabled autotuninglevel=highlyrestricted ") {
		t.Errorf("dump %q", dump)
	}
	byName := map[string]map[string]any{}
	for _, tm := range a["templates"].([]any) {
		o := tm.(map[string]any)
		byName[o["name"].(string)] = o["values"].(map[string]any)
	}
	if len(byName) != 6 || len(byName["Automatic"]) != 0 {
		t.Errorf("templates %v", byName)
	}
	for _, tc := range []struct {
		template, property string
		want               any
	}{
		{"Internet", "AutoTuningLevelLocal", 1.0}, {"Internet", "AutoTuningLevelEffective", 0.0}, {"Internet", "ScalingHeuristics", 0.0},
		{"Internet", "CongestionProvider", "CTCP"}, {"Internet", "MinRto", 300.0}, {"Internet", "EcnCapability", 1.0}, {"Internet", "Timestamps", 0.0},
		{"Internet", "InitialRto", 1000.0}, {"Internet", "MaxSynRetransmissions", 4.0}, {"Internet", "ForceWS", 1.0},
		{"Datacenter", "AutoTuningLevelLocal", 1.0}, {"Datacenter", "CongestionProvider", "CUBIC"}, {"Datacenter", "MinRto", 20.0}, {"Datacenter", "DelayedAckTimeout", 10.0},
		{"Compat", "CongestionProvider", "NewReno"}, {"InternetCustom", "CongestionProvider", "CUBIC"}, {"DatacenterCustom", "MinRto", 20.0},
	} {
		if got := byName[tc.template][tc.property]; got != tc.want {
			t.Errorf("%s.%s is %v, want %v", tc.template, tc.property, got, tc.want)
		}
	}
}

func TestReadAppliedTemplate(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	l := newLab(t)
	ask := `{"ports": [` + strconv.Itoa(ln.Addr().(*net.TCPAddr).Port) + `]}`
	if a := l.played("read", ask); len(a["applied"].([]any)) != 0 {
		t.Errorf("a port without a connection: %v", a["applied"])
	}
	var conns []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		conns = append(conns, c, s)
	}
	got := l.played("read", ask)["applied"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["template"] != "Internet" {
		t.Errorf("with %d sockets: %v", len(conns), got)
	}
	l.must("netsh int tcp set supplemental template=datacenter")
	if got := l.played("read", ask)["applied"].([]any); got[0].(map[string]any)["template"] != "Datacenter" {
		t.Errorf("after another default: %v", got)
	}
}

func TestWrite(t *testing.T) {
	l := newLab(t)
	a := l.played("write", `{"steps": [
		{"op": "registry-set", "path": "HKLM\\SOFTWARE\\vnettune", "name": "Placebo", "kind": "DWord", "data": "1"},
		{"op": "registry-delete", "path": "HKLM\\SOFTWARE\\none", "name": "x"},
		{"op": "registry-delete", "path": "HKLM\\SOFTWARE\\vnettune", "name": "none"},
		{"op": "netsh", "args": ["interface", "tcp", "set", "global", "autotuninglevel=disabled"]},
		{"op": "netsh", "args": ["interface", "tcp", "set", "global", "autotuninglevel=wide"]},
		{"op": "registry-set", "path": "HKLM\\SOFTWARE\\vnettune", "name": "Late", "kind": "String", "data": ""}]}`)
	want := decode(t, `{"steps": [{"ok": true, "exit": 0, "output": ""}, {"ok": true, "exit": 0, "output": ""}, {"ok": true, "exit": 0, "output": ""},
		{"ok": true, "exit": 0, "output": "Ok."}, {"ok": false, "exit": 1, "output": "wide is not an acceptable value for autotuninglevel.\r\nThe parameter is incorrect."},
		{"ok": false, "skipped": true}]}`)
	if d := cmp.Diff(want, any(a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := l.host.last().ReceiveWindow; got != 65535 {
		t.Errorf("window %d in effect", got)
	}
	l.must(`reg query HKLM\SOFTWARE\vnettune /v Placebo`)
	l.refused(`reg query HKLM\SOFTWARE\vnettune /v Late`)

	a = l.played("write", `{"steps": [{"op": "registry-set", "path": "HKLM\\SOFTWARE\\v", "name": "n", "kind": "DWord", "data": "many"}, {"op": "netsh", "args": ["int"]}]}`)
	if s := a["steps"].([]any); s[0].(map[string]any)["ok"] != false || s[1].(map[string]any)["skipped"] != true {
		t.Errorf("wrong data: %v", s)
	}
}

func TestWriteLooksAtAllBeforeItWrites(t *testing.T) {
	l := newLab(t)
	saves := l.disk.saves
	first := `{"op": "registry-set", "path": "HKLM\\SOFTWARE\\v", "name": "n", "kind": "DWord", "data": "1"}`
	for _, second := range []string{
		`{"op": "netsh", "args": ["interface", "tcp", "set", "global", "rss=enabled&calc"]}`,
		`{"op": "netsh", "args": ["interface tcp"]}`,
		`{"op": "netsh", "args": [""]}`,
		`{"op": "netsh", "args": ["größe"]}`,
		`{"op": "format", "path": "C:"}`,
		`{"op": "registry-delete", "path": "nowhere", "name": "n"}`,
	} {
		l.failed("write", `{"steps": [`+first+`, `+second+`]}`, "input")
	}
	if l.disk.saves != saves {
		t.Error("something was written")
	}
}

func TestIgnoredWriteLooksLikeASuccess(t *testing.T) {
	l := newLab(t, "ignore=autotuninglevel", "ignore=DefaultReceiveWindow")
	a := l.played("write", `{"steps": [{"op": "netsh", "args": ["interface", "tcp", "set", "global", "autotuninglevel=disabled"]},
		{"op": "registry-set", "path": "HKLM\\SYSTEM\\CurrentControlSet\\Services\\AFD\\Parameters", "name": "DefaultReceiveWindow", "kind": "DWord", "data": "1"}]}`)
	for _, s := range a["steps"].([]any) {
		if s.(map[string]any)["ok"] != true {
			t.Errorf("step %v", s)
		}
	}
	r := l.played("read", `{"tcp": true, "registry": [{"path": "HKLM\\SYSTEM\\CurrentControlSet\\Services\\AFD\\Parameters", "name": "DefaultReceiveWindow"}]}`)
	if !strings.Contains(r["dump"].([]any)[0].(string), "autotuninglevel=normal") || r["registry"].([]any)[0].(map[string]any)["exists"] != false {
		t.Errorf("the ignored settings changed: %v", r)
	}
}

func TestBoot(t *testing.T) {
	l := newLab(t)
	const nonce, other = "0123456789abcdef0123456789ABCDEF", "ffffffffffffffffffffffffffffffff"
	check := func(in string, mark bool) map[string]any {
		t.Helper()
		a := l.played("boot", in)
		if a["mark"] != mark {
			t.Errorf("%s: mark %v, want %v", in, a["mark"], mark)
		}
		return a
	}
	check(`{"check": "`+nonce+`"}`, false)
	a := check(`{"set": "`+nonce+`"}`, true)
	if a["bootTime"] != "134117966450000000" || a["now"] != "134117967050000000" {
		t.Errorf("times %v", a)
	}
	check(`{"check": "`+nonce+`"}`, true)
	check(`{"check": "`+other+`"}`, false)
	l.host.pass(60e9)
	l.reboot()
	if b := check(`{"check": "`+nonce+`"}`, false); b["bootTime"] == a["bootTime"] {
		t.Error("the boot time did not change")
	}
	for _, bad := range []string{`{}`, `{"set": "` + nonce + `", "check": "` + nonce + `"}`, `{"set": "12"}`, `{"set": "` + strings.Repeat("g", 32) + `"}`} {
		l.failed("boot", bad, "input")
	}
}

func TestIPerf(t *testing.T) {
	l := newLab(t)
	l.host.installIPerf(t)
	ask := func(action string) map[string]any {
		t.Helper()
		return l.played("iperf", `{"action": "`+action+`", "exe": "c:\\VNETTUNE\\iperf3.exe", "port": 5201}`)
	}
	want := map[string]any{"exe": `c:\VNETTUNE\iperf3.exe`, "version": "iperf 3.12 (cJSON 1.7.15)\nmore", "pid": nil, "listening": false, "log": ""}
	if d := cmp.Diff(want, ask("status")); d != "" {
		t.Errorf("status (-want +got):\n%s", d)
	}
	want["pid"], want["listening"] = 1001.0, true
	if d := cmp.Diff(want, ask("start")); d != "" {
		t.Errorf("start (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{l.host.iperf, "-s", "-p", "5201"}, l.host.running[1001]); d != "" || l.host.stderr != l.host.IPerfLog() {
		t.Errorf("errors to %s, command (-want +got):\n%s", l.host.stderr, d)
	}
	if a := ask("start"); a["pid"] != 1002.0 || len(l.host.running) != 1 {
		t.Errorf("second start: %v, running %v", a, l.host.running)
	}
	if a := ask("stop"); a["pid"] != nil || len(l.host.running) != 0 {
		t.Errorf("stop: %v, running %v", a, l.host.running)
	}
	for _, file := range []struct{ text, want string }{
		{"Server listening on 5201\n", "Server listening on 5201\n"},
		{strings.Repeat("x", 5000) + "the end", strings.Repeat("x", 4096-len("the end")) + "the end"},
	} {
		if err := os.WriteFile(l.host.IPerfLog(), []byte(file.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if a := ask("log"); a["log"] != file.want {
			t.Errorf("log of %d bytes: %v", len(file.text), a["log"])
		}
	}
	ask("start")
	if a := ask("log"); a["log"] != "" {
		t.Errorf("a server that was started anew keeps the log of the one before: %v", a["log"])
	}
	second := func(action string) map[string]any {
		t.Helper()
		return l.played("iperf", `{"action": "`+action+`", "exe": "C:\\vnettune\\iperf3.exe", "port": 5201, "second": 5203}`)
	}
	if a := second("start"); a["listening"] != true || a["second"] != true || len(l.host.running) != 2 {
		t.Errorf("two servers: %v, running %v", a, l.host.running)
	}
	if err := os.WriteFile(l.host.IPerfLog()+".second", []byte("of the second"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, b := ask("log"), second("log"); a["log"] != "" || b["log"] != "of the second" {
		t.Errorf("logs of two servers: %v and %v", a["log"], b["log"])
	}
	if a := ask("start"); a["listening"] != true || len(l.host.running) != 1 || second("log")["log"] != "" {
		t.Errorf("a start of one after two: %v, running %v", a, l.host.running)
	}
	second("start")
	if a := ask("stop"); a["pid"] != nil || len(l.host.running) != 0 {
		t.Errorf("a stop of two: %v, running %v", a, l.host.running)
	}
	second("start")
	if err := l.m.Close(); err != nil || len(l.host.running) != 0 {
		t.Errorf("close: %v, running %v", err, l.host.running)
	}
	l.failed("iperf", `{"action": "start", "exe": "C:\\vnettune\\iperf3.exe", "port": 5201, "second": 0}`, "port")
	l.failed("iperf", `{"action": "start", "exe": "C:\\other.exe", "port": 5201}`, "exe")
	l.failed("iperf", `{"action": "start", "exe": "C:\\vnettune\\iperf3.exe", "port": 0}`, "port")
	l.failed("iperf", `{"action": "jump", "exe": "C:\\vnettune\\iperf3.exe", "port": 1}`, "jump")
	l.host.iperf += "-gone"
	l.failed("iperf", `{"action": "status", "exe": "C:\\vnettune\\iperf3.exe", "port": 1}`, "exe")
}

func TestIPerfThatNeverListens(t *testing.T) {
	l := newLab(t)
	l.host.installIPerf(t)
	l.host.deaf = true
	ctx, cancel := context.WithCancel(t.Context())
	l.host.asked = cancel // what ends the wait is not the point
	in := strings.NewReader(`{"action": "start", "exe": "C:\\vnettune\\iperf3.exe", "port": 5201}`)
	if code := scripts.Play(ctx, l.m, "iperf", in, io.Discard); code != 0 {
		t.Errorf("exit code %d", code)
	}
	a := l.played("iperf", `{"action": "status", "exe": "C:\\vnettune\\iperf3.exe", "port": 5201}`)
	if a["pid"] == nil || a["listening"] != false {
		t.Errorf("status %v", a)
	}
}

func TestIPerfFails(t *testing.T) {
	free, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	l := newLab(t, "iperf-fails")
	l.host.installIPerf(t)
	ask := func(action string) {
		t.Helper()
		l.played("iperf", `{"action": "`+action+`", "exe": "C:\\vnettune\\iperf3.exe", "port": `+strconv.Itoa(port)+`}`)
	}
	ask("start")
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Errorf("the sham server sent %d bytes", n)
	}
	if len(l.host.running) != 0 {
		t.Errorf("the real server runs: %v", l.host.running)
	}
	ask("stop")
	if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
		c.Close()
		t.Error("it still listens after the stop")
	}
}

func TestScriptInput(t *testing.T) {
	l := newLab(t)
	for _, in := range []string{"", "[]", "{", `{"steps": 1}`, "\xff\xfe{}", `{} {}`} {
		l.failed("write", in, "input")
	}
	l.failed("other", "{}", "script")
}

func FuzzWriteContract(f *testing.F) {
	f.Add(`{"steps": [{"op": "registry-set", "path": "HKLM\\a", "name": "n", "kind": "DWord", "data": "1"}]}`)
	f.Add(`{"steps": [{"op": "netsh", "args": ["int", "tcp", "dump"]}]}`)
	// One machine takes a thousand inputs: to install one takes longer than all of them, and
	// what was written before must not matter to the contract.
	l, inputs := &lab{cfg: machine.Config{Generation: "w10", Language: "en", User: "Tester", Password: "right"}}, 0
	f.Fuzz(func(t *testing.T, in string) {
		if len(in) > 1<<12 {
			return
		}
		l.t = t
		if inputs%1000 == 0 {
			if l.m != nil {
				l.m.Close()
			}
			m, err := New(l.cfg, &memDisk{}, newFakeHost())
			if err != nil {
				t.Fatal(err)
			}
			l.m = m
		}
		inputs++
		a, code := l.play("write", in)
		if (code == 0) == (a["error"] != nil) {
			t.Errorf("exit code %d with %v", code, a)
		}
	})
}

func TestHashesFile(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("scripts", "scripthashes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var known map[string]string
	if err := json.Unmarshal(b, &known); err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	for name, h := range known {
		if b, err := hex.DecodeString(h); err != nil || len(b) != 32 || strings.ToLower(h) != h {
			t.Errorf("%s: %q is no SHA-256 in lower-case hex", name, h)
		}
		if a, _ := l.play(name, `{}`); a["error"] != nil && a["error"].(map[string]any)["where"] == "script" {
			t.Errorf("%s is no contract", name)
		}
	}
}

func TestUnknownScriptIsRefused(t *testing.T) {
	l := newLab(t)
	out, err, code := l.sh("powershell.exe -EncodedCommand " + encode("Get-Date"))
	if code != 1 || out != "" || !strings.Contains(err, "c1d9af5ecced5022dd0e037ef3d6e96a33b43dea902d1c05c894b7b33cb3c798") {
		t.Errorf("exit code %d, %q, %q", code, out, err)
	}
}

func TestEffect(t *testing.T) {
	l := newLab(t)
	key := l.played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)["classKey"].(string)
	ask := `{"classKey": "` + strings.ReplaceAll(key, `\`, `\\`) + `"}`
	classes := func() map[string]any { return l.played("effect", ask)["classes"].(map[string]any) }
	number := func(class, property string) any { return classes()[class].(map[string]any)[property] }
	l.must("netsh int tcp set global rsc=disabled")
	if got := number("MSFT_NetOffloadGlobalSetting", "ReceiveSegmentCoalescing"); got != 0.0 {
		t.Errorf("the global switch is %v at once, want 0", got)
	}
	if why := number("MSFT_NetAdapterRscSettingData", "IPv4FailureReason"); why != 5.0 {
		t.Errorf("RSC is off for the reason %v, want 5", why)
	}
	l.must(`reg add "` + driver + `" /v *TCPChecksumOffloadIPv4 /t REG_SZ /d 2 /f && reg add "` + driver + `" /v *NumRssQueues /t REG_SZ /d 99 /f`)
	if got := number("MSFT_NetAdapterChecksumOffloadSettingData", "TcpIPv4Enabled"); got != 3.0 {
		t.Errorf("before the boot the driver sums %v, want 3", got)
	}
	l.reboot()
	if got := number("MSFT_NetAdapterChecksumOffloadSettingData", "TcpIPv4Enabled"); got != 2.0 {
		t.Errorf("after the boot the driver sums %v, want 2", got)
	}
	if got := number("MSFT_NetAdapterLsoSettingData", "IPv4Enabled"); got != false {
		t.Errorf("LSO without the checksum is %v", got)
	}
	if got := l.played("effect", `{}`)["classes"].(map[string]any); len(got) != 1 {
		t.Errorf("without an adapter: %v", got)
	}
	l.failed("effect", `{"classKey": "HKLM\\SOFTWARE"}`, "classKey")
	l.failed("effect", `{"classKey": "X"}`, "classKey")
}

// The switches of offloads and the power plan, which are no values of netsh's dump.
func TestWriteGlobals(t *testing.T) {
	l := newLab(t)
	l.played("write", `{"steps": [{"op": "offload", "name": "PacketCoalescingFilter", "data": "disabled"}, {"op": "offload", "name": "networkdirect", "data": "Disabled"},
		{"op": "netsh", "args": ["interface", "ipv4", "set", "global", "taskoffload=disabled"]}, {"op": "power", "data": "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c"}]}`)
	offload := l.played("effect", `{}`)["classes"].(map[string]any)["MSFT_NetOffloadGlobalSetting"].(map[string]any)
	for _, name := range []string{"PacketCoalescingFilter", "NetworkDirect", "TaskOffload"} {
		if offload[name] != float64(0) {
			t.Errorf("%s is %v", name, offload[name])
		}
	}
	if offload["ReceiveSideScaling"] != float64(1) {
		t.Errorf("RSS is %v, and nobody asked for it", offload["ReceiveSideScaling"])
	}
	if power := l.played("health", `{"host": "192.0.2.1"}`)["power"]; power != "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c" {
		t.Errorf("the power plan is %v", power)
	}
	for _, step := range []string{`{"op": "offload", "name": "Chimney", "data": "enabled"}`, `{"op": "offload", "name": "NetworkDirect", "data": "on"}`, `{"op": "power", "data": "High performance"}`} {
		l.failed("write", `{"steps": [`+step+`]}`, "input")
	}
	refused := l.played("write", `{"steps": [{"op": "power", "data": "e9a42b02-d5df-448d-aa00-03f14749eb61"}, {"op": "netsh", "args": ["interface", "ipv4", "set", "global", "taskoffload=on"]}]}`)["steps"].([]any)
	if first, second := refused[0].(map[string]any), refused[1].(map[string]any); first["ok"] != false || second["skipped"] != true {
		t.Errorf("a plan that is not there: %v", refused)
	}
}

package apply_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"vnettune/apply"
	"vnettune/apply/winrm"
)

// xp is a Windows XP in memory: a registry, processes and a clock behind the
// command lines of XP, in the forms that the reference shows (reg.exe's old form,
// wmic's lines with a carriage return too many, ampersands as entities). Every text
// that a Windows would localise is gibberish here, so that nothing can depend on it.
type xp struct {
	t         *testing.T
	build     int
	zone      int                            // offset of its local time from UTC in minutes
	wide      bool                           // wmic writes UTF-16
	regBroken bool                           // reg.exe fails whatever it is asked
	readOnly  bool                           // reg.exe may not write
	deaf      bool                           // takes a request to reboot and does not reboot
	listener  bool                           // a foreign program listens on 5201
	noIPerf   bool                           // there is neither iperf3 nor iperf2
	neverUDP  bool                           // its iperf2 takes no port of UDP
	mute      string                         // the port on which no server comes up
	stubborn  bool                           // taskkill ends nothing
	registry  map[string]map[string]regValue // by key and name in lower case
	processes map[int]process
	nextPID   int
	now, boot time.Time
	restart   time.Time
	offline   int
	uuid      string                             // of its SMBIOS
	lines     []string                           // everything that was asked
	instead   func(command string) *winrm.Result // answers first, unless nil
}

type regValue struct{ name, token, data string }

type process struct {
	exe     string
	line    string
	created time.Time
}

const (
	afdKey   = `HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`
	tcpipKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	envKey   = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	xpIPerf  = `C:\vnettune\iperf3.exe`
	xpIPerf2 = `C:\vnettune\iperf.exe`
	babel    = "\x84\x94 \xe1\x81\x99?\r\n" // bytes of an OEM code page
)

func newXP(t *testing.T) *xp {
	x := &xp{t: t, build: 2600, zone: 60, now: time.Date(2026, 3, 1, 12, 0, 0, 510_250_000, time.UTC), nextPID: 1000,
		registry: map[string]map[string]regValue{}, processes: map[int]process{}}
	x.boot = x.now.Add(-time.Hour)
	x.uuid = "0A1B2C3D-0000-4000-8000-0123456789AB"
	x.set(`HKLM\SOFTWARE\Microsoft\Cryptography`, regValue{"MachineGuid", "REG_SZ", "5f0a9d3c-2b7e-4c11-9a60-0d8c1f3e7b21"})
	x.set(envKey, regValue{"OS", "REG_SZ", "Windows_NT"})
	x.set(`HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage`, regValue{"OEMCP", "REG_SZ", "437"})
	return x
}

func (x *xp) set(key string, v regValue) {
	key = strings.ToLower(key)
	if x.registry[key] == nil {
		x.registry[key] = map[string]regValue{}
	}
	x.registry[key][strings.ToLower(v.name)] = v
}

func (x *xp) guest() *apply.Guest {
	return apply.New(x, netip.MustParseAddr("192.0.2.2"), 5985, x)
}

func (x *xp) Now() time.Time { return x.now }

func (x *xp) Sleep(ctx context.Context, d time.Duration) error {
	x.now = x.now.Add(d)
	if !x.restart.IsZero() && !x.now.Before(x.restart) {
		x.restart, x.offline = time.Time{}, 3
		x.now = x.now.Add(5 * time.Second)
		x.boot = x.now
		clear(x.processes)
	}
	return ctx.Err()
}

func (x *xp) Ping(context.Context) error {
	if x.offline > 0 {
		x.offline--
		return &winrm.NetError{Step: "connect", Err: context.DeadlineExceeded}
	}
	return nil
}

func (x *xp) Forget() {}

// answers is the table of what the fake understands.
var answers = []struct {
	form *regexp.Regexp
	do   func(x *xp, m []string) (stdout string, exit int)
}{
	{regexp.MustCompile(`^wmic os get ([A-Za-z,]+) /value$`), (*xp).wmicOS},
	{regexp.MustCompile(`^wmic path (Win32_NetworkAdapter|Win32_NetworkAdapterConfiguration) get ([A-Za-z,]+) /value$`), (*xp).wmicAdapters},
	{regexp.MustCompile(`^wmic path Win32_ComputerSystemProduct get (UUID) /value$`), (*xp).wmicProduct},
	{regexp.MustCompile(`^wmic process where "(ProcessId)=([0-9]+)" get ([A-Za-z,]+) /value$`), (*xp).wmicProcesses},
	{regexp.MustCompile(`^wmic process where "(name)='([^'"%]+)'" get ([A-Za-z,]+) /value$`), (*xp).wmicProcesses},
	{regexp.MustCompile(`^wmic process call create "([^"]+)"$`), (*xp).wmicCreate},
	{regexp.MustCompile(`^reg query "HKLM\\([^"]+)" /v (\S+)$`), (*xp).regQuery},
	{regexp.MustCompile(`^reg add "HKLM\\([^"]+)" /v (\S+) /t REG_DWORD /d ([0-9]+) /f$`), (*xp).regAdd},
	{regexp.MustCompile(`^reg add "HKLM\\([^"]+)" /v (\S+) /t REG_SZ /d ([A-Za-z0-9.-]+) /f$`), (*xp).regAddText},
	{regexp.MustCompile(`^reg delete "HKLM\\([^"]+)" /v (\S+) /f$`), (*xp).regDelete},
	{regexp.MustCompile(`^shutdown\.exe -r -t ([0-9]+) -f$`), (*xp).shutdown},
	{regexp.MustCompile(`^taskkill /F /PID ([0-9]+)$`), (*xp).taskkill},
	{regexp.MustCompile(`^netstat -an -p tcp$`), (*xp).netstat},
	{regexp.MustCompile(`^netstat -an -p udp$`), (*xp).netstatUDP},
	{regexp.MustCompile(`^"C:\\vnettune\\iperf3\.exe" -v$`), (*xp).version},
	{regexp.MustCompile(`^"C:\\vnettune\\iperf\.exe" -v$`), (*xp).version2},
}

func (x *xp) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if ctx.Err() != nil {
		return winrm.Result{}, ctx.Err()
	}
	x.lines = append(x.lines, command)
	if strings.HasPrefix(command, "wmic") && stdin == nil {
		x.t.Errorf("%s: standard input stays open, wmic of XP would wait for its end", command)
	}
	if x.instead != nil {
		if r := x.instead(command); r != nil {
			return *r, nil
		}
	}
	for _, a := range answers {
		m := a.form.FindStringSubmatch(command)
		if m == nil {
			continue
		}
		out, exit := a.do(x, m[1:])
		result := winrm.Result{Stdout: []byte(out), Exit: exit}
		if exit != 0 {
			result.Stderr = []byte(babel)
		}
		if exit != 0 && strings.HasPrefix(out, "iperf version") {
			result.Stdout, result.Stderr = nil, []byte(out)
		}
		if x.wide && strings.HasPrefix(command, "wmic") {
			result.Stdout = utf16le(out)
		}
		return result, nil
	}
	// cmd.exe's word for a command that is not there; PowerShell is one.
	return winrm.Result{Stderr: []byte("'powershell.exe' " + babel), Exit: 1}, nil
}

func utf16le(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// value prints instances as /value does: properties by name, \r\r\n.
func value(asked string, all ...map[string]string) string {
	names := strings.Split(asked, ",")
	slices.Sort(names)
	var b strings.Builder
	for _, i := range all {
		b.WriteString("\r\r\n\r\r\n")
		for _, n := range names {
			b.WriteString(n + "=" + strings.ReplaceAll(i[n], "&", "&amp;") + "\r\r\n")
		}
	}
	b.WriteString("\r\r\n\r\r\n\r\r\n")
	return b.String()
}

func (x *xp) dmtf(t time.Time) string {
	local := t.Add(time.Duration(x.zone) * time.Minute)
	return local.Format("20060102150405.000000") + fmt.Sprintf("%+04d", x.zone)
}

func (x *xp) wmicOS(m []string) (string, int) {
	return value(m[0], map[string]string{"BuildNumber": strconv.Itoa(x.build), "Caption": "Microsoft Windows XP Professional", "OSLanguage": "1031",
		"ProductType": "1", "LastBootUpTime": x.dmtf(x.boot), "LocalDateTime": x.dmtf(x.now)}), 0
}

func (x *xp) wmicProduct(m []string) (string, int) {
	return value(m[0], map[string]string{"UUID": x.uuid}), 0
}

func (x *xp) wmicAdapters(m []string) (string, int) {
	if m[0] == "Win32_NetworkAdapter" {
		return value(m[1],
			map[string]string{"Index": "1", "Name": "WAN Miniport", "PNPDeviceID": `ROOT\MS_PPTPMINIPORT\0000`},
			map[string]string{"Index": "7", "Name": "Red Hat VirtIO Ethernet Adapter", "NetConnectionID": "LAN-Verbindung", "MACAddress": "52:54:00:00:00:02",
				"PNPDeviceID": `PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00\3&13C0B0C5&0&18`},
			map[string]string{"Index": "8", "Name": "RTL8139", "NetConnectionID": "LAN 2", "MACAddress": "52:54:00:00:00:03", "PNPDeviceID": `PCI\VEN_10EC&DEV_8139`},
			map[string]string{"Index": "9", "Name": "no device"}), 0
	}
	return value(m[1],
		map[string]string{"Index": "1", "IPEnabled": "FALSE", "SettingID": "{00000000-0000-0000-0000-000000000001}"},
		map[string]string{"Index": "7", "IPAddress": `{"192.0.2.2","fe80::2"}`, "IPEnabled": "TRUE", "SettingID": "{00000000-0000-0000-0000-000000000007}"},
		map[string]string{"Index": "8", "IPAddress": `{"198.51.100.2"}`, "IPEnabled": "TRUE", "SettingID": "{00000000-0000-0000-0000-000000000008}"}), 0
}

func (x *xp) wmicProcesses(m []string) (string, int) {
	var all []map[string]string
	for _, pid := range slices.Sorted(maps.Keys(x.processes)) {
		p := x.processes[pid]
		name := p.exe[strings.LastIndexByte(p.exe, '\\')+1:]
		if m[0] == "ProcessId" && m[1] == strconv.Itoa(pid) || m[0] == "name" && strings.EqualFold(m[1], name) {
			all = append(all, map[string]string{"ProcessId": strconv.Itoa(pid), "ExecutablePath": p.exe, "CreationDate": x.dmtf(p.created)})
		}
	}
	if all == nil {
		return "", 0
	}
	return value(m[2], all...), 0
}

func (x *xp) start(exe, line string) int {
	x.nextPID += 4
	x.processes[x.nextPID] = process{exe, line, x.now}
	return x.nextPID
}

func (x *xp) wmicCreate(m []string) (string, int) {
	exe, _, _ := strings.Cut(m[0], " ")
	if exe == "ping" {
		exe = `C:\WINDOWS\system32\ping.exe`
	}
	if exe == xpIPerf && x.noIPerf {
		return babel + "instance of __PARAMETERS\r\r\n{\r\r\n\tReturnValue = 9;\r\r\n};\r\r\n", 0
	}
	pid := x.start(exe, m[0])
	return babel + fmt.Sprintf("instance of __PARAMETERS\r\r\n{\r\r\n\tProcessId = %d;\r\r\n\tReturnValue = 0;\r\r\n};\r\r\n\r\r\n", pid), 0
}

func (x *xp) regQuery(m []string) (string, int) {
	v, ok := x.registry[strings.ToLower(`HKLM\`+m[0])][strings.ToLower(m[1])]
	if !ok || x.regBroken {
		return "", 1
	}
	return "\r\n! REG.EXE VERSION 3.0\r\n\r\nHKEY_LOCAL_MACHINE\\" + m[0] + "\r\n    " + v.name + "\t" + v.token + "\t" + v.data + "\r\n\r\n", 0
}

func (x *xp) regAdd(m []string) (string, int) {
	n, err := strconv.ParseUint(m[2], 10, 32)
	if err != nil || x.readOnly {
		return "", 1
	}
	x.set(`HKLM\`+m[0], regValue{m[1], "REG_DWORD", fmt.Sprintf("0x%x", n)})
	return "\r\n" + babel, 0
}

func (x *xp) regAddText(m []string) (string, int) {
	if x.readOnly {
		return "", 1
	}
	x.set(`HKLM\`+m[0], regValue{m[1], "REG_SZ", m[2]})
	return "\r\n" + babel, 0
}

func (x *xp) regDelete(m []string) (string, int) {
	key := x.registry[strings.ToLower(`HKLM\`+m[0])]
	if _, ok := key[strings.ToLower(m[1])]; !ok || x.readOnly {
		return "", 1
	}
	delete(key, strings.ToLower(m[1]))
	return "\r\n" + babel, 0
}

func (x *xp) shutdown(m []string) (string, int) {
	n, _ := strconv.Atoi(m[0])
	if !x.deaf {
		x.restart = x.now.Add(time.Duration(n) * time.Second)
	}
	return "", 0
}

func (x *xp) taskkill(m []string) (string, int) {
	n, _ := strconv.Atoi(m[0])
	if _, ok := x.processes[n]; !ok {
		return "", 128
	}
	if !x.stubborn {
		delete(x.processes, n)
	}
	return babel, 0
}

func (x *xp) netstat([]string) (string, int) {
	var b bytes.Buffer
	b.WriteString("\r\n" + babel + "\r\n  " + babel)
	b.WriteString("  TCP    0.0.0.0:5985           0.0.0.0:0              ABH\x99REN\r\n")
	b.WriteString("  TCP    192.0.2.2:5985         192.0.2.1:5201         HERGESTELLT\r\n")
	for _, p := range x.processes {
		if before, port, is := strings.Cut(p.line, " -s -p "); is && before != "" && port != x.mute {
			b.WriteString("  TCP    0.0.0.0:" + port + "           0.0.0.0:0              ABH\x99REN\r\n")
		}
	}
	if x.listener {
		b.WriteString("  TCP    127.0.0.1:5201         0.0.0.0:0              ABH\x99REN\r\n")
	}
	return b.String(), 0
}

func (x *xp) netstatUDP([]string) (string, int) {
	b := "\r\n" + babel + "\r\n  " + babel + "  UDP    0.0.0.0:445            *:*                    \r\n"
	for _, p := range x.processes {
		if _, port, ok := strings.Cut(p.line, " -s -u -l 65507 -p "); ok && !x.neverUDP {
			b += "  UDP    0.0.0.0:" + port + "           *:*                    \r\n"
		}
	}
	return b, 0
}

// version2 is on standard error with exit code 1, as iperf 2.0.5 prints it.
func (x *xp) version2([]string) (string, int) {
	if x.noIPerf {
		return "", 1
	}
	return "iperf version 2.0.5 (08 Jul 2010) win32 threads\r\n", 1
}

func (x *xp) version([]string) (string, int) {
	if x.noIPerf {
		return "", 1
	}
	return "iperf 3.1.3\nCYGWIN_NT-5.1 xp 2.5.2 i686\n", 0
}

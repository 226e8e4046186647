package windows

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// visible shows what the eye does not see: the second CR of wmic's line ends, and tabs.
var visible = strings.NewReplacer("\r", "<CR>", "\t", "<TAB>")

// TestXPGolden fixes the wording of what a fresh xp answers.
func TestXPGolden(t *testing.T) {
	server := `wmic process call create "C:\vnettune\iperf3.exe -s -p 5201"`
	for name, line := range map[string]string{
		"ver":              "ver",
		"powershell":       "powershell -Command 1",
		"netsh-tcp":        "netsh interface tcp show global",
		"netsh-ip":         "netsh interface ip show config",
		"reg-query-value":  `reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage /v OEMCP`,
		"reg-query-key":    `reg query HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`,
		"reg-query-empty":  `reg query HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`,
		"reg-query-noname": `reg add HKLM\SOFTWARE\x /ve /d text /f && reg query HKLM\SOFTWARE\x /ve`,
		"reg-missing":      `reg query HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow`,
		"reg-add":          `reg add HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow /t REG_DWORD /d 0x100000 /f`,
		"reg-delete-none":  `reg delete HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow /f`,
		"reg-bad-option":   `reg query HKLM\SOFTWARE /reg:64`,
		"wmic-os":          "wmic os get BuildNumber,Caption,LastBootUpTime /value",
		"wmic-os-table":    "wmic os get ProductType,BuildNumber",
		"wmic-adapter":     `wmic path Win32_NetworkAdapter where "PNPDeviceID like 'PCI\\VEN_1AF4%'" get Index,MACAddress,NetConnectionID,NetConnectionStatus,PNPDeviceID,ServiceName /value`,
		"wmic-config":      `wmic path Win32_NetworkAdapterConfiguration where "IPEnabled='TRUE'" get Index,IPAddress,SettingID,MACAddress /format:list`,
		"wmic-create":      server,
		"wmic-create-none": `wmic process call create "C:\nothing.exe"`,
		"wmic-process":     server + ` >nul && wmic process where "name='iperf3.exe'" get ProcessId,ExecutablePath,CreationDate /value`,
		"wmic-none":        `wmic process where "name='x.exe'" get ProcessId /value`,
		"wmic-terminate":   server + ` >nul && wmic process where name='iperf3.exe' call terminate`,
		"wmic-delete":      server + ` >nul && wmic process where (processid=5004) delete`,
		"wmic-bad-query":   `wmic process where "name" get ProcessId /value`,
		"wmic-no-property": `wmic path Win32_NetworkAdapter get GUID /value`,
		"wmic-bad-alias":   "wmic turtle get Name",
		"wmic-bad-class":   "wmic path Win32_Turtle get Name",
		"tasklist":         server + ` >nul && tasklist`,
		"tasklist-csv":     server + ` >nul && tasklist /FI "IMAGENAME eq iperf3.exe" /FO CSV /NH`,
		"tasklist-none":    `tasklist /fi "PID eq 77"`,
		"taskkill":         server + ` >nul && taskkill /F /PID 5004`,
		"taskkill-name":    server + ` >nul && taskkill /F /IM iperf3.exe`,
		"taskkill-gentle":  server + ` >nul && taskkill /PID 5004`,
		"taskkill-none":    "taskkill /F /PID 77",
		"ping":             "ping -n 1 127.0.0.1",
	} {
		t.Run(name, func(t *testing.T) {
			out, err, code := newXP(t).sh(line)
			compareGolden(t, "xp-"+name, visible.Replace(line+"\nexit code "+strconv.Itoa(code)+"\n--- stdout\n"+out+"--- stderr\n"+err))
		})
	}
}

// TestXPSamples compares answers with what was seen on Server 2003 and XP.
func TestXPSamples(t *testing.T) {
	l := newXP(t)
	got := map[string]string{}
	for _, line := range strings.Split(l.must("wmic os get * /value"), "\r\n") {
		if name, text, ok := strings.Cut(line, "="); ok {
			got[name] = text
		}
	}
	shape := regexp.MustCompile(`[0-9]`)
	for _, line := range strings.Split(strings.TrimSpace(sample(t, "wmic-os-2003.sample")), "\n") {
		name, text, _ := strings.Cut(line, "=")
		if name == "Caption" {
			continue
		}
		if shape.ReplaceAllString(got[name], "9") != shape.ReplaceAllString(text, "9") {
			t.Errorf("%s is %q, the sample has %q", name, got[name], text)
		}
	}
	if got["BuildNumber"] != "2600" || got["ProductType"] != "1" || !strings.Contains(got["Caption"], "(vnettune stand-in)") {
		t.Errorf("%v", got)
	}
	// A value's line is split at the type: docs/facts/windows-samples.md 4.
	l.must(`reg add ` + afd + ` /v DefaultReceiveWindow /t REG_DWORD /d 1048576 /f`)
	query := l.must(`reg query "` + afd + `" /v DefaultReceiveWindow`)
	lines := strings.Split(query, "\n")
	if lines[1] != "! REG.EXE VERSION 3.0" || len(regexp.MustCompile(`\sREG_[A-Z_]+\s`).FindAllString(query, -1)) != 1 || !strings.HasSuffix(lines[4], "\tREG_DWORD\t0x100000") {
		t.Errorf("%q", query)
	}
}

func TestMaxEnvelope(t *testing.T) {
	for generation, want := range map[string]int{"w10": 512000, "xp": 153600} {
		if got := newLabOf(t, generation).m.WinRM().MaxEnvelopeSizeKB << 10; got != want {
			t.Errorf("%s: %d bytes, want %d", generation, got, want)
		}
	}
}

func TestStandInIsSaid(t *testing.T) {
	for _, p := range Personalities {
		generation := p.Generation
		l := newLabOf(t, generation)
		if out := l.must(`reg query HKLM\SOFTWARE\vnettune /v StandIn`); !strings.Contains(out, "lab-fast") {
			t.Errorf("%s: %q", generation, out)
		}
	}
}

// TestAutoLogonChecked: the key is there some moments after each boot, and once.
func TestAutoLogonChecked(t *testing.T) {
	key := `"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoLogonChecked"`
	for _, p := range Personalities {
		generation := p.Generation
		l := newLabOf(t, generation)
		for range 2 {
			l.refused("reg query " + key)
			l.host.pass(10 * time.Second)
			l.must("reg query " + key)
			l.must("reg delete " + key + " /f")
			l.host.pass(10 * time.Second)
			l.refused("reg query " + key)
			l.reboot()
		}
	}
}

func TestXPShutdown(t *testing.T) {
	l := newXP(t)
	for _, step := range []struct {
		line string
		code int
	}{
		{"shutdown -a", 1116}, {`shutdown -r -t 2 -f -c "vnettune"`, 0}, {"shutdown /r /t 2", 1115},
		{"shutdown /a", 0}, {"shutdown -r -t 601", 1}, {"shutdown.exe -r -t 600 -f", 0}, {"shutdown -a", 0},
	} {
		if out, err, code := l.sh(step.line); code != step.code {
			t.Errorf("%s: exit code %d, want %d: %s%s", step.line, code, step.code, out, err)
		}
	}
	if got := l.host.restarts; len(got) != 2 || got[0] != 2*time.Second || got[1] != 600*time.Second {
		t.Errorf("restarts asked of the machine: %v", got)
	}
}

func TestXPRefuses(t *testing.T) {
	l := newXP(t)
	before := l.disk.saves
	for _, line := range []string{
		"whoami", "powershell.exe", `C:\vnettune\iperf3.exe -c 192.0.2.1`, `C:\vnettune\iperf3.exe -s --logfile x`, `iperf3 -v`, "ping 192.0.2.1", "ping -n 0 127.0.0.1",
		`reg add HKLM\SOFTWARE\x /v n /t REG_QWORD /d 1 /f`, `reg query HKLM\SOFTWARE /v n /s`, "netstat -ano", "netstat", "netstat -an -p icmp",
		"wmic", "wmic os", "wmic os list brief", "wmic process call create", `wmic process call create "C:\vnettune\iperf3.exe -c 192.0.2.1"`, "wmic os get /format:csv",
		"wmic process delete", "wmic os call create x", "tasklist /v", "tasklist /fi \"a b c\"", "taskkill", "taskkill /pid", "taskkill /f /pid 4", "set nothing_of_that_name", "set /a 1+1",
		"echo x > file", "echo x 3>nul x|y",
	} {
		l.refused(line)
	}
	if l.disk.saves != before || len(l.host.running) != 0 {
		t.Errorf("a refused command was saved or runs: %v", l.host.running)
	}
}

// TestGenerationsDoNotShareADisk: what one Windows wrote is not another's.
func TestGenerationsDoNotShareADisk(t *testing.T) {
	l := newXP(t)
	l.cfg.Generation = "w10"
	if _, err := New(l.cfg, l.disk, l.host); err == nil || !strings.Contains(err.Error(), `"xp"`) {
		t.Errorf("got %v", err)
	}
}

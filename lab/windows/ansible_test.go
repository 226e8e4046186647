package windows

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// nested is a script as Ansible's connection sends it: one PowerShell that calls another.
func nested(script string) string {
	const call = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
	return call + encode(call+encode(script))
}

func TestParsePSLine(t *testing.T) {
	for script, want := range map[string][]string{
		"hostname":                           {"hostname"},
		`reg query "HKLM\SOFTWARE\A B" /v x`: {"reg", "query", `HKLM\SOFTWARE\A B`, "/v", "x"},
		"shutdown.exe /a\r\n":                {"shutdown.exe", "/a"},
		"reg add HKLM\\X /d ''":              {"reg", "add", `HKLM\X`, "/d", ""},
		"":                                   nil,
		"Get-Item $x":                        nil,
		"a; b":                               nil,
		"a | b":                              nil,
		"a > b":                              nil,
		"& a":                                nil,
		"(a)":                                nil,
		`"text"`:                             nil,
		`a "$x"`:                             nil,
		"a \"`n\"":                           nil,
		"a\nb":                               nil,
		`a "b`:                               nil,
		`a "b"c`:                             nil,
		"a,b":                                nil,
		"a #b":                               nil,
	} {
		if got, ok := parsePSLine(script); ok != (want != nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v; want %q", script, got, ok, want)
		}
	}
}

func FuzzParsePSLine(f *testing.F) {
	for _, s := range []string{"hostname", `reg add "HKLM\A B" /d 'x'`, "a;b", "\"\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		args, ok := parsePSLine(s)
		if ok && (len(args) == 0 || strings.ContainsAny(args[0], "$`;|&(){}<>\n")) {
			t.Errorf("%q was taken as the call of %q", s, args)
		}
	})
}

// TestPSLine: a program is really called, and PowerShell's own exit code is 0 or 1.
func TestPSLine(t *testing.T) {
	l := newLab(t)
	if _, errs, code := l.sh("powershell -enc " + encode(`reg add "HKLM\SOFTWARE\with blank" /v x /t REG_DWORD /d 42 /f`)); code != 0 {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	if out, _, _ := l.sh(`reg query "HKLM\SOFTWARE\with blank" /v x`); !strings.Contains(out, "0x2a") {
		t.Errorf("the registry has %q", out)
	}
	if out, _, code := l.sh(nested("hostname")); code != 0 || strings.TrimSpace(out) != computerName {
		t.Errorf("nested: exit code %d, %q", code, out)
	}
	if _, _, code := l.sh("powershell -enc " + encode("shutdown.exe /a")); code != 1 {
		t.Errorf("shutdown fails with 1116, PowerShell with %d", code)
	}
	if out, _, code := l.sh("powershell -enc " + encode("hostname %X%")); code == 0 {
		t.Errorf("%%X%% is cmd.exe's: %q", out)
	}
}

// The scripts of win_reboot are Ansible's and are not copied here: what is tested is the
// recognition by stand-ins with the same parts. tools/test-extern runs the real ones.
func TestAnsibleParts(t *testing.T) {
	for _, script := range []string{
		"x\nif ($True) {\n shutdown /r /t 2 /c 'it''s ' | y",
		"success-0", "'success-", "",
	} {
		if s, ok := parseAnsible(script); ok {
			t.Errorf("%q was taken for %q", script, s.asks)
		}
	}
	var known map[string]string
	if err := json.Unmarshal(ansibleHashes, &known); err != nil {
		t.Fatal(err)
	}
	for _, asks := range []string{ansibleBootTime, ansibleReboot, ansibleReady} {
		if len(known[asks]) != 64 {
			t.Errorf("%s: hash %q", asks, known[asks])
		}
	}
}

func FuzzParseAnsible(f *testing.F) {
	f.Add("x\nif ($True) {\n /t 2 /c 'it''s ' | y")
	f.Add("'success-8a0da02d-dd17-49ea-ac97-cab1352036b6'")
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := parseAnsible(s); ok && a.asks == ansibleReboot && a.delay == "" {
			t.Error("a restart without its delay")
		}
	})
}

func TestAnsibleReboots(t *testing.T) {
	l := newLab(t)
	run := func(s ansibleScript) (string, int) {
		var out strings.Builder
		p := &process{m: l.m, c: Command{Stdout: &out, Stderr: &out, CodePage: 65001}}
		code := p.ansible(t.Context(), s)
		return strings.ReplaceAll(out.String(), "\r\n", "\n"), code
	}
	if out, code := run(ansibleScript{asks: ansibleBootTime}); code != 0 || strings.TrimSpace(out) != fileTime(l.host.boot) {
		t.Errorf("boot time: %q, %d", out, code)
	}
	l.host.pass(logonDelay)
	ready := ansibleScript{asks: ansibleReady, success: "success-1"}
	if out, code := run(ready); code != 0 || !strings.Contains(out, "success-1") {
		t.Errorf("ready: %q, %d", out, code)
	}
	var answer struct {
		Stdout, Stderr string
		RC             int
	}
	reboot := ansibleScript{asks: ansibleReboot, forget: true, delay: "2", comment: "it's Ansible"}
	out, code := run(reboot)
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 || answer.RC != 0 {
		t.Errorf("reboot: %q, %d, %v", out, code, err)
	}
	if len(l.host.restarts) != 1 || l.host.restarts[0] != 2*time.Second {
		t.Errorf("restarts %v", l.host.restarts)
	}
	if out, code := run(ready); code != 1 || strings.Contains(out, "success") {
		t.Errorf("ready after the key was deleted: %q, %d", out, code)
	}
	out, _ = run(reboot)
	if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.RC != shutdownScheduled || !strings.Contains(answer.Stderr, "("+strconv.Itoa(shutdownScheduled)+")") {
		t.Errorf("a second reboot: %q, %v", out, err)
	}
}

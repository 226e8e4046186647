package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateSetup = flag.Bool("update-guest-setup", false, "write guest-setup's golden files anew")

// printed is what guest-setup prints.
func printed(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	code := vnettune(append([]string{"guest-setup"}, args...), strings.NewReader(""), &out, &errs)
	if code != exitDone {
		if out.Len() > 0 {
			t.Errorf("%v: refused, and yet it printed\n%s", args, &out)
		}
		return errs.String(), code
	}
	return out.String(), code
}

var setups = map[string][]string{
	"setup.ps1":    {"--host", "192.0.2.1"},
	"undo.ps1":     {"--undo"},
	"setup-xp.cmd": {"--host", "192.0.2.1", "--generation", "xp", "--iperf", `C:\tools\iperf3.exe`},
	"undo-xp.cmd":  {"--undo", "--generation", "xp"},
}

func TestGuestSetupText(t *testing.T) {
	for name, args := range setups {
		got, code := printed(t, args...)
		if code != exitDone {
			t.Fatalf("%s: exit code %d: %s", name, code, got)
		}
		file := filepath.Join("testdata", "guestsetup", name+".golden")
		if *updateSetup {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s has changed; look at it, then run go test ./cmd/vnettune -update-guest-setup:\n%s", name, d)
		}
	}
}

// Whatever is switched on or made has its counterpart in the undo.
func TestGuestSetupIsUndone(t *testing.T) {
	for setup, pairs := range map[string][][2]string{
		"setup.ps1": {
			{"New-NetFirewallRule -Name 'vnettune-", "Get-NetFirewallRule -Name 'vnettune-*'"},
			{"New-WSManInstance", "Remove-WSManInstance"},
			{"New-SelfSignedCertificate", "Remove-Item \"Cert:"},
			{"-ValueSet @{ Basic = 'false'; Negotiate = 'true' }", "-ValueSet @{ Basic = $kept.Basic; Negotiate = $kept.Negotiate }"},
			{"AllowUnencrypted = 'false'", "AllowUnencrypted = $kept.AllowUnencrypted"},
			{"LocalAccountTokenFilterPolicy -Value 1", "LocalAccountTokenFilterPolicy -Value ([int]$kept.TokenFilter)"},
			{"-StartupType Automatic", "-StartupType $kept.ServiceStart"},
			{"New-Item -Path $setup", "Remove-Item -Path $setup"},
		},
		"setup-xp.cmd": {
			{"protocol=TCP port=5985", "delete portopening protocol=TCP port=5985"},
			{"protocol=UDP port=5201", "delete portopening protocol=UDP port=5201"},
			{"winrm create winrm/config/listener", "winrm delete winrm/config/listener"},
			{"/v forceguest /t REG_DWORD /d 0", "/v forceguest /t REG_DWORD /d %%a"},
			{"sc config WinRM start= auto", "Services\\WinRM /v Start /t REG_DWORD /d %%a"},
			{"reg add %KEY% /f", "reg delete %KEY% /f"},
		},
	} {
		undo := strings.Replace(setup, "setup", "undo", 1)
		made, _ := printed(t, setups[setup]...)
		undone, _ := printed(t, setups[undo]...)
		for _, p := range pairs {
			if !strings.Contains(made, p[0]) || !strings.Contains(undone, p[1]) {
				t.Errorf("%s: %q must be undone by %q", setup, p[0], p[1])
			}
		}
		// What is kept is what the undo goes by.
		for _, m := range regexp.MustCompile(`(?:Set-Kept|-Path \$setup -Name|%KEY% /v) '?([A-Za-z]+)`).FindAllStringSubmatch(made, -1) {
			if m[1] != "Seen" && !strings.Contains(undone, m[1]) {
				t.Errorf("%s keeps %s, which %s never looks at", setup, m[1], undo)
			}
		}
	}
}

// The firewall is open to the one address that was given, and no rule forgets it.
func TestGuestSetupOpensToOneAddress(t *testing.T) {
	text, _ := printed(t, setups["setup.ps1"]...)
	for _, l := range strings.Split(text, "\n") {
		if strings.Contains(l, "New-NetFirewallRule") && !strings.HasSuffix(l, "@rule)") {
			t.Errorf("a rule without the address: %s", l)
		}
	}
	if !strings.Contains(text, "RemoteAddress = $HostAddress") || !strings.Contains(text, "$HostAddress = '192.0.2.1'") {
		t.Error("the rules are for another address")
	}
	text, _ = printed(t, setups["setup-xp.cmd"]...)
	for _, l := range strings.Split(text, "\r\n") {
		if strings.HasPrefix(l, "netsh firewall") && !strings.Contains(l, "scope=CUSTOM addresses=192.0.2.1 ") {
			t.Errorf("a rule without the address: %s", l)
		}
	}
}

func TestGuestSetupTakesNothingElse(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--host", ""}, {"--host", "guest.example"}, {"--host", "192.0.2.1'; calc; '"}, {"--host", "192.0.2.1/0"}, {"--host", "0.0.0.0"}, {"--host", "::"},
		{"--host", "127.0.0.1"}, {"--host", "fe80::1%eth0"}, {"--host", "fe80::1%';calc"}, {"--host", "any"}, {"--host", "192.0.2.1,192.0.2.2"}, {"--host", "224.0.0.1"},
		{"--undo", "--host", "x"}, {"--host", "2001:db8::1", "--generation", "xp"}, {"--host", "192.0.2.1", "--generation", "nt60"},
		{"--host", "192.0.2.1", "--iperf", `iperf3.exe`}, {"--host", "192.0.2.1", "--iperf", `C:\a'b\iperf3.exe`}, {"--host", "192.0.2.1", "--iperf", "C:\\a\nb\\iperf3.exe"},
		{"--host", "192.0.2.1", "--iperf", `C:\a & calc\iperf3.exe`}, {"--host", "192.0.2.1", "--iperf", `C:\%TEMP%\iperf3.exe`}, {"--host", "192.0.2.1", "--iperf", `\\server\iperf3.exe`},
		{"--host", "192.0.2.1", "--iperf", `C:\Program Files\iperf3.exe`, "--generation", "xp"}, {"extra"},
	} {
		if text, code := printed(t, args...); code != exitUsage {
			t.Errorf("%q: exit code %d, want %d: %s", args, code, exitUsage, text)
		}
	}
	for _, args := range [][]string{
		{"--host", "2001:db8::1"}, {"--host", "192.0.2.1", "--iperf", `C:\Program Files (x86)\iperf\iperf3.exe`}, {"--undo", "--host", "192.0.2.1"}, {"--host", "192.0.2.1", "--generation", "nt62"},
	} {
		if text, code := printed(t, args...); code != exitDone {
			t.Errorf("%q: exit code %d: %s", args, code, text)
		}
	}
}

// The scripts are plain ASCII, whatever code page they are saved in, and what is
// opened in them is closed.
func TestGuestSetupScriptsAreWhole(t *testing.T) {
	quoted := regexp.MustCompile(`'[^'\n]*'|"[^"\n]*"`)
	for name, args := range setups {
		text, _ := printed(t, args...)
		if strings.Contains(text, "{{") {
			t.Errorf("%s: something was not filled in", name)
		}
		var depth []rune
		for _, l := range strings.Split(text, "\n") {
			l = strings.TrimSpace(l)
			if strings.HasPrefix(l, "#") || strings.HasPrefix(l, "rem ") {
				continue
			}
			for _, c := range quoted.ReplaceAllString(l, "") {
				switch c {
				case '(', '{', '[':
					depth = append(depth, c)
				case ')', '}', ']':
					open := map[rune]rune{')': '(', '}': '{', ']': '['}[c]
					if len(depth) == 0 || depth[len(depth)-1] != open {
						t.Fatalf("%s: %q closes what was not opened", name, l)
					}
					depth = depth[:len(depth)-1]
				}
			}
		}
		if len(depth) > 0 {
			t.Errorf("%s: %q is not closed", name, string(depth))
		}
		for i, c := range text {
			if c > 0x7e {
				t.Errorf("%s: character %q at %d is not ASCII", name, c, i)
			}
		}
	}
}

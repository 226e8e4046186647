package setup

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/trouble"
)

var update = flag.Bool("update", false, "write the golden files anew")

// text is a script that is legal.
func text(t *testing.T, s Script) string {
	t.Helper()
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const path = `C:\vnettune\iperf3.exe`

var setups = map[string]Script{
	"setup.ps1":    {Host: "192.0.2.1", IPerf: path, Port: 5201, Second: 5203, Meter: 5202},
	"undo.ps1":     {Undo: true, IPerf: path, Port: 5201, Second: 5203, Meter: 5202},
	"setup-xp.cmd": {Host: "192.0.2.1", XP: true, IPerf: `C:\tools\iperf3.exe`, Port: 5201, Second: 5203, Meter: 5202, IPerf2: `C:\tools\iperf.exe`, Port2: 5001},
	"undo-xp.cmd":  {Undo: true, XP: true, IPerf: path, Port: 5201, Second: 5203, Meter: 5202, IPerf2: `C:\vnettune\iperf.exe`, Port2: 5001},
}

func TestGuestSetupText(t *testing.T) {
	for name, s := range setups {
		got := text(t, s)
		file := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s has changed; look at it, then run go test ./apply/setup -update:\n%s", name, d)
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
			{"Set-Config 'service/auth' @{ Basic = 'false'; Negotiate = 'true' }", "Reset-Config 'service/auth' 'Basic', 'Negotiate'"},
			{"Set-Config 'service' @{ AllowUnencrypted = 'false' }", "Reset-Config 'service' 'AllowUnencrypted'"},
			{"-Name DelayedAutostart -Value 0", "-Name DelayedAutostart -Value 1"},
			{"LocalAccountTokenFilterPolicy -Value 1", "LocalAccountTokenFilterPolicy -Value ([int]$kept.TokenFilter)"},
			{"-StartupType Automatic", "-StartupType $kept.ServiceStart"},
			{"New-Item -Path $setup", "Remove-Item -Path $setup"},
		},
		"setup-xp.cmd": {
			{"protocol=TCP port=5985", "delete portopening protocol=TCP port=5985"},
			{"protocol=UDP port=5201", "delete portopening protocol=UDP port=5201"},
			{"protocol=TCP port=5001", "delete portopening protocol=TCP port=5001"},
			{"protocol=UDP port=5001", "delete portopening protocol=UDP port=5001"},
			{"protocol=TCP port=5203", "delete portopening protocol=TCP port=5203"},
			{"winrm create winrm/config/listener", "winrm delete winrm/config/listener"},
			{"/v forceguest /t REG_DWORD /d 0", "/v forceguest /t REG_DWORD /d %%a"},
			{"sc config WinRM start= auto", "Services\\WinRM /v Start /t REG_DWORD /d %%a"},
			{"reg add %KEY% /f", "reg delete %KEY% /f"},
		},
	} {
		undo := strings.Replace(setup, "setup", "undo", 1)
		made, undone := text(t, setups[setup]), text(t, setups[undo])
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
	script := text(t, setups["setup.ps1"])
	for _, l := range strings.Split(script, "\n") {
		if strings.Contains(l, "New-NetFirewallRule") && !strings.HasSuffix(l, "@rule)") {
			t.Errorf("a rule without the address: %s", l)
		}
	}
	if !strings.Contains(script, "RemoteAddress = $HostAddress") || !strings.Contains(script, "$HostAddress = '192.0.2.1'") {
		t.Error("the rules are for another address")
	}
	for _, l := range strings.Split(text(t, setups["setup-xp.cmd"]), "\r\n") {
		if strings.HasPrefix(l, "netsh firewall") && !strings.Contains(l, "scope=CUSTOM addresses=192.0.2.1 ") {
			t.Errorf("a rule without the address: %s", l)
		}
	}
}

func TestASetupTakesNothingElse(t *testing.T) {
	for _, s := range []Script{
		{}, {Host: "guest.example"}, {Host: "192.0.2.1'; calc; '"}, {Host: "192.0.2.1/0"}, {Host: "0.0.0.0"}, {Host: "::"},
		{Host: "127.0.0.1"}, {Host: "fe80::1%eth0"}, {Host: "fe80::1%';calc"}, {Host: "any"}, {Host: "192.0.2.1,192.0.2.2"}, {Host: "224.0.0.1"},
		{Undo: true, Host: "x"}, {Host: "2001:db8::1", XP: true},
		{Host: "192.0.2.1", IPerf: `iperf3.exe`}, {Host: "192.0.2.1", IPerf: `C:\a'b\iperf3.exe`}, {Host: "192.0.2.1", IPerf: "C:\\a\nb\\iperf3.exe"},
		{Host: "192.0.2.1", IPerf: `C:\a & calc\iperf3.exe`}, {Host: "192.0.2.1", IPerf: `C:\%TEMP%\iperf3.exe`}, {Host: "192.0.2.1", IPerf: `\\server\iperf3.exe`},
		{Host: "192.0.2.1", IPerf: `C:\Program Files\iperf3.exe`, XP: true}, {Host: "192.0.2.1", IPerf2: `C:\a & calc\iperf.exe`, XP: true},
	} {
		if s.IPerf == "" {
			s.IPerf = path
		}
		if s.IPerf2 == "" {
			s.IPerf2 = `C:\vnettune\iperf.exe`
		}
		if text, err := s.Text(); !trouble.IsInvalid(err) || text != "" {
			t.Errorf("%+v: %v, want it refused; it gave\n%s", s, err, text)
		}
	}
	for _, s := range []Script{
		{Host: "2001:db8::1"}, {Host: "192.0.2.1", IPerf: `C:\Program Files (x86)\iperf\iperf3.exe`}, {Undo: true, Host: "192.0.2.1"},
	} {
		if s.IPerf == "" {
			s.IPerf = path
		}
		if s.IPerf2 == "" {
			s.IPerf2 = `C:\vnettune\iperf.exe`
		}
		if _, err := s.Text(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// The scripts are plain ASCII, whatever code page they are saved in, and what is
// opened in them is closed.
func TestGuestSetupScriptsAreWhole(t *testing.T) {
	quoted := regexp.MustCompile(`'[^'\n]*'|"[^"\n]*"`)
	for name, s := range setups {
		text := text(t, s)
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

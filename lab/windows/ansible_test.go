package windows

import (
	"strings"
	"testing"

	"vnettune/lab/windows/machine"
)

// nested is a script as Ansible's connection sends it: one PowerShell that calls another.
func nested(script string) string {
	const call = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
	return call + encode(call+encode(script))
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
	if out, _, code := l.sh(nested("hostname")); code != 0 || strings.TrimSpace(out) != machine.ComputerName {
		t.Errorf("nested: exit code %d, %q", code, out)
	}
	if _, _, code := l.sh("powershell -enc " + encode("shutdown.exe /a")); code != 1 {
		t.Errorf("shutdown fails with 1116, PowerShell with %d", code)
	}
	if out, _, code := l.sh("powershell -enc " + encode("hostname %X%")); code == 0 {
		t.Errorf("%%X%% is cmd.exe's: %q", out)
	}
}

package windows

import (
	"strings"
	"testing"
)

func TestPSScript(t *testing.T) {
	script := "Get-Date # ü𝄞"
	for _, line := range []string{
		"-NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat None -OutputFormat Text -EncodedCommand ",
		"-encodedcommand ", "-enc ", "-e ", "-ec ", "/EncodedCommand ", "-nop -ep bypass -noni -nol -enc ",
	} {
		got, err := psScript(strings.Fields(line + encode(script)))
		if err != nil || got != script {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
	for _, line := range []string{
		"", "-Command ls", "ls", "-enc", "-enc !", "-enc QQ==", "-no -enc QQA=", "-File x.ps1", "-NoProfile",
	} {
		if got, err := psScript(strings.Fields(line)); err == nil {
			t.Errorf("%q gave %q", line, got)
		}
	}
}

func TestUnknownScriptIsRefused(t *testing.T) {
	l := newLab(t)
	out, err, code := l.sh("powershell.exe -EncodedCommand " + encode("Get-Date"))
	if code != 1 || out != "" || !strings.Contains(err, hashOf("Get-Date")) {
		t.Errorf("exit code %d, %q, %q", code, out, err)
	}
}

// TestHashOf is against sha256sum of "Get-Date".
func TestHashOf(t *testing.T) {
	if got := hashOf("Get-Date"); got != "c1d9af5ecced5022dd0e037ef3d6e96a33b43dea902d1c05c894b7b33cb3c798" {
		t.Errorf("got %s", got)
	}
}

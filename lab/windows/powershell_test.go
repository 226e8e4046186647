package windows

import (
	"strings"
	"testing"
)

func TestUnknownScriptIsRefused(t *testing.T) {
	l := newLab(t)
	out, err, code := l.sh("powershell.exe -EncodedCommand " + encode("Get-Date"))
	if code != 1 || out != "" || !strings.Contains(err, "c1d9af5ecced5022dd0e037ef3d6e96a33b43dea902d1c05c894b7b33cb3c798") {
		t.Errorf("exit code %d, %q, %q", code, out, err)
	}
}

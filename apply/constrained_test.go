package apply_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/trouble"
)

// constrained is a guest whose PowerShell starts and runs no script: what it says, and the
// command lines that it was sent.
type constrained struct {
	says winrm.Result
	sent []string
}

func (c *constrained) Run(_ context.Context, command string, _ []byte) (winrm.Result, error) {
	c.sent = append(c.sent, command)
	if strings.HasPrefix(command, "powershell.exe ") {
		return c.says, nil
	}
	return winrm.Result{Exit: 1, Stderr: []byte("'wmic' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n")}, nil
}

func (c *constrained) Ping(context.Context) error { return nil }
func (c *constrained) Forget()                    {}

// In constrained language mode the scripts say so themselves; whatever else keeps one back
// once PowerShell has started, command lines are no way round it.
func TestConstrainedLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		says winrm.Result
		want string
	}{
		"the script says it": {winrm.Result{Exit: 1, Stdout: []byte(`{"error":{"where":"language","message":"Constrained"}}` + "\r\n")}, "PowerShell is in constrained language mode there"},
		"PowerShell fails": {winrm.Result{Exit: 1, Stderr: []byte("Cannot invoke method. Method invocation is supported only on core types in this language mode.\r\nAt line:4 char:1\r\n")},
			"Cannot invoke method."},
	} {
		t.Run(name, func(t *testing.T) {
			guest := &constrained{says: c.says}
			_, _, err := apply.New(guest, netip.MustParseAddr("192.0.2.10"), 5985, nil).Facts(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "wmic") {
				t.Fatalf("error %v, want %q and no word of wmic", err, c.want)
			}
			hint := strings.Join(trouble.Hints(err), "; ")
			if !strings.Contains(hint, "AppLocker") || !strings.Contains(hint, "LanguageMode") {
				t.Errorf("hint %q", hint)
			}
			if len(guest.sent) != 1 {
				t.Errorf("sent %q, want PowerShell alone", guest.sent)
			}
		})
	}
}

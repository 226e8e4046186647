package windows

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/stack"
)

func TestHealth(t *testing.T) {
	l := newLab(t)
	// The way there is the kernel's: the adapter must have an address that leads somewhere.
	l.host.adapters[0].Addresses = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	l.must(`reg add HKLM\SOFTWARE\vnettune /v Placebo /t REG_DWORD /d 7 /f`)
	l.must(`reg add HKLM\SOFTWARE\vnettune /v Lines /t REG_MULTI_SZ /d a\0b /f`)
	l.must(`reg add HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes /v ActivePowerScheme /d 8c5e7fda /f`)
	want := decode(t, `{"problems": {}, "administrator": true, "registry": true, "task": true,
		"winrm": {"maxEnvelopeSizekb": 500, "idleTimeout": 7200000, "maxShellsPerUser": 30, "maxProcessesPerShell": 25, "maxMemoryPerShellMB": 1024,
			"allowUnencrypted": true, "basic": true, "negotiate": true, "kerberos": false, "certificate": true},
		"power": "8c5e7fda", "route": {"ifIndex": 4, "source": "127.0.0.1"}, "networks": [{"ifIndex": 4, "category": 1}],
		"start": {"type": 2, "delayed": false},
		"own": {"StandIn": "lab-fast", "Placebo": "7", "Lines": "a\nb"}}`)
	if d := cmp.Diff(want, any(l.played("health", `{"host": "127.0.0.1"}`))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	l.host.adapters = append(l.host.adapters, stack.Adapter{MAC: "52:54:00:12:34:57", Up: true})
	if n := l.played("health", `{"host": "127.0.0.1"}`)["networks"].([]any); len(n) != 2 {
		t.Errorf("two networks: %v", n)
	}
	l.host.adapters = l.host.adapters[:1]
	l.must(`reg delete HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes /f`)
	l.host.adapters[0].Addresses = nil
	l.host.adapters[0].Up = false
	for name, host := range map[string]string{"no adapter has it": "127.0.0.1", "no address": "host", "none": ""} {
		a := l.played("health", `{"host": "`+host+`"}`)
		problems := a["problems"].(map[string]any)
		if len(problems) != 2 || problems["route"] == nil || a["route"] != nil || problems["power"] == nil || a["power"] != nil || len(a["networks"].([]any)) != 0 {
			t.Errorf("%s: %v", name, a)
		}
	}
}

package windows

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFirewall(t *testing.T) {
	l := newLab(t)
	const ask = `{"exe": "C:\\VNETTUNE\\iperf3.exe"}`
	if d := cmp.Diff(decode(t, `{"problems": {}, "rules": []}`), any(l.played("firewall", ask))); d != "" {
		t.Error(d)
	}
	const policy = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`
	l.must(`reg add ` + policy + ` /v all /d "v2.31|Action=Block|Active=TRUE|Dir=In|Name=e|" /f`)
	l.must(`reg add ` + policy + ` /v off /d "v2.31|Action=Block|Active=FALSE|Dir=In|Name=e|" /f`)
	l.must(`reg add ` + policy + ` /v other /d "v2.31|Action=Block|Active=TRUE|Dir=In|App=C:\other.exe|" /f`)
	if d := cmp.Diff(decode(t, `{"problems": {}, "rules": [{"name": "all", "store": "policy", "rule": "v2.31|Action=Block|Active=TRUE|Dir=In|Name=e|"}]}`), any(l.played("firewall", ask))); d != "" {
		t.Error(d)
	}
	if rules := newLab(t, "block-rules").played("firewall", ask)["rules"].([]any); len(rules) != 2 {
		t.Errorf("with block-rules: %v", rules)
	}
}

func TestToken(t *testing.T) {
	l := newLab(t)
	if d := cmp.Diff(decode(t, `{"problems": {}, "filtered": false, "EnableLUA": null, "LocalAccountTokenFilterPolicy": null}`), any(l.played("token", "{}"))); d != "" {
		t.Error(d)
	}
	l = newLab(t, "filtered-token")
	l.must(`reg add HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System /v LocalAccountTokenFilterPolicy /t REG_DWORD /d 0 /f`)
	if a := l.played("token", "{}"); a["filtered"] != true || a["LocalAccountTokenFilterPolicy"] != 0.0 {
		t.Errorf("with filtered-token: %v", a)
	}
	if a := l.played("health", `{"host": "192.0.2.1"}`); a["administrator"] != false || a["task"] != nil {
		t.Errorf("with filtered-token: %v", a)
	}
}

package windows

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/lab/windows/stack"
)

func TestNetshWords(t *testing.T) {
	for line, ok := range map[string]bool{
		"netsh interface tcp set global rss=enabled":                         true,
		"netsh int tcp set glob rss=enabled":                                 true,
		"NETSH INT TCP SET GLOBAL RSS=ENABLED":                               true,
		"netsh.exe interface tcp set heuristics disabled":                    true,
		"netsh int tcp set heuristics wsh=disabled forcews=enabled":          true,
		"netsh int tcp set heuristics disabled disabled":                     true,
		"netsh int ip set subinterface 4 mtu=1400":                           true,
		"netsh int ipv4 set subinterface Ethernet mtu=1400 store=persistent": true,
		"netsh int ipv4 set subinterface interface=4 1400 persistent":        true,
		"netsh":                                       false,
		"netsh int":                                   false,
		"netsh i t s g rss=enabled":                   false,
		"netsh interface tcp set":                     false,
		"netsh interface tcp set global":              false,
		"netsh interface tcp set heuristics":          false,
		"netsh interface tcp set supplemental":        false,
		"netsh interface tcp show global extra":       false,
		"netsh interface udp dump":                    false,
		"netsh interface udp set global uro=disabled": false,
	} {
		l := newLab(t)
		out, _, code := l.sh(line)
		if (code == 0) != ok {
			t.Errorf("%s: exit code %d: %s", line, code, out)
		}
		if ok && out != "Ok.\n\n" {
			t.Errorf("%s: %q", line, out)
		}
	}
}

func TestRefusedValues(t *testing.T) {
	for _, line := range []string{
		"set global autotuninglevel=off",
		"set global rss=on",
		"set global rss=",
		"set global rss=enabled rss=disabled",
		"set global timestamps=allowed", // from Server 2022 and 11 on
		"set global initialrto=299",
		"set global initialrto=3001",
		"set global initialrto=1e3",
		"set global maxsynretransmissions=9",
		"set global pacingprofile=disabled", // the word is off
		"set global netdma=enabled",         // gone
		"set global dca=enabled",
		"set global uro=enabled",
		"set global congestionprovider=ctcp", // unverified
		"set global congestionprovider=none",
		"set global chimney=disabled",
		"set heuristics wsh=maybe",
		"set supplemental template=internet congestionprovider=vegas",
		"set supplemental template=internet congestionprovider=bbr2",
		"set supplemental template=internet congestionprovider=none",
		"set supplemental template=internet minrto=100", // reported not changeable
		"set supplemental template=internet icw=4",
		"set supplemental template=internet enablecwndrestart=enabled",
		"set supplemental template=internet delayedacktimeout=10",
		"set supplemental template=internet delayedackfrequency=0",
		"set supplemental template=other rack=enabled",
		"set supplemental template=automatic rack=enabled",
		"set supplemental congestionprovider=ctcp",
	} {
		l := newLab(t)
		saves, effects := l.disk.saves, len(l.host.effects)
		l.refused("netsh int tcp " + line)
		if l.disk.saves != saves || len(l.host.effects) != effects {
			t.Errorf("%s: refused, and yet something changed", line)
		}
	}
}

func TestOneRefusedValueChangesNothing(t *testing.T) {
	l := newLab(t)
	before := l.must("netsh int tcp dump")
	l.refused("netsh int tcp set global autotuninglevel=disabled rss=on")
	if after := l.must("netsh int tcp dump"); after != before {
		t.Errorf("dump changed to\n%s", after)
	}
}

func TestAllow(t *testing.T) {
	for key, lines := range map[string][]string{
		"congestionprovider":   {"set global congestionprovider=ctcp", "set global congestionprovider=none"},
		"chimney":              {"set global chimney=disabled"},
		"icw":                  {"set supplemental template=internet icw=4"},
		"enablecwndrestart":    {"set supplemental template=internet enablecwndrestart=enabled"},
		"delayedacktimeout":    {"set supplemental template=internet delayedacktimeout=20"},
		"bbr2":                 {"set supplemental template=internet congestionprovider=bbr2"},
		"none":                 {"set supplemental template=internet congestionprovider=none"},
		"udp":                  {},
		"uso":                  {},
		"defaultreceivewindow": {},
		"defaultsendwindow":    {},
	} {
		if !slices.Contains(stack.Allowable(), key) {
			t.Errorf("%s is not a key", key)
		}
		l := newLab(t, "allow="+key)
		for _, line := range lines {
			l.must("netsh int tcp " + line)
		}
	}
	l := newLab(t, "allow=congestionprovider", "allow=udp")
	l.must("netsh int tcp set global congestionprovider=ctcp")
	if out := l.must("netsh int tcp dump"); !strings.Contains(out, "congestionprovider=default") {
		t.Errorf("the row prints default whatever the provider, got\n%s", out)
	}
	l.must("netsh interface udp dump")
}

func TestDefaultAndPersistence(t *testing.T) {
	l := newLab(t)
	fresh := l.must("netsh int tcp dump")
	l.must("netsh int tcp set global autotuninglevel=disabled initialrto=2000 pacingprofile=always ecncapability=enabled")
	changed := l.must("netsh int tcp dump")
	for _, want := range []string{" autotuninglevel=disabled ", " initialrto=2000 ", " pacingprofile=always", " ecncapability=enabled "} {
		if !strings.Contains(changed, want) {
			t.Errorf("dump has no%s:\n%s", want, changed)
		}
	}
	l.reboot()
	if got := l.must("netsh int tcp dump"); got != changed {
		t.Errorf("after a boot\n%s\nwant\n%s", got, changed)
	}
	l.must("netsh int tcp set global autotuninglevel=default initialrto=default pacingprofile=default ecncapability=default")
	if got := l.must("netsh int tcp dump"); got != fresh {
		t.Errorf("after default\n%s\nwant\n%s", got, fresh)
	}
	l.must("netsh int tcp set supplemental template=datacenter congestionprovider=ctcp")
	l.must("netsh int tcp set supplemental template=datacenter congestionprovider=default")
	if got := l.must("netsh int tcp show supplemental datacenter"); !strings.Contains(got, ": cubic\n") {
		t.Errorf("template after default:\n%s", got)
	}
}

func TestMTU(t *testing.T) {
	l := newLab(t)
	for _, bad := range []string{"mtu=575", "mtu=1501", "mtu=x", "store=persistent", "mtu=1400 store=active", "mtu=1400 store=never"} {
		l.refused("netsh int ipv4 set subinterface 4 " + bad)
	}
	l.refused("netsh int ipv4 set subinterface 5 mtu=1400")
	l.must("netsh int ipv4 set subinterface Ethernet mtu=576")
	if out := l.must("netsh int ipv4 show subinterfaces"); !strings.Contains(out, "\n   576 ") {
		t.Errorf("subinterfaces:\n%s", out)
	}
	l = newLab(t, "ignore=mtu")
	l.must("netsh int ipv4 set subinterface 4 mtu=576")
	if got := l.host.last().MTU; got != 1500 {
		t.Errorf("ignored, and yet the MTU is %d", got)
	}
}

func TestFailedEffectChangesNothing(t *testing.T) {
	l := newLab(t)
	before := l.must("netsh int tcp dump")
	l.host.effectErr = errors.New("no such algorithm")
	if out := l.refused("netsh int tcp set global ecncapability=enabled"); !strings.Contains(out, "no such algorithm") {
		t.Errorf("output %q", out)
	}
	l.host.effectErr = nil
	l.disk.fail = errors.New("disk full")
	l.refused("netsh int tcp set global autotuninglevel=disabled")
	l.disk.fail = nil
	if after := l.must("netsh int tcp dump"); after != before {
		t.Errorf("dump changed to\n%s", after)
	}
	if got := l.host.last().ReceiveWindow; got != 16<<20 {
		t.Errorf("window %d is in effect though it was not saved", got)
	}
}

// What is global to UDP: which Windows has it, and what it keeps.
func TestUDP(t *testing.T) {
	for _, c := range []struct{ generation, build, allow, dump string }{
		{"nt62", "9600", "", ""},
		{"w10", "19045", "", ""},
		{"w10", "19045", "allow=udp", "none"},
		{"w10", "19045", "allow=uso", ""},
		{"w11", "20348", "", ""},
		{"w11", "22000", "allow=uso", ""},
		{"w11", "22621", "", "uro=disabled"},
		{"w11", "26100", "", "uro=disabled"},
		{"w11", "26200", "allow=uso", "uro=disabled uso=enabled"},
	} {
		l := newRelease(t, c.generation, c.build, strings.Fields(c.allow)...)
		out, _, code := l.sh("netsh interface udp dump")
		answer := l.played("udp", `{}`)
		lines, _ := answer["dump"].([]any)
		said, _ := answer["problems"].(map[string]any)["dump"].(string)
		switch c.dump {
		case "":
			if code != 1 || !strings.Contains(out, "not found: interface udp dump.") || answer["dump"] != nil || !strings.HasPrefix(said, "exit code 1: The following") {
				t.Errorf("%+v: exit code %d: %s; the script says %v", c, code, out, answer)
			}
		case "none":
			if code != 0 || strings.Contains(out, "\nset ") || answer["dump"] == nil || len(lines) != 0 || said != "" {
				t.Errorf("%+v: exit code %d: %s; the script says %v", c, code, out, answer)
			}
		default:
			if want := "set global " + c.dump; code != 0 || !strings.Contains(out, "\n"+want+"\n") || len(lines) != 1 || lines[0] != want {
				t.Errorf("%+v: exit code %d: %s; the script says %v", c, code, out, answer)
			}
		}
		for _, key := range []string{"uro", "uso"} {
			if !strings.Contains(c.dump, key+"=") {
				l.refused("netsh interface udp set global " + key + "=disabled")
				continue
			}
			l.refused("netsh interface udp set global " + key + "=on")
			l.must("netsh interface udp set global " + key + "=enabled")
			l.reboot()
			if out := l.must("netsh interface udp dump"); !strings.Contains(out, key+"=enabled") {
				t.Errorf("%+v: after a boot\n%s", c, out)
			}
			l.must("netsh interface udp set global " + key + "=default")
			if out := l.must("netsh interface udp dump"); !strings.Contains(out, c.dump) {
				t.Errorf("%+v: after default\n%s", c, out)
			}
		}
		l.refused("netsh interface udp set global")
	}
}

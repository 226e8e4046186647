package windows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// newRelease is a lab of a build.
func newRelease(t *testing.T, generation, build string, faults ...string) *lab {
	t.Helper()
	f, err := machine.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, disk: &memDisk{}, host: newFakeHost(), cfg: machine.Config{Generation: generation, Build: build, Language: "en", User: "Tester", Password: "right", Faults: f}}
	l.reboot()
	return l
}

const (
	older  = " nonsackrttresiliency=disabled maxsynretransmissions=2"
	newer  = " nonsackrttresiliency=disabled maxsynretransmissions=4"
	rest   = " fastopenfallback=enabled hystart=enabled"
	head   = "set global rss=enabled autotuninglevel=normal congestionprovider=default"
	head62 = "set global rss=enabled chimney=disabled netdma=disabled dca=disabled autotuninglevel=normal congestionprovider=none"
)

// TestReleases holds each build to what is known of it (docs/facts/windows-samples.md,
// docs/facts/windows-settings.md), written down here once more.
func TestReleases(t *testing.T) {
	custom, customs := "Automatic Custom Compat Datacenter Internet", "Automatic InternetCustom DatacenterCustom Compat Datacenter Internet"
	for _, c := range []struct {
		generation, build  string
		caption, version   string
		product            float64
		powershell, driver string
		dump               string
		templates          string
		inUse              string // of a near connection
		internet           string // provider, minrto, icw, restart, delayed ACK
		datacenter         string
		compat             string
		uso, coalescing    bool
	}{
		{"nt62", "9200", "Microsoft Windows Server 2012 Datacenter", "6.2.9200", 3, "3.0", "62.93.104.24000",
			head62 + " ecncapability=enabled timestamps=disabled initialrto=3000 rsc=enabled",
			custom, "Datacenter", "CTCP 300 4 0 50", "DCTCP 20 4 1 10", "Default 300 2 0 200", false, false},
		{"nt62", "9600", "Microsoft Windows Server 2012 R2 Datacenter", "6.3.9600", 3, "4.0", "63.93.104.24000",
			head62 + " ecncapability=disabled timestamps=disabled initialrto=3000 rsc=enabled" + older,
			customs, "Datacenter", "CTCP 300 4 0 50", "DCTCP 20 4 1 10", "Default 300 2 0 200", false, false},
		{"w10", "14393", "Microsoft Windows Server 2016 Datacenter", "10.0.14393", 3, "5.1", "0.0.0.1",
			head + " ecncapability=enabled timestamps=disabled initialrto=3000 rsc=enabled" + older + " fastopen=disabled",
			customs, "Datacenter", "CTCP 300 10 0 50", "DCTCP 20 10 1 10", "NewReno 300 2 0 200", false, false},
		{"w10", "17763", "Microsoft Windows Server 2019 Datacenter", "10.0.17763", 3, "5.1", "0.0.0.1",
			head + " ecncapability=enabled timestamps=disabled initialrto=3000 rsc=enabled" + older + " fastopen=disabled" + rest + " pacingprofile=off",
			customs, "Datacenter", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, false},
		{"w10", "18363", "Microsoft Windows 10 Pro", "10.0.18363", 1, "5.1", "0.0.0.1",
			head + " ecncapability=disabled timestamps=disabled initialrto=1000 rsc=enabled" + newer + " fastopen=enabled" + rest + " pacingprofile=off",
			customs, "Internet", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, true},
		{"w10", "19045", "Microsoft Windows 10 Pro", "10.0.19045", 1, "5.1", "0.0.0.1",
			head + " ecncapability=disabled timestamps=disabled initialrto=1000 rsc=enabled" + newer + " fastopen=enabled" + rest + " prr=enabled pacingprofile=off",
			customs, "Internet", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, true},
		{"w11", "22000", "Microsoft Windows 11 Pro", "10.0.22000", 1, "5.1", "0.0.0.1",
			head + " ecncapability=disabled timestamps=disabled initialrto=1000 rsc=enabled" + newer + " fastopen=enabled" + rest + " prr=enabled pacingprofile=off",
			customs, "Internet", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, true},
		{"w11", "26200", "Microsoft Windows 11 Pro", "10.0.26200", 1, "5.1", "0.0.0.1",
			head + " ecncapability=disabled timestamps=allowed initialrto=1000 rsc=enabled" + newer + " fastopen=enabled" + rest + " prr=enabled pacingprofile=off",
			customs, "Internet", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, true},
		{"w11", "20348", "Microsoft Windows Server 2022 Datacenter", "10.0.20348", 3, "5.1", "0.0.0.1",
			head + " ecncapability=enabled timestamps=disabled initialrto=1000 rsc=enabled" + newer + " fastopen=disabled" + rest + " prr=enabled pacingprofile=off",
			customs, "Datacenter", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, false},
		{"w11", "26100", "Microsoft Windows Server 2025 Datacenter", "10.0.26100", 3, "5.1", "0.0.0.1",
			head + " ecncapability=enabled timestamps=allowed initialrto=1000 rsc=enabled" + newer + " fastopen=disabled" + rest + " prr=enabled pacingprofile=off",
			customs, "Datacenter", "CUBIC 300 10 0 40", "CUBIC 20 10 0 10", "NewReno 300 2 0 200", true, false},
	} {
		t.Run(c.generation+" "+c.build, func(t *testing.T) {
			l := newRelease(t, c.generation, c.build)
			if got := l.must("ver"); !strings.Contains(got, "Version "+c.version+"]") {
				t.Errorf("ver says %q", got)
			}
			facts := l.played("facts", `{}`)
			a := facts["adapters"].([]any)[0].(map[string]any)
			if facts["caption"] != c.caption+" (vnettune stand-in)" || facts["productType"] != c.product || facts["psVersion"] != c.powershell || a["driverVersion"] != c.driver {
				t.Errorf("facts: %v", facts)
			}
			if got := l.must("netsh interface tcp dump"); !strings.Contains(got, "\n"+c.dump+"\n") {
				t.Errorf("dump\n%s\nwant in it\n%s", got, c.dump)
			}
			names, values := l.templates()
			if names != c.templates {
				t.Errorf("templates %s, want %s", names, c.templates)
			}
			for name, want := range map[string]string{"Internet": c.internet, "Datacenter": c.datacenter, "Compat": c.compat} {
				if got := values[name]; got != want {
					t.Errorf("%s begins as %s, want %s", name, got, want)
				}
			}
			if got := l.m.Template(9999).CIM; got != c.inUse {
				t.Errorf("near connections have %s, want %s", got, c.inUse)
			}
			effect := l.played("effect", `{"classKey": `+classKey+`}`)
			_, uso := effect["classes"].(map[string]any)[stack.UsoClass]
			_, missing := effect["problems"].(map[string]any)[stack.UsoClass]
			offload := effect["classes"].(map[string]any)["MSFT_NetOffloadGlobalSetting"].(map[string]any)
			if uso != c.uso || missing == c.uso || (offload["PacketCoalescingFilter"] == 1.0) != c.coalescing {
				t.Errorf("effect: %v", effect)
			}
		})
	}
}

// templates are the names of the templates in their order, and what each begins with.
func (l *lab) templates() (names string, values map[string]string) {
	l.t.Helper()
	values = map[string]string{}
	var all []string
	for _, one := range l.played("read", `{"tcp": true}`)["templates"].([]any) {
		one := one.(map[string]any)
		name, v := one["name"].(string), one["values"].(map[string]any)
		all = append(all, name)
		var parts []string
		for _, p := range []string{"CongestionProvider", "MinRto", "InitialCongestionWindow", "CwndRestart", "DelayedAckTimeout"} {
			parts = append(parts, text(v[p]))
		}
		values[name] = strings.Join(parts, " ")
	}
	return strings.Join(all, " "), values
}

// What a release has not is not in the objects of MSFT_NetTCPSetting.
func TestPropertiesOfOlderReleases(t *testing.T) {
	late := []string{"AutomaticUseCustom", "ForceWS", "MaxSynRetransmissions", "NonSackRttResiliency"}
	later := []string{"AutoReusePortRangeStartPort", "DelayedAckFrequency"}
	for build, has := range map[string][2]bool{"nt62 9200": {}, "nt62 9600": {true, false}, "w10 14393": {true, true}} {
		generation, build, _ := strings.Cut(build, " ")
		objects := newRelease(t, generation, build).played("read", `{"tcp": true}`)["templates"].([]any)
		values := objects[len(objects)-1].(map[string]any)["values"].(map[string]any)
		for i, properties := range [][]string{late, later} {
			for _, p := range properties {
				if _, ok := values[p]; ok != has[i] {
					t.Errorf("%s %s: %s is there: %v", generation, build, p, ok)
				}
			}
		}
	}
	vlan := func(build string) any {
		l := newRelease(t, strings.Fields(build)[0], strings.Fields(build)[1])
		return l.played("effect", `{"classKey": `+classKey+`}`)["classes"].(map[string]any)["MSFT_NetAdapter"].(map[string]any)["VlanID"]
	}
	if is, was := vlan("w10 14393"), vlan("nt62 9600"); is != 0.0 || was != nil {
		t.Errorf("VlanID is %v on 2016 and %v on 2012 R2", is, was)
	}
}

// What netsh takes and refuses differs between clients and servers, and between old and new.
func TestRefusalsOfReleases(t *testing.T) {
	for _, c := range []struct {
		line  string
		takes string // generation and build of those that take it
		not   string
	}{
		{"set supplemental template=internet icw=4", "w10 14393, w10 17763, w11 20348, w11 26100", "nt62 9200, nt62 9600, w10 19045, w11 26200"},
		{"set supplemental template=internet minrto=200", "w10 17763, w11 26100", "nt62 9600, w10 19045, w11 26200"},
		{"set supplemental template=internet congestionprovider=ctcp", "w10 14393, w10 19045, w11 26200", "nt62 9200, nt62 9600"},
		{"set supplemental template=custom icw=8", "nt62 9200", "nt62 9600, w10 14393, w11 26100"},
		{"set supplemental template=internetcustom icw=8", "nt62 9600, w10 14393", "nt62 9200"},
		{"set supplemental template=datacenter congestionprovider=cubic", "w10 17763", "w10 14393"},
		{"set supplemental template=internet congestionprovider=bbr2", "w11 26100, w11 26200", "w10 19045, w11 22631, w11 20348"},
		{"set global timestamps=allowed", "w11 20348, w11 22000", "nt62 9600, w10 19045"},
		{"set global maxsynretransmissions=3", "nt62 9600, w10 14393", "nt62 9200"},
		{"set heuristics forcews=enabled", "nt62 9600, w10 14393", "nt62 9200"},
		{"set global fastopen=enabled", "w10 14393", "nt62 9600"},
		{"set global hystart=disabled", "w10 17763", "w10 14393"},
		{"set global prr=disabled", "w10 19041, w11 20348", "w10 17763, w10 18363"},
		{"set global netdma=enabled", "nt62 9200, nt62 9600", "w10 14393, w10 19045"},
		{"set global chimney=automatic", "nt62 9200, nt62 9600", "w10 14393, w10 19045, w11 26200"},
	} {
		for list, ok := range map[string]bool{c.takes: true, c.not: false} {
			for _, one := range strings.Split(list, ", ") {
				generation, build, _ := strings.Cut(one, " ")
				if _, _, code := newRelease(t, generation, build).sh("netsh int tcp " + c.line); (code == 0) != ok {
					t.Errorf("%s: %s: exit code %d", one, c.line, code)
				}
			}
		}
	}
}

// The listing of 2012 is that of the sample, and 2016 has three of its rows still.
func TestShowGlobalOfReleases(t *testing.T) {
	trimmed := func(text string) string { return strings.TrimRight(strings.ReplaceAll(text, " \n", "\n"), "\n") }
	if d := cmp.Diff(strings.TrimRight(sample(t, "global-2012.sample"), "\n"), trimmed(newRelease(t, "nt62", "9200").must("netsh int tcp show global"))); d != "" {
		t.Errorf("2012 (-sample +got):\n%s", d)
	}
	got := newRelease(t, "w10", "14393").must("netsh int tcp show global")
	for _, row := range []string{"Chimney Offload State               : disabled", "NetDMA State                        : disabled", "TCP Fast Open                       : disabled"} {
		if !strings.Contains(got, row+" \n") {
			t.Errorf("2016 has no row %q:\n%s", row, got)
		}
	}
	if rows := strings.Count(got, " : "); rows != 13 {
		t.Errorf("2016 has %d rows of 13", rows)
	}
}

// The properties of a driver are those of its INF for the system.
func TestDriversOfReleases(t *testing.T) {
	for _, c := range []struct {
		generation, build, driver, keyword string
		has                                bool
	}{
		{"nt62", "9600", "", "*UsoIPv4", false},
		{"nt62", "9600", "", "RxCapacity", true},
		{"w10", "19045", "0.1.240", "*UsoIPv4", true},
		{"w10", "19045", "0.1.271", "*NdisPoll", false},
		{"w11", "20348", "0.1.271", "*NdisPoll", false},
		{"w11", "26100", "0.1.271", "*NdisPoll", true},
		{"w11", "26200", "", "*NdisPoll", true},
	} {
		l := newRelease(t, c.generation, c.build)
		l.cfg.Driver, l.disk = c.driver, &memDisk{}
		l.reboot()
		if _, ok := l.keywords()[c.keyword]; ok != c.has {
			t.Errorf("%s %s with driver %q: %s is declared: %v", c.generation, c.build, c.driver, c.keyword, ok)
		}
	}
}

// PowerShell 3.0 has no Find-NetRoute: no route is told, and that is no problem.
func TestHealthOf2012(t *testing.T) {
	health := newRelease(t, "nt62", "9200").played("health", `{"host": "127.0.0.1"}`)
	if _, problem := health["problems"].(map[string]any)["route"]; problem || health["route"] != nil {
		t.Errorf("health: %v", health)
	}
}

// Every build that is offered is played, and no other.
func TestEveryBuildIsPlayed(t *testing.T) {
	for _, p := range Personalities {
		for _, build := range p.Builds {
			if got := editionOf(machine.Config{Generation: p.Generation, Build: build}); got.Generation != p.Generation || got.Build != build {
				t.Errorf("%s %s is played as %s %s", p.Generation, build, got.Generation, got.Build)
			}
		}
		if got := editionOf(machine.Config{Generation: p.Generation}); got.Build != p.Builds[0] {
			t.Errorf("%s is played as %s, and %s is the first", p.Generation, got.Build, p.Builds[0])
		}
	}
	if err := Played("nt60", "en", "", ""); err == nil {
		t.Error("nt60 is played")
	}
}

// text is a number or word of JSON.
func text(v any) string { return fmt.Sprint(v) }

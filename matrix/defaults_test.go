package matrix

import (
	"slices"
	"strings"
	"testing"
)

func TestStandsAt(t *testing.T) {
	for _, c := range []struct {
		id   string
		w    Windows
		want string
	}{
		{"afd.DefaultReceiveWindow", On(W10), "absent"},
		{"afd.FastSendDatagramThreshold", On(W10), "absent 1024"},
		{"tcpip.TCPNoDelay", On(W10), "absent 0"},
		{"power.NetworkThrottlingIndex", On(W10), "absent 10"},
		{"tcp.autotuninglevel", On(W10), "normal"},
		{"tcp.ecncapability", On(W10), ""}, // by the edition, which is not known
		{"tcp.ecncapability", Windows{Generation: W10, Build: 17763, Edition: Server}, "enabled"},
		{"tcp.timestamps", On(W11), ""},
		{"template.icw", On(W10), ""},
		{"ip.dynamicport", On(W10), "49152"},
		{"power.scheme", On(W10), "381b4222-f694-41f0-9685-ff5bb260df2e"},
		{"netkvm.RxCapacity", On(W10), ""}, // the driver says it
	} {
		s, ok := Catalogue().Lookup(c.id)
		if !ok {
			t.Fatal(c.id)
		}
		var got []string
		for _, v := range s.StandsAt(c.w) {
			got = append(got, string(v))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s on %s: %q, want %q", c.id, c.w, got, c.want)
		}
	}
}

func TestDriverBuild(t *testing.T) {
	for version, want := range map[string]int{
		"100.93.104.24000": 240, "51.64.104.4900": 49, "100.95.104.29600": 296,
		"": 0, "0.0.0.1": 0, "100.93.104.24050": 0, "100.93.105.24000": 0, "100.93.104": 0, "100.93.104.x": 0, "100.93.104.0": 0,
	} {
		if got, ok := DriverBuild(version); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v; want %d", version, got, ok, want)
		}
	}
}

// A danger that lacks something, or names what is not there, is a mistake of the file.
func TestDangersAreComplete(t *testing.T) {
	if len(Dangers()) == 0 {
		t.Fatal("none")
	}
	for text, want := range map[string]string{
		"dangers: [{id: a, says: x, do: y, sources: [z]}]":                                                              "lacks",
		"dangers: [{id: a, says: x, do: y, when: [{settings: [tcp.rss], values: [disabled]}]}]":                         "lacks",
		"dangers: [{id: a, says: x, do: y, sources: [z], when: [{settings: [tcp.none], values: [disabled]}]}]":          "no tcp.none",
		"dangers: [{id: a, says: x, do: y, sources: [z], when: [{settings: [tcp.rss], values: [off]}]}]":                "not legal",
		"dangers: [{id: a, says: x, do: y, sources: [z], when: [{settings: [ip.mtu], values: ['1500'], below: 1280}]}]": "values or a bound",
	} {
		if _, err := parseDangers([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// A conjunction holds only where all of it does.
func TestADangerIsAConjunction(t *testing.T) {
	i := slices.IndexFunc(Dangers(), func(d Danger) bool { return d.ID == "bbr2-loopback" })
	if i < 0 {
		t.Fatal("none")
	}
	d := Dangers()[i]
	for _, c := range []struct {
		g               Generation
		provider, large string
		want            Threat
	}{
		{W11, "bbr2", "enabled", CertainThreat}, {W11, "BBR2", "Enabled", CertainThreat}, {W10, "bbr2", "enabled", NoThreat},
		{W11, "cubic", "enabled", NoThreat}, {W11, "bbr2", "disabled", NoThreat}, {W11, "bbr2", "", NoThreat},
	} {
		got, met := d.Holds(On(c.g), 0, func(id string) []string {
			if id == "template.congestionprovider" {
				return []string{"cubic", c.provider}
			}
			return []string{c.large}
		})
		if got != c.want || c.want != NoThreat && len(met) != 2 {
			t.Errorf("%+v: %v, %v", c, got, met)
		}
	}
}

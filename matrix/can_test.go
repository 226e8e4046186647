package matrix

import (
	"encoding/json"
	"errors"
	"testing"
)

// What decides whether a setting can be set: generation, build, edition, and whether anything reads
// it back.
func TestCanSet(t *testing.T) {
	server := func(build int) Windows { return Windows{Build: build, Edition: Server} }
	for _, c := range []struct {
		id  string
		on  Windows // the generation follows from the build
		why Why     // "" when it can
	}{
		{"tcp.autotuninglevel", On(W10), ""},
		{"tcp.autotuninglevel", On(NT60), Undriven},
		{"tcp.autotuninglevel", On(XP), Missing},
		{"tcp.congestionprovider", On(W10), Superseded},
		{"tcp.maxsynretransmissions", On(NT62), ""}, // 8.1 has it
		{"tcp.maxsynretransmissions", server(9200), Newer},
		{"tcp.nonsackrttresiliency", server(9200), Newer},
		{"tcp.heuristics_forcews", server(9200), Newer},
		{"tcp.heuristics_forcews", server(9600), ""},
		{"tcp.hystart", server(14393), Newer},
		{"tcp.hystart", server(17763), ""},
		{"tcp.prr", server(17763), Newer},
		{"tcp.chimney", On(W10), Missing},
		{"template.minrto", On(W10), ""},
		{"template.minrto", server(17763), ""},
		{"template.minrto", Windows{Build: 19045, Edition: Client}, ReadOnly},
		{"template.congestionprovider", Windows{Build: 19045, Edition: Client}, ""},
		{"template.rack", server(20348), Unreadable},
		{"template.taillossprobe", On(W11), Unreadable},
		{"power.scheme", On(W10), ""},
		{"power.scheme", On(XP), Unwritable},
		{"power.PROCTHROTTLEMIN", On(W10), Unwritable},
		{"offload.PacketCoalescingFilter", On(W11), ""},
		{"ip.taskoffload", server(9200), ""},
		{"ip.loopbacklargemtu", On(W11), Unreadable},
		{"netkvm.RxCapacity", On(XP), Unwritable},
		{"netkvm.NdisPoll", On(W10), Missing},
		{"netkvm.NdisPoll", On(W11), ""},
		{"netkvm.MinRxBufferPercent", On(NT62), Missing},
		{"netkvm.Indirect", On(W10), Missing},
		{"netkvm.LsoV1IPv4", On(W10), ""},
		{"netkvm.VlanID", Windows{Build: 19045, Declared: []string{"vlanid"}}, ""}, // names ignore case
		{"netkvm.VlanID", Windows{Build: 19045, Declared: []string{"*RSS"}}, Missing},
		{"netkvm.LsoV1IPv4", Windows{Build: 19045, Declared: []string{"*RSS"}}, ""}, // read undeclared
		{"rss.MaxRssProcessors", On(NT62), ""},
		{"tcpip.TcpAckFrequency", On(XP), ""},
		{"tcpip.TCPNoDelay", On(W11), ""},
	} {
		if c.on.Build != 0 {
			w, err := WindowsOf(c.on.Build, 0)
			if err != nil {
				t.Fatal(err)
			}
			c.on.Generation = w.Generation
		}
		s, ok := Catalogue().Lookup(c.id)
		if !ok {
			t.Fatalf("no setting %s", c.id)
		}
		var cannot *CannotError
		err := s.CanSet(c.on)
		if errors.As(err, &cannot); (c.why == "") != (err == nil) || err != nil && cannot.Why != c.why {
			t.Errorf("%s on %s: %v, want %q", c.id, c.on, err, c.why)
		}
	}
}

// A value may need a newer build than its setting does.
func TestCheckByBuild(t *testing.T) {
	s, _ := Catalogue().Lookup("template.congestionprovider")
	for _, c := range []struct {
		build int
		v     Value
		ok    bool
	}{{26100, "bbr2", true}, {22621, "bbr2", false}, {14393, "cubic", false}, {17763, "cubic", true}, {9600, "ctcp", true}} {
		w, err := WindowsOf(c.build, 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Check(w, c.v); (err == nil) != c.ok {
			t.Errorf("%s on %s: %v", c.v, w, err)
		}
	}
}

func TestWindowsOf(t *testing.T) {
	for _, c := range []struct {
		build, product int
		want           string
	}{
		{2600, 1, "xp (build 2600, client)"}, {3790, 3, "xp (build 3790, server)"}, {7601, 1, "nt60 (build 7601, client)"},
		{9200, 2, "nt62 (build 9200, server)"}, {9600, 0, "nt62 (build 9600)"}, {14393, 3, "w10 (build 14393, server)"}, {19045, 1, "w10 (build 19045, client)"},
		{20348, 3, "w11 (build 20348, server)"}, {20349, 3, "w11 (build 20349, server)"}, {25398, 3, "w11 (build 25398, server)"}, {26200, 1, "w11 (build 26200, client)"},
		{2601, 1, ""}, {7602, 1, ""}, {9400, 1, ""}, {19046, 1, ""}, {20347, 3, ""}, {20350, 3, ""}, {21999, 1, ""}, {0, 0, ""},
	} {
		w, err := WindowsOf(c.build, c.product)
		if (err == nil) != (c.want != "") || err == nil && w.String() != c.want {
			t.Errorf("build %d, product type %d: %s, %v; want %q", c.build, c.product, w, err, c.want)
		}
	}
}

// A plan made for a generation is refused, setting by setting and value by value, by a Windows of it
// that has less.
func TestPlanCannot(t *testing.T) {
	p, err := NewPlan(W11, Design{Kind: List, Arms: []ArmSpec{
		{Set: map[string]Value{"template.congestionprovider": "bbr2"}},
		{Set: map[string]Value{"template.icw": "10"}},
		{Set: map[string]Value{"tcp.rss": "disabled"}},
	}}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		on   Windows
		want int
	}{{Windows{Generation: W11, Build: 26100, Edition: Server}, 0}, {Windows{Generation: W11, Build: 26100, Edition: Client}, 1}, {Windows{Generation: W11, Build: 22621, Edition: Client}, 2}} {
		if all := p.Cannot(c.on); len(all) != c.want {
			t.Errorf("%s: %v, want %d", c.on, all, c.want)
		}
	}
}

// A plan that an older version stored is read: its settings had generations where builds are now.
func TestOlderPlan(t *testing.T) {
	const old = `{"Generation": "w11", "Settings": [{"Setting": {"ID": "tcp.timestamps", "Legal": {"Enum": ["disabled", "allowed"], "Since": {"allowed": "w11"}}},
		"Form": {"Kind": "netsh-global", "Name": "timestamps"}}], "Dropped": [{"Profile": "p", "Line": "a=b", "Reason": "does not exist on w11 (gone)"}]}`
	var p Plan
	if err := json.Unmarshal([]byte(old), &p); err != nil {
		t.Fatal(err)
	}
	if got := p.Dropped[0].String(); got != "p without a=b (missing): does not exist on w11 (gone)" {
		t.Errorf("dropped: %s", got)
	}
	if cannot := p.Cannot(On(W11)); len(cannot) != 0 {
		t.Errorf("%v", cannot)
	}
}

package matrix

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Every setting says on every generation when it takes effect; what somebody is said to have written or
// seen has a source, the rest a reason. The golden file counts how well that is known of those that a
// generation has: a change there is one of the facts.
func TestTakesEffect(t *testing.T) {
	count := map[string]int{}
	for _, s := range Catalogue().All() {
		if len(s.TakesEffect) != len(Generations) {
			t.Errorf("%s: takes effect on %v", s.ID, slices.Sorted(maps.Keys(s.TakesEffect)))
		}
		for _, g := range Generations {
			got := s.TakesOn(g)
			if err := got.check(); err != nil {
				t.Errorf("%s on %s: %v", s.ID, g, err)
			}
			for _, source := range got.Sources {
				if !strings.Contains(source, ", https://") && !strings.Contains(source, ", docs/") {
					t.Errorf("%s on %s: source %q has no address", s.ID, g, source)
				}
			}
			if s.ID != PlaceboID && s.Status[g].Word != NotApplicable {
				got.Note = ""
				count[fmt.Sprintf("%-4s %s", g, got)]++
			}
		}
	}
	var out strings.Builder
	for _, k := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&out, "%4d %s\n", count[k], k)
	}
	golden(t, "takes.golden", out.String())
}

func TestTakesOn(t *testing.T) {
	for _, c := range []struct {
		id   string
		on   Generation
		want Takes
		sure Certainty
	}{
		{"tcp.autotuninglevel", W10, TakesNewConnections, WidelyReported},
		{"template.congestionprovider", W11, TakesNewConnections, WidelyReported},
		{"template.congestionprovider", W10, TakesNewConnections, Supposed}, // what holds for all
		{"template.minrto", W10, TakesNewConnections, Contradicted},
		{"template.minrto", NT62, TakesNewConnections, Supposed},
		{"tcp.netdma", NT60, TakesReboot, Documented},
		{"tcpip.EnableWsd", W10, TakesUnknown, ""},
		{"tcpip.Tcp1323Opts", XP, TakesReboot, Supposed},
		{"netkvm.ConnectRate", W10, TakesAdapterRestart, Documented},
		{"netkvm.ConnectRate", W11, TakesNever, Documented},
		{"netkvm.MergeableBuf", W10, TakesNever, Documented},
		{"ip.mtu", W10, TakesAtOnce, Documented},
		{"ip.mtu", NT60, TakesAtOnce, Supposed},
		{"power.scheme", W11, TakesAtOnce, Documented},
		{PlaceboID, XP, TakesAtOnce, Documented},
	} {
		s, ok := Catalogue().Lookup(c.id)
		if got := s.TakesOn(c.on); !ok || got.When != c.want || got.Sure != c.sure {
			t.Errorf("%s on %s: %s, want %s, %s", c.id, c.on, got, c.want, c.sure)
		}
	}
}

func TestSwitch(t *testing.T) {
	for _, c := range []struct {
		taking Taking
		inert  bool
		want   Takes
	}{
		{Taking{When: TakesAtOnce, Sure: Documented}, false, TakesAtOnce},
		{Taking{When: TakesAtOnce, Sure: Supposed}, false, TakesAtOnce},
		{Taking{When: TakesNewConnections, Sure: WidelyReported}, false, TakesNewConnections},
		{Taking{When: TakesNewConnections, Sure: Supposed}, false, TakesNewConnections},
		{Taking{When: TakesNewConnections, Sure: Contradicted}, false, TakesReboot},
		{Taking{When: TakesNewConnections, Sure: Supposed}, true, TakesAtOnce},
		{Taking{When: TakesNewConnections, Sure: Contradicted}, true, TakesAtOnce},
		{Taking{When: TakesAdapterRestart, Sure: Documented}, false, TakesAdapterRestart},
		{Taking{When: TakesAdapterRestart, Sure: Contradicted}, false, TakesReboot},
		{Taking{When: TakesAdapterRestart, Sure: Documented}, true, TakesAtOnce},
		{Taking{When: TakesReboot, Sure: Supposed}, false, TakesReboot},
		{Taking{When: TakesReboot, Sure: Documented}, true, TakesAtOnce},
		{Taking{When: TakesUnknown}, false, TakesReboot},
		{Taking{When: TakesUnknown}, true, TakesAtOnce},
		{Taking{When: TakesNever, Sure: Documented}, false, TakesAtOnce},
		{Taking{When: TakesNever, Sure: Documented}, true, TakesAtOnce},
		{Taking{When: "tomorrow", Sure: "certain"}, false, TakesReboot}, // of a store that somebody wrote
	} {
		s := Setting{TakesEffect: map[Generation]Taking{W10: c.taking}}
		if got := s.Switch(W10, c.inert); got != c.want {
			t.Errorf("%s, inert %v: %s, want %s", c.taking, c.inert, got, c.want)
		}
		if got := s.Switch(W11, false); got != TakesReboot {
			t.Errorf("nothing is said of w11: %s", got)
		}
	}
}

// No line of the published page that is expected inert makes the page a split plot: every other line of
// it that needs a reboot does.
func TestSwitchOfAPublishedPage(t *testing.T) {
	p, _ := LookupProfile("seed-vista")
	r, err := Catalogue().Resolve(p, W10, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Takes{}
	for _, l := range r.Lines {
		got[l.Setting.ID] = l.Setting.Switch(W10, l.Inert != "")
	}
	if len(got) == 0 || got["tcpip.EnableWsd"] != TakesAtOnce || got["tcp.autotuninglevel"] != TakesNewConnections {
		t.Errorf("%v", got)
	}
	for id, takes := range got {
		if takes == TakesReboot {
			t.Errorf("%s needs a reboot", id)
		}
	}
}

// A campaign's own keyword is read as the driver's others are; of a value in the registry nobody knows.
func TestOwnSettingsTakeEffect(t *testing.T) {
	for id, d := range defined {
		s, wrong := d.setting(id)
		for _, g := range Generations {
			want, takes := TakesUnknown, TakesReboot
			if d.Keyword != "" {
				want, takes = TakesAdapterRestart, TakesAdapterRestart
			}
			got := s.TakesOn(g)
			if err := got.check(); err != nil || len(wrong) != 0 || got.When != want || s.Switch(g, false) != takes {
				t.Errorf("%s on %s: %s, %v, %v", id, g, got, err, wrong)
			}
		}
	}
}

// A store of an earlier version has a plan whose settings say in words when they take effect. It is read,
// and what it says counts as unknown: its campaign was planned with a reboot for every change.
func TestTakesEffectOfAnEarlierStore(t *testing.T) {
	const old = `{"Generation":"w10","Settings":[{"Setting":{"ID":"tcp.rss","Takes":"immediate for new connections"},"Inert":""}]}`
	var p Plan
	if err := json.Unmarshal([]byte(old), &p); err != nil {
		t.Fatal(err)
	}
	if got := p.Settings[0].Setting; got.ID != "tcp.rss" || got.TakesOn(W10).When != TakesUnknown || got.Switch(W10, false) != TakesReboot {
		t.Errorf("%+v", got)
	}
}

package matrix

import (
	"slices"
	"strings"
	"testing"
)

// What netsh cannot unset is named, and only where the plan changes it.
func TestWhatARestoreCannotUndo(t *testing.T) {
	var p Plan
	for _, id := range []string{"tcp.autotuninglevel", "tcp.rss", "ip.mtu", "afd.DefaultReceiveWindow", "template.congestionprovider"} {
		s, ok := Catalogue().Lookup(id)
		if !ok {
			t.Fatal(id)
		}
		p.Settings = append(p.Settings, Planned{Setting: s, Form: s.Forms[W10]})
	}
	all := map[string]Value{"tcp.autotuninglevel": Found, "tcp.rss": Found, "ip.mtu": Found, "afd.DefaultReceiveWindow": Found, "template.congestionprovider": Found}
	p.Arms = []Arm{{Combination: NewCombination(all)}}
	if got := p.Inexact(); got != nil {
		t.Errorf("%q of a plan that changes nothing", got)
	}
	all["tcp.autotuninglevel"], all["ip.mtu"], all["afd.DefaultReceiveWindow"] = "disabled", "1400", "65536"
	p.Arms = append(p.Arms, Arm{Combination: NewCombination(all)})
	got := p.Inexact()
	if len(got) != 2 || !strings.Contains(got[0], ": ip.mtu: what the link or the host gave is put back as a persistent override") ||
		!strings.Contains(got[1], ": tcp.autotuninglevel: what stood at its default") {
		t.Errorf("%q", got)
	}
	if slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, "tcp.rss") }) {
		t.Errorf("%q names what is not changed", got)
	}
}

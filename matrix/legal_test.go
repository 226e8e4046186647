package matrix

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSettingCheck(t *testing.T) {
	for _, c := range []struct {
		id   string
		g    Generation
		in   Value
		want Value
		err  string // "" when legal
	}{
		{"afd.DefaultSendWindow", XP, "0x00100000", "1048576", ""},
		{"afd.DefaultSendWindow", XP, "007", "7", ""},
		{"afd.DefaultSendWindow", XP, "ABSENT", Absent, ""},
		{"afd.DefaultSendWindow", XP, "4294967296", "", "0 to 4294967295"},
		{"afd.DefaultSendWindow", XP, "-1", "", "0 to 4294967295"},
		{"afd.DefaultSendWindow", XP, "1e6", "", "not legal"},
		{"tcp.autotuninglevel", W10, "Disabled", "disabled", ""},
		{"tcp.autotuninglevel", W10, "dissabled", "", `did you mean "disabled"`},
		{"tcp.autotuninglevel", W10, "off", "", "disabled, highlyrestricted, restricted, normal, experimental, default, found"},
		{"tcp.autotuninglevel", W10, Absent, "", "needs a registry value"},
		{"tcp.autotuninglevel", W10, Default, Default, ""},
		{"tcp.autotuninglevel", W10, "found", Found, ""},
		{"tcp.initialrto", W10, "1000", "1000", ""},
		{"tcp.initialrto", W10, "1005", "", "300 to 3000 in steps of 10"},
		{"tcp.timestamps", W10, "allowed", "", "known from build 20348 on, not on w10"},
		{"tcp.timestamps", W11, "Allowed", "allowed", ""},
		{"template.congestionprovider", NT62, "cubic", "", "known from build 15063 on, not on nt62"},
		{"template.icw", W10, "11", "", "steps of 2"},
		{"power.NetworkThrottlingIndex", W10, "0xffffffff", "4294967295", ""},
		{"power.NetworkThrottlingIndex", W10, "71", "", "4294967295 (off), 1 to 70"},
		{"netkvm.OffLoad.TxChecksum", W10, "27", "27", ""},
		{"netkvm.OffLoad.TxChecksum", W10, "2", "", "not legal"},
		{"netkvm.NetworkAddress", W10, "5254001A2B3C", "5254001A2B3C", ""},
		{"netkvm.NetworkAddress", W10, `"; del`, "", "a text of letters"},
		{"netkvm.NetworkAddress", W10, "", "", "not legal"},
		{"tcpip.Tcp1323Opts", XP, "4", "", "1 (window scaling)"},
	} {
		s, ok := Catalogue().Lookup(c.id)
		if !ok {
			t.Fatalf("no setting %s", c.id)
		}
		got, err := s.Check(On(c.g), c.in)
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%s on %s: %q gives %q, %v; want %q", c.id, c.g, c.in, got, err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), c.id)):
			t.Errorf("%s on %s: %q gives %q, %v; want an error with %q", c.id, c.g, c.in, got, err, c.err)
		}
	}
}

// TestCanonOnce: canonical text stays as it is, and what Check accepts can stand
// in a command line and in a combination's lines.
func TestCanonOnce(t *testing.T) {
	all := Catalogue().All()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(all).Draw(t, "setting")
		v := Value(rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`(0x)?[0-9A-Fa-f]{1,9}`),
			rapid.SampledFrom(append([]string{"Found", "absent", " default "}, s.Legal.Enum...)),
		).Draw(t, "value"))
		once := s.Legal.Canon(v)
		if twice := s.Legal.Canon(once); twice != once {
			t.Fatalf("%q became %q and then %q", v, once, twice)
		}
		if s.Legal.Check(once) == nil && !text.MatchString(string(once)) {
			t.Fatalf("%s takes %q", s.ID, once)
		}
	})
}

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		word    string
		choices []string
		want    string
	}{
		{"tpc", []string{"udp", "tcp"}, "tcp"},
		{"TCP", []string{"udp", "tcp"}, "tcp"},
		{"kitten", []string{"sitting", "mitten"}, "mitten"},
		{"kitten", []string{"sitting"}, "sitting"}, // three of six
		{"vmm", []string{"fast", "vm"}, "vm"},
		{"de", []string{"en"}, ""},
		{"nothing", []string{"like", "it"}, ""},
		{"", []string{"abc"}, ""},
		{"same", nil, ""},
	} {
		if got := Nearest(c.word, c.choices); got != c.want {
			t.Errorf("%q of %q: %q, want %q", c.word, c.choices, got, c.want)
		}
	}
}

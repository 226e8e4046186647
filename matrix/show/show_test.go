package show_test

import (
	"strings"
	"testing"

	"vnettune/matrix"
	"vnettune/matrix/show"
)

// A page says when a change takes effect: once where the generations that have the setting agree, else
// for those that are alike, each with its own sources.
func TestSettingTakesEffect(t *testing.T) {
	for id, want := range map[string][]string{
		"netkvm.RxCapacity":           {"takes effect: adapter-restart, documented\n  source: NetKVM, what the driver makes of its keywords, https://"},
		"tcp.autotuninglevel":         {"takes effect: new-connections, widely reported: a Microsoft blog"}, // XP does not have it
		"tcpip.EnableWsd":             {"takes effect: unknown: "},
		"template.congestionprovider": {"takes effect on nt62, w10: new-connections, supposed: ", "takes effect on w11: new-connections, widely reported: "},
		"netkvm.ConnectRate":          {"takes effect: adapter-restart, documented: of the builds that read it"}, // others do not have it
	} {
		s, ok := matrix.Catalogue().Lookup(id)
		if !ok {
			t.Fatalf("no %s", id)
		}
		var b strings.Builder
		if err := show.Setting(&b, s, func(string, matrix.Form) []string { return nil }); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(b.String(), text) {
				t.Errorf("%s lacks %q:\n%s", id, text, b.String())
			}
		}
		if got := strings.Count(b.String(), "takes effect"); got != len(want) {
			t.Errorf("%s says %d times when it takes effect, want %d:\n%s", id, got, len(want), b.String())
		}
	}
}

package bench

import (
	"vnettune/results/record"

	"strings"
	"testing"

	"vnettune/apply/terms"
	"vnettune/matrix"
)

func TestAnOldCygwinHidesWindows(t *testing.T) {
	const old = "iperf 3.1.3\nCYGWIN_NT-10.0 GUEST 2.5.1(0.297/5/3) 2016-04-21 22:14 x86_64"
	planned := func(ids ...string) (all []matrix.Planned) {
		for _, id := range ids {
			all = append(all, matrix.Planned{Setting: matrix.Setting{ID: id}})
		}
		return all
	}
	window, other := planned("tcp.autotuninglevel"), planned("tcp.rsc")
	tests := []struct {
		name, version string
		settings      []matrix.Planned
		allowed       bool
		ok            bool
		sets          bool
	}{
		{"old, a window under test", old, window, false, false, true},
		{"old, a window under test, allowed", old, window, true, true, true},
		{"old, one window among others", old, planned("tcp.rsc", "tcpip.TcpWindowSize"), false, false, true},
		{"old, something else under test", old, other, false, true, true},
		{"old by the day on which it was built", "iperf 3.1.7\nCYGWIN_NT-10.0 GUEST 2.8.0(0.309/5/3) 2017-04-01 20:47 x86_64", window, false, false, true},
		{"mended", "iperf 3.2\nCYGWIN_NT-10.0 GUEST 2.8.1(0.312/5/3) 2017-07-03 14:11 x86_64", window, false, true, false},
		{"old MSYS", "iperf 3.1.3\nMSYS_NT-10.0 GUEST 2.6.0(0.304/5/3) 2016-09-07 20:45 x86_64", window, false, false, true},
		{"new", "iperf 3.17.1\nCYGWIN_NT-10.0-19045 GUEST 3.5.3-1.x86_64 2024-04-03 17:25 UTC x86_64", window, false, true, false},
		{"no Cygwin", "iperf 3.12 (cJSON 1.7.15)\nLinux guest 6.1.0", window, false, true, false},
		{"no iperf3", "iperf version 2.1.8", other, true, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := CheckServer(terms.IPerfServer{Exe: "x", Version: tt.version}, tt.settings, tt.allowed)
			if (err == nil) != tt.ok || v.SetsBuffers() != tt.sets {
				t.Errorf("error %v, sets buffers %t; want accepted %t, %t", err, v.SetsBuffers(), tt.ok, tt.sets)
			}
		})
	}
}

// Every setting that acts on windows is one of the catalogue.
func TestWindowSettingsAreSettings(t *testing.T) {
	for id := range windowSettings {
		if _, ok := matrix.Catalogue().Lookup(id); !ok {
			t.Errorf("the catalogue has no %s", id)
		}
	}
}

func TestUpdatesThatWaitForABoot(t *testing.T) {
	for _, c := range []struct {
		pending []string
		want    string // "" for not refused
	}{
		{nil, ""},
		{[]string{"rename"}, ""},
		{[]string{"something new"}, ""},
		{[]string{"cbs"}, "updates_pending: component servicing on the guest"},
		{[]string{"cbs", "wu", "rename"}, "component servicing and Windows Update"},
	} {
		err := refusePending(record.Guest{Pending: c.pending})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.pending, err, c.want)
		}
	}
	unknown := record.Guest{Problems: map[string]string{"pending": "Zugriff verweigert"}}
	if err := refusePending(unknown); err == nil || !strings.Contains(err.Error(), "does not say whether") || !strings.Contains(err.Error(), "Zugriff verweigert") {
		t.Errorf("a guest that does not say what it waits for: %v", err)
	}
}

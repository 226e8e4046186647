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
	window := []matrix.Planned{{Setting: matrix.Setting{ID: "tcp.autotuninglevel"}}}
	other := []matrix.Planned{{Setting: matrix.Setting{ID: "tcp.rsc"}}}
	tests := []struct {
		name, version string
		settings      []matrix.Planned
		ok            bool
	}{
		{"old, a window under test", old, window, false},
		{"old, something else under test", old, other, true},
		{"new", "iperf 3.17.1\nCYGWIN_NT-10.0-19045 GUEST 3.5.3-1.x86_64 2024-04-03 17:25 UTC x86_64", window, true},
		{"no Cygwin", "iperf 3.12 (cJSON 1.7.15)\nLinux guest 6.1.0", window, true},
		{"no iperf3", "iperf version 2.1.8", other, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckServer(terms.IPerfServer{Exe: "x", Version: tt.version}, tt.settings); (err == nil) != tt.ok {
				t.Errorf("error %v, want accepted: %v", err, tt.ok)
			}
		})
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

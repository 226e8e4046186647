package iperf

import (
	"context"
	"strings"
	"testing"

	"vnettune/results/record"
	"vnettune/trouble"
)

func TestArgs(t *testing.T) {
	target := Target{Bind: "10.0.0.1", Address: "10.0.0.2", Port: 5201}
	v312 := Version{Major: 3, Minor: 12}
	v313 := Version{Major: 3, Minor: 1, Patch: 3}
	for _, tt := range []struct {
		name string
		v    Version
		t    Target
		w    record.Workload
		want string
	}{
		{"tcp to guest", v312, target, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3, Omit: 1},
			"-c 10.0.0.2 -p 5201 -4 -B 10.0.0.1 -J -i 1 -t 3 -O 1 -P 1 -C cubic --connect-timeout 3000"},
		{"tcp from guest leaves the guest's congestion control alone", v312, target, record.Workload{Protocol: record.TCP, Direction: record.FromGuest, Seconds: 3, Omit: 1, Streams: 4},
			"-c 10.0.0.2 -p 5201 -4 -B 10.0.0.1 -J -i 1 -t 3 -O 1 -P 4 -R --connect-timeout 3000 --rcv-timeout 5000"},
		{"tcp from guest, paced", v312, target, record.Workload{Protocol: record.TCP, Direction: record.FromGuest, Seconds: 3, Omit: 1, Streams: 2}.PacedTo(9000),
			"-c 10.0.0.2 -p 5201 -4 -B 10.0.0.1 -J -i 1 -t 4 -P 2 -b 4500000000 -R --connect-timeout 3000 --rcv-timeout 5000"},
		{"tcp to guest, paced on a slow link", v312, target, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1}.PacedTo(95),
			"-c 10.0.0.2 -p 5201 -4 -B 10.0.0.1 -J -i 1 -t 1 -P 1 -C cubic -l 8192 -b 95000000 --connect-timeout 3000"},
		{"udp", v312, target, record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 3, Rate: "200M", Length: 1472},
			"-c 10.0.0.2 -p 5201 -4 -B 10.0.0.1 -J -i 1 -t 3 -P 1 -u -l 1472 -b 200M --connect-timeout 3000"},
		{"a client that has no time-outs", v313, target, record.Workload{Protocol: record.TCP, Direction: record.FromGuest, Seconds: 3},
			"-c 10.0.0.2 -p 5201 -4 -B 10.0.0.1 -J -i 1 -t 3 -P 1 -R"},
		{"IPv6, other congestion control, no address to bind to", v312, Target{Address: "fd00::2", Port: 99}, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1, Congestion: "reno"},
			"-c fd00::2 -p 99 -6 -J -i 1 -t 1 -P 1 -C reno --connect-timeout 3000"},
	} {
		if got := strings.Join(Args(tt.v, tt.t, tt.w), " "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Version
	}{
		{"iperf 3.12 (cJSON 1.7.15)\nLinux vm 6.1.0 #1 SMP x86_64\nOptional features available: CPU affinity setting\n", Version{Number: "3.12", Major: 3, Minor: 12}},
		{"iperf 3.17.1+ (cJSON 1.7.15)\n", Version{Number: "3.17.1+", Major: 3, Minor: 17, Patch: 1}},
		{"iperf 3.1b3\n", Version{Number: "3.1b3", Major: 3, Minor: 1}},
		{"iperf 3.1.3\r\nCYGWIN_NT-10.0 GUEST 2.5.1(0.297/5/3) 2016-04-21 22:14 x86_64\r\nOptional features available: None\r\n",
			Version{Number: "3.1.3", Major: 3, Minor: 1, Patch: 3, Cygwin: "2.5.1", Built: "2016-04-21"}},
	} {
		got, err := ParseVersion(tt.text)
		tt.want.Text = strings.TrimSpace(strings.ReplaceAll(tt.text, "\r\n", "\n"))
		if err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "iperf version 2.1.8 (12 Aug 2022) pthreads", "iperf 4.0", "iperf 3.99999999999999999999"} {
		if v, err := ParseVersion(text); err == nil {
			t.Errorf("%q: %+v, want an error", text, v)
		}
	}
}

func TestProbeWithoutIperf(t *testing.T) {
	_, err := Probe(context.Background(), "no-such-iperf3")
	if err == nil || !strings.Contains(trouble.Line(err), "install it") {
		t.Errorf("error %v, want the remedy", err)
	}
}

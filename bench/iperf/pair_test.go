package iperf

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vnettune/results/record"
	"vnettune/trouble"
)

func version(t *testing.T, number string) Version {
	t.Helper()
	if number == "" {
		return Version{}
	}
	v, err := ParseVersion("iperf " + number)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestUDPOmitsNothingWithAnOldEnd: the losses of omitted seconds cannot be told apart
// before 3.14, so that UDP has none; TCP keeps them.
func TestUDPOmitsNothingWithAnOldEnd(t *testing.T) {
	for _, tt := range []struct {
		client, server string
		omits          bool
		cost           []string // words of what it costs
	}{
		{"3.12", "3.12", false, []string{"3.12 on this host", "3.12 on the guest", "omit: 0"}},
		{"3.12", "3.21", false, []string{"3.12 on this host is older than 3.14", "omit: 0"}},
		{"3.21", "3.1.3", false, []string{"3.21 on this host cannot read", "guest's 3.1.3", "omit: 0"}},
		{"3.12", "", false, []string{"3.12 on this host", "omit: 0"}},
		{"3.14", "3.14", true, nil},
		{"3.21", "3.16", true, nil},
		{"3.21", "", true, nil},
	} {
		r := fake(t, "echo \"$@\" >>"+filepath.Join(t.TempDir(), "args")+"\n")
		r.Version = version(t, tt.client)
		target := anywhere
		target.Server = version(t, tt.server)
		udp := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 1, Omit: 1, Rate: "1M", Length: 1200}
		o := patient(r).Run(t.Context(), target, udp)
		if got := slices.Contains(o.Args, "-O"); got != tt.omits {
			t.Errorf("%s and %s: UDP is run with %v", tt.client, tt.server, o.Args)
		}
		cost := r.UDPCost(target)
		for _, want := range tt.cost {
			if !strings.Contains(cost, want) {
				t.Errorf("%s and %s: cost %q has no %q", tt.client, tt.server, cost, want)
			}
		}
		if (cost == "") != tt.omits || slices.Contains(o.Notes, cost) == tt.omits {
			t.Errorf("%s and %s: cost %q, notes %q", tt.client, tt.server, cost, o.Notes)
		}
		tcp := udp
		tcp.Protocol = record.TCP
		if o := patient(r).Run(t.Context(), target, tcp); !slices.Contains(o.Args, "-O") {
			t.Errorf("%s and %s: TCP is run with %v", tt.client, tt.server, o.Args)
		}
	}
}

func TestMeet(t *testing.T) {
	r := client(t)
	target := server(t, r, "")
	got, err := r.Meet(t.Context(), target, "iperf 3.7 (cJSON 1.5.2)\n")
	if err != nil || got.Server.Number != "3.7" || got.RTT <= 0 || got.Port != target.Port {
		t.Errorf("%+v, %v; want the version and a round trip", got, err)
	}
	if _, err := r.Meet(t.Context(), target, "no iperf at all"); err == nil {
		t.Error("a server without a version was taken")
	}
	// A port that nothing listens on is said by the runs, not here.
	target.Port = freePort(t)
	if got, err = r.Meet(t.Context(), target, "iperf 3.7"); err != nil || got.RTT != 0 {
		t.Errorf("%+v, %v; want no round trip and no error", got, err)
	}
	// The second server is not started, or a firewall is before it.
	target.Second = freePort(t)
	if _, err := r.Meet(t.Context(), target, "iperf 3.7"); err == nil || !strings.Contains(trouble.Line(err), "guest.iperf_second_port") {
		t.Errorf("a second server that is not reached: %v", err)
	}
	r.Prefix = []string{"ssh", "peer"}
	if _, err := r.Meet(t.Context(), target, "iperf 3.7"); err != nil {
		t.Errorf("of a peer's path nothing is known: %v", err)
	}
}

// TestOldDocumentsOfOmittedUDP: what a document says where it cannot be right, edited
// from real ones.
func TestOldDocumentsOfOmittedUDP(t *testing.T) {
	whole, err := os.ReadFile("testdata/corpus/07_3.1.3_udp.json")
	if err != nil {
		t.Fatal(err)
	}
	omitted := strings.Replace(string(whole), `"omit":	0`, `"omit":	1`, 1)
	if omitted == string(whole) {
		t.Fatal("the document does not say what was omitted")
	}
	udp := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2}
	o := outcomeOf([]byte(omitted), Target{}, udp)
	if o.Class != record.OK || len(o.Metrics) != 1 || o.Metrics[0].Name != "jitter" || len(o.Refused) != 2 || !strings.Contains(o.Refused[0].Reason, "omit: 0") {
		t.Errorf("class %s, metrics %v, refused %v; want only the jitter", o.Class, o.Metrics, o.Refused)
	}
	o = outcomeOf(whole, Target{}, udp)
	if len(o.Metrics) != 3 || len(o.Refused) != 0 {
		t.Errorf("without omitted seconds: metrics %v, refused %v", o.Metrics, o.Refused)
	}
}

package report

import (
	"fmt"
	"strings"
	"testing"

	"vnettune/matrix/campaign"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
)

func TestSessionWords(t *testing.T) {
	s := results.Session{
		Host: record.Host{VNetTune: "v1", Kernel: "Linux 6.1", CPU: "EPYC", IPerf3: "iperf 3.12 (cJSON 1.7.15)\nLinux vm", Lab: &record.Lab{Name: "x"}},
		Guest: record.Guest{Build: 19045, Caption: "Microsoft Windows 10 Pro", Adapters: record.List[record.Adapter]{
			{Name: "Ethernet", PNPID: `PCI\VEN_1AF4&DEV_1000`, DriverVersion: "100.90"}, {Name: "Other", PNPID: `PCI\VEN_8086`, DriverVersion: "1"}}},
	}
	if got, want := sessionWords(s), "vnettune v1; iperf 3.12; host Linux 6.1, EPYC; guest Microsoft Windows 10 Pro, build 19045; driver of Ethernet 100.90"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := sessionWords(results.Session{}); got != "" {
		t.Errorf("%q of nothing", got)
	}
}

// reachedCampaign is a campaign on a real guest: its control address, how the user is
// proved and what is trusted are left out.
const reachedCampaign = `name: c
guest: {control: %q, data: 192.0.2.2, user: u, password_env: P, generation: w10, transport: {auth: %s}, %s}
design: list
arms:
  - set: {tcp.autotuninglevel: disabled}
`

// Every report says that the guest's iperf3 hid the windows, first of all, and once.
func TestReportsMarkAnOldIPerf(t *testing.T) {
	old := record.Guest{IPerf3: "iperf 3.1.3, Cygwin 2.5.1", SetsBuffers: true}
	kept := &results.Contents{Sessions: []results.Session{{ID: 1, Guest: old}, {ID: 2, Guest: old}, {ID: 3, Guest: record.Guest{IPerf3: "iperf 3.17.1, Cygwin 3.5.3"}}}}
	said := urgentNotes(&stored.Campaign{Kept: kept})
	if len(said) != 1 || !strings.Contains(said[0], "iperf 3.1.3, Cygwin 2.5.1 on the guest sets the buffers of every socket") {
		t.Errorf("%q", said)
	}
	if said := strings.Join(measuredWith(kept.Sessions), "\n"); !strings.Contains(said, "in s1, s2 with guest's iperf 3.1.3, Cygwin 2.5.1") || !strings.Contains(said, "in s3 with guest's iperf 3.17.1") {
		t.Errorf("measured with: %s", said)
	}
}

// Every report says where somebody could have listened in or stood in for the guest.
func TestReportsSayWhatWasNotSecure(t *testing.T) {
	tests := []struct{ auth, control, trust, want string }{
		{"ntlm", "http://192.0.2.2", "", ""},
		{"ntlm", "https://192.0.2.2", "", ""},
		{"basic", "https://192.0.2.2", "", ""},
		{"basic", "http://192.0.2.2", "", "the guest was controlled without encryption, its password readable on the wire (transport.auth: basic over http)"},
		{"ntlm", "https://192.0.2.2", "trust: {insecure: true}", "the guest's certificate was not verified (trust.insecure)"},
	}
	for _, tt := range tests {
		text := fmt.Appendf(nil, reachedCampaign, tt.control, tt.auth, tt.trust)
		c, err := campaign.Parse("c.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := c.Plan(c.Guest.Generation)
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(planWords(&stored.Campaign{File: &c, Kept: &results.Contents{Campaign: results.Campaign{Plan: plan}}}), "\n")
		if tt.want != "" && !strings.Contains(said, tt.want) || tt.want == "" && (strings.Contains(said, "without encryption") || strings.Contains(said, "not verified")) {
			t.Errorf("%s over %s %s: want %q in:\n%s", tt.auth, tt.control, tt.trust, tt.want, said)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// A campaign of receive coalescing on a host that offers no guest TSO (virtio-win issue 1026): what
// is on is not in effect and not ranked, by the numbers and the word of the guest; what is off is.
func TestCampaignOfCoalescingWithoutGuestTSO(t *testing.T) {
	l := upFaultLab(t, "rsc", "en", []string{"no-guest-tso"})
	dir := t.TempDir()
	file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	if err := os.WriteFile(file, []byte(faultCase{setting: "netkvm.RscIPv4: 0"}.campaign("rsc")), 0o600); err != nil {
		t.Fatal(err)
	}
	exit, _, said := l.run(faultLimit, "run", file, "--store", store)
	s, err := results.OpenReadOnly(store)
	if err != nil {
		t.Fatalf("exit code %d, %v: %s", exit, err, said)
	}
	defer s.Close()
	kept, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	const why = "netkvm.RscIPv4: 1, in effect: no (MSFT_NetAdapterRscSettingData.IPv4OperationalState is 0, not 1; IPv4FailureReason is 6, Capability: the host does not offer"
	seen := map[string]bool{}
	for _, b := range kept.Boots {
		seen[b.Arm] = true
		switch want := b.Arm == "arm"; {
		case want && (b.Status != sample.StatusOK || len(b.Readings) != 1 || b.Readings[0].InEffect != record.Yes):
			t.Errorf("the arm is %s (%s): %v; want it ok, and off in effect", b.Status, b.Reason, b.Readings)
		case !want && (b.Status != sample.StatusNotInEffect || !strings.HasPrefix(b.Reason, why)):
			t.Errorf("the baseline is %s (%s); want it not in effect: %s", b.Status, b.Reason, why)
		}
	}
	if len(seen) != 2 {
		t.Errorf("boots of %v; want both arms", seen)
	}
	if _, report, said := l.run(faultLimit, "report", store); !strings.Contains(strings.Join(strings.Fields(report), " "), "IPv4FailureReason is 6, Capability") {
		t.Errorf("the report does not say why:\n%s%s", report, said)
	}
}

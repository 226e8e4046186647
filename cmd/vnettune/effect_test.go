package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/lab"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// A guest that was found with receive coalescing on, on a host that offers no guest TSO (virtio-win issue 1026): doctor says
// before the hours are spent that the baseline would be set aside, and run refuses it before anything is written.
func TestAGuestFoundWithCoalescingWithoutGuestTSO(t *testing.T) {
	t.Parallel()
	l := upFaultLab(t, "rsc-found", "en", []string{"no-guest-tso"})
	dir := t.TempDir()
	file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	campaign := faultCase{setting: "netkvm.RscIPv4: 0"}.campaign("rsc-found")
	if err := os.WriteFile(file, []byte(campaign), 0o600); err != nil {
		t.Fatal(err)
	}
	before := l.installed()
	const (
		saw = "the guest was found with netkvm.RscIPv4: 1, in effect: no (MSFT_NetAdapterRscSettingData.IPv4OperationalState is 0, not 1; IPv4FailureReason is 6, Capability: " +
			"the host does not offer what it needs: guest TSO of the virtio-net device): every boot of the arms that leave it so would be set aside as not_in_effect: baseline; without the baseline nothing can be compared"
		do = "mend what the reason names, mostly the host; or leave netkvm.RscIPv4 out of the campaign; or give the baseline a value that works (baseline: {netkvm.RscIPv4: VALUE})"
	)
	exit, shown, said := l.run(faultLimit, "doctor", file)
	if words := strings.Join(strings.Fields(shown), " "); exit != exitFailed || !strings.Contains(words, "failed found "+saw+" do: "+do) || !strings.Contains(words, " 1 failed,") {
		t.Errorf("doctor ends with %d:\n%s%s", exit, shown, said)
	}
	exit, _, said = l.run(faultLimit, "run", file, "--store", store)
	if exit != exitFailed || !strings.Contains(said, saw) || !strings.Contains(said, "hint: "+do) {
		t.Errorf("run ends with %d: %s", exit, said)
	}
	if _, err := os.Stat(store); err == nil {
		t.Error("a store was left")
	}
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("something was written: %v", left)
	}

	// Another baseline: the arm is what would be set aside, which is a warning.
	other := strings.Replace(campaign, "{netkvm.RscIPv4: 0}", "{netkvm.RscIPv4: found}", 1) + "baseline: {netkvm.RscIPv4: 0}\n"
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	exit, shown, said = l.run(faultLimit, "doctor", file)
	if words := strings.Join(strings.Fields(shown), " "); exit != exitDone || !strings.Contains(words, "warning found the guest was found with netkvm.RscIPv4: 1") || !strings.Contains(words, "not_in_effect: arm do: ") {
		t.Errorf("with another baseline doctor ends with %d:\n%s%s", exit, shown, said)
	}
}

// A campaign of receive coalescing on such a host: what is on is not in effect and not ranked, by the
// numbers and the word of the guest; what is off is.
func TestCampaignOfCoalescingWithoutGuestTSO(t *testing.T) {
	t.Parallel()
	l := upFaultLab(t, "rsc", "en", []string{"no-guest-tso"})
	dir := t.TempDir()
	file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	if err := os.WriteFile(file, []byte(faultCase{setting: "netkvm.RscIPv4: 1"}.campaign("rsc")+"baseline: {netkvm.RscIPv4: 0}\n"), 0o600); err != nil {
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
	if !strings.Contains(said, "warning: the guest was found with "+why) {
		t.Errorf("run does not say before the first boot that the arm would be set aside: %s", said)
	}
	seen := map[string]bool{}
	for _, b := range kept.Boots {
		seen[b.Arm] = true
		switch want := b.Arm == "baseline"; {
		case want && (b.Status != sample.StatusOK || len(b.Readings) != 1 || b.Readings[0].InEffect != record.Yes):
			t.Errorf("the baseline is %s (%s): %v; want it ok, and off in effect", b.Status, b.Reason, b.Readings)
		case !want && (b.Status != sample.StatusNotInEffect || !strings.HasPrefix(b.Reason, why)):
			t.Errorf("the arm is %s (%s); want it not in effect: %s", b.Status, b.Reason, why)
		}
	}
	if len(seen) != 2 {
		t.Errorf("boots of %v; want both arms", seen)
	}
	if _, report, said := l.run(faultLimit, "report", store); !strings.Contains(strings.Join(strings.Fields(report), " "), "IPv4FailureReason is 6, Capability") {
		t.Errorf("the report does not say why:\n%s%s", report, said)
	}
}

// A campaign on a server whose iperf3 connections take another template than WinRM's: the setting is
// written to all, in effect by the template of iperf3's connections, and every template gets its own value back.
func TestCampaignOnAServerWithATemplateByRoundTrip(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ fault, template string }{
		"near": {"server-rtt=1ms", "Datacenter"},
		"far":  {"server-rtt=20ms", "Internet"},
	} {
		l := upFaultLab(t, "template-"+name, "en", []string{c.fault})
		before := l.installed()
		dir := t.TempDir()
		file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
		campaign := faultCase{setting: "template.congestionprovider: newreno"}.campaign("template-" + name)
		// Long enough for the guest to be asked during a run.
		campaign = strings.Replace(campaign, "seconds: 1,", "seconds: 2,", 1)
		if err := os.WriteFile(file, []byte(campaign), 0o600); err != nil {
			t.Fatal(err)
		}
		exit, _, said := l.run(faultLimit, "run", file, "--store", store)
		if exit != exitDone {
			t.Errorf("%s: exit code %d: %s", name, exit, said)
		}
		s, err := results.OpenReadOnly(store)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		kept, err := s.Read()
		if err != nil || len(kept.Boots) != 2 {
			t.Fatalf("%s: %d boots, %v", name, len(kept.Boots), err)
		}
		want := "MSFT_NetTCPConnection.AppliedSetting of port 5201 is " + c.template + ", where it is set"
		for _, b := range kept.Boots {
			if len(b.Readings) != 1 || b.Readings[0].InEffect != record.Yes || b.Readings[0].Reason != want {
				t.Errorf("%s: %s is %s (%s), %v; want it in effect: %s", name, b.Arm, b.Status, b.Reason, b.Readings, want)
			}
		}
		if left := changes(before, l.installed()); len(left) > 0 {
			t.Errorf("%s: the guest did not end as it began: %v", name, left)
		}
	}
}

// A campaign of a switch of UDP on a Windows 11, which only netsh's dump tells: every boot has it as
// its arm asks, nothing tells whether it is in effect, and the guest ends as it began. One that the
// guest's dump does not name is refused before the first write.
func TestCampaignOfUDPOffload(t *testing.T) {
	t.Parallel()
	l := upLabOf(t, lab.Options{Name: "udp", Kind: lab.KindFast, Generation: "w11", Executable: program(t)})
	before := l.installed()
	dir := t.TempDir()
	run := func(setting, name string) (exit int, kept results.Contents, said string) {
		t.Helper()
		file, store := filepath.Join(dir, name+".yaml"), filepath.Join(dir, name+".db")
		campaign := strings.Replace(faultCase{setting: setting}.campaign("udp"), "generation: w10", "generation: w11", 1)
		if err := os.WriteFile(file, []byte(campaign), 0o600); err != nil {
			t.Fatal(err)
		}
		exit, _, said = l.run(faultLimit, "run", file, "--store", store)
		if exit != exitDone {
			return exit, kept, said
		}
		s, err := results.OpenReadOnly(store)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if kept, err = s.Read(); err != nil {
			t.Fatal(err)
		}
		return exit, kept, said
	}
	exit, kept, said := run("udp.uro: enabled", "uro")
	if exit != exitDone || len(kept.Boots) != 2 {
		t.Fatalf("exit code %d: %s", exit, said)
	}
	for _, b := range kept.Boots {
		want := map[bool]string{true: "enabled", false: "disabled"}[b.Arm == "arm"]
		if len(b.Readings) != 1 || b.Readings[0].Configured != want || !b.Readings[0].AsAsked || b.Readings[0].InEffect != record.NotObservable {
			t.Errorf("%s is %s (%s): %v; want %s", b.Arm, b.Status, b.Reason, b.Readings, want)
		}
	}
	if exit, _, said := run("udp.uso: disabled", "uso"); exit != exitUsage && exit != exitFailed || !strings.Contains(said, "its netsh interface udp dump has no such key") {
		t.Errorf("a key that the dump does not have: exit code %d: %s", exit, said)
	}
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("the guest did not end as it began: %v", left)
	}
}

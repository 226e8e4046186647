package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/lab"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// engineCampaign writes in each way there is: a value of the registry, a property of the driver,
// a global switch of netsh, one of a cmdlet, the power plan. Its lab's commands are executed by the kit in DIR.
const engineCampaign = `name: engine
guest:
  lab: {kind: fast, engine: DIR}
design: list
arms:
  - name: changed
    set: {afd.DefaultReceiveWindow: 131072, netkvm.RxCapacity: 512, tcp.timestamps: enabled,
      offload.PacketCoalescingFilter: disabled, power.scheme: 8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c}
blocks: 1
repetitions: 1
workloads: [{direction: to-guest, seconds: 1, omit: 0}]
`

// engineEnv names a folder with a PowerShell kit, engineDirEnv a folder that it is unpacked into and
// that is kept.
const (
	engineEnv    = "VNETTUNE_PWSH"
	engineDirEnv = "VNETTUNE_PWSH_DIR"
)

// engineKit is a kit that was just unpacked, or the end of the test where there is none.
func engineKit(t *testing.T) string {
	t.Helper()
	kit := os.Getenv(engineEnv)
	if kit == "" {
		t.Skip("NOT TESTED: a guest whose commands are executed; VNETTUNE_PWSH names the folder of a PowerShell kit (make test-extern)")
	}
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a guest whose commands are executed: %v", err)
	}
	dir := os.Getenv(engineDirEnv)
	if dir == "" {
		dir = filepath.Join(t.TempDir(), "kit")
	}
	if out, err := exec.Command(filepath.Join(kit, "pskit"), "unpack", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpack: %v: %s", err, out)
	}
	wait := exec.Command("wineserver", "-w") // its prefix is another's when nothing writes to it any more
	wait.Env = append(os.Environ(), "WINEPREFIX="+filepath.Join(dir, "prefix"))
	if out, err := wait.CombinedOutput(); err != nil {
		t.Fatalf("wait for Wine: %v: %s", err, out)
	}
	return dir
}

// A guest whose commands run through a real cmd.exe, a real PowerShell and a real registry: doctor,
// a campaign of two boots and its restore, then what the loop asks of every guest.
func TestCampaignThroughAnEngine(t *testing.T) {
	dir := engineKit(t)
	file := filepath.Join(t.TempDir(), "engine.yaml")
	text := strings.Replace(engineCampaign, "DIR", dir, 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { noneOf(t, dir) }) // behind the lab's end
	l := upLabOf(t, lab.Options{Name: "engine", Kind: lab.KindFast, Executable: program(t), Engine: dir})
	vnettune := func(args ...string) string {
		t.Helper()
		out, err := l.outside(args...).CombinedOutput()
		if err != nil {
			t.Fatalf("vnettune %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	inGuest := func(line string) string { t.Helper(); return vnettune("lab", "exec", "engine", "--", line) }

	// PowerShell 7 is none of a Windows: the scripts were not played.
	said := vnettune("doctor", file)
	if !strings.Contains(said, " 0 failed") || !strings.Contains(said, "powershell      7.") || !strings.Contains(said, "it goes off by itself and does its steps") {
		t.Errorf("doctor:\n%s", said)
	}
	store := filepath.Join(filepath.Dir(file), "engine.db")
	said = vnettune("run", file, "--store", store)
	if !strings.Contains(said, "the guest has its originals, read back after a reboot") {
		t.Errorf("run:\n%s", said)
	}
	checkEngineStore(t, store)

	// Asked by other programs than the scripts.
	if dump := inGuest("netsh interface tcp dump"); !strings.Contains(dump, "timestamps=disabled") {
		t.Errorf("netsh after the restore: %s", dump)
	}
	if afd := inGuest(`reg query HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`); strings.Contains(afd, "DefaultReceiveWindow") {
		t.Errorf("the registry after the restore: %s", afd)
	}
	class := `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`
	if capacity := inGuest(`reg query "` + class + `" /v RxCapacity`); strings.Contains(capacity, "512") || !strings.Contains(capacity, "REG_SZ") {
		t.Errorf("the driver's property after the restore: %s", capacity)
	}

	if out, err := l.enter([]string{self(t), "-test.run=^(TestContract|TestDeadManFiresInAnEngine)$", "-test.v"}, contractEnv+"="+file).CombinedOutput(); err != nil {
		t.Errorf("inside the lab: %v\n%s", err, out)
	}
}

// noneOf checks that no process of Wine's is left in a kit's prefix.
func noneOf(t *testing.T, dir string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil || len(all) == 0 {
		t.Fatalf("%d processes, %v", len(all), err)
	}
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended, or is another user's
		}
		if strings.Contains(string(b), "WINEPREFIX="+filepath.Join(dir, "prefix")+"\x00") {
			t.Errorf("%s is left of the lab", filepath.Dir(path))
		}
	}
}

// checkEngineStore looks at what the campaign's boots had.
func checkEngineStore(t *testing.T, path string) {
	t.Helper()
	s, err := results.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"afd.DefaultReceiveWindow": "131072", "netkvm.RxCapacity": "512", "tcp.timestamps": "enabled",
		"offload.PacketCoalescingFilter": "disabled", "power.scheme": "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c",
	}
	changed := 0
	for _, b := range c.Boots {
		if b.Status != sample.StatusOK || len(b.Readings) != len(want) {
			t.Errorf("boot %d of %s: %s, %s; %d readings", b.Order, b.Arm, b.Status, b.Reason, len(b.Readings))
		}
		for _, r := range b.Readings {
			if !r.AsAsked || b.Arm == "changed" && r.Configured != want[r.ID] {
				t.Errorf("boot %d of %s: %+v", b.Order, b.Arm, r)
			}
			if r.ID == "tcp.timestamps" && r.InEffect != record.Yes {
				t.Errorf("boot %d of %s: %+v, want it in effect", b.Order, b.Arm, r)
			}
		}
		if b.Arm == "changed" {
			changed++
		}
	}
	if len(c.Boots) != 2 || changed != 1 {
		t.Errorf("%d boots, %d of them changed; want 2 and 1", len(c.Boots), changed)
	}
}

// TestDeadManFiresInAnEngine is run by TestCampaignThroughAnEngine inside the lab: the task runs the
// script revert, which puts the originals back, notes it on the guest's disk and reboots.
func TestDeadManFiresInAnEngine(t *testing.T) {
	file := os.Getenv(contractEnv)
	if file == "" || os.Getenv(insideEnv) == "" {
		t.Skip("NOT TESTED here: it is run inside the lab of TestCampaignThroughAnEngine")
	}
	c, _, err := loadCampaign(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reach(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	g, set := r.Guest, autotuning(t)
	facts, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := g.Originals(t.Context(), facts, []matrix.Planned{set})
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(found, matrix.NewCombination(map[string]matrix.Value{set.Setting.ID: "disabled"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Arm(t.Context(), found, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the switch fired and is gone, and the guest is back from its boot", func() bool {
		now, _, err := g.Facts(t.Context())
		if err != nil || now.BootTime == facts.BootTime {
			return false
		}
		s, err := g.DeadMan(t.Context())
		return err == nil && !s.Armed && s.HasFired() != ""
	})
	now, err := g.Originals(t.Context(), facts, []matrix.Planned{set})
	if err != nil || found.Same(now) != nil {
		t.Errorf("originals: %v, %v", err, found.Same(now))
	}
	s, err := g.DeadMan(t.Context())
	if err != nil || !strings.Contains(s.HasFired(), " 0 of ") {
		t.Errorf("%+v, %v", s, err)
	}
}

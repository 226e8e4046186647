package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/lab"
	"vnettune/lab/guest"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// machineCampaign is a file with a campaign of two boots, whose stages end soon, for a
// lab of that name, and a store's path.
func machineCampaign(t *testing.T, lab string) (file, store string) {
	t.Helper()
	dir := t.TempDir()
	text := strings.Replace(quietCampaign, "name: quiet", "name: "+lab, 1) + "limits: {reboot: {ask: 15s, going_down: 15s, down: 15s, up: 15s, ready: 15s}}\n"
	file, store = filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, store
}

// diskPath is where a lab's guest has its disk.
func (l *ownLab) diskPath() string { return filepath.Join(l.manager.State, l.info.Name, "disk") }

// swapDisk has the guest boot next from disk, in place of the one that it runs from,
// which it gives: with another disk another machine is at its address.
func (l *ownLab) swapDisk(disk []byte) (was []byte) {
	l.t.Helper()
	was, err := os.ReadFile(l.diskPath())
	if err == nil {
		err = os.WriteFile(l.diskPath()+".new", disk, 0o600)
	}
	if err == nil {
		err = os.Rename(l.diskPath()+".new", l.diskPath())
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return was
}

// reboot reboots the guest by its own means and waits until it runs from its disk.
func (l *ownLab) reboot() {
	l.t.Helper()
	was := l.boots()
	if exit, _, said := l.run(time.Minute, "lab", "exec", l.info.Name, "--", "shutdown /r /t 1 /f"); exit != exitDone {
		l.t.Fatalf("reboot: exit code %d: %s", exit, said)
	}
	for end := time.Now().Add(time.Minute); l.boots() == was; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			l.t.Fatal("the guest did not reboot")
		}
	}
}

// boots counts the boots of the guest's disk.
func (l *ownLab) boots() int {
	l.t.Helper()
	disk, err := guest.OpenDisk(l.diskPath())
	if err != nil {
		l.t.Fatal(err)
	}
	defer disk.Close()
	text, err := disk.Load()
	var document struct{ Boots int }
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return document.Boots
}

// atReboot runs a campaign and calls swap when the first boot's reboot begins.
func (l *ownLab) atReboot(swap func(), args ...string) (exit int, said string) {
	l.t.Helper()
	swapped := false
	exit, _, said = l.watch(5*time.Minute, append([]string{self(l.t)}, args...), func(line string, _ *os.Process) {
		var e bench.Event
		if json.Unmarshal([]byte(line), &e) == nil && e.Kind == bench.EventStep && e.Step == "reboot" && !swapped {
			swapped = true
			swap()
		}
	})
	return exit, said
}

// settings is what the guest's disk holds, but for what no two machines have in common.
func (l *ownLab) settings() map[string]string {
	all := l.installed()
	for path := range all {
		if path == "/uuid" || strings.Contains(path, "/MachineGuid/") {
			delete(all, path)
		}
	}
	return all
}

// state is what a store says of its guest.
func state(t *testing.T, path string) (changed bool, who record.Identity, ranked int) {
	t.Helper()
	s, err := results.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	changed, err = s.Changed()
	i, idErr := s.Identity()
	if err := errors.Join(err, idErr); err != nil || i == nil {
		t.Fatalf("identity %v, %v", i, err)
	}
	for _, b := range read(t, s).Boots {
		if b.Status == sample.StatusOK {
			ranked++
		}
	}
	return changed, *i, ranked
}

// A second machine that is put at the guest's address, during a reboot of a run, at a
// restore and at a run that goes on, is never written to: the store says changed until
// the guest is back, and then it gets its originals.
func TestAnotherMachineAtTheGuestsAddress(t *testing.T) {
	t.Parallel()
	needFastLab(t, "another machine at the guest's address")
	l := upFaultLab(t, "machine", "", nil)
	file, store := machineCampaign(t, l.info.Name)
	before, settings := l.installed(), l.settings()
	var ours []byte
	exit, said := l.atReboot(func() { ours = l.swapDisk(make([]byte, guest.DiskSize)) }, "run", file, "--store", store, "--format", "json")
	untouched := func(when string, exit, want int, said string) {
		t.Helper()
		changed, who, ranked := state(t, store)
		if exit != want || changed != (want == exitUnrestored) || ranked > 0 && changed {
			t.Errorf("%s: exit code %d, want %d; changed %v, %d boots ranked\n%s", when, exit, want, changed, ranked, said)
		}
		if left := changes(settings, l.settings()); len(left) > 0 {
			t.Errorf("%s: it is changed: %v", when, left)
		}
		for _, words := range []string{"another machine answers at the guest's address", "found VNETTUNE-LAB (MachineGuid ", "the store's guest is VNETTUNE-LAB (MachineGuid " + who.MachineGUID, "give the store's guest its address back"} {
			if !strings.Contains(said, words) {
				t.Errorf("%s: does not say %q:\n%s", when, words, said)
			}
		}
	}
	untouched("during a reboot", exit, exitUnrestored, said)
	exit, _, said = l.run(3*time.Minute, "restore", store)
	untouched("at a restore", exit, exitUnrestored, said)
	exit, _, said = l.run(3*time.Minute, "run", file, "--store", store)
	untouched("at a run that goes on", exit, exitUnrestored, said)

	theirs := l.swapDisk(ours)
	l.reboot()
	if exit, _, said := l.run(3*time.Minute, "restore", store); exit != exitDone {
		t.Fatalf("the guest is back: exit code %d\n%s", exit, said)
	}
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("restored, and left changed: %v", left)
	}
	l.swapDisk(theirs)
	l.reboot()
	exit, _, said = l.run(3*time.Minute, "run", file, "--store", store)
	untouched("with a clean store", exit, exitUsage, said)
}

// A disk that is rolled back to before the campaign has no mark and all originals: it is
// as good as restored, and nothing is written to it.
func TestADiskThatIsRolledBack(t *testing.T) {
	t.Parallel()
	needFastLab(t, "a disk that is rolled back")
	l := upFaultLab(t, "rolledback", "", nil)
	file, store := machineCampaign(t, l.info.Name)
	before := l.installed()
	snapshot, err := os.ReadFile(l.diskPath())
	if err != nil {
		t.Fatal(err)
	}
	exit, said := l.atReboot(func() { l.swapDisk(snapshot) }, "run", file, "--store", store, "--format", "json")
	changed, _, _ := state(t, store)
	if left := changes(before, l.installed()); exit != exitFailed || changed || len(left) > 0 || !strings.Contains(said, "the mark of this campaign") {
		t.Errorf("exit code %d, changed %v, left %v\n%s", exit, changed, left, said)
	}
	if exit, _, said := l.run(5*time.Minute, "run", file, "--store", store, "--format", "json"); exit != exitPartial && exit != exitDone {
		t.Errorf("a run that goes on: exit code %d\n%s", exit, said)
	}
}

// A lab whose keeper died took its guest with it: a new one is another machine.
func TestALabThatIsGoneIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	needFastLab(t, "a lab that is gone")
	l := upFaultLab(t, "gone", "", nil)
	file, store := machineCampaign(t, l.info.Name)
	swapped := false
	l.watch(time.Minute, []string{self(t), "run", file, "--store", store, "--format", "json"}, func(line string, p *os.Process) {
		var e bench.Event
		if json.Unmarshal([]byte(line), &e) == nil && e.Kind == bench.EventStep && e.Step == "settle" && !swapped {
			swapped = true
			_ = p.Kill()
		}
	})
	if err := syscall.Kill(l.info.KeeperPID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, err := l.manager.Status(l.info.Name); err == nil; _, err = l.manager.Status(l.info.Name) {
		time.Sleep(10 * time.Millisecond)
	}
	for _, args := range [][]string{{"restore", store}, {"run", file, "--store", store}} {
		said, err := l.outside(args...).CombinedOutput()
		exit := exitCode(exitOf(err))
		if changed, who, _ := state(t, store); exit != exitUnrestored || !changed || who.Disk != l.info.Disk ||
			!strings.Contains(string(said), "another machine") || !strings.Contains(string(said), l.info.Disk) {
			t.Errorf("%s: exit code %d, changed %v, disk %s\n%s", args[0], exit, changed, who.Disk, said)
		}
	}
	if _, err := l.manager.Status(l.info.Name); !errors.Is(err, lab.ErrNotUp) {
		t.Errorf("a lab was made anew: %v", err)
	}
}

// What somebody else sets while iperf3 runs makes that boot worthless; the restore tells it
// and puts the original back.
func TestASettingChangedWhileIPerfRuns(t *testing.T) {
	t.Parallel()
	needFastLab(t, "a setting changed while iperf3 runs")
	l := upFaultLab(t, "meddled", "", nil)
	file, store := machineCampaign(t, l.info.Name)
	before := l.installed()
	meddled := false
	exit, out, said := l.watch(5*time.Minute, []string{self(t), "run", file, "--store", store, "--format", "json"}, func(line string, p *os.Process) {
		var e bench.Event
		if json.Unmarshal([]byte(line), &e) == nil && e.Kind == bench.EventRun && e.Boot == 2 && !meddled {
			meddled = true
			halt(t, p) // it would be done before the change is
			defer goOn(t, p)
			if exit, _, said := l.run(time.Minute, "lab", "exec", l.info.Name, "--", "netsh interface tcp set global autotuninglevel=restricted"); exit != exitDone {
				t.Errorf("netsh: exit code %d: %s", exit, said)
			}
		}
	})
	s, err := results.OpenReadOnly(store)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	boots := read(t, s).Boots
	if exit != exitPartial || len(boots) != 2 || boots[0].Status != sample.StatusOK || boots[1].Status != sample.StatusNotInEffect ||
		!strings.HasPrefix(boots[1].Reason, "changed during the measurement: ") || !strings.Contains(boots[1].Reason, "restricted") {
		t.Errorf("exit code %d, boots %+v\n%s", exit, boots, said)
	}
	if !strings.Contains(out, "somebody else changed tcp.autotuninglevel to restricted; it gets its original back, normal") {
		t.Errorf("the restore does not say what it writes over:\n%s", out)
	}
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("left changed: %v", left)
	}
}

// Of two hosts that begin a campaign on one guest at the same moment one goes on, and the
// other leaves nothing, whichever was first.
func TestTwoHostsThatBeginAtOnce(t *testing.T) {
	t.Parallel()
	needFastLab(t, "two hosts that begin at once")
	l := upFaultLab(t, "twohosts", "", nil)
	before, program := l.installed(), self(t)
	type ending struct {
		exit  int
		said  string
		store string
	}
	endings := make(chan ending)
	for range 2 {
		file, store := machineCampaign(t, l.info.Name)
		remote := strings.Replace(quietCampaign, "lab: {kind: fast, generation: w10}",
			"control: http://"+l.info.GuestAddress+":5985\n  data: "+l.info.GuestAddress+"\n  user: "+l.info.User+"\n  password_file: "+l.info.PasswordFile+
				"\n  transport: {scheme: http, auth: ntlm}\n  generation: w10\n  iperf: '"+labIPerf+"'", 1)
		if err := os.WriteFile(file, []byte(remote), 0o600); err != nil {
			t.Fatal(err)
		}
		// A host has its own locks.
		host := []string{insideEnv + "=" + l.info.Name, "XDG_STATE_HOME=" + t.TempDir()}
		go func() {
			out, err := lab.Enter(l.info, []string{program, "run", file, "--store", store}, host).CombinedOutput()
			endings <- ending{exitCode(exitOf(err)), string(out), store}
		}()
	}
	first, second := <-endings, <-endings
	if first.exit == exitDone {
		first, second = second, first
	}
	if _, err := os.Stat(first.store); first.exit != exitFailed || err == nil || !strings.Contains(first.said, "marked by another campaign") {
		t.Errorf("the one ends with %d, store: %v; want it refused, without a store\n%s", first.exit, err, first.said)
	}
	if changed, _, ranked := state(t, second.store); second.exit != exitDone || changed || ranked != 2 {
		t.Errorf("the other ends with %d, changed %v, %d boots ranked; want a campaign\n%s", second.exit, changed, ranked, second.said)
	}
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("left changed: %v", left)
	}
}

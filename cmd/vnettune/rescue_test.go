package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/lab"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/sample"
)

// cutCampaign has an arm that takes the stand-in's network away.
const cutCampaign = `
name: cut
guest:
  lab: {kind: fast, generation: w10}
  rescue: {dead_man: 10s}
design: list
arms:
  - {name: vlan, set: {netkvm.VlanID: 100}}
workloads:
  - {protocol: tcp, direction: to-guest, seconds: 1, omit: 0}
blocks: 1
repetitions: 1
settle: 0s
`

// quietCampaign changes what no network depends on.
const quietCampaign = `
name: quiet
guest:
  lab: {kind: fast, generation: w10}
design: list
arms:
  - {name: autotuning-off, set: {tcp.autotuninglevel: disabled}}
workloads:
  - {protocol: tcp, direction: to-guest, seconds: 1, omit: 0}
blocks: 1
repetitions: 1
settle: 0s
`

// needFastLab skips, loudly, where no fast lab can be had.
func needFastLab(t *testing.T, what string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("NOT TESTED: %s: -short", what)
	}
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: %s: %v", what, err)
	}
}

// inLab writes a campaign file and gives commands that run inside the lab.
func inLab(t *testing.T, l *ownLab, text string) (file, store string, command func(args ...string) *exec.Cmd) {
	t.Helper()
	dir := t.TempDir()
	file, store = filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, store, func(args ...string) *exec.Cmd {
		return l.enter(append([]string{self(t)}, args...))
	}
}

func TestTheDeadManSwitchBringsTheGuestBack(t *testing.T) {
	t.Parallel()
	needFastLab(t, "the dead-man switch")
	l := upLab(t, "cut")
	file, path, command := inLab(t, l, cutCampaign)
	out, err := command("run", file, "--store", path).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitPartial {
		t.Fatalf("exit code %d, want %d: one arm cannot be measured\n%s", code, exitPartial, out)
	}
	store, err := results.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if changed, err := store.Changed(); changed || err != nil {
		t.Errorf("the guest is left changed: %v, %v\n%s", changed, err, out)
	}
	boots := read(t, store).Boots
	cut := 0
	for _, short := range boots {
		b, err := store.Boot(short.ID)
		if err != nil {
			t.Fatal(err)
		}
		if b.Arm != "vlan" {
			if b.Status != sample.StatusOK {
				t.Errorf("%s: %s: %s", b.Arm, b.Status, b.Reason)
			}
			continue
		}
		cut++
		// Either the boot was given up first, or the switch was faster than a call that
		// waited for the guest.
		if (b.Status != "reboot_failed" && b.Status != "put_back") || len(b.Runs) > 0 ||
			!strings.Contains(b.Reason+rawOf(b, bench.StoredRescue), "put the originals back") {
			t.Errorf("%s: %s: %s, %d runs; the ladder: %s", b.Arm, b.Status, b.Reason, len(b.Runs), rawOf(b, bench.StoredRescue))
		}
	}
	if cut != 2 {
		t.Errorf("%d boots without a network, want both attempts\n%s", cut, out)
	}
}

// rawOf is a raw text of a boot.
func rawOf(b results.Boot, kind string) string {
	for _, r := range b.Raw {
		if r.Kind == kind {
			return string(r.Text)
		}
	}
	return ""
}

// agentEnv names the campaign of a lab whose network TestTheGuestAgentBringsTheGuestBack,
// run inside it, is to take away.
const agentEnv = "VNETTUNE_TEST_AGENT"

func TestTheGuestAgentBringsTheGuestBack(t *testing.T) {
	if file := os.Getenv(agentEnv); file != "" {
		rescueByAgent(t, file)
		return
	}
	t.Parallel()
	needFastLab(t, "the guest agent")
	needAgent(t)
	rescueInside(t, upLab(t, "cut"))
}

// needAgent skips, loudly, where the stand-in cannot run the QEMU guest agent.
func needAgent(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("/usr/sbin/qemu-ga"); err != nil {
		t.Skipf("NOT TESTED: the guest agent: %v (package qemu-guest-agent)", err)
	}
}

// rescueInside runs TestTheGuestAgentBringsTheGuestBack again inside the lab.
func rescueInside(t *testing.T, l *ownLab) {
	t.Helper()
	file, _, _ := inLab(t, l, cutCampaign)
	out, err := l.enter([]string{self(t), "-test.run=^TestTheGuestAgentBringsTheGuestBack$", "-test.v"}, agentEnv+"="+file).CombinedOutput()
	if err != nil {
		t.Errorf("inside the lab: %v", err)
	}
	t.Logf("%s", out)
}

// The same through the virtio serial port of a virtual machine.
func TestTheGuestAgentOfAVirtualMachine(t *testing.T) {
	t.Parallel()
	for need, pkg := range map[string]string{"qemu-system-x86_64": "qemu-system-x86", "iperf3": "iperf3", "apt-get": "apt (Debian or Ubuntu)", "dpkg-deb": "dpkg (Debian or Ubuntu)"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("NOT TESTED: the guest agent of a virtual machine: %v (package %s)", err, pkg)
		}
	}
	if f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
		t.Skipf("NOT TESTED: the guest agent of a virtual machine: %v; run the tests as root", err)
	} else {
		f.Close()
	}
	needAgent(t)
	rescueInside(t, upLabOf(t, lab.Options{Name: "cut", Kind: lab.KindVM, Executable: program(t)}))
}

// rescueByAgent takes the network away and restores the guest through its agent.
func rescueByAgent(t *testing.T, file string) {
	c, _, err := loadCampaign(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := reach(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	vlan, ok := matrix.Catalogue().Lookup("netkvm.VlanID")
	if !ok {
		t.Fatal("the catalogue has no netkvm.VlanID")
	}
	facts, _, err := g.Guest.Facts(t.Context())
	if err == nil {
		facts, err = g.Guest.Declare(t.Context(), facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := g.Guest.Originals(t.Context(), facts, []matrix.Planned{{Setting: vlan, Form: vlan.Forms[matrix.W10]}})
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(o, matrix.NewCombination(map[string]matrix.Value{vlan.ID: "100"}))
	if err != nil {
		t.Fatal(err)
	}
	me := apply.Owner{ID: apply.NewOwnerID(), Host: "test", Since: facts.Now.Time(), Seen: facts.Now.Time()}
	if err := g.Guest.Claim(t.Context(), me); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Guest.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	short := apply.RebootLimits{Ask: time.Minute, GoingDown: time.Minute, Down: 3 * time.Second, Up: time.Second, Ready: time.Second}
	var failed *apply.RebootError
	if _, err := g.Guest.Reboot(t.Context(), short); !errors.As(err, &failed) {
		t.Fatalf("with its VLAN the guest answers: %v", err)
	}
	ladder := g.Ladder(me.ID)
	ladder.Answer = 5 * time.Second
	if ladder.Machine != nil {
		ladder.Answer = 25 * time.Second // a translated machine boots in 6 s, on a busy host in 20
	}
	if ladder.Agent == nil {
		t.Fatal("the lab has no guest agent's socket")
	}
	steps, err := ladder.Restore(t.Context(), o, time.Time{})
	for _, s := range steps {
		t.Logf("%s: %s (%s)", s.Rung, s.Outcome, s.Ended.Sub(s.Started).Round(time.Millisecond))
	}
	if err != nil || steps[len(steps)-1].Rung != rescue.RungAgent {
		t.Fatalf("%v after %d steps, want it restored through the agent", err, len(steps))
	}
	facts, _, err = g.Guest.Facts(t.Context())
	if err == nil {
		facts, err = g.Guest.Declare(t.Context(), facts)
	}
	if err != nil {
		t.Fatalf("WinRM after the rescue: %v", err)
	}
	now, err := g.Guest.Originals(t.Context(), facts, []matrix.Planned{{Setting: vlan, Form: vlan.Forms[matrix.W10]}})
	if err != nil || o.Same(now) != nil {
		t.Errorf("after the rescue: %v, %v", err, o.Same(now))
	}
	if mark, err := g.Guest.Owner(t.Context()); mark != nil || err != nil {
		t.Errorf("the mark after the rescue: %+v, %v", mark, err)
	}
}

// running is a run whose events are watched.
type running struct {
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	events *bufio.Scanner
}

func startRun(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{cmd: cmd, stderr: &bytes.Buffer{}}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = r.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	r.events = bufio.NewScanner(out)
	return r
}

// until waits for an event.
func (r *running) until(t *testing.T, kind bench.EventKind, step string) {
	t.Helper()
	for r.events.Scan() {
		var e bench.Event
		if err := json.Unmarshal(r.events.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, r.events.Text())
		}
		if e.Kind == kind && (step == "" || e.Step == step) {
			return
		}
	}
	t.Fatalf("the run ended before the event %s %s:\n%s", kind, step, r.stderr)
}

// end waits for the end of the run and gives its exit code.
func (r *running) end() int {
	for r.events.Scan() { // so that it can go on
	}
	return exitCode(exitOf(r.cmd.Wait()))
}

// Another campaign, of another state folder and so without the first one's lock, is
// refused while the guest is marked.
func TestAKilledCampaignKeepsOthersOut(t *testing.T) {
	t.Parallel()
	needFastLab(t, "the mark of a campaign's owner")
	l := upLab(t, "quiet")
	file, path, command := inLab(t, l, quietCampaign)
	first := startRun(t, command("run", file, "--store", path, "--format", "json"))
	first.until(t, bench.EventStep, "reboot")
	_ = first.cmd.Process.Kill()
	first.end()

	info := l.info
	remote := strings.Replace(quietCampaign, "lab: {kind: fast, generation: w10}",
		"control: http://"+info.GuestAddress+":5985\n  data: "+info.GuestAddress+"\n  user: "+info.User+"\n  password_file: "+info.PasswordFile+
			"\n  transport: {scheme: http, auth: ntlm}\n  generation: w10\n  iperf: '"+labIPerf+"'", 1)
	otherFile, otherPath, _ := inLab(t, l, remote)
	other := func() (string, int) {
		cmd := l.enter([]string{self(t), "run", otherFile, "--store", otherPath}, "XDG_STATE_HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		return string(out), exitCode(exitOf(err))
	}
	out, code := other()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"marked by another campaign", apply.OwnerHost(host), "vnettune restore STORE", apply.RemoveOwner} {
		if !strings.Contains(out, want) {
			t.Errorf("the refusal does not say %q:\n%s", want, out)
		}
	}
	if _, err := os.Stat(otherPath); code != exitFailed || err == nil {
		t.Errorf("exit code %d, store: %v; want a refusal that leaves no store", code, err)
	}
	if out, err := command("restore", path).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	if out, code := other(); code != exitDone {
		t.Errorf("after the restore: exit code %d\n%s", code, out)
	}
}

func TestTheSecondSignalSaysHowToRestore(t *testing.T) {
	t.Parallel()
	needFastLab(t, "a second signal")
	l := upLab(t, "quiet")
	file, path, command := inLab(t, l, quietCampaign)
	r := startRun(t, command("run", file, "--store", path, "--format", "json"))
	r.until(t, bench.EventStep, "reboot")
	interrupt(t, r.cmd)
	r.until(t, bench.EventRestore, "")
	interrupt(t, r.cmd)
	if code := r.end(); code != exitUnrestored || !strings.Contains(r.stderr.String(), "vnettune restore "+path) {
		t.Errorf("exit code %d, want %d and how to restore:\n%s", code, exitUnrestored, r.stderr)
	}
	if out, err := command("restore", path).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}

	r = startRun(t, command("run", file, "--store", path, "--format", "json"))
	r.until(t, bench.EventStep, "reboot")
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != exitTerminated {
		t.Errorf("one SIGTERM: exit code %d, want %d\n%s", code, exitTerminated, r.stderr)
	}
	store, err := results.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if changed, err := store.Changed(); changed || err != nil {
		t.Errorf("after one SIGTERM: changed %v, %v", changed, err)
	}
	sessions, err := store.Sessions()
	if err != nil || !slices.ContainsFunc(sessions, func(s results.Session) bool { return s.Outcome == "interrupted" }) {
		t.Errorf("sessions %+v, %v; want one that was interrupted", sessions, err)
	}
}

func interrupt(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

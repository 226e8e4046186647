package apply_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
	"vnettune/matrix"
	"vnettune/trouble"
)

func TestTheDeadManSwitchPutsTheOriginalsBack(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "netkvm.VlanID", "tcp.autotuninglevel", "vnettune.placebo")
	if !apply.Risky(o) {
		t.Fatal("a VLAN does not count as risky")
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"netkvm.VlanID": "100", "vnettune.placebo": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := apply.Dangerous(o, targets); !slices.Equal(got, []string{"netkvm.VlanID"}) {
		t.Errorf("dangerous: %v, want the VLAN alone", got)
	}
	m, raw, err := g.Arm(t.Context(), o, 10*time.Minute)
	if err != nil || !m.Armed || m.Due == nil || len(raw) == 0 {
		t.Fatalf("arm: %+v, %v", m, err)
	}
	if wait := m.Due.Time().Sub(s.now); wait < 9*time.Minute || wait > 10*time.Minute+time.Second {
		t.Errorf("due in %s, want ten minutes", wait)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Reboot(t.Context(), rebootLimits); err != nil {
		t.Fatal(err)
	}
	for range 20 { // nobody disarms it
		if err := s.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	m, err = g.DeadMan(t.Context())
	if err != nil || m.Armed || m.Fired == nil || !strings.Contains(m.HasFired(), "0 of 3 steps failed") {
		t.Fatalf("after the limit: %+v, %q, %v; want it fired and its steps done", m, m.HasFired(), err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if r.ID != "tcp.autotuninglevel" && r.AsAsked {
			t.Errorf("%s: still as the combination had it", r)
		}
	}
}

// Before, the task ran the script's text by iex, and an antivirus that refused it left the guest
// as the combination had made it.
func TestTheSwitchSurvivesAnAntivirus(t *testing.T) {
	s := newStandIn(t, "antivirus=revert")
	g, o := originals(t, s, "netkvm.VlanID", "tcp.autotuninglevel", "afd.DefaultSendWindow", "power.scheme", "offload.NetworkDirect")
	if m, err := g.ProveDeadMan(t.Context()); err != nil || m.By != deadman.ByCommands || m.Failed() > 0 || m.Armed {
		t.Fatalf("tried: %+v, %v", m, err)
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"netkvm.VlanID": "100", "tcp.autotuninglevel": "disabled", "afd.DefaultSendWindow": "65536",
		"power.scheme": "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c", "offload.NetworkDirect": "disabled"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Arm(t.Context(), o, 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := s.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	m, err := g.DeadMan(t.Context())
	if err != nil || m.Armed || m.By != deadman.ByCommands || !strings.Contains(m.HasFired(), "kept back, 1 of 5 steps failed") {
		t.Fatalf("after the limit: %+v, %q, %v", m, m.HasFired(), err)
	}
	// What only a cmdlet sets is left to a restore.
	if differs, err := g.Differs(t.Context(), o); err != nil || len(differs) != 1 || !strings.Contains(differs[0], "offload.NetworkDirect") {
		t.Errorf("not back: %v, %v", differs, err)
	}
}

// A trial needs no reboot and leaves nothing.
func TestTheSwitchIsTried(t *testing.T) {
	s := newStandIn(t)
	g := s.guest()
	boot := s.boot
	if m, err := g.ProveDeadMan(t.Context()); err != nil || m.By != "" || m.Fired == nil || len(m.Outcome) != 1 || m.Failed() > 0 {
		t.Fatalf("tried: %+v, %v", m, err)
	}
	for range 90 {
		if err := s.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := g.DeadMan(t.Context()); err != nil || m.Armed || m.HasFired() != "" || !s.boot.Equal(boot) {
		t.Errorf("afterwards: %+v, %v, boot %v, %v; want nothing", m, err, boot, s.boot)
	}
}

// A script whose text an antivirus refuses says nothing itself.
func TestAnAntivirusIsNamed(t *testing.T) {
	for _, name := range []string{"facts", "arm"} {
		g := newStandIn(t, "antivirus="+name).guest()
		_, _, err := g.Facts(t.Context())
		if name == "arm" {
			if err != nil {
				t.Fatal(err)
			}
			_, err = g.ProveDeadMan(t.Context())
		}
		var refused *apply.ScriptError
		if !errors.As(err, &refused) || refused.Where != "antivirus" || string(refused.Script) != name || !strings.Contains(err.Error(), "antivirus") || !strings.Contains(strings.Join(trouble.Hints(err), ""), "false alarm") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADisarmedSwitchDoesNothing(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "netkvm.VlanID")
	if _, _, err := g.Arm(t.Context(), o, time.Minute); err != nil {
		t.Fatal(err)
	}
	boot := s.boot
	if m, _, err := g.Disarm(t.Context()); err != nil || m.Armed || m.HasFired() != "" {
		t.Fatalf("disarm: %+v, %v", m, err)
	}
	if m, _, err := g.Disarm(t.Context()); err != nil || m.Armed {
		t.Errorf("disarm of nothing: %+v, %v; want no error", m, err)
	}
	for range 10 {
		if err := s.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if !s.boot.Equal(boot) {
		t.Error("the guest rebooted")
	}
}

// The Send of an arm fails, and with it goes its answer: the guest is asked whether it is armed,
// and armed once more, and the caller has an answer of the guest's own.
func TestAnArmWhoseSendFailedIsAskedFor(t *testing.T) {
	s := newStandIn(t)
	var mu sync.Mutex // requests come on several connections
	var step scripts.Name
	questions := 0 // to the script deadman
	server := wsman.NewServer(wsman.Config{User: "Administrator", Password: "pw", Observe: func(_ context.Context, action, line string) (uint32, bool) {
		mu.Lock()
		defer mu.Unlock()
		if action == "command" {
			if step, _ = scripts.Sent(line); step == scripts.Arm || step == scripts.DeadMan {
				questions++
			}
		}
		first := step == scripts.Arm && questions == 1
		switch {
		case first && action == "send":
			return 1460, true
		case first && action == "receive":
			return 995, false
		}
		return 0, false
	}}, played{s})
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	client, err := winrm.New(winrm.Config{Address: strings.TrimPrefix(h.URL, "http://"), Auth: winrm.Basic, User: "Administrator", Password: "pw"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	g := apply.New(client, guestAddress, s.port, s)
	o, err := g.Originals(t.Context(), declared(t, g), planned(t, "netkvm.VlanID"))
	if err != nil {
		t.Fatal(err)
	}
	if m, _, err := g.Arm(t.Context(), o, time.Hour); err != nil || !m.Armed || m.Due == nil {
		t.Errorf("%+v, %v; want it armed", m, err)
	}
	if questions != 3 {
		t.Errorf("the switch was asked %d times; want arm, status, arm", questions)
	}
}

func TestARestoreDisarms(t *testing.T) {
	g, o := originals(t, newStandIn(t), "netkvm.VlanID")
	if _, _, err := g.Arm(t.Context(), o, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	if m, err := g.DeadMan(t.Context()); err != nil || m.Armed {
		t.Errorf("after a restore: %+v, %v; want nothing armed", m, err)
	}
}

func TestASwitchThatOthersMayChangeIsNotArmed(t *testing.T) {
	g, o := originals(t, newStandIn(t, "writable-folder"), "netkvm.VlanID")
	_, _, err := g.Arm(t.Context(), o, time.Hour)
	var refused *apply.ScriptError
	if !errors.As(err, &refused) || refused.Where != "rights" {
		t.Errorf("arm: %v, want a refusal over rights", err)
	}
	if m, err := g.DeadMan(t.Context()); err != nil || m.Armed {
		t.Errorf("after the refusal: %+v, %v; want nothing armed", m, err)
	}
}

func TestXPHasNoDeadManSwitch(t *testing.T) {
	g, o, err := originalsXP(t, newXP(t), "tcpip.Tcp1323Opts")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Arm(t.Context(), o, time.Hour); !errors.Is(err, deadman.ErrNone) {
		t.Errorf("arm: %v, want ErrNone", err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Errorf("restore: %v", err)
	}
}

func TestABootEndsBeforeTheSwitchIsDue(t *testing.T) {
	l := apply.RebootLimits{Ask: time.Minute, GoingDown: 3 * time.Minute, Down: 10 * time.Minute, Up: 5 * time.Minute, Ready: 2 * time.Minute}
	for _, deadMan := range []time.Duration{30 * time.Second, 10 * time.Minute, time.Hour} {
		got := l.Within(deadMan)
		if got.Total() >= deadMan || got.Ask <= 0 || got.Ready <= 0 {
			t.Errorf("switch of %s: stages of %s together", deadMan, got.Total())
		}
	}
	if l.Within(0) != l || l.Within(time.Hour) != l {
		t.Error("limits that need no cut were cut")
	}
}

// What comes over a connection must never restart an adapter: a restart ends the session that asked
// for it, and with a bad setting for good. The script of the guest's own task alone may, when
// no connection is left, and it has no other word for it.
func TestNothingThatIsSentRestartsAnAdapter(t *testing.T) {
	forbidden := []string{"restart-netadapter", "disable-netadapter", "enable-netadapter", "set-netadapter", "reset-netadapter", "rename-netadapter",
		"interface set interface", "interfacesetinterface", "ipconfig", "devcon", "pnputil", "disable-pnpdevice", "win32_networkadapter).disable",
		"int ip reset", "winsock", "advfirewall", "tcp reset", "tcp reload", "/install", "/uninstall", "restart-device"}
	check := func(what, text string) {
		for _, f := range forbidden {
			if strings.Contains(strings.ToLower(text), f) {
				t.Errorf("%s holds %q", what, f)
			}
		}
	}
	for _, n := range scripts.All {
		text := scripts.Source(n)
		if n == scripts.Restarting {
			text = strings.NewReplacer("Restart-NetAdapter", "", "Enable-NetAdapter", "").Replace(text)
		}
		if n == scripts.Stage { // which touches the driver store alone
			text = stages(text)
		}
		check("script "+string(n), text)
	}
	document, err := os.ReadFile(filepath.Join("..", "docs", "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands, _, _ := strings.Cut(string(document), "\n## Sources\n") // pages about commands are not sent
	commands = stages(strings.Replace(commands, scripts.Source(scripts.Restarting), "", 1))
	check("docs/commands.md", commands)
}

// stages is a text without what takes a package into the driver store and out of it.
func stages(text string) string {
	return strings.NewReplacer("Invoke-PnPUtil", "", "& pnputil.exe $flag $inf", "", "pnputil ends with", "").Replace(text)
}

package rig

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/bench"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/trouble"
)

const remote = `name: r
guest: {control: 'http://192.0.2.10:5985', data: 192.0.2.11, user: Administrator, password_env: PW, generation: w10}
design: list
arms:
  - set: {tcp.autotuninglevel: disabled}
`

func parsed(t *testing.T, text string) campaign.Campaign {
	t.Helper()
	c, err := campaign.Parse("r.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func means(t *testing.T) Means {
	return Means{Locks: filepath.Join(t.TempDir(), "guests"), Version: "v0",
		Password: func(context.Context) (string, error) { return "secret", nil }}
}

func reached(t *testing.T, text string, m Means) *Rig {
	t.Helper()
	r, err := Reach(t.Context(), parsed(t, text), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestReachARemoteGuest(t *testing.T) {
	r := reached(t, remote, means(t))
	if r.Config.Address != "192.0.2.10:5985" || r.Config.Password != "secret" || r.Target.Address != "192.0.2.11" || r.Guest.Monitor != nil {
		t.Errorf("%+v, target %+v", r.Config, r.Target)
	}
}

func TestReachALab(t *testing.T) {
	m := means(t)
	m.Lab = &Lab{Name: "l", Address: "192.0.2.2", Port: 5985, User: "u", IPerf: `C:\i.exe`, QMPSocket: "/q", AgentSocket: "/a", Facts: record.Lab{Kind: "fast"}}
	r := reached(t, "name: r\nguest: {lab: {kind: fast}}\ndesign: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n", m)
	if r.Config.Address != "192.0.2.2:5985" || r.Exe != `C:\i.exe` || r.Guest.Monitor == nil {
		t.Errorf("%+v, iperf3 %s", r.Config, r.Exe)
	}
	l := r.Ladder("id")
	if l.Agent == nil || l.Machine == nil || l.Owner != "id" {
		t.Errorf("ladder %+v: want the lab's agent and monitor", l)
	}
	if facts := r.hostFacts(t.Context(), record.Adapter{}); facts.VNetTune != "v0" || facts.Lab == nil || facts.Lab.Kind != "fast" || facts.DataAddress != "192.0.2.2" {
		t.Errorf("host facts %+v", facts)
	} else if facts.VM == nil || !strings.Contains(string(facts.VM.NotKnown), "network namespace") || facts.Path == nil {
		t.Errorf("of a guest without a machine: %+v, path %+v", facts.VM, facts.Path)
	}
}

// The machine is looked for by what the campaign names.
func TestHowTheMachineIsFound(t *testing.T) {
	for rescue, want := range map[string]struct {
		monitor, domain string
		elsewhere       bool
	}{
		"":                       {},
		"qmp: /run/guest.qmp":    {monitor: "/run/guest.qmp"},
		"libvirt: {domain: win}": {domain: "win"},
		"libvirt: {domain: win, uri: \"qemu:///system\"}":        {domain: "win"},
		"libvirt: {domain: win, uri: \"qemu+ssh://u@h/system\"}": {domain: "win", elsewhere: true},
	} {
		r := reached(t, strings.Replace(remote, "data: 192.0.2.11", "data: 192.0.2.11, rescue: {"+rescue+"}", 1), means(t))
		g := r.machine(record.Adapter{MAC: "52:54:00:00:00:01"})
		domain := ""
		if g.Libvirt != nil {
			domain = g.Libvirt.Domain
		}
		if g.Monitor != want.monitor || domain != want.domain || g.Elsewhere != want.elsewhere || g.NoVM != "" || g.Adapter.MAC == "" || g.Address.String() != "192.0.2.11" {
			t.Errorf("%s: %+v", rescue, g)
		}
	}
}

// What is only measured is not needed to put originals back: a name in guest.data that
// leads nowhere any more is no obstacle.
func TestReachToRestoreNeedsNoAddressUnderTest(t *testing.T) {
	c := parsed(t, strings.Replace(remote, "data: 192.0.2.11", "data: no-such-guest.invalid", 1))
	if _, err := Reach(t.Context(), c, means(t)); err == nil {
		t.Error("a guest without an address under test can be measured")
	}
	r, err := ReachToRestore(t.Context(), c, means(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Config.Address != "192.0.2.10:5985" || r.Target.Address != "" {
		t.Errorf("%+v, target %+v", r.Config, r.Target)
	}
}

// What is wrong with the campaign or its surroundings is the caller's to mend.
func TestReachRefuses(t *testing.T) {
	noPassword := means(t)
	noPassword.Password = func(context.Context) (string, error) {
		return "", trouble.Invalid(errors.New("no password"))
	}
	for name, c := range map[string]struct {
		text string
		m    Means
	}{
		"no password": {remote, noPassword},
		"a CA that is not there": {strings.NewReplacer("http:", "https:", "generation: w10", "generation: w10, trust: {ca: /nowhere/ca.pem}").
			Replace(remote), means(t)},
	} {
		if _, err := Reach(t.Context(), parsed(t, c.text), c.m); !trouble.IsInvalid(err) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestOneHarnessAGuest(t *testing.T) {
	m := means(t)
	r := reached(t, remote, m)
	unlock, err := r.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reached(t, remote, m).Lock(); err == nil || !strings.Contains(err.Error(), "works on the guest 192.0.2.10:5985") || len(trouble.Hints(err)) == 0 {
		t.Errorf("a second one on the guest: %v", err)
	}
	if other, err := reached(t, strings.Replace(remote, "192.0.2.10", "192.0.2.12", 1), m).Lock(); err != nil {
		t.Errorf("another guest: %v", err)
	} else {
		other()
	}
	unlock()
	again, err := r.Lock()
	if err != nil {
		t.Fatalf("after it was unlocked: %v", err)
	}
	again()
}

func TestWhatToLookAt(t *testing.T) {
	r := reached(t, remote, means(t))
	gone := &winrm.NetError{Step: "connect", Err: errors.New("refused")}
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"nothing":      {nil, nil},
		"password":     {fault.ErrUnauthorized, []string{"check guest.user and the password"}},
		"nobody there": {gone, []string{"check that the guest is up and that WinRM listens at 192.0.2.10:5985 (guest.control)"}},
		"unrestored":   {&bench.UnrestoredError{Err: gone}, nil}, // how to restore it is what matters
		"other":        {errors.New("x"), nil},
	} {
		if got := trouble.Hints(r.explain(c.err)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A store that was made for nothing goes away again; one with a session stays.
func TestNoStoreIsLeftForNothing(t *testing.T) {
	r := reached(t, remote, means(t))
	f := Files{Campaign: "r.yaml", Text: []byte(remote), Store: filepath.Join(t.TempDir(), "r.db")}
	plan, err := r.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, began := range []bool{false, true} {
		s, err := r.Open(f, plan)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(f, plan); err == nil {
			t.Error("a second session of the campaign was let in")
		}
		if began {
			if _, err := s.Store.StartSession(r.hostFacts(t.Context(), record.Adapter{}), record.Guest{}, Clock{}.Now()); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		if _, err := os.Stat(f.Store); (err == nil) != began {
			t.Errorf("a session began: %t; the store afterwards: %v", began, err)
		}
	}
}

// The campaign's own words reach the loop.
func TestSpecOfACampaign(t *testing.T) {
	text := strings.Replace(remote, "generation: w10}", "generation: w10, pending_updates: allow, old_iperf: allow, rescue: {dead_man: 7m, libvirt: {domain: win}}}", 1) +
		"blocks: 3\nrepetitions: 4\nsettle: 5s\nlimits: {hours: 6, failures_in_a_row: 2}\n"
	r := reached(t, text, means(t))
	plan, err := r.Plan(t.Context(), Files{Campaign: "r.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	s := r.spec(plan, bench.Judges{Search: rank.DefaultOptions()})
	if s.Plan.Blocks() != 3 || s.Repetitions != 4 || s.Settle.Plain.Seconds() != 5 || s.Limits != (bench.Limits{Hours: 6, FailuresInARow: 2, Store: 5 * time.Minute}) ||
		s.DeadMan.Minutes() != 7 || !s.OtherWayBack || !s.AllowPending || !s.AllowOldIPerf || len(s.Workloads) == 0 {
		t.Errorf("%+v", s)
	}
}

// The address of libvirt in a store's text is not used where it could name a program, and
// the password is not even asked for.
func TestAnAddressOfLibvirtThatNamesAProgramIsNotUsed(t *testing.T) {
	for name, uri := range map[string]string{
		"parameters":          "qemu+ssh://host/system?command=/tmp/evil",
		"an option for ssh":   "qemu+ssh://-oProxyCommand=evil@host/system",
		"a host as an option": "qemu+ssh://-oProxyCommand=evil/system",
	} {
		text := strings.Replace(remote, "generation: w10}", "generation: w10, rescue: {libvirt: {domain: win10, uri: '"+uri+"'}}}", 1)
		c, err := campaign.ParseStored("r.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%s: a store with it cannot be read: %v", name, err)
		}
		m := means(t)
		m.Password = func(context.Context) (string, error) {
			t.Errorf("%s: the password is asked for", name)
			return "", os.ErrInvalid
		}
		if _, err := Reach(t.Context(), c, m); !trouble.IsInvalid(err) || !strings.Contains(err.Error(), "libvirt's uri") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

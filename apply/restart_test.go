package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/matrix"
	"vnettune/results/record"
)

// left is what the guest has of a restart.
func left(t *testing.T, s *standIn) terms.RestartAnswer {
	t.Helper()
	result, err := s.Run(t.Context(), scripts.CommandLine(scripts.Restarted), []byte(`{"action": "result"}`))
	if err != nil {
		t.Fatal(err)
	}
	var a terms.RestartAnswer
	if err := json.Unmarshal(result.Stdout, &a); err != nil {
		t.Fatalf("%s: %v", result.Stdout, err)
	}
	return a
}

func TestAnAdapterIsRestartedWithinABoot(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "netkvm.RxCapacity")
	boot, err := g.Reboot(t.Context(), rebootLimits)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"netkvm.RxCapacity": "512"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	raw, err := g.RestartAdapter(t.Context(), time.Minute)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(raw), "\r", "")), "\n")
	var result terms.RestartAnswer
	var facts record.Guest
	for i, v := range []any{&result, &facts} {
		lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
		if len(lines) != 2 || json.Unmarshal([]byte(lines[i]), v) != nil {
			t.Fatalf("%d raw answers: %s", len(lines), raw)
		}
	}
	if !result.OK || result.Status == nil || *result.Status != 1 || result.Now == nil || *result.Now != 1 || result.Began == nil || result.Ended == nil || !facts.Adapters[0].Up {
		t.Errorf("kept: %s", raw)
	}
	if !slices.Equal(s.cut, []bool{false, true}) {
		t.Errorf("the adapter was taken %v, want down and up once", s.cut)
	}
	if err := g.SameBoot(t.Context(), boot); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if a := left(t, s); a.Task || a.Token != "" {
		t.Errorf("left in the guest: %+v", a)
	}
}

func TestAFailedRestartOfAnAdapter(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []string
		stuck  bool
		says   string
	}{
		{"the guest says why", nil, true, "the guest's task failed: the device does not start"},
		{"an antivirus keeps the task's script back", []string{"antivirus=restarting"}, false, "has left no result: the scheduler did not start it"},
		{"users may change the folder", []string{"writable-folder"}, false, "script restart on the guest: rights: S-1-5-32-545 owns or may change"},
		{"an antivirus keeps the script back", []string{"antivirus=restart"}, false, "the antivirus there refuses its text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStandIn(t, c.faults...)
			s.stuck = c.stuck
			began := s.now
			_, err := s.guest().RestartAdapter(t.Context(), time.Minute)
			var failed *apply.AdapterError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), c.says) || apply.Lost(err) {
				t.Fatalf("%v, want %q", err, c.says)
			}
			if took := s.now.Sub(began); took > 2*time.Minute {
				t.Errorf("after %s, with a limit of a minute", took)
			}
			before := len(s.cut)
			if err := s.Sleep(t.Context(), time.Hour); err != nil {
				t.Fatal(err)
			}
			if a := left(t, s); a.Task || a.Token != "" || len(s.cut) != before {
				t.Errorf("left in the guest: %+v; the adapter was switched %v", a, s.cut)
			}
		})
	}
}

func TestAnXPRestartsNoAdapter(t *testing.T) {
	x := newXP(t)
	g := x.guest()
	if _, err := g.RestartAdapter(t.Context(), time.Minute); !errors.Is(err, apply.ErrNoRestart) {
		t.Errorf("%v, want ErrNoRestart", err)
	}
}

// gone is a guest that answers with an error from the moment on at which its adapter was restarted.
type gone struct {
	*standIn
	with   error
	until  int // runs that fail; 0: all
	asked  int // since then
	forgot int
}

func (g *gone) Forget() { g.forgot++ }

func (g *gone) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if len(g.cut) > 0 {
		if g.asked++; g.until == 0 || g.asked <= g.until {
			return winrm.Result{}, g.with
		}
	}
	return g.standIn.Run(ctx, command, stdin)
}

func TestAGuestThatIsAwayWhileItsAdapterRestarts(t *testing.T) {
	away := &winrm.NetError{Step: "connect", Err: context.DeadlineExceeded}
	s := &gone{standIn: newStandIn(t), with: away, until: 4}
	if _, err := apply.New(s, guestAddress, s.port, s).RestartAdapter(t.Context(), time.Minute); err != nil {
		t.Errorf("it came back: %v", err)
	}
	if s.forgot < 5 {
		t.Errorf("%d times all connections were dropped, want before the task acts and after each loss", s.forgot)
	}

	s = &gone{standIn: newStandIn(t), with: away}
	began := s.now
	_, err := apply.New(s, guestAddress, s.port, s).RestartAdapter(t.Context(), time.Minute)
	if !apply.Lost(err) || !strings.Contains(err.Error(), `restart of adapter "Ethernet": the limit of 1m0s is over`) {
		t.Errorf("it never came back: %v, want it lost", err)
	}
	if took := s.now.Sub(began); took < time.Minute || took > 2*time.Minute {
		t.Errorf("given up after %s, with a limit of a minute", took)
	}

	// Accounts get locked.
	s = &gone{standIn: newStandIn(t), with: &winrm.AuthError{Step: "create shell", User: "u"}}
	if _, err := apply.New(s, guestAddress, s.port, s).RestartAdapter(t.Context(), time.Minute); !errors.Is(err, fault.ErrUnauthorized) || s.asked > 6 {
		t.Errorf("it refuses the login: %v after %d of them", err, s.asked)
	}
}

// deafened is a guest of which the answer to the request is lost; obeys says whether it got that.
type deafened struct {
	*standIn
	obeys bool
}

func (d deafened) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if n, _ := scripts.Sent(command); n != scripts.Restart {
		return d.standIn.Run(ctx, command, stdin)
	}
	if d.obeys {
		if _, err := d.standIn.Run(ctx, command, stdin); err != nil {
			return winrm.Result{}, err
		}
	}
	return winrm.Result{}, &winrm.NetError{Step: "receive", Err: errors.New("connection reset by peer")}
}

func TestARequestWhoseAnswerIsLost(t *testing.T) {
	s := newStandIn(t)
	if _, err := apply.New(deafened{s, true}, guestAddress, s.port, s).RestartAdapter(t.Context(), time.Minute); err != nil {
		t.Errorf("the guest obeyed: %v", err)
	}
	s = newStandIn(t)
	_, err := apply.New(deafened{s, false}, guestAddress, s.port, s).RestartAdapter(t.Context(), time.Minute)
	if err == nil || apply.Lost(err) || !strings.Contains(err.Error(), "whether the guest took the request is not known: script restart: winrm receive: connection reset by peer") {
		t.Errorf("the guest did not get it: %v", err)
	}
}

// A harness that ends in the middle leaves nothing that acts later, and the next one is not taken in
// by what the last has left.
func TestAHarnessThatEndsWhileAnAdapterRestarts(t *testing.T) {
	s := newStandIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	w := &stopping{standIn: s, stop: cancel}
	if _, err := apply.New(w, guestAddress, s.port, w).RestartAdapter(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want context.Canceled", err)
	}
	if err := s.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a := left(t, s)
	if a.Task || a.Token == "" || a.OK || !strings.Contains(a.Message, "too late") || len(s.cut) > 0 {
		t.Errorf("an hour later: %+v, the adapter was switched %v", a, s.cut)
	}
	if _, err := s.guest().RestartAdapter(t.Context(), time.Minute); err != nil || len(s.cut) != 2 {
		t.Errorf("the next one: %v, the adapter was switched %v", err, s.cut)
	}

	// A boot in between: the task finds that it is too late, and removes itself.
	ctx, cancel = context.WithCancel(t.Context())
	w = &stopping{standIn: s, stop: cancel}
	if _, err := apply.New(w, guestAddress, s.port, w).RestartAdapter(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want context.Canceled", err)
	}
	s.now = s.now.Add(time.Hour)
	_ = s.machine.Close()
	s.start()
	s.cut = nil
	if err := s.Sleep(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if a := left(t, s); a.Task || len(s.cut) > 0 {
		t.Errorf("after a boot: %+v, the adapter was switched %v", a, s.cut)
	}
	if _, _, err := s.guest().Disarm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := left(t, s); a.Task || a.Token != "" {
		t.Errorf("disarmed: %+v", a)
	}
}

// stopping is a clock whose first wait is the harness's end.
type stopping struct {
	*standIn
	stop func()
}

func (s *stopping) Sleep(ctx context.Context, _ time.Duration) error {
	s.stop()
	return ctx.Err()
}

// FuzzRestartAnswer feeds what a guest could say in place of the result: it never passes for another
// restart's, and nothing panics.
func FuzzRestartAnswer(f *testing.F) {
	for _, seed := range []string{`{}`, `{"token": null, "task": true}`, `{"token": "0123456789abcdef0123456789abcdef", "ok": true, "status": 1, "now": 1}`,
		`{"ok": "x"}`, `{"error": {"where": "result", "message": "m"}}`, `{"token": 7}`, `{"began": "1", "message": "\u001b[2J"}`, `[]`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		r := &resultIs{answer: answer}
		_, err := apply.New(r, guestAddress, 5985, r).RestartAdapter(t.Context(), time.Second)
		var failed *apply.AdapterError
		if !errors.As(err, &failed) || strings.ContainsAny(err.Error(), "\x1b\n\r") {
			t.Errorf("%q passes for a result: %v", answer, err)
		}
	})
}

var restartLine = scripts.CommandLine(scripts.Restart)

// resultIs is a guest, and a clock, that gives one answer to what came of a restart.
type resultIs struct {
	answer []byte
	now    time.Time
}

func (r *resultIs) Run(_ context.Context, command string, stdin []byte) (winrm.Result, error) {
	switch command {
	case factsLine:
		return winrm.Result{Stdout: []byte(`{"build": 19045, "productType": 1, "bootTime": "133000000000000000", "now": "133000000000000001", "adapters": [
			{"guid": "{4C9D2C0E-0000-4000-8000-000000000001}", "name": "Ethernet", "pnpId": "PCI\\VEN_1AF4&DEV_1000", "up": true, "addresses": ["` + guestAddress.String() + `"]}]}`)}, nil
	case restartLine:
		return winrm.Result{Stdout: stdin}, nil // with the token
	}
	return winrm.Result{Stdout: r.answer}, nil
}

func (r *resultIs) Ping(context.Context) error { return nil }
func (r *resultIs) Forget()                    {}
func (r *resultIs) Now() time.Time             { return r.now }
func (r *resultIs) Sleep(ctx context.Context, d time.Duration) error {
	r.now = r.now.Add(d)
	return ctx.Err()
}

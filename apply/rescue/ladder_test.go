package rescue_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/rescue"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/results/record"
)

// world is a guest with its machine and the clock of the test. The guest's network
// works again after one of the events below.
type world struct {
	t        *testing.T
	now      time.Time
	began    time.Time
	network  bool
	changed  bool          // it has other settings than its originals
	returns  time.Duration // the network works from then on; 0 for never
	fires    time.Duration // the switch restores it then; 0 for none
	resets   bool          // a reset brings the network back
	snapshot bool          // a snapshot does
	agentRun bool          // the agent answers
	refuses  error         // what a restore over WinRM answers
	noTasks  error         // what disarming answers
	mark     *apply.Owner
	once     map[string]error // what the first call of a method answers
	claimed  bool             // the mark has to be there
	others   string           // ways by which another machine answers
	uuid     string           // of the machine, as its host gives it
	log      []string
}

// first is what the first call of a method answers; nil later on.
func (w *world) first(method string) error {
	err := w.once[method]
	delete(w.once, method)
	return err
}

func newWorld(t *testing.T) *world {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &world{t: t, now: at, began: at, changed: true, mark: &apply.Owner{ID: "mine"}}
}

func (w *world) Now() time.Time { return w.now }
func (w *world) Sleep(ctx context.Context, d time.Duration) error {
	w.now = w.now.Add(d)
	since := w.now.Sub(w.began)
	if w.returns > 0 && since >= w.returns {
		w.network = true
	}
	if w.fires > 0 && since >= w.fires {
		w.network, w.changed, w.fires = true, false, 0
	}
	return ctx.Err()
}

func (w *world) ladder() *rescue.Ladder {
	return &rescue.Ladder{Owner: "mine", Claimed: func() (bool, error) { return w.claimed, nil }, Guest: over{w, "winrm"}, Through: func(terms.Runner) rescue.Guest { return over{w, "agent"} },
		Reboot: apply.RebootLimits{Ask: time.Minute, GoingDown: time.Minute, Down: time.Minute, Up: time.Minute, Ready: time.Minute}, Clock: w}
}

// over is the world's guest by one way.
type over struct {
	w   *world
	way string
}

var errLost = &winrm.NetError{Step: "connect", Err: errors.New("no route")}

func (o over) reach() error {
	if o.way == "winrm" && !o.w.network || o.way == "agent" && !o.w.agentRun {
		return errLost
	}
	return nil
}

func (o over) Facts(context.Context) (record.Guest, []byte, error) {
	if strings.Contains(o.w.others, o.way) {
		return record.Guest{}, nil, &apply.OtherMachineError{Found: record.Identity{Name: "OTHER"}}
	}
	return record.Guest{Build: 19045, ComputerName: "GUEST"}, nil, o.reach()
}

func (o over) Restore(context.Context, record.Originals, apply.RebootLimits) error {
	if err := o.reach(); err != nil {
		return err
	}
	o.w.log = append(o.w.log, "restore by "+o.way)
	if o.way == "winrm" && o.w.refuses != nil {
		return o.w.refuses
	}
	o.w.changed, o.w.network = false, true
	return nil
}

func (o over) Disarm(context.Context) (deadman.State, []byte, error) {
	o.w.log = append(o.w.log, "disarm by "+o.way)
	return deadman.State{}, nil, errors.Join(o.w.first("disarm"), o.w.noTasks, o.reach())
}

func (o over) Owner(context.Context) (*apply.Owner, error) {
	return o.w.mark, errors.Join(o.w.first("owner"), o.reach())
}

func (o over) Differs(context.Context, record.Originals) ([]string, error) {
	if o.w.changed {
		return []string{"x is tuned"}, o.reach()
	}
	return nil, o.reach()
}

func (o over) Release(_ context.Context, id string) error {
	if err := o.w.first("release"); err != nil {
		return err
	}
	if o.w.mark != nil && o.w.mark.ID == id {
		o.w.mark = nil
	}
	return o.reach()
}

func (o over) Is(found record.Identity) error {
	_, err := apply.SameMachine(record.Identity{UUID: guestUUID}, found)
	return err
}

const guestUUID = "0A1B2C3D-4E5F-4000-8000-0123456789AB"

func (w *world) UUID(context.Context) (string, error) {
	if w.uuid == "" {
		return "", errors.New("the monitor does not say")
	}
	return w.uuid, nil
}

func (w *world) Reset(context.Context) error {
	w.log = append(w.log, "reset")
	w.network = w.network || w.resets
	return nil
}

func (w *world) Revert(_ context.Context, name string) error {
	w.log = append(w.log, "revert to "+name)
	w.network = w.network || w.snapshot
	return nil
}
func (w *world) State(context.Context) (string, error) { return "running", nil }
func (w *world) HasSnapshot(_ context.Context, name string) (bool, error) {
	return name == "clean", nil
}

// Command and Close make the world an agent; what runs through it is played by over.
func (w *world) Command(context.Context, string, any) (json.RawMessage, error) {
	if !w.agentRun {
		return nil, errLost
	}
	return json.RawMessage(`{"version": "7.2", "supported_commands": [{"name": "guest-exec", "enabled": true}, {"name": "guest-exec-status", "enabled": true}]}`), nil
}
func (w *world) Close() {}

func (w *world) full() *rescue.Ladder {
	l := w.ladder()
	l.Agent, l.Machine, l.Snapshot = w, w, "clean"
	return l
}

func rungs(steps []record.RescueStep) []string {
	var all []string
	for _, s := range steps {
		all = append(all, s.Rung)
	}
	return all
}

func TestTheFirstWayThatWorksBringsTheGuestBack(t *testing.T) {
	armed := 10 * time.Minute // when the switch is due
	for _, c := range []struct {
		name  string
		set   func(*world)
		armed bool
		want  []string // rungs tried
		log   []string
	}{
		{"it answers", func(w *world) { w.network = true }, false, []string{rescue.RungWinRM}, nil},
		{"it answers late", func(w *world) { w.returns = time.Minute }, false, []string{rescue.RungWinRM}, nil},
		{"it answers and a switch is armed", func(w *world) { w.network = true }, true, []string{rescue.RungWinRM}, []string{"disarm by winrm"}},
		{"the switch", func(w *world) { w.fires = armed }, true, []string{rescue.RungWinRM, rescue.RungDeadMan}, []string{"disarm by winrm"}},
		{"the agent", func(w *world) { w.agentRun = true }, false, []string{rescue.RungWinRM, rescue.RungAgent}, []string{"restore by agent"}},
		{"the switch fails, the agent helps", func(w *world) { w.agentRun = true }, true,
			[]string{rescue.RungWinRM, rescue.RungDeadMan, rescue.RungAgent}, []string{"restore by agent", "disarm by winrm"}},
		{"a reset", func(w *world) { w.resets = true }, false, []string{rescue.RungWinRM, rescue.RungAgent, rescue.RungReset}, []string{"reset"}},
		{"the snapshot", func(w *world) { w.snapshot = true }, false,
			[]string{rescue.RungWinRM, rescue.RungAgent, rescue.RungReset, rescue.RungSnapshot}, []string{"reset", "revert to clean"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.set(w)
			var due time.Time
			if c.armed {
				due = w.now.Add(armed)
			}
			steps, err := w.full().Back(t.Context(), record.Originals{}, due)
			if err != nil {
				t.Fatal(err)
			}
			if got := rungs(steps); !slices.Equal(got, c.want) {
				t.Errorf("rungs %v, want %v", got, c.want)
			}
			if !slices.Equal(w.log, c.log) {
				t.Errorf("did %v, want %v", w.log, c.log)
			}
			for i, s := range steps {
				if s.Outcome == "" || s.Ended.Before(s.Started) || s.OK != (i == len(steps)-1) {
					t.Errorf("step %+v", s)
				}
			}
		})
	}
}

func TestARestoreGoesUpTheLadder(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*world)
		want string // the last thing done
	}{
		{"it answers", func(w *world) { w.network = true }, "restore by winrm"},
		{"the agent", func(w *world) { w.agentRun = true }, "restore by agent"},
		{"a reset", func(w *world) { w.resets = true }, "restore by winrm"},
		{"the snapshot", func(w *world) { w.snapshot = true }, "restore by winrm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.set(w)
			if _, err := w.full().Restore(t.Context(), record.Originals{}, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if w.mark != nil {
				t.Errorf("the mark %+v stays", w.mark)
			}
			if w.changed || w.log[len(w.log)-1] != c.want {
				t.Errorf("changed %v after %v, want it restored and the last act %q", w.changed, w.log, c.want)
			}
		})
	}
}

func TestEveryWayInVain(t *testing.T) {
	w := newWorld(t)
	steps, err := w.full().Restore(t.Context(), record.Originals{}, w.now.Add(time.Minute))
	var lost *rescue.LostError
	if !errors.As(err, &lost) || len(steps) != 5 || len(lost.Steps) != 5 {
		t.Fatalf("%d steps, %v; want five and a LostError", len(steps), err)
	}
	for _, rung := range rungs(steps) {
		if !strings.Contains(err.Error(), rung+": ") {
			t.Errorf("%v does not say how %s ended", err, rung)
		}
	}
	if w.now.Sub(w.began) > 30*time.Minute {
		t.Errorf("the ladder took %s, each rung has a limit", w.now.Sub(w.began))
	}
}

// A guest that answers and does not take its originals is not reset or reverted.
func TestARefusalEndsTheLadder(t *testing.T) {
	for _, refusal := range []error{&apply.WriteError{ID: "x"}, &apply.DiffersError{}, &apply.ScriptError{}} {
		w := newWorld(t)
		w.network, w.agentRun, w.refuses = true, true, refusal
		steps, err := w.full().Restore(t.Context(), record.Originals{}, time.Time{})
		if !errors.Is(err, refusal) || len(steps) != 1 || slices.Contains(w.log, "reset") {
			t.Errorf("%v after %v, want the refusal alone", err, w.log)
		}
	}
}

// A guest that another campaign has marked since is not touched.
func TestAGuestOfAnotherOwnerIsLeftAlone(t *testing.T) {
	for _, set := range []func(*world){func(w *world) { w.network = true }, func(w *world) { w.agentRun = true }} {
		w := newWorld(t)
		w.mark = &apply.Owner{ID: "other"}
		set(w)
		_, err := w.full().Restore(t.Context(), record.Originals{}, time.Time{})
		var owned *apply.OwnedError
		if !errors.As(err, &owned) || owned.Owner.ID != "other" || len(w.log) > 0 || w.mark == nil {
			t.Errorf("%v after %v, want an OwnedError and nothing done", err, w.log)
		}
	}
}

func TestACancelledLadderStops(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	steps, err := w.full().Back(ctx, record.Originals{}, time.Time{})
	if !errors.Is(err, context.Canceled) || len(steps) != 1 || len(w.log) > 0 {
		t.Errorf("%v after %d steps and %v; want to stop on the first rung", err, len(steps), w.log)
	}
}

func TestCheckChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.network, w.agentRun = true, true
	for _, c := range w.full().Check(t.Context()) {
		if !c.Configured || !c.OK || c.Detail == "" || c.Remedy != "" {
			t.Errorf("%+v, want it to be OK", c)
		}
	}
	w.network, w.agentRun = false, false
	l := w.full()
	l.Snapshot = "other"
	want := map[string]bool{rescue.RungReset: true}
	for _, c := range l.Check(t.Context()) {
		if c.OK != want[c.Rung] || !c.OK && (c.Detail == "" || c.Remedy == "") {
			t.Errorf("%+v, want OK to be %v and why not with a remedy", c, want[c.Rung])
		}
	}
	for _, c := range w.ladder().Check(t.Context()) {
		if c.Configured || c.OK || c.Remedy == "" {
			t.Errorf("%+v, want it not configured, and how to", c)
		}
	}
	if len(w.log) > 0 || !w.changed {
		t.Errorf("a check did %v", w.log)
	}
}

// A guest whose task scheduler is broken takes its originals all the same.
func TestASwitchThatCannotBeDisarmedIsNoReasonNotToRestore(t *testing.T) {
	w := newWorld(t)
	w.network, w.noTasks = true, &apply.ScriptError{Where: "task", Message: "the service does not run"}
	steps, err := w.full().Restore(t.Context(), record.Originals{}, w.now.Add(time.Minute))
	if err != nil || w.changed || len(steps) != 1 || !strings.Contains(steps[0].Outcome, "the service does not run") {
		t.Errorf("%v, changed %v, steps %+v; want it restored, and the failure kept", err, w.changed, steps)
	}
	w.changed = true
	if _, err := w.full().Back(t.Context(), record.Originals{}, w.now.Add(time.Minute)); err == nil {
		t.Error("a guest that will be rebooted by its switch counts as brought back")
	}
}

// One script error at a step of the ladder's own is no reason to give a guest up.
func TestOneScriptErrorDoesNotEndTheLadder(t *testing.T) {
	for _, step := range []string{"owner", "disarm", "release"} {
		for _, by := range []string{"winrm", "agent"} {
			w := newWorld(t)
			w.network, w.agentRun = by == "winrm", by == "agent"
			w.once = map[string]error{step: &apply.ScriptError{Message: "The RPC server is unavailable."}}
			steps, err := w.full().Restore(t.Context(), record.Originals{}, w.now.Add(time.Minute))
			if err != nil || w.changed || w.mark != nil || slices.Contains(w.log, "reset") {
				t.Errorf("%s by %s: %v after %v, steps %+v; want it restored and unmarked", step, by, err, w.log, steps)
			}
		}
	}
	w := newWorld(t)
	w.network, w.once = true, map[string]error{"disarm": &apply.ScriptError{}}
	if steps, err := w.full().Back(t.Context(), record.Originals{}, w.now.Add(time.Minute)); err != nil || len(steps) != 1 {
		t.Errorf("brought back: %v, steps %+v; want the first rung alone", err, steps)
	}
}

// Nothing is done to another machine; through the agent the right one may still be found.
func TestAnotherMachineIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		others string
		want   []string // rungs tried
		done   bool
	}{
		{"at the address", "winrm", []string{rescue.RungWinRM, rescue.RungAgent}, true},
		{"everywhere", "winrm agent", []string{rescue.RungWinRM, rescue.RungAgent}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.network, w.agentRun, w.others = true, true, c.others
			steps, err := w.full().Restore(t.Context(), record.Originals{}, w.now.Add(time.Minute))
			var another *apply.OtherMachineError
			if got := rungs(steps); !slices.Equal(got, c.want) {
				t.Errorf("rungs %v, want %v", got, c.want)
			}
			switch {
			case c.done && (err != nil || w.changed):
				t.Errorf("%v, changed %v; want the right machine restored through its agent", err, w.changed)
			case !c.done && (!errors.As(err, &another) || len(w.log) > 0 || w.mark == nil):
				t.Errorf("%v after %v; want an OtherMachineError and nothing done", err, w.log)
			}
		})
	}
}

// A machine that was made anew under the guest's name on its host is neither reset nor
// taken back to a snapshot. What its host does not say, or says in the older order of
// bytes, keeps nobody from it.
func TestAMachineMadeAnewOnTheHostIsLeftAlone(t *testing.T) {
	for uuid, same := range map[string]bool{"": true, "00000000-0000-0000-0000-000000000000": true, "?": true, strings.ToLower(guestUUID): true,
		"3d2c1b0a-5f4e-0040-8000-0123456789ab": true, "11111111-2222-4333-8444-555555555555": false, "3d2c1b0a-4e5f-4000-8000-0123456789ab": false} {
		w := newWorld(t)
		w.uuid, w.snapshot = uuid, true
		_, err := w.full().Restore(t.Context(), record.Originals{}, time.Time{})
		var another *apply.OtherMachineError
		if same != (err == nil) || same != (len(w.log) > 0) || !same && !errors.As(err, &another) {
			t.Errorf("%q: %v after %v", uuid, err, w.log)
		}
	}
}

// A guest that lost the mark it must have is as good as restored where it has its
// originals, and otherwise nobody knows what it is.
func TestAGuestThatLostItsMark(t *testing.T) {
	for _, way := range []func(*world){func(w *world) { w.network = true }, func(w *world) { w.agentRun = true }} {
		for _, changed := range []bool{false, true} {
			w := newWorld(t)
			way(w)
			w.claimed, w.mark, w.changed = true, nil, changed
			steps, err := w.full().Restore(t.Context(), record.Originals{}, w.now.Add(time.Minute))
			var unmarked *apply.UnmarkedError
			last := steps[len(steps)-1]
			if changed != errors.As(err, &unmarked) || len(w.log) > 0 || last.OK == changed || !strings.Contains(last.Outcome, "nothing") {
				t.Errorf("changed %v: %v, %q after %v; want nothing done, and said why", changed, err, last.Outcome, w.log)
			}
		}
	}
	w := newWorld(t)
	w.claimed, w.mark, w.snapshot = true, nil, true
	if _, err := w.full().Restore(t.Context(), record.Originals{}, time.Time{}); err != nil || w.changed {
		t.Errorf("%v, changed %v; want it restored: the snapshot has no mark", err, w.changed)
	}
	w = newWorld(t)
	w.network, w.mark = true, nil
	if _, err := w.full().Restore(t.Context(), record.Originals{}, time.Time{}); err != nil || w.changed {
		t.Errorf("%v, changed %v; want it restored: the mark was never read back", err, w.changed)
	}
}

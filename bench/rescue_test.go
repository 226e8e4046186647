package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/rescue"
	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/trouble"
)

// dangerousRig is a rig whose setting can cut the guest off.
func dangerousRig() *rig {
	const id = "netkvm.VlanID"
	r := newRig()
	r.guest.id = id
	r.spec.DeadMan = 10 * time.Minute
	r.spec.Reboot = apply.RebootLimits{Ask: time.Minute, GoingDown: 3 * time.Minute, Down: 10 * time.Minute, Up: 5 * time.Minute, Ready: 2 * time.Minute}
	r.spec.Plan.Settings = []matrix.Planned{{Setting: matrix.Setting{ID: id}}}
	for i, v := range []matrix.Value{matrix.Found, "tuned"} {
		r.spec.Plan.Arms[i].Combination = matrix.NewCombination(map[string]matrix.Value{id: v})
	}
	return r
}

// acts is the transcript without what is measured.
func (r *rig) acts() []string {
	return slices.DeleteFunc(slices.Clone(r.transcript), func(s string) bool { return strings.HasPrefix(s, "run ") || s == "start iperf" })
}

func lostError() error { return &winrm.NetError{Step: "connect", Err: errors.New("no route")} }

func TestTheSwitchIsArmedBeforeADangerousSetting(t *testing.T) {
	r := dangerousRig()
	r.spec.Plan.Slots = r.spec.Plan.Slots[:2] // tuned, baseline
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 2 {
		t.Fatalf("%+v, %v", sum, err)
	}
	want := []string{"arm", "disarm", // the trial
		"arm", "write tuned", "reboot", "read back", "disarm", "read back",
		"write original", "reboot", "read back", "read back", // nothing dangerous: nothing armed
		"restore"}
	if got := r.acts(); !slices.Equal(got, want) {
		t.Errorf("did %q, want %q", got, want)
	}
	if r.guest.mark != nil {
		t.Error("the mark stays in the guest")
	}
	var steps []string
	for _, s := range r.store.boots[0].Steps {
		steps = append(steps, s.Name)
	}
	if want := []string{"mark", "arm", "apply", "reboot", "read back", "disarm", "settle", "confirm"}; !slices.Equal(steps, want) {
		t.Errorf("stored steps %q, want %q", steps, want)
	}
}

func TestAGuestThatLostItsNetworkComesBack(t *testing.T) {
	r := dangerousRig()
	r.guest.cuts, r.rescue.other = true, true
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 2 || sum.Failed != 2 {
		t.Fatalf("%+v, %v; want the baseline's boots ranked and the others failed", sum, err)
	}
	for _, b := range r.store.boots {
		if b.Arm == "baseline" {
			continue
		}
		rescued := 0
		for _, s := range b.Steps {
			if strings.HasPrefix(s.Name, "rescue: ") {
				rescued++
			}
		}
		kept := slices.ContainsFunc(b.Raw, func(raw results.Raw) bool {
			return raw.Kind == "rescue" && strings.Contains(string(raw.Text), `"other"`)
		})
		if b.Status != "reboot_failed" || rescued != 2 || !kept || len(b.Runs) > 0 {
			t.Errorf("%s: status %s, %d steps of the ladder, raw kept: %v", b.Arm, b.Status, rescued, kept)
		}
	}
	if due := r.rescue.dues[0]; due.IsZero() {
		t.Error("the ladder was not told that a switch is armed")
	}
	if r.store.changed || r.guest.value != "original" {
		t.Errorf("changed %v, guest has %q", r.store.changed, r.guest.value)
	}
}

func TestAGuestThatDoesNotComeBackEndsTheCampaign(t *testing.T) {
	r := dangerousRig()
	r.guest.cuts = true
	sum, err := r.run(t.Context())
	var lost *rescue.LostError
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &lost) || !errors.As(err, &unrestored) || !r.store.changed {
		t.Fatalf("%v, changed %v; want the ladder's failure and the guest left changed", err, r.store.changed)
	}
	if len(r.store.boots) != 1 || sum.Failed != 0 {
		t.Errorf("%d boots, %+v; want the failed one stored", len(r.store.boots), sum)
	}
	if slices.Contains(r.transcript, "restore") {
		t.Error("after a ladder in vain it was climbed once more")
	}
}

func TestASwitchThatHasActedMakesTheBootWorthless(t *testing.T) {
	r := dangerousRig()
	r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
	first := true
	r.meter.onRun = func() { first = false }
	r.guest.onArm = func() { r.guest.fired = first }
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := r.store.boots[0]
	if b.Status != "put_back" || !strings.Contains(b.Reason, "guest.rescue.dead_man") || len(b.Runs) > 0 {
		t.Errorf("status %s (%s) with %d runs", b.Status, b.Reason, len(b.Runs))
	}
}

func TestWithoutASwitchDangerousSettingsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     func(*rig)
		refused string
	}{
		{"no switch on this generation", func(*rig) {}, "dead_man: off"},
		{"its rights are wrong", func(r *rig) {
			r.guest.failArm = &apply.ScriptError{Where: "rights", Message: "S-1-1-0 owns or may change it"}
		}, "rights"},
		{"another way back", func(r *rig) { r.spec.OtherWayBack = true }, ""},
		{"by the user's will", func(r *rig) { r.spec.DeadMan = 0 }, ""},
		{"nothing dangerous", func(r *rig) {
			id := settingID
			r.guest.id = id
			for i, v := range []matrix.Value{matrix.Found, "tuned"} {
				r.spec.Plan.Arms[i].Combination = matrix.NewCombination(map[string]matrix.Value{id: v})
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := dangerousRig()
			r.guest.failArm = deadman.ErrNone
			c.set(r)
			sum, err := r.run(t.Context())
			if c.refused == "" {
				if err != nil || sum.OK != 4 {
					t.Errorf("%+v, %v; want it to run", sum, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error()+strings.Join(trouble.Hints(err), "\n"), c.refused) || r.store.changed || r.guest.mark != nil || r.guest.value != "original" {
				t.Errorf("%v; changed %v, mark %+v; want a refusal that says %q and leaves nothing", err, r.store.changed, r.guest.mark, c.refused)
			}
		})
	}
}

func TestASwitchThatAFailedBootLeftArmedIsArmedAnew(t *testing.T) {
	r := dangerousRig()
	r.spec.Plan.Slots = r.spec.Plan.Slots[:2] // tuned, baseline
	r.guest.refuses = "tuned"
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	want := []string{"arm", "disarm", // the trial
		"arm", "write tuned", "arm", "write tuned",
		"arm", "write original", "reboot", "read back", "disarm", "read back",
		"restore"}
	if got := r.acts(); !slices.Equal(got, want) {
		t.Errorf("did %q, want %q", got, want)
	}
}

func TestAStopInTheTrialOfTheSwitchLeavesNothing(t *testing.T) {
	r := dangerousRig()
	ctx, cancel := context.WithCancel(t.Context())
	r.guest.onArm = cancel
	_, err := r.run(ctx)
	var unrestored *bench.UnrestoredError
	if !errors.Is(err, context.Canceled) || errors.As(err, &unrestored) || r.guest.armed || r.guest.mark != nil || r.guest.serving {
		t.Errorf("%v, armed %v, mark %+v, iperf3 runs %v; want a guest as it was", err, r.guest.armed, r.guest.mark, r.guest.serving)
	}
}

func TestAGuestThatIsLostInTheTrialIsLeftChanged(t *testing.T) {
	r := dangerousRig()
	r.guest.onArm = func() { r.guest.failAll = lostError() }
	_, err := r.run(t.Context())
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &unrestored) {
		t.Errorf("%v; want to hear that the mark and perhaps a switch are still there", err)
	}
}

func TestARefusedGuestKeepsNoServer(t *testing.T) {
	r := newRig()
	r.guest.failServer = errors.New("does not listen")
	if _, err := r.run(t.Context()); err == nil || r.guest.serving {
		t.Errorf("%v, iperf3 runs %v", err, r.guest.serving)
	}
}

// A harness that is killed while it marks the guest leaves a store that says so.
func TestTheStoreSaysChangedBeforeTheGuestIsMarked(t *testing.T) {
	r := newRig()
	asked, said := false, false
	r.guest.onClaim = func() {
		if !asked {
			asked, said = true, r.store.changed && r.store.originals != nil
			r.guest.mark = &apply.Owner{ID: "another"} // who was faster
		}
	}
	var owned *apply.OwnedError
	if _, err := r.run(t.Context()); !errors.As(err, &owned) {
		t.Fatalf("error %v, want that the guest is another's", err)
	}
	if !asked || !said {
		t.Error("the guest was marked before the store said that it is changed")
	}
	if r.store.changed {
		t.Error("the guest is another's and this store says that it is changed")
	}
}

func TestAGuestOfAnotherCampaignIsRefused(t *testing.T) {
	r := newRig()
	r.guest.mark = &apply.Owner{ID: "other", Host: "elsewhere"}
	_, err := r.run(t.Context())
	var owned *apply.OwnedError
	if !errors.As(err, &owned) || r.store.changed || r.store.originals != nil || len(r.acts()) > 0 || r.guest.mark.ID != "other" {
		t.Errorf("%v after %v; want a refusal before anything", err, r.acts())
	}
}

func TestAnotherOwnerInMidCampaignEndsIt(t *testing.T) {
	r := newRig()
	r.meter.onRun = func() { r.guest.mark = &apply.Owner{ID: "other"} }
	_, err := r.run(t.Context())
	var owned *apply.OwnedError
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &owned) || !errors.As(err, &unrestored) || len(r.store.boots) != 2 || slices.Contains(r.transcript, "restore") {
		t.Errorf("%v after %d boots and %v; want to stop and touch nothing", err, len(r.store.boots), r.acts())
	}
}

// A session that was killed left the guest without its network.
func TestAChangedGuestThatDoesNotAnswerIsBroughtBack(t *testing.T) {
	r := dangerousRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.changed, r.store.boots, r.store.events, r.transcript = true, nil, nil, nil
	r.guest.failAll, r.rescue.other, r.rescue.dues = lostError(), true, nil
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 4 || r.transcript[0] != "bring back" || r.rescue.dues[0].IsZero() {
		t.Errorf("%+v, %v after %v; want it brought back first, the switch thought of", sum, err, r.acts())
	}
	if !slices.ContainsFunc(r.store.events, func(e results.Event) bool { return e.Kind == bench.StoredRescue }) {
		t.Errorf("events %+v, want the steps of the ladder", r.store.events)
	}
	r.store.changed, r.guest.failAll, r.rescue.other = true, lostError(), false
	var unrestored *bench.UnrestoredError
	if _, err := r.run(t.Context()); !errors.As(err, &unrestored) {
		t.Errorf("%v; want to hear that the guest is left changed", err)
	}
}

// A session that was killed when it had asked for a reboot leaves a guest that answers the
// next one's first questions and then is gone.
func TestAChangedGuestThatGoesDownAtTheBeginningIsWaitedFor(t *testing.T) {
	r := newRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.changed, r.store.claimed, r.store.boots, r.transcript = true, true, nil, nil
	r.guest.mark, r.rescue.other = &apply.Owner{ID: "owner"}, true
	r.guest.onStart = func() { r.guest.failAll, r.guest.onStart = lostError(), nil }
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 4 || r.store.changed || !slices.Equal(r.transcript[:3], []string{"start iperf", "bring back", "start iperf"}) {
		t.Errorf("%+v, %v after %v; want it brought back and the session begun again", sum, err, r.acts())
	}
}

func TestAStopWhileTheGuestIsBroughtBack(t *testing.T) {
	r := dangerousRig()
	ctx, cancel := context.WithCancel(t.Context())
	r.guest.cuts, r.rescue.other = true, true
	r.rescue.onBack = cancel
	_, err := r.run(ctx)
	if !errors.Is(err, context.Canceled) || len(r.store.boots) != 0 || r.store.changed || r.guest.value != "original" {
		t.Errorf("%v, %d boots, changed %v; want it stopped and restored", err, len(r.store.boots), r.store.changed)
	}
}

package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Bootable is a guest that takes settings and reboots, with proof of both.
type Bootable interface {
	Write(ctx context.Context, targets []apply.Target) ([]byte, error)
	Reboot(ctx context.Context, limits apply.RebootLimits) (record.Reboot, error)
	// SwitchOff switches the guest off, calls whileOff, and proves the boot that follows.
	SwitchOff(ctx context.Context, limits apply.RebootLimits, whileOff func(context.Context) error) (record.Reboot, error)
	SameBoot(ctx context.Context, r record.Reboot) error
	ReadBack(ctx context.Context, targets []apply.Target) ([]record.Reading, []byte, error)
	// RestartAdapter restarts the adapter under test within the boot; apply.ErrNoRestart where
	// nothing could.
	RestartAdapter(ctx context.Context, limit time.Duration) ([]byte, error)
	// AwaitIdle waits for so much idle time of the guest, until the limit is over.
	AwaitIdle(ctx context.Context, idle, limit time.Duration) (record.Settled, []byte, error)
	// MemoryCopy measures how fast this boot copies memory; what it could not is said in the covariate.
	MemoryCopy(ctx context.Context) (record.Covariate, []byte)
}

// BootStore keeps boots.
type BootStore interface {
	AddBoot(results.Boot) (string, error)
	Read() (results.Contents, error)
}

// attempts is how often a slot is booted when its boot fails.
const attempts = 2

// bootOnceOrTwice does a slot, and once more when its boot failed; both are
// stored. A stint is tried again in its boot, if that stands, else as the first of a new one. It says whether the
// slot has a ranked boot. Its error ends the session:
// the store failed, the guest is another's, another machine or lost, or the context is done.
func (l *Loop) bootOnceOrTwice(ctx context.Context, s *session, slot matrix.Slot) (bool, error) {
	for try := 1; try <= attempts; try++ {
		s.progress.begin(slot.Order, l.Clock.Now())
		b, cause := l.boot(ctx, s, slot)
		lost := trouble.Guard(func() error { return l.bringBack(ctx, s, b, cause) })
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		id, err := l.storeBoot(ctx, s.spec, b)
		if err != nil {
			return false, err
		}
		s.named(b, id)
		settled := b.Status == sample.StatusOK || b.Status == sample.StatusNotInEffect || try == attempts
		s.progress.end(b.Boot, !settled)
		if settled {
			s.progress.over++
		}
		e := l.event(s, slot, EventBoot)
		e.Status, e.Text = b.Status, b.Reason
		e.Step = id
		l.Notify(e)
		switch {
		case lost != nil:
			return false, lost
		case stranger(cause):
			return false, cause
		case settled:
			return b.Status == sample.StatusOK, nil
		}
	}
	return false, nil
}

// addBoot stores a boot. One whose facts make the store's own code panic is stored
// without them, as a failed one.
func (l *Loop) addBoot(b *bootRecord) (id string, err error) {
	err = trouble.Guard(func() (err error) {
		id, err = l.Store.AddBoot(b.Boot)
		return err
	})
	var p *trouble.Panic
	if !errors.As(err, &p) {
		return id, err
	}
	b.Boot = results.Boot{Session: b.Session, Block: b.Block, Order: b.Order, Arm: b.Arm, Combination: b.Combination, Stint: b.Stint, In: b.In,
		Started: b.Started, Ended: b.Ended, Steps: b.Steps}
	b.fail(p)
	return l.Store.AddBoot(b.Boot)
}

// boot does one boot: write, reboot, prove, read back, settle, measure. Whatever
// fails is in the boot's status and reason, and is returned as well.
func (l *Loop) boot(ctx context.Context, s *session, slot matrix.Slot) (*bootRecord, error) {
	arm := s.spec.Plan.Arms[slot.Arm]
	b := &bootRecord{loop: l, session: s, slot: slot, Boot: results.Boot{
		Session: s.id, Block: slot.Block, Order: slot.Order, Arm: arm.Name,
		Combination: arm.Combination.Canonical(), Status: sample.StatusOK, Started: l.Clock.Now(),
	}}
	if slot.Boot > 0 {
		b.stint()
	}
	err := trouble.Guard(func() error { return b.prepare(ctx, arm) })
	if err != nil {
		b.fail(err)
	} else if err = trouble.Guard(func() error { return b.measureAndConfirm(ctx) }); isPanic(err) {
		b.fail(err)
	}
	b.Ended = l.Clock.Now()
	s.endOf(b, err)
	return b, err
}

// bootRecord fills in a results.Boot step by step.
type bootRecord struct {
	results.Boot
	loop    *Loop
	session *session
	slot    matrix.Slot
	targets []apply.Target
	proof   record.Reboot
	noMeter error // why the guest's meter could not be started

	before *record.GuestReading // what the guest counted before the next run; nil where it has not been asked
	silent error                // why the guest could not be asked: it is not again in this boot
}

// statusError gives a boot its status.
type statusError struct {
	status string
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func (b *bootRecord) fail(err error) {
	b.Status, b.Reason = record.WriteFailed, trouble.Line(err)
	var s *statusError
	var p *trouble.Panic
	switch {
	case errors.As(err, &p):
		b.Status = record.InternalError
		b.raw(storedPanic, p.Stack)
	case errors.As(err, &s):
		b.Status = s.status
	}
}

func isPanic(err error) bool {
	var p *trouble.Panic
	return errors.As(err, &p)
}

// step runs one step and keeps its times.
func (b *bootRecord) step(name, status string, do func() error) error {
	l := b.loop
	e := l.event(b.session, b.slot, EventStep)
	e.Step = name
	l.Notify(e)
	started := l.Clock.Now()
	err := do()
	b.Steps = append(b.Steps, results.Step{Name: name, Started: started, Ended: l.Clock.Now()})
	var own *statusError
	if err != nil && !errors.As(err, &own) {
		return &statusError{status, err}
	}
	return err
}

// prepare brings the guest to a proven boot under the arm, or switches it to the arm within its boot, read back and with its
// iperf server up.
func (b *bootRecord) prepare(ctx context.Context, arm matrix.Arm) error {
	guest, spec := b.loop.Guest, b.session.spec
	if err := b.step("mark", record.WriteFailed, func() error { return b.loop.renew(ctx, b.session) }); err != nil {
		return err
	}
	if err := b.variant(ctx, arm); err != nil {
		return err
	}
	values := b.session.values()
	targets, err := apply.Targets(values, arm.Combination)
	if err != nil {
		return &statusError{record.WriteFailed, err}
	}
	b.targets = targets
	limits, err := b.arm(ctx, targets)
	if err != nil {
		return err
	}
	was := b.session.live.has
	b.session.live.has = nil
	if err := b.step("apply", record.WriteFailed, func() error {
		raw, err := guest.Write(ctx, apply.CampaignOf(b.session.spec.Plan, nil).Sets(values, targets))
		b.raw("write", raw)
		return err
	}); err != nil {
		return err
	}
	if b.Stint > 1 {
		err = b.switchTo(ctx, arm, was)
	} else {
		err = b.reboot(ctx, limits)
	}
	if err != nil {
		return err
	}
	b.session.live.has = &arm.Combination
	var readings []record.Reading
	if err := b.step("read back", record.ReadBackFailed, func() error {
		var raw []byte
		var err error
		readings, raw, err = guest.ReadBack(ctx, targets)
		b.raw("read", raw)
		b.Readings = append(b.Readings, readings...)
		if err != nil {
			return err
		}
		return b.loop.bears(ctx, b.session) // a disk that was rolled back may have what is asked all the same
	}); err != nil {
		return err
	}
	if err := b.disarm(ctx); err != nil {
		return err
	}
	for _, r := range readings {
		if r.OK() {
			continue
		}
		text := r.String()
		if r.AsAsked && r.Asked == string(matrix.Found) {
			text += "; the guest was found so, and every arm that leaves " + r.ID + " alone has it"
		}
		return &statusError{sample.StatusNotInEffect, errors.New(text)}
	}
	var settled *record.Settled
	err = b.step("settle", record.ServerFailed, func() error {
		if err := b.startServers(ctx); err != nil {
			return err
		}
		b.startMeter(ctx)
		b.forget()
		if b.Stint > 1 {
			return b.loop.Clock.Sleep(ctx, switchSettle)
		}
		settled, err = b.settle(ctx)
		return err
	})
	b.Steps[len(b.Steps)-1].Settled = settled
	if err == nil && spec.Plan.Covariate != "" {
		err = b.step("covariate", record.ServerFailed, func() error { b.covariate(ctx); return nil })
	}
	return err
}

// startServers starts the guest's ends of iperf3 and iperf2, as far as workloads need them.
func (b *bootRecord) startServers(ctx context.Context) error {
	spec := b.session.spec
	if record.NeedIPerf3(spec.Workloads) {
		server, err := b.loop.Guest.StartIPerf(ctx, spec.GuestIPerf, spec.Target.Ports()...)
		if err != nil {
			return err
		}
		b.raw("iperf", asJSON(server))
	}
	server, ok, err := b.loop.startIPerf2(ctx, spec)
	if ok && err == nil {
		b.raw("iperf2", asJSON(server))
	}
	return err
}

// covariate measures the boot's covariate, before anything else of it. Where that fails the boot keeps its
// numbers, and it is told.
func (b *bootRecord) covariate(ctx context.Context) {
	c, raw := b.loop.Guest.MemoryCopy(ctx)
	b.raw("covariate", raw)
	b.Covariate = &c
	if c.Missing != "" && ctx.Err() == nil {
		e := b.loop.event(b.session, b.slot, EventWarning)
		e.Text = c.String() + "; the boot is measured all the same"
		b.loop.Notify(e)
	}
}

// forget has this host begin anew with the guest. Where it cannot, that is told once: it matters where arms
// are switched, and a host that caches nothing (tcp_no_metrics_save) need not.
func (b *bootRecord) forget() {
	err := b.loop.Forget(b.session.spec.Target.Address)
	if err == nil || b.session.untidy {
		return
	}
	b.session.untidy = true
	e := b.loop.event(b.session, b.slot, EventWarning)
	e.Text = "what this host cached of TCP towards the guest is not forgotten between arms: " + trouble.Line(err) + "; run as root, or set net.ipv4.tcp_no_metrics_save to 1"
	b.loop.Notify(e)
}

// reboot reboots the guest and proves it.
func (b *bootRecord) reboot(ctx context.Context, limits apply.RebootLimits) error {
	return b.step("reboot", record.RebootFailed, func() error {
		var err error
		b.proof, err = b.loop.Guest.Reboot(ctx, limits)
		b.Boot.Reboot = &b.proof
		b.raw("boot", b.proof.Raw)
		if err == nil {
			err = b.loop.recognise(b.session, b.proof.Guest)
		}
		if err = errors.Join(err, b.loop.remember(b.session)); err == nil && b.Stint == 1 {
			b.session.live.boot, b.session.live.proof = b.slot.Boot, b.proof
		}
		return err
	})
}

// settle waits as the campaign says, and for a guest that is to be idle until it is. One that does
// not become so, or cannot be asked, is measured all the same: what was seen of it is in the store.
func (b *bootRecord) settle(ctx context.Context) (*record.Settled, error) {
	l, asked := b.loop, b.session.spec.Settle
	if asked.Idle == 0 {
		return nil, l.Clock.Sleep(ctx, asked.Plain)
	}
	begin := l.Clock.Now()
	host, err := b.awaitHost(ctx, asked)
	if err != nil {
		return nil, err
	}
	if err := l.Clock.Sleep(ctx, max(asked.Least-asked.Idle-l.Clock.Now().Sub(begin), 0)); err != nil {
		return nil, err
	}
	began := l.Clock.Now()
	before := began.Sub(begin)
	s, raw, err := l.Guest.AwaitIdle(ctx, asked.Idle, asked.Most-before)
	b.raw("idle", raw)
	s.Host = host
	if err != nil {
		return &s, err
	}
	if s.GaveUp {
		e := l.event(b.session, b.slot, EventWarning)
		e.Text = fmt.Sprintf("the guest is not idle after %s; it is measured all the same; busiest process: %s", asked.Most, cmp.Or(s.Busiest, "not known"))
		l.Notify(e)
	}
	return &s, l.Clock.Sleep(ctx, max(asked.Least-before-l.Clock.Now().Sub(began), 0))
}

func (b *bootRecord) raw(kind string, text []byte) {
	if len(text) > 0 {
		b.Raw = append(b.Raw, results.Raw{Kind: kind, Text: text})
	}
}

// extent is an event with how far the campaign is.
func (l *Loop) extent(s *session, kind EventKind) Event {
	now := l.Clock.Now()
	left, byPlan := s.progress.left(s.spec.BootTime, s.schedule.Remaining(), now)
	e := Event{Time: now, Kind: kind, Blocks: s.spec.Plan.Blocks(), Boots: len(s.spec.Plan.Slots), BootsOver: s.progress.over,
		Remaining: left.Seconds(), ByPlan: byPlan, AtMost: s.spec.Plan.Search != nil || len(s.spec.Plan.Looks) > 0}
	if sw, ok := s.schedule.(*switched); ok {
		e.Blocks, e.Boots, e.BootsOver = sw.blocks(), 0, 0
		e.AllStints, e.StintsOver = len(sw.slots), min(s.progress.over, len(sw.slots))
		_, e.Boots, _, _ = sw.place(matrix.Slot{})
	}
	return e
}

// event is an event of a slot.
func (l *Loop) event(s *session, slot matrix.Slot, kind EventKind) Event {
	e := l.extent(s, kind)
	e.Block, e.Boot, e.Arm, e.Try = slot.Block, slot.Order, s.spec.Plan.Arms[slot.Arm].Name, s.progress.tries[slot.Order]
	if sw, ok := s.schedule.(*switched); ok {
		e.Boot, e.Boots, e.Stint, e.Stints = sw.place(slot)
		e.BootsOver = e.Boot - 1
	}
	return e
}

func (l *Loop) runEvent(s *session, slot matrix.Slot, r results.Run) Event {
	e := l.event(s, slot, EventRun)
	e.Step, e.Status, e.Text, e.Repetition = r.Workload, r.Class, r.Reason, r.Repetition
	if len(r.Metrics) > 0 {
		m := r.Metrics[0]
		e.Value, e.Metric, e.Unit = &m.Value, m.Name, m.Unit
		e.Mean, e.MeanBoots = s.progress.means.of(figure{e.Arm, r.Workload, m.Name})
	}
	return e
}

// asJSON encodes a value of our own making, which cannot fail.
func asJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// IdleGap is the pause before each run: iperf3's server needs a moment after a run
// before it listens again (docs/facts/iperf3.md 4: 0.3 to 0.5 s).
const IdleGap = 300 * time.Millisecond

// Server is the guest's side of a measurement.
type Server interface {
	StartIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error)
	StopIPerf(ctx context.Context, exe string, port int) error
	IPerfLog(ctx context.Context, exe string, ports ...int) (string, error)
	AppliedTemplates(ctx context.Context, port int) ([]string, []byte, error)
}

// measureAndConfirm measures, and fails a boot that was not the proven one to the end.
func (b *bootRecord) measureAndConfirm(ctx context.Context) error {
	if len(b.session.spec.Workloads) == 0 { // what is proven is that the settings are there
		return b.confirm(ctx)
	}
	if b.measure(ctx); ctx.Err() != nil || b.Status == sample.StatusNotInEffect {
		return nil
	}
	return b.confirm(ctx)
}

// measure runs every workload, the repetitions interleaved; of the positive control those that can be paced, paced. The first run after
// the boot is discarded; it is kept as repetition 0, and shows which TCP templates such
// connections use. A boot whose settings are not in effect there is not measured.
func (b *bootRecord) measure(ctx context.Context) {
	spec := b.session.spec
	usable := false
	warmUp := spec.Workloads[0]
	warmUp.Omit = 0 // nothing of it counts anyway
	if b.warmUp(ctx, warmUp); b.Status == sample.StatusNotInEffect {
		return
	}
	workloads, run := spec.Workloads, b.run
	if spec.Plan.Arms[b.slot.Arm].Role == matrix.RoleControl {
		c := b.controlOf(ctx)
		if ctx.Err() != nil {
			return
		}
		workloads, run = c.workloads, func(ctx context.Context, w record.Workload, rep int) bool { return b.runPaced(ctx, c, w, rep) }
	}
	for rep := 1; rep <= spec.Repetitions; rep++ {
		for i := range workloads {
			// Every other repetition goes backwards, so that no workload is always first.
			if rep%2 == 0 {
				i = len(workloads) - 1 - i
			}
			if run(ctx, workloads[i], rep) {
				usable = true
			}
			if ctx.Err() != nil {
				return
			}
		}
	}
	if !usable {
		last := b.Runs[len(b.Runs)-1]
		b.Status, b.Reason = record.MeasurementFailed, "no run gave a number; the last: "+last.Class+": "+last.Reason
	}
}

// warmUp does the discarded run. Where settings of TCP templates are under test the guest is asked
// during it which of them its connections use, and the readings are judged by its answer.
func (b *bootRecord) warmUp(ctx context.Context, w record.Workload) {
	if !apply.UsesTemplates(b.targets) {
		b.run(ctx, w, 0)
		return
	}
	over, answered := make(chan struct{}), make(chan applied)
	port := b.loop.portOf(b.session.spec, w)
	go func() { answered <- b.askTemplates(ctx, port, over) }()
	b.run(ctx, w, 0)
	close(over)
	a := <-answered
	b.raw("applied", a.raw)
	b.Readings = apply.JudgeTemplates(b.Readings, b.targets, port, a.templates, a.why)
	for _, r := range b.Readings {
		if !r.OK() {
			b.fail(&statusError{sample.StatusNotInEffect, errors.New(r.String())})
			return
		}
	}
}

// applied is which TCP templates the connections of a run used, or why that is not known.
type applied struct {
	templates []string
	raw       []byte
	why       string
}

// askTemplates asks the guest until it names a template or the run is over.
func (b *bootRecord) askTemplates(ctx context.Context, port int, over <-chan struct{}) (a applied) {
	for {
		a.why = fmt.Sprintf("the guest named none for port %d during the discarded run", port)
		err := trouble.Guard(func() (err error) {
			a.templates, a.raw, err = b.loop.Guest.AppliedTemplates(ctx, port)
			return err
		})
		if err != nil {
			a.why = trouble.Line(err)
		}
		if len(a.templates) > 0 {
			return a
		}
		select {
		case <-over:
			return a
		case <-ctx.Done():
			return a
		case <-time.After(IdleGap):
		}
	}
}

// confirm fails a boot that was not the proven one to the end, whose numbers belong to
// no boot, and one that somebody changed while it was measured: they belong to no arm.
func (b *bootRecord) confirm(ctx context.Context) error {
	var readings []record.Reading
	err := b.step("confirm", record.MeasurementFailed, func() error {
		var raw []byte
		var err error
		readings, raw, err = b.loop.Guest.ReadBack(ctx, b.targets)
		b.raw("confirm", raw)
		if stranger(err) || apply.Lost(err) {
			return err
		}
		// Asked last, it speaks for what was read as well.
		return errors.Join(b.loop.Guest.SameBoot(ctx, b.proof), err)
	})
	if errors.Is(err, apply.ErrOtherBoot) {
		b.Status, b.Reason = record.RebootedByItself, trouble.Line(err)
		return err
	}
	if err != nil && b.Status == sample.StatusOK {
		b.fail(fmt.Errorf("whether the boot lasted to the end, as it was set, is not known: %w", err))
	}
	for _, r := range readings {
		if !r.OK() {
			err = &statusError{sample.StatusNotInEffect, errors.New("changed during the measurement: " + r.String())}
			b.fail(err)
			break
		}
	}
	return err
}

// run is one repetition, with the retries that its failure class allows.
func (b *bootRecord) run(ctx context.Context, w record.Workload, rep int) bool {
	l, spec := b.loop, b.session.spec
	for attempt := 1; ; attempt++ {
		e := l.event(b.session, b.slot, EventStep)
		e.Step = w.Name
		l.Notify(e)
		if l.Clock.Sleep(ctx, gapBefore(w)) != nil {
			return false
		}
		counted := b.count(ctx, w, rep)
		started := l.Clock.Now()
		o := b.measured(ctx, w)
		r := results.Run{Workload: w.Name, Repetition: rep, Attempt: attempt, Class: o.class, Reason: o.reason,
			Started: started, Ended: l.Clock.Now(), Metrics: o.metrics, Details: &o.details, Raw: o.raw, Stderr: o.stderr}
		counted(&r)
		if w.ByIPerf3() {
			r.Reason += ServerSaid(ctx, l.Clock, l.Guest, spec.GuestIPerf, spec.Target.PortsTo(o.way), o.class)
		}
		b.Runs = append(b.Runs, r)
		l.Notify(l.runEvent(b.session, b.slot, r))
		policy := retryOf(w, o.class)
		if ctx.Err() == nil && policy.restart {
			b.restart(ctx, w)
			b.before = nil // it was work for the guest that is none of a run's
		}
		if record.Usable(o.class) || attempt > policy.times || l.Clock.Sleep(ctx, policy.wait) != nil {
			return record.Usable(o.class)
		}
	}
}

// logLimit bounds the question for the server's log: a guest that was lost must not hold
// the boot up for long.
const logLimit = 20 * time.Second

// ServerSaid is what the guest's server at the last of these ports said of a run of that class, to be added to its
// reason; "" where it said nothing, where its word is not needed or cannot be had: a
// failed run stays one all the same.
func ServerSaid(ctx context.Context, clock terms.Clock, guest Server, exe string, ports []int, class string) string {
	// A server writes its last words after it has let go of the client.
	if ctx.Err() != nil || !iperf.AsksServer(class) || clock.Sleep(ctx, IdleGap) != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, logLimit)
	defer cancel()
	log, err := guest.IPerfLog(ctx, exe, ports...)
	if err != nil {
		return ""
	}
	if said := iperf.LastWords(log); said != "" {
		return "; the guest's iperf3 said last: " + said
	}
	return ""
}

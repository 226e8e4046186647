package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vnettune/apply"
	"vnettune/bench/iperf"
	"vnettune/bench/iperf2"
	"vnettune/bench/meter"
	"vnettune/results/record"
	"vnettune/trouble"
)

// OwnMeter is this project's own measuring tool between host and guest; rig has it.
type OwnMeter interface {
	// Start puts the meter into the guest, unless it is there, and starts it anew.
	Start(ctx context.Context) error
	// Run measures once, by the meter that was started last, over a path of that round trip.
	Run(ctx context.Context, w record.Workload, rtt time.Duration) meter.Outcome
	// Remove ends it in the guest and takes it away.
	Remove(ctx context.Context) error
	// Port is where it listens in the guest.
	Port() int
}

// outcome is one run by any tool.
type outcome struct {
	class, reason string
	metrics       []record.Metric
	details       record.RunDetails
	raw, stderr   []byte
	way           string // of both ways at once that by which it failed
}

// retry is what may be done about a failed one.
type retry struct {
	times   int
	wait    time.Duration
	restart bool
}

// measured runs a workload once, by its tool, under the conditions of its link.
func (b *bootRecord) measured(ctx context.Context, w record.Workload) outcome {
	l, target := b.loop, b.session.spec.Target
	if usesLinks(b.session.spec.Workloads) {
		if err := l.Links.Set(ctx, w.Link); err != nil {
			return outcome{class: record.LinkFailed, reason: trouble.Line(err)}
		}
		// Only the run itself has them. Where they stay, the next run cannot have its own and says so.
		defer func() { _ = l.Links.Set(context.WithoutCancel(ctx), record.Conditions{}) }()
		target.RTT += w.Link.Delay + w.Link.Jitter
	}
	if w.ByIPerf2() {
		to := b.session.spec.IPerf2
		to.RTT += w.Link.Delay + w.Link.Jitter
		return b.byIPerf2(ctx, to, w)
	}
	if w.ByIPerf3() {
		o := l.Meter.Run(ctx, target, w)
		return outcome{o.Class, o.Reason, o.Metrics, o.RunDetails, o.Raw, o.Stderr, o.Way}
	}
	if err := b.noMeter; err != nil {
		return outcome{class: classOfNoMeter(err), reason: trouble.Line(err)}
	}
	o := l.Own.Run(ctx, w, target.RTT)
	return outcome{o.Class, o.Reason, o.Metrics, o.RunDetails, o.Raw, nil, ""}
}

// classOfNoMeter is what runs are called whose meter could not be started in the guest.
func classOfNoMeter(err error) string {
	var blocked *apply.MeterBlockedError
	switch {
	case errors.As(err, &blocked):
		return record.MeterBlocked
	case errors.Is(err, context.Canceled):
		return record.Interrupted
	}
	return record.Failed
}

func retryOf(w record.Workload, class string) retry {
	if w.ByMeter() {
		r := meter.RetryOf(class)
		return retry{r.Times, r.Wait, r.RestartServer}
	}
	if w.ByIPerf2() {
		r := iperf2.RetryOf(class)
		return retry{r.Times, r.Wait, r.RestartServer}
	}
	r := iperf.RetryOf(w, class)
	return retry{r.Times, r.Wait, r.RestartServer}
}

// restart starts the tool's end in the guest anew. A failure of it shows in the next run.
func (b *bootRecord) restart(ctx context.Context, w record.Workload) {
	if w.ByMeter() {
		b.startMeter(ctx)
		return
	}
	if w.ByIPerf2() {
		_, _, _ = b.loop.startIPerf2(ctx, b.session.spec)
		return
	}
	spec := b.session.spec
	_, _ = b.loop.Guest.StartIPerf(ctx, spec.GuestIPerf, spec.Target.Ports()...)
}

// startMeter starts the meter in the guest, where workloads need it. That it does not start is
// the reason of their runs: others can be measured.
func (b *bootRecord) startMeter(ctx context.Context) {
	b.noMeter = nil
	if byMeter(b.session.spec.Workloads) {
		b.noMeter = trouble.Guard(func() error { return b.loop.Own.Start(ctx) })
	}
}

// tryMeter starts the meter and asks it for a second: a guest that keeps it back, or does not let this host to it,
// is better known before the first setting is written.
func (l *Loop) tryMeter(ctx context.Context, s *session) error {
	if !byMeter(s.spec.Workloads) {
		return nil
	}
	if err := l.Own.Start(ctx); err != nil {
		return err
	}
	const least = 8 // bytes that the meter's messages have
	o := l.Own.Run(ctx, record.Workload{Name: "try", Protocol: record.Latency, Tool: record.ToolMeter, Seconds: 1, Request: least, Response: least}, s.spec.Target.RTT)
	if record.Usable(o.Class) {
		return nil
	}
	return trouble.Hint(fmt.Errorf("the meter runs in the guest and cannot be measured with: %s: %s", o.Class, o.Reason),
		"open TCP and UDP port %d in the guest's firewall for this host: vnettune guest-setup prints the rule", l.Own.Port())
}

func byMeter(all []record.Workload) bool { return slices.ContainsFunc(all, record.Workload.ByMeter) }

// portOf is where the guest listens for a workload.
func (l *Loop) portOf(spec Spec, w record.Workload) int {
	if w.ByMeter() {
		return l.Own.Port()
	}
	if w.ByIPerf2() {
		return spec.IPerf2.Port
	}
	return spec.Target.Port
}

// removeMeter takes the meter away, where workloads needed it.
func (l *Loop) removeMeter(ctx context.Context, spec Spec) error {
	if !byMeter(spec.Workloads) {
		return nil
	}
	return trouble.Guard(func() error { return l.Own.Remove(ctx) })
}

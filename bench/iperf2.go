package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vnettune/apply/terms"
	"vnettune/bench/iperf2"
	"vnettune/results/record"
)

// IPerf2 measures by iperf2; iperf2.Runner is one.
type IPerf2 interface {
	// Suits says why this host's iperf2 cannot measure a workload; nil where it can.
	Suits(w record.Workload) error
	Run(ctx context.Context, t iperf2.Target, w record.Workload) iperf2.Outcome
}

// ServersOfIPerf2 are the guest's side of measurements by iperf2.
type ServersOfIPerf2 interface {
	StartIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error)
	StopIPerf2(ctx context.Context, exe string) error
}

func byIPerf2(all []record.Workload) bool {
	return slices.ContainsFunc(all, record.Workload.ByIPerf2)
}

// ProtocolsOfIPerf2 are those for which workloads need a server of iperf2, each once.
func ProtocolsOfIPerf2(all []record.Workload) []string {
	var protocols []string
	for _, p := range []struct{ of, server string }{{record.TCP, terms.TCP}, {record.UDP, terms.UDP}} {
		if slices.ContainsFunc(all, func(w record.Workload) bool { return w.ByIPerf2() && w.Protocol == p.of }) {
			protocols = append(protocols, p.server)
		}
	}
	return protocols
}

// startIPerf2 starts the guest's servers of iperf2 anew, where workloads need them; ok is false where none does.
func (l *Loop) startIPerf2(ctx context.Context, spec Spec) (s terms.IPerfServer, ok bool, err error) {
	if !byIPerf2(spec.Workloads) {
		return s, false, nil
	}
	s, err = l.Guest.StartIPerf2(ctx, spec.GuestIPerf2, spec.IPerf2.Port, ProtocolsOfIPerf2(spec.Workloads))
	return s, true, err
}

// meetIPerf2 starts the guest's iperf2 before the first setting is written, and learns its version: a guest without
// it, or a host whose iperf2 is too old for a workload, would fail every boot.
func (l *Loop) meetIPerf2(ctx context.Context, s *session, facts *record.Guest) error {
	for _, w := range s.spec.Workloads {
		if !w.ByIPerf2() {
			continue
		}
		if err := l.IPerf2.Suits(w); err != nil {
			return err
		}
	}
	server, ok, err := l.startIPerf2(ctx, s.spec)
	if !ok || err != nil {
		return err
	}
	v, err := iperf2.ParseVersion(server.Version)
	if err != nil {
		return fmt.Errorf("iperf2 on the guest (%s): %w", server.Exe, err)
	}
	facts.IPerf2 = v.String()
	s.spec.IPerf2.Server, s.spec.IPerf2.RTT = v, s.spec.Target.RTT
	return nil
}

// gapBefore is the pause before a run of a workload.
func gapBefore(w record.Workload) time.Duration {
	if w.ByIPerf2() {
		return max(IdleGap, iperf2.Gap(w))
	}
	return IdleGap
}

// byIPerf2 runs a workload once by iperf2.
func (b *bootRecord) byIPerf2(ctx context.Context, to iperf2.Target, w record.Workload) outcome {
	o := b.loop.IPerf2.Run(ctx, to, w)
	return outcome{class: o.Class, reason: o.Reason, metrics: o.Metrics, details: o.RunDetails, raw: o.Raw, stderr: o.Stderr}
}

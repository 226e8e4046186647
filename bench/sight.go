package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// sight is what is seen of a guest's machine under a variant.
type sight struct {
	adapter record.Adapter
	host    record.Host
	inf     string // what the guest's driver store calls the package that the adapter's driver is from; "" where nobody asked
}

// differs says in what two sights differ: the host's facts of the machine and the path to it, and the adapter's.
func (s sight) differs(was sight) []string {
	all := s.host.Differs(was.host)
	for _, part := range []struct{ what, was, is string }{
		{"driver", was.adapter.DriverVersion, s.adapter.DriverVersion},
		{"driver's package", was.inf, s.inf},
		{"device", was.adapter.PNPID, s.adapter.PNPID},
		{"adapter", was.adapter.GUID, s.adapter.GUID},
		{"description", was.adapter.Description, s.adapter.Description},
	} {
		if part.was != part.is {
			all = append(all, fmt.Sprintf("%s: %q, was %q", part.what, part.is, part.was))
		}
	}
	return all
}

// variant gives the machine the variant of the boot's arm, finds its adapter, and reads back in what it differs from
// the baseline's, whose facts are looked at first.
func (b *bootRecord) variant(ctx context.Context, arm matrix.Arm) error {
	s := b.session
	want, ok := s.spec.Plan.Variant(arm.Combination)
	if !ok {
		return nil
	}
	return b.step("variant", record.VariantFailed, func() error {
		base, _ := s.spec.Plan.Variant(s.spec.Plan.Baseline().Combination)
		for _, v := range []matrix.Variant{base, want} {
			if _, seen := s.sights[v.Name]; seen && v.Name != want.Name {
				continue
			}
			if err := s.variants.Put(ctx, v.Name); err != nil {
				var other *apply.DriverError
				if errors.As(err, &other) {
					return &statusError{sample.StatusNotInEffect, err}
				}
				return err
			}
			if err := b.loop.see(ctx, s, v.Name); err != nil {
				return err
			}
		}
		one := s.plan(arm)
		if err := apply.Legal(s.adapter, one); err != nil && apply.HasKeywords(one) {
			return &statusError{sample.StatusNotInEffect, fmt.Errorf("under variant %s %w", want.Name, err)}
		}
		r := record.Reading{ID: matrix.VariantID, Asked: want.Name, Want: want.Name, Configured: want.Name, AsAsked: true, InEffect: record.NotObservable, Reason: "the others are held against it"}
		switch d := s.variants.drivers; {
		case want.Driver != nil:
			r.InEffect, r.Reason = record.Yes, "the adapter runs driver "+want.Driver.Version
		case want.AsFound() && d != nil:
			r.InEffect, r.Reason = record.Yes, "the adapter runs the driver that it was found with, "+d.Found.Version
		}
		if want.Name != base.Name {
			r = s.judge(r, base.Name)
		}
		b.Readings = []record.Reading{r}
		if !r.OK() {
			return &statusError{sample.StatusNotInEffect, errors.New(r.String())}
		}
		return nil
	})
}

// plan is the part of the plan that one arm is.
func (s *session) plan(arm matrix.Arm) matrix.Plan {
	p := s.spec.Plan
	p.Arms = []matrix.Arm{arm}
	return p
}

// judge says of a variant whether anything that was read of the machine differs from the baseline's.
func (s *session) judge(r record.Reading, base string) record.Reading {
	if len(s.sights[r.Asked].differs(s.sights[base])) == 0 {
		r.InEffect, r.Reason = record.No, "nothing that can be read of the guest's machine differs from that of variant "+base
		return r
	}
	r.InEffect, r.Reason = record.Yes, "unlike "+base+": "+strings.Join(s.sights[r.Asked].differs(s.sights[base]), "; ")
	return r
}

// see looks at the machine as it is now, and takes its adapter for the one under test.
func (l *Loop) see(ctx context.Context, s *session, variant string) error {
	facts, _, err := l.Guest.Facts(ctx)
	if err == nil {
		err = l.recognise(s, facts)
	}
	if err == nil {
		err = l.remember(s)
	}
	if err == nil && apply.HasKeywords(s.spec.Plan) {
		facts, err = l.Guest.Declare(ctx, facts)
	}
	if err != nil {
		return err
	}
	s.adapter = underTest(facts, s.spec.Target.Address, s.machine.Adapter)
	if s.machine.MAC != "" && !strings.EqualFold(s.adapter.MAC, s.machine.MAC) {
		return trouble.Hint(fmt.Errorf("under variant %s no adapter of the guest has the address under test and the MAC %s", variant, s.machine.MAC), "a variant keeps the adapter's MAC, and the address comes by DHCP or is set for it")
	}
	s.seen = true
	s.sights[variant] = sight{s.adapter, l.Host(ctx, s.adapter), s.variants.inf(variant)}
	return nil
}

// values are the originals for the adapter as it is now.
func (s *session) values() record.Originals {
	if !s.seen {
		return s.originals
	}
	return apply.Rebound(s.originals, s.adapter)
}

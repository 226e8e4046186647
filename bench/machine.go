package bench

import (
	"net/netip"
	"slices"

	"vnettune/apply"
	"vnettune/results/record"
)

// expect has the guest be the machine that the store knows; one that was made for this
// session may be another where nothing is to be put back.
func (l *Loop) expect(s *session) error {
	stored, err := l.Store.Identity()
	if err != nil {
		return err
	}
	changed, err := l.Store.Changed()
	switch {
	case err != nil:
		return err
	case stored != nil && (changed || !s.spec.NewGuest):
		s.machine = *stored
	case stored != nil:
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: "the guest was set up for this session: it is another machine than that of the boots before"})
	}
	l.Guest.Expect(s.machine)
	return nil
}

// recognise compares the machine that gave facts with the store's guest: another one is
// an *apply.OtherMachineError. What may change on one machine is told.
func (l *Loop) recognise(s *session, f record.Guest) error {
	found := record.IdentityOf(f, underTest(f, s.spec.Target.Address, s.machine.Adapter))
	moved, err := apply.SameMachine(s.machine, found)
	if err != nil {
		return err
	}
	for _, what := range moved {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: "the guest is the machine of this store, but its " + what})
	}
	s.machine = s.machine.With(found)
	l.Guest.Expect(s.machine)
	return nil
}

// remember stores which machine the guest is where the store does not have that yet.
func (l *Loop) remember(s *session) error {
	stored, err := l.Store.Identity()
	if err != nil || stored != nil && *stored == s.machine {
		return err
	}
	return l.Store.SaveIdentity(s.machine, l.Clock.Now())
}

// underTest is the adapter that has the address under test, or else the one that was
// known by guid; the zero value for neither.
func underTest(f record.Guest, address, guid string) record.Adapter {
	if a, err := netip.ParseAddr(address); err == nil {
		if i := slices.IndexFunc(f.Adapters, func(one record.Adapter) bool { return one.Has(a) }); i >= 0 {
			return f.Adapters[i]
		}
	}
	if i := slices.IndexFunc(f.Adapters, func(one record.Adapter) bool { return guid != "" && one.GUID == guid }); i >= 0 {
		return f.Adapters[i]
	}
	return record.Adapter{}
}

package apply

import (
	"context"
	"fmt"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/results/record"
)

// An OtherMachineError says that another machine than the store's guest answers at the
// guest's address. Nothing was written to it.
type OtherMachineError struct {
	Stored, Found record.Identity
}

// Error names both machines.
func (e *OtherMachineError) Error() string {
	return fmt.Sprintf("another machine answers at the guest's address, and nothing is written to it: found %s; the store's guest is %s", e.Found, e.Stored)
}

// Gone says that the store's guest was a stand-in whose disk ended with its lab: there is
// another one now.
func (e *OtherMachineError) Gone() bool {
	return e.Stored.Disk != "" && e.Found.Disk != "" && e.Found.Disk != e.Stored.Disk
}

// Advice is how to get at the guest again, or how to go on without it.
func (e *OtherMachineError) Advice() string {
	if e.Gone() {
		return "the store's guest was a lab and ended with it: nothing can be restored any more; what was measured is in the store, and vnettune run with another --store begins anew"
	}
	return "give the store's guest its address back (DHCP, DNS, failover, a clone), then go on; the machine that answers now needs a store of its own"
}

// SameMachine compares the machine that was found with the one that is stored: another
// one is an *OtherMachineError. moved is what may change on one machine and has.
func SameMachine(stored, found record.Identity) (moved []string, err error) {
	d := record.CompareIdentities(stored, found)
	if d.Other != nil {
		return nil, &OtherMachineError{Stored: stored, Found: found}
	}
	return d.Moved, nil
}

// Expect says which machine the guest has to be. From then on facts of another one are
// an *OtherMachineError, and so is every write: who is there is asked before each.
func (g *Guest) Expect(i record.Identity) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expected = i
}

func (g *Guest) expects() record.Identity {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.expected
}

// Is compares a machine that was found with the expected one: another is an
// *OtherMachineError.
func (g *Guest) Is(found record.Identity) error {
	found.Disk = g.Disk
	_, err := SameMachine(g.expects(), found)
	return err
}

// sure asks which machine is there, where it matters. The context that it gives is for
// what is then written: it reaches that machine or none.
func (g *Guest) sure(ctx context.Context) (context.Context, error) {
	if g.expects() == (record.Identity{}) {
		return ctx, nil
	}
	if err := g.Is(record.Identity{}); err != nil { // a lab's disk needs no answer
		return ctx, err
	}
	d, err := g.speak(ctx)
	if err == nil {
		_, _, err = g.readFrom(ctx, d, terms.ReadInput{Registry: []terms.RegistryValue{}, Ports: []int{}, Interfaces: []int{}})
	}
	return g.here(ctx), err
}

// here is ctx for what is written to the machine that has just answered.
func (g *Guest) here(ctx context.Context) context.Context {
	if g.expects() == (record.Identity{}) {
		return ctx
	}
	return winrm.InThisShell(ctx)
}

// readFrom reads what in asks for, and with it which machine answers, where that matters.
func (g *Guest) readFrom(ctx context.Context, d dialect, in terms.ReadInput) (terms.ReadAnswer, []byte, error) {
	in.Identity = g.expects() != (record.Identity{})
	got, raw, err := d.Read(ctx, in)
	if err == nil {
		err = got.Unread("registry")
	}
	if err == nil && len(got.Registry) != len(in.Registry) {
		err = fmt.Errorf("read: %d registry values asked, %d answered", len(in.Registry), len(got.Registry))
	}
	if err == nil {
		err = g.Is(got.Identity)
	}
	return got, raw, err
}

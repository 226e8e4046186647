package rig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/driver"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/spawn"
	"vnettune/trouble"
)

// commandLimit bounds a variant's command, which starts a machine and need not wait for its guest.
const commandLimit = 10 * time.Minute

// mostSaid is the most bytes that are kept of what a variant's command prints.
const mostSaid = 64 << 10

// host is the guest's machine as this host has it. Whether it is off the lab says, or libvirt, or QEMU's monitor: one
// that takes no connections has no machine behind it.
type host struct{ rig *Rig }

// errNoOff says that nothing on this host tells whether the guest's machine is off.
var errNoOff = trouble.Hint(errors.New("nothing here tells whether the guest's machine is off, as it must be for a variant's command"),
	"set guest.libvirt or guest.rescue.qmp")

// CheckVariants refuses variants of a guest of which nobody can say that it is off, as it has to be for them.
func (r *Rig) CheckVariants(plan matrix.Plan) error {
	if !slices.ContainsFunc(plan.Variants, func(v matrix.Variant) bool { return !v.AsFound() && v.Driver == nil }) {
		return nil
	}
	if r.means.Lab == nil && r.Rescue.Domain == "" && r.Rescue.QMP == "" {
		return trouble.Invalid(errNoOff)
	}
	return nil
}

// Off implements bench.Machine.
func (h host) Off(ctx context.Context) (bool, error) {
	r := h.rig
	switch {
	case r.means.Lab != nil:
		return r.means.Lab.Off(ctx)
	case r.Rescue.Domain != "":
		return h.domain().Off(ctx)
	case r.Rescue.QMP != "":
		state, err := rescue.Monitor{Socket: r.Rescue.QMP}.Status(ctx)
		if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) {
			return true, nil
		}
		return state == "shutdown", err
	}
	return false, errNoOff
}

// ForceOff implements bench.Machine.
func (h host) ForceOff(ctx context.Context) error {
	r := h.rig
	switch {
	case r.Rescue.Domain != "":
		return h.domain().ForceOff(ctx)
	case r.Rescue.QMP != "":
		return rescue.Monitor{Socket: r.Rescue.QMP}.Quit(ctx)
	}
	return errors.New("nothing here can switch its machine off (guest.libvirt or guest.rescue.qmp could)")
}

func (h host) domain() rescue.Libvirt {
	return rescue.Libvirt{Domain: h.rig.Rescue.Domain, URI: h.rig.Rescue.URI}
}

// Defined implements bench.Machine.
func (h host) Defined(ctx context.Context) (string, error) {
	d, persistent := h.domain(), false
	text, err := d.Definition(ctx, false)
	if err == nil {
		persistent, err = d.Persistent(ctx)
	}
	if err != nil {
		return "", err
	}
	if !persistent {
		return "", trouble.Hint(fmt.Errorf("the domain %s is not persistent: it is gone when its guest is off", d.Domain), "virsh define it")
	}
	// With secrets in it it goes nowhere but into this comparison.
	whole, err := d.Definition(ctx, true)
	if err != nil {
		return "", fmt.Errorf("whether libvirt leaves something out of the domain's XML: %w", err)
	}
	if whole != text {
		return "", trouble.Hint(fmt.Errorf("libvirt leaves secrets out of the XML of the domain %s unless asked for them (passwords of VNC or SPICE, cookies of disks): a patched XML without them would take them away", d.Domain),
			"take them out of the domain (virsh edit), or give the variants commands")
	}
	return text, nil
}

// Define implements bench.Machine.
func (h host) Define(ctx context.Context, text string) error { return h.domain().Define(ctx, text) }

// Start implements bench.Machine.
func (h host) Start(ctx context.Context) error { return h.domain().Start(ctx) }

// Run implements bench.Machine. A domain that the command leaves off is started.
func (h host) Run(ctx context.Context, command []string) error {
	bounded, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	cmd := spawn.Command(bounded, command[0], command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a machine that it starts outlives this terminal and its Ctrl-C
	cmd.WaitDelay = time.Second                          // and may hold the command's output
	// What it has started ends with it: two at work on one disk, this command and the way back, could ruin it.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	said := &foreign.Buffer{Limit: mostSaid}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case bounded.Err() != nil:
			err = fmt.Errorf("it did not end within %s", commandLimit)
		}
		lines := strings.Split(strings.TrimSpace(string(said.Bytes())), "\n")
		return trouble.Hint(fmt.Errorf("the variant's command %s: %w: %s", foreign.Line(command[0]), err, cmp.Or(foreign.Line(lines[len(lines)-1]), "it said nothing")),
			"run it by hand with the guest off: it has to start the machine")
	}
	if h.rig.Rescue.Domain == "" {
		return nil
	}
	off, err := h.domain().Off(ctx)
	if err == nil && off {
		err = h.domain().Start(ctx)
	}
	return err
}

// content is what the files of a driver's package hold.
func (r *Rig) content(p matrix.Package) ([][]byte, error) {
	return driver.Content(p, r.campaign.PathOf(p))
}

// controlAddress is the guest's address at which WinRM is reached; invalid where the campaign has a name for it, and for a
// stand-in guest.
func (r *Rig) controlAddress() netip.Addr {
	if r.campaign.Guest.Remote == nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(r.campaign.Guest.Remote.Control.Host)
	return a
}

// variants are those of a store's plan; nil where it has none, or where the machine is as it was found.
func (r *Rig) variants(store *results.Store) (*bench.Variants, error) {
	plan := store.Plan()
	if len(plan.Variants) == 0 {
		return nil, nil
	}
	events, err := store.Events()
	if err != nil {
		return nil, err
	}
	v := &bench.Variants{Guest: r.Guest, Machine: host{r}, Keep: store.AddEvent, Clock: Clock{}, Limits: apply.RebootLimits(r.campaign.Limits.Reboot), Plan: plan}
	return v, v.Resume(events)
}

// machineBack makes the machine of a store's guest again what it was, and gives the originals for the adapter that it
// has then.
func (r *Rig) machineBack(ctx context.Context, store *results.Store, owner string, o record.Originals) (record.Originals, string, error) {
	v, err := r.variants(store)
	if err != nil || v == nil {
		return o, "", err
	}
	way := v.Way()
	if v.Changed() {
		if mark, err := r.Guest.Owner(ctx); err == nil && mark != nil && mark.ID != owner {
			return o, "", &apply.OwnedError{Owner: *mark, Now: time.Now()}
		}
		if err := v.Back(ctx); err != nil {
			return o, "", err
		}
	}
	facts, _, err := r.Guest.Facts(ctx)
	if err != nil {
		return o, way, nil // the ladder says what to make of a guest that does not answer
	}
	i := slices.IndexFunc(facts.Adapters, func(a record.Adapter) bool { return strings.EqualFold(a.MAC, o.Adapter.MAC) })
	if i < 0 {
		return o, way, fmt.Errorf("the guest has no adapter with the MAC %s any more", o.Adapter.MAC)
	}
	return apply.Rebound(o, facts.Adapters[i]), way, nil
}

package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/bench/rig"
	"vnettune/matrix"
	"vnettune/results/record"
)

// mustHold are the checks without which nothing is written to a guest.
var mustHold = []string{"guest.windows", "guest.adapter", "guest.machine", "guest.left", "rights.administrator", "rights.registry", "rescue.dead-man", "campaign.plan"}

// WriteTest writes the values that the guest was found with once more, those of the campaign's settings, and
// says of each whether it is taken. It comes after Examine, with the care of a campaign: on the machine
// that was examined alone, marked, and with the dead-man switch armed where a setting can cut it off.
func (d *Examination) WriteTest(ctx context.Context) {
	defer d.judge()
	if why := d.unfit(); why != "" {
		d.notAsked("campaign.write", why)
		return
	}
	unlock, err := d.live.Lock()
	if err != nil {
		d.notAsked("campaign.write", err.Error())
		return
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(ctx, writeTestLimit)
	defer cancel()
	if err := d.writeTest(ctx); err != nil {
		d.fail("campaign.write", remedy(err, "look at the guest, and run it again"), "%v", err)
	}
}

// writeTestLimit bounds the test before everything is taken off the guest again.
const writeTestLimit = 10 * time.Minute

// unfit is why nothing is written to the guest; "" where it can be.
func (d *Examination) unfit() string {
	if d.facts == nil {
		return "the guest does not answer"
	}
	for _, c := range d.Checks {
		if c.Status == Failed && slices.Contains(mustHold, c.ID) {
			return c.ID + " failed, and nothing is written then"
		}
	}
	return ""
}

// writeTest marks the guest, arms the switch, writes, and takes both away again. Its error says what
// kept it from that, or what was left on the guest.
func (d *Examination) writeTest(ctx context.Context) (err error) {
	g, f := d.guest, *d.facts
	adapter, err := g.AdapterUnderTest(f)
	if err != nil {
		return err
	}
	plan, err := d.campaign.Plan(generationOf(f))
	if err != nil {
		return err
	}
	settings, err := d.writable(ctx, plan)
	if err != nil {
		return err
	}
	g.Disk = d.live.Guest.Disk
	machine := record.IdentityOf(f, adapter)
	machine.Disk = g.Disk
	g.Expect(machine)
	o, err := g.Originals(ctx, f, settings)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	now := f.Now.Time()
	mark := apply.Owner{ID: apply.NewOwnerID(), Host: apply.OwnerHost(host), Since: now, Seen: now}
	if err := g.Claim(ctx, mark); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.takeOff(ctx, o, mark.ID)) }()
	// Of two hosts that mark one guest at once the later is seen then.
	if err := (rig.Clock{}).Sleep(ctx, markSettles); err != nil {
		return err
	}
	if err := g.Renew(ctx, mark); err != nil {
		return err
	}
	if limit := d.campaign.Guest.Rescue.DeadMan; limit > 0 && apply.Risky(o) {
		if _, _, err := g.Arm(ctx, o, limit); err != nil {
			return fmt.Errorf("a setting of the campaign can cut the guest off, and the dead-man switch cannot be armed: %w", err)
		}
	}
	written, err := g.WriteBack(ctx, o)
	if err != nil {
		return err
	}
	d.sayWritten(o, written)
	return nil
}

// markSettles is how long a new mark is left alone before it counts.
const markSettles = 2 * time.Second

// writable are the settings of a plan that the guest has; which it lacks is said by campaign.settings.
func (d *Examination) writable(ctx context.Context, plan matrix.Plan) ([]matrix.Planned, error) {
	windows, err := apply.WindowsOf(*d.facts)
	if err != nil {
		return nil, err
	}
	settings := settable(plan, windows)
	lacking, err := d.guest.Lacking(ctx, *d.facts, settings)
	return without(settings, lacking), err
}

// settable are the settings of a plan that can be set on a Windows.
func settable(plan matrix.Plan, windows matrix.Windows) []matrix.Planned {
	return slices.DeleteFunc(slices.Clone(plan.Settings), func(s matrix.Planned) bool { return s.Setting.CanSet(windows) != nil })
}

// without are the settings that the guest does not lack.
func without(settings []matrix.Planned, lacking []apply.Lack) []matrix.Planned {
	return slices.DeleteFunc(settings, func(s matrix.Planned) bool {
		return slices.ContainsFunc(lacking, func(l apply.Lack) bool { return l.ID == s.Setting.ID })
	})
}

// takeOffLimit bounds what is done to a guest whose test is over, or was stopped.
const takeOffLimit = time.Minute

// takeOff disarms the switch and takes the mark away, also when the test was stopped. The mark stays
// where the switch does.
func (d *Examination) takeOff(ctx context.Context, o record.Originals, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeOffLimit)
	defer cancel()
	if apply.Risky(o) {
		if _, _, err := d.guest.Disarm(ctx); err != nil && !errors.Is(err, deadman.ErrNone) {
			return fmt.Errorf("the dead-man switch stays armed, and puts the found values back: %w", err)
		}
	}
	if err := d.guest.Release(ctx, id); err != nil {
		return fmt.Errorf("the guest stays marked; on the guest: %s: %w", apply.RemoveOwner, err)
	}
	return nil
}

// sayWritten says of each setting what came of it.
func (d *Examination) sayWritten(o record.Originals, written []apply.WrittenBack) {
	for _, s := range o.Settings {
		i := slices.IndexFunc(written, func(w apply.WrittenBack) bool { return w.Place.Key() == s.Place.Key() })
		switch {
		case i < 0:
			d.notAsked("campaign.write", s.Place.Key()+" has no value that could be written back")
		case !written[i].Same():
			d.fail("campaign.write", fmt.Sprintf("on the guest, make it %s again; leave it out of the campaign", written[i].Found),
				"%s was %s, was written back and is %s", s.Place.Key(), written[i].Found, written[i].Now)
		case written[i].Refused != nil:
			d.fail("campaign.write", "leave "+s.Place.ID+" out of the campaign", "%v", written[i].Refused)
		default:
			d.ok("campaign.write", "%s takes the value that it has, %s", s.Place.Key(), written[i].Found)
		}
	}
}

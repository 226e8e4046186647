package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/results/record"
)

const (
	clockSlack = 2 * time.Second // a clock that is corrected while booting
	// bootTimeSlack is how far the boot time of one boot may move: it is computed from
	// the clock and the uptime (SAMPLES 5.2).
	bootTimeSlack = 10 * time.Second
	signsNeeded   = 2
)

// bootAnswer is what a guest says of its boot.
type bootAnswer struct {
	BootTime  record.Filetime `json:"bootTime"`
	Now       record.Filetime `json:"now"`
	Mark      bool            `json:"mark"`
	BootEvent *string         `json:"bootEvent"` // record number, nil where none can be read
}

// proven says whether an answer without the mark comes from a new boot, and keeps the signs.
func (w *bootWatch) proven(a bootAnswer) bool {
	r := &w.reboot
	r.BootAfter, r.EventAfter = a.BootTime.Time(), a.BootEvent
	r.Signs = []string{w.dialect.markWord(r.Nonce) + " is gone"}
	if w.laterBoot() {
		r.Signs = append(r.Signs, fmt.Sprintf("boot time %s is later than the guest's clock before, %s",
			r.BootAfter.Format(time.RFC3339), r.Before.Format(time.RFC3339)))
	}
	if newer(r.EventBefore, r.EventAfter) {
		r.Signs = append(r.Signs, fmt.Sprintf("boot event %s in the system's log is newer than %s", *r.EventAfter, *r.EventBefore))
	}
	if w.reset != nil && w.reset() {
		r.Signs = append(r.Signs, "the monitor saw the machine's reset")
	}
	return len(r.Signs) >= signsNeeded
}

func (w *bootWatch) laterBoot() bool {
	r := &w.reboot
	return !r.BootAfter.Before(r.Before.Add(-clockSlack)) && r.BootAfter.After(r.BootBefore)
}

// unproven says what an answer without the mark lacks.
func (w *bootWatch) unproven(a bootAnswer) error {
	why := []string{fmt.Sprintf("its boot time %s is not later than its clock was before, %s (did the clock jump?)",
		a.BootTime.Time().Format(time.RFC3339), w.reboot.Before.Format(time.RFC3339))}
	if w.reboot.EventBefore == nil || a.BootEvent == nil {
		why = append(why, "its log shows no boot event")
	} else {
		why = append(why, "its newest boot event is the one from before")
	}
	if w.reset == nil {
		why = append(why, "nobody watched the machine from outside ("+w.reboot.Unseen+"; guest.rescue.qmp would)")
	} else {
		why = append(why, "the monitor saw no reset")
	}
	return fmt.Errorf("the guest answers, the mark is gone, and no second sign proves a boot: %s", strings.Join(why, "; "))
}

// newer says whether the second record number is known to be greater.
func newer(before, after *string) bool {
	if before == nil || after == nil {
		return false
	}
	b, err := strconv.ParseUint(*before, 10, 64)
	a, err2 := strconv.ParseUint(*after, 10, 64)
	return err == nil && err2 == nil && a > b
}

// ErrOtherBoot says that the guest has rebooted by itself.
var ErrOtherBoot = errors.New("the guest has rebooted by itself")

// SameBoot returns nil when the guest still runs the boot that was proven. Where boot
// events can be read they decide, since no clock changes them, unless the proven boot's
// own was not in the log yet.
func (g *Guest) SameBoot(ctx context.Context, r record.Reboot) error {
	d, err := g.speak(ctx)
	if err != nil {
		return err
	}
	a, err := d.boot(ctx, r.Nonce)
	switch {
	case err != nil:
		return err
	case a.BootEvent != nil && r.EventAfter != nil && (r.EventBefore == nil || *r.EventBefore != *r.EventAfter):
		if *a.BootEvent != *r.EventAfter {
			return fmt.Errorf("%w: its boot event is %s and was %s", ErrOtherBoot, *a.BootEvent, *r.EventAfter)
		}
	case a.BootTime.Time().Sub(r.BootAfter).Abs() > bootTimeSlack:
		return fmt.Errorf("%w: its boot time is %s and was %s", ErrOtherBoot, a.BootTime.Time().Format(time.RFC3339), r.BootAfter.Format(time.RFC3339))
	}
	return nil
}

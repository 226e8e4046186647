package bench

import (
	"context"
	"errors"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

// switchSettle is waited for after a switch within a boot: a setting of the stack needs no more, and what a
// restarted adapter does of its own is over when it is up.
const switchSettle = time.Second

// restartLimit bounds the restart of the adapter.
const restartLimit = 2 * time.Minute

// live is the boot within which arms are switched, as long as the guest is known to be in it.
type live struct {
	boot   int           // of the plan; 0 while there is none
	id     string        // in the store
	stints int           // that were begun in it, failed ones too
	proof  record.Reboot // of its beginning
	// has is what the guest was written last; nil where that is not known, after a failed write.
	has *matrix.Combination
}

// stint makes the record one of a stint: the next of the boot that the guest is in, or the first of a new one.
func (b *bootRecord) stint() {
	live := &b.session.live
	if live.boot != b.slot.Boot {
		b.session.leave()
	}
	live.stints++
	b.Stint, b.In, b.proof = live.stints, live.id, live.proof
}

// leave says that the guest is in no boot in which arms can be switched.
func (s *session) leave() { s.live = live{} }

// endOf ends the boot of a stint where it ended, or may have.
func (s *session) endOf(b *bootRecord, err error) {
	if b.Status == record.RebootedByItself || b.Status == record.PutBack || apply.Lost(err) || stranger(err) || s.live.boot != b.slot.Boot {
		s.leave()
	}
}

// named notes the name that the store gave a stint.
func (s *session) named(b *bootRecord, id string) {
	if b.Stint == 1 && s.live.boot > 0 {
		s.live.id = strings.TrimSuffix(id, ".1")
	}
}

// switchTo has the written arm act within the boot: it does what the settings that changed take, and proves
// that the guest is in the boot still.
func (b *bootRecord) switchTo(ctx context.Context, arm matrix.Arm, was *matrix.Combination) error {
	return b.step("switch", record.SwitchFailed, func() error {
		if b.session.spec.Plan.Switch.Restarts(was, arm.Combination) {
			raw, err := b.loop.Guest.RestartAdapter(ctx, restartLimit)
			b.raw("restart", raw)
			if err != nil {
				return err
			}
		}
		return b.sameBoot(ctx)
	})
}

// sameBoot proves that the guest is in the boot of the stint.
func (b *bootRecord) sameBoot(ctx context.Context) error {
	err := b.loop.Guest.SameBoot(ctx, b.proof)
	if errors.Is(err, apply.ErrOtherBoot) {
		return &statusError{record.RebootedByItself, err}
	}
	return err
}

package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// What is copied: more than the last caches of most processors hold, so that the memory is measured, and
// less than any guest has; often enough that one copy that was held up does not count.
const (
	copyBytes  = 32 << 20
	copyRounds = 31
)

// leastCopy and mostCopy bound a speed that can be one, in MiB/s: a memory of the nineties, and more than
// any cache gives.
const (
	leastCopy = 10
	mostCopy  = 10_000_000
)

// MemoryCopy measures how fast the guest copies memory, by the median of several copies. Where it cannot be
// measured Missing says why: that fails no boot. The second result is the raw answer.
func (g *Guest) MemoryCopy(ctx context.Context) (record.Covariate, []byte) {
	c := record.Covariate{Name: matrix.MemoryCopy}
	d, err := g.speak(ctx)
	if err != nil {
		c.Missing = foreign.Line(err.Error())
		return c, nil
	}
	in := terms.CopyInput{Bytes: copyBytes, Rounds: copyRounds}
	a, raw, err := d.Copy(ctx, in)
	if err == nil {
		c.Value, err = copySpeed(in, a)
	}
	switch {
	case errors.Is(err, terms.ErrNotAsked):
		c.Missing = err.Error()
	case err != nil:
		c.Missing = foreign.Line(err.Error())
	default:
		c.Unit, c.Rounds = "MiB/s", len(a.Ticks)
	}
	return c, raw
}

// copySpeed is the speed in MiB/s that an answer says.
func copySpeed(in terms.CopyInput, a terms.CopyAnswer) (float64, error) {
	if a.Bytes != in.Bytes || len(a.Ticks) != in.Rounds || a.Frequency <= 0 {
		return 0, fmt.Errorf("script copy: the answer is of %d copies of %d bytes by a clock of %d Hz, not of %d of %d", len(a.Ticks), a.Bytes, a.Frequency, in.Rounds, in.Bytes)
	}
	ticks := slices.Sorted(slices.Values(a.Ticks))
	middle := ticks[len(ticks)/2]
	if len(ticks)%2 == 0 {
		middle = (ticks[len(ticks)/2-1] + middle) / 2
	}
	if ticks[0] <= 0 {
		return 0, fmt.Errorf("script copy: a copy took %d ticks", ticks[0])
	}
	speed := float64(in.Bytes) / (1 << 20) * float64(a.Frequency) / float64(middle)
	if speed < leastCopy || speed > mostCopy {
		return 0, fmt.Errorf("script copy: %.3g MiB/s is no speed of a memory", speed)
	}
	return speed, nil
}

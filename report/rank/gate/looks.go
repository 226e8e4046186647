package gate

import (
	"fmt"

	"vnettune/report/rank"
)

// Looks is a gate that may be asked more than once while blocks are added to a
// campaign: how often at most, fixed before the first, and which look this is,
// counted from 1. The zero value is a single look.
type Looks struct{ Planned, This int }

// maxLooks bounds the looks: each has its share of alpha, which more of them make worthless.
const maxLooks = 20

// Check says what is wrong with the looks, and the remedy.
func (l Looks) Check() error {
	switch {
	case l == Looks{}:
		return nil
	case l.Planned < 1 || l.Planned > maxLooks:
		return fmt.Errorf("%d looks: they must be from 1 to %d, fixed before the first", l.Planned, maxLooks)
	case l.This < 1 || l.This > l.Planned:
		return fmt.Errorf("look %d of %d: it must be from 1 to %d; more than were planned would be wrong more often than alpha says", l.This, l.Planned, l.Planned)
	}
	return nil
}

// Count is the number of planned looks, at least one.
func (l Looks) Count() int { return max(1, l.Planned) }

// Last says whether no further look is planned.
func (l Looks) Last() bool { return l.This >= l.Planned }

// Alpha is each look's share of the error rate: by Bonferroni's inequality the chance of a wrong
// verdict at any of the looks is at most alpha, however the number of blocks at each was chosen.
func (l Looks) Alpha(alpha float64) float64 { return alpha / float64(l.Count()) }

// share is the options with this look's share of alpha.
func (l Looks) share(o rank.Options) (rank.Options, error) {
	if err := o.Check(); err != nil {
		return o, err
	}
	if err := l.Check(); err != nil {
		return o, err
	}
	o.Alpha = l.Alpha(o.Alpha)
	return o, nil
}

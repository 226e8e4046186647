package winrm

import (
	"errors"
	"fmt"
	"time"
)

// How often a login that was refused is tried again. Whoever polls a guest would
// otherwise lock the account: Windows does so after 10 refusals by default
// (Microsoft, Account lockout threshold; Windows 11 22H2 and later). A few tries
// there must be, since a guest that is starting may not know its users yet.
const (
	maxLogins  = 5
	loginPause = 5 * time.Second // after the first refusal; doubles
)

// logins keeps count of refused logins. The zero value has seen none.
type logins struct {
	refused int
	next    time.Time // when the next may be tried
	last    *AuthError
}

// allowed gives the refusal again where no login may be tried now.
func (l *logins) allowed(now time.Time) error {
	switch {
	case l.refused >= maxLogins:
		return fmt.Errorf("%w; it was refused %d times and is not tried any more, lest the account be locked", l.last, l.refused)
	case l.refused > 0 && now.Before(l.next):
		return l.last
	}
	return nil
}

// outcome takes note of how a login went.
func (l *logins) outcome(now time.Time, err error) {
	var refused *AuthError
	switch {
	case err == nil:
		*l = logins{}
	case errors.As(err, &refused):
		l.next = now.Add(loginPause << l.refused)
		l.refused++
		l.last = refused
	}
}

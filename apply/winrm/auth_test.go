package winrm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/apply/winrm/fault"
)

func TestLogins(t *testing.T) {
	var l logins
	now := time.Unix(0, 0)
	refusal := &AuthError{User: "Administrator"}
	var waits []time.Duration
	for l.refused < maxLogins {
		if err := l.allowed(now); err != nil {
			t.Fatalf("login %d: %v", l.refused+1, err)
		}
		l.outcome(now, refusal)
		waits = append(waits, l.next.Sub(now))
		if err := l.allowed(l.next.Add(-time.Nanosecond)); !errors.Is(err, fault.ErrUnauthorized) {
			t.Errorf("after %d refusals, too early: %v", l.refused, err)
		}
		now = l.next
	}
	for i, w := range waits[1:] {
		if w != 2*waits[i] {
			t.Errorf("waits %v, want each twice the one before", waits)
		}
	}
	if err := l.allowed(now.Add(24 * time.Hour)); !errors.Is(err, fault.ErrUnauthorized) || !strings.Contains(err.Error(), "lest the account be locked") {
		t.Errorf("after the last refusal: %v", err)
	}
	l.outcome(now, errors.New("a lost connection says nothing of the password"))
	if l.refused != maxLogins {
		t.Error("a lost connection changes the count")
	}
	l.outcome(now, nil)
	if err := l.allowed(now); err != nil {
		t.Errorf("after a login: %v", err)
	}
}

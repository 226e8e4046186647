package winrm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/apply/winrm/fault"
)

// Whatever its caller does, a client makes no more than four refused logins in half an hour.
func TestLogins(t *testing.T) {
	var l logins
	start := time.Unix(0, 0)
	refusal := &AuthError{User: "Administrator"}
	var tries []time.Duration
	for now := start; now.Before(start.Add(2 * time.Hour)); now = now.Add(time.Second) {
		err := l.allowed(now)
		if err == nil {
			tries = append(tries, now.Sub(start))
			l.outcome(now, refusal)
			continue
		}
		if !errors.Is(err, fault.ErrUnauthorized) {
			t.Fatalf("after %s: %v", now.Sub(start), err)
		}
		if locked := strings.Contains(err.Error(), "lest the account be locked"); locked != (len(l.refused) == maxLogins) {
			t.Fatalf("after %d refusals: %v", len(l.refused), err)
		}
	}
	if len(tries) != 4*maxLogins || tries[1] != 5*time.Second || tries[2] != 15*time.Second || tries[3] != 35*time.Second {
		t.Errorf("tried at %v", tries)
	}
	for i := maxLogins; i < len(tries); i++ {
		if tries[i]-tries[i-maxLogins] < 30*time.Minute {
			t.Errorf("%d logins within %s", maxLogins+1, tries[i]-tries[i-maxLogins])
		}
	}
	now, before := start.Add(2*time.Hour), len(l.refused)
	l.outcome(now, errors.New("a lost connection says nothing of the password"))
	if len(l.refused) != before {
		t.Error("a lost connection changes the count")
	}
	l.outcome(now, nil)
	if err := l.allowed(now); err != nil || len(l.refused) != 0 {
		t.Errorf("after a login: %v", err)
	}
}

// A guest that offers NTLM and refuses it may have a policy against it; one that takes other ways
// only, or another way of ours, has not.
func TestARefusedNTLMNamesThePolicies(t *testing.T) {
	for _, c := range []struct {
		e    AuthError
		want bool
	}{
		{AuthError{Auth: NTLM, Offered: []string{"Negotiate", "Kerberos"}}, true},
		{AuthError{Auth: NTLM, Offered: []string{"Kerberos"}}, false},
		{AuthError{Auth: NTLM}, false},
		{AuthError{Auth: Basic, HTTPS: true, Offered: []string{"Negotiate", "Basic"}}, false},
	} {
		if got := strings.Contains(c.e.Advice(), "Restrict NTLM"); got != c.want {
			t.Errorf("%+v: advice %q", c.e, c.e.Advice())
		}
	}
}

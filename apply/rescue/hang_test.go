package rescue_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
)

// endless is an agent whose programs never end.
type endless struct{}

func (endless) Command(_ context.Context, name string, _ any) (json.RawMessage, error) {
	if name == "guest-exec" {
		return json.RawMessage(`{"pid": 1}`), nil
	}
	return json.RawMessage(`{"exited": false}`), nil
}

func (endless) Close() {}

// sleeper is the time of the test's bubble.
type sleeper struct{}

func (sleeper) Now() time.Time { return time.Now() }
func (sleeper) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestAProgramThatNeverEndsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rescue.NewRunner(endless{}, sleeper{})
		began := time.Now()
		_, err := r.Run(t.Context(), "netsh.exe", nil)
		if err == nil || !apply.Lost(err) || !strings.Contains(err.Error(), "has not ended within") || time.Since(began) > time.Hour {
			t.Errorf("%v after %s; want a lost guest", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Run(ctx, "netsh.exe", nil); err == nil || strings.Contains(err.Error(), "has not ended within") {
			t.Errorf("%v; want the caller's own limit", err)
		}
	})
}

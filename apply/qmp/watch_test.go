package qmp_test

import (
	"testing"
	"time"

	"vnettune/apply/qmp"
)

func TestWatchSeesWhatTheGuestDid(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		want  bool
	}{
		"the guest resets":         {`{"event": "RESET", "data": {"guest": true, "reason": "guest-reset"}}`, true},
		"QEMU ends at its reset":   {`{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}`, true},
		"somebody else resets it":  {`{"event": "RESET", "data": {"guest": false, "reason": "host-qmp-system-reset"}}`, false},
		"something else happened":  {`{"event": "STOP"}`, false},
		"an event without content": {`{"event": "RESET"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			reset, stop, err := qmp.Watcher{Socket: monitor(t, greeting, func(string) []string {
				return []string{`{"return": {}, "id": %d}`, c.event}
			})}.Watch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			for range 200 { // the events follow the negotiation's answer
				if reset() {
					break
				}
				time.Sleep(time.Millisecond)
			}
			if reset() != c.want {
				t.Errorf("reset %v, want %v", reset(), c.want)
			}
		})
	}
}

func TestWatchNowhere(t *testing.T) {
	if _, _, err := (qmp.Watcher{Socket: t.TempDir() + "/none"}).Watch(t.Context()); err == nil {
		t.Error("watched a monitor that is not there")
	}
}

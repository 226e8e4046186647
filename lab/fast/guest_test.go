package fast

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/lab/guest"
)

func TestWaitForCable(t *testing.T) {
	for name, input := range map[string]string{"no keeper": "", "another word": "stop\n", "half a word": "go"} {
		if _, err := waitForCable(strings.NewReader(input)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	keeper, pipe := io.Pipe()
	go func() { io.WriteString(pipe, wordGo) }()
	off, err := waitForCable(keeper)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-off:
		t.Error("the guest goes off while its keeper lives")
	default:
	}
	pipe.Close()
	<-off // a guest without a keeper goes off
}

func TestAGuestRefusesADelay(t *testing.T) {
	// The configuration of a machine for a trial is the shortest that is valid.
	path := filepath.Join(t.TempDir(), "guest.json")
	if err := os.WriteFile(path, []byte(`{"trial": true, "delay": 2000000}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := boot(path, time.Now()); !errors.Is(err, ErrDelay) {
		t.Errorf("got %v", err)
	}
	if outcome, err := boot(filepath.Join(t.TempDir(), "none"), time.Now()); err == nil || outcome != guest.PowerOff {
		t.Errorf("no configuration: %v, %v", outcome, err)
	}
}

func TestPlugRefusesABadAddress(t *testing.T) {
	if err := plug(Link{Name: "x", MAC: "here"}, 1); err == nil || !strings.Contains(err.Error(), "here") {
		t.Errorf("got %v", err)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/lab/guest"
)

// otherHand is somebody else, who does something to the guest while the campaign runs.
type otherHand struct {
	kind bench.EventKind // when: at the first event of this kind
	step string          // and of this step, unless it is ""
	boot int             // and of this boot, unless it is 0

	disk bool   // the guest boots next from another disk: another machine is at its address
	exec string // a command in the guest

	pristine map[string]string // the settings of a machine that nobody touched
	ours     []byte            // the guest's own disk, while it has another
}

// onLine does it once the event was told.
func (h *otherHand) onLine(l *ownLab) func(string, *os.Process) {
	h.pristine, h.ours = l.settings(), nil
	var once sync.Once
	return func(line string, _ *os.Process) {
		var e bench.Event
		if json.Unmarshal([]byte(line), &e) != nil || e.Kind != h.kind || h.step != "" && e.Step != h.step || h.boot != 0 && e.Boot != h.boot {
			return
		}
		once.Do(func() {
			if h.disk {
				h.ours = l.swapDisk(make([]byte, guest.DiskSize))
			}
			if h.exec == "" {
				return
			}
			// A reboot may take the word from the command that asks for it.
			if exit, _, said := l.run(time.Minute, "lab", "exec", l.info.Name, "--", h.exec); exit != exitDone && !h.disk {
				l.t.Errorf("%s: exit code %d: %s", h.exec, exit, said)
			}
		})
	}
}

// checkOther checks that the other machine got nothing, and gives the guest its disk back.
func (o *faultOutcome) checkOther(t *testing.T, l *ownLab, said string) {
	t.Helper()
	h := o.other
	if !h.disk {
		return
	}
	if h.ours == nil {
		o.bad("no other machine came up: the event was not told")
		return
	}
	if left := changes(h.pristine, l.settings()); len(left) > 0 {
		o.bad("the other machine is changed: %v", left)
	}
	if o.exit != exitUnrestored || !strings.Contains(said, "another machine answers at the guest's address") {
		o.bad("exit code %d, and it does not say that another machine answers: %s", o.exit, o.words)
	}
	l.swapDisk(h.ours)
	l.reboot()
}

// otherCases are another machine that comes up at the guest's address, at each step, and
// settings that somebody else changes while they are measured.
func otherCases() []faultCase {
	var machines, meddled []faultCase
	classes := []string{rebootFailed, writeFailed, readBackFailed, serverFailed, noNumber, otherBoot, notInEffect}
	add := func(what string, h otherHand) {
		h.disk = true
		machines = append(machines, faultCase{point: "another machine comes up at its address", what: what, classes: classes, other: &h})
	}
	for boot := 1; boot <= 2; boot++ {
		for _, step := range []string{"mark", "apply", "read back", "settle", "confirm"} {
			add(fmt.Sprintf("at the step %s of boot %d", step, boot), otherHand{kind: bench.EventStep, step: step, boot: boot, exec: "shutdown /r /t 0 /f"})
		}
		add(fmt.Sprintf("by the reboot of boot %d", boot), otherHand{kind: bench.EventStep, step: "reboot", boot: boot})
		add(fmt.Sprintf("while iperf3 runs in boot %d", boot), otherHand{kind: bench.EventRun, boot: boot, exec: "shutdown /r /t 0 /f"})
		for _, c := range []struct{ setting, exec string }{
			{"", "netsh interface tcp set global autotuninglevel=restricted"},
			{"afd.DefaultReceiveWindow: 65536", `reg add HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow /t REG_DWORD /d 12345 /f`},
		} {
			meddled = append(meddled, faultCase{point: "somebody else changes a setting under test", what: fmt.Sprintf("`%s` while iperf3 runs in boot %d", c.exec, boot), setting: c.setting,
				classes: []string{notInEffect}, other: &otherHand{kind: bench.EventRun, boot: boot, exec: c.exec}})
		}
	}
	add("by the reboot of the restore", otherHand{kind: bench.EventRestore})
	return append(grouped("Another machine", machines), grouped("Another hand", meddled)...)
}

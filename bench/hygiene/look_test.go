package hygiene

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
)

// rooted is a folder with the kernel's files.
func rooted(t *testing.T, files map[string]string) Root {
	t.Helper()
	root := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Root(root)
}

func TestLook(t *testing.T) {
	const cpu = "sys/devices/system/cpu/"
	r := rooted(t, map[string]string{
		cpu + "cpu0/cpufreq/scaling_governor": "powersave\n", cpu + "cpu1/cpufreq/scaling_governor": "performance\n", cpu + "cpu10/cpufreq/scaling_governor": "powersave\n",
		cpu + "cpu0/cpuidle/state0/name": "POLL\n", cpu + "cpu0/cpuidle/state0/latency": "0\n", cpu + "cpu0/cpuidle/state0/disable": "0\n",
		cpu + "cpu0/cpuidle/state2/name": "C6\n", cpu + "cpu0/cpuidle/state2/latency": "133\n", cpu + "cpu0/cpuidle/state2/disable": "1\n",
		cpu + "cpu0/cpuidle/state1/name": "C1E\n", cpu + "cpu0/cpuidle/state1/latency": "10\n",
		cpu + "intel_pstate/no_turbo": "1\n", cpu + "smt/active": "1\n",
		"sys/devices/system/node/node0/cpulist": "0-7\n", "sys/devices/system/node/node1/cpulist": "8-15\n", "sys/devices/system/node/online": "0-1\n",
		"sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
		"proc/sys/net/core/netdev_max_backlog":                            "1000\n",
		"proc/1/comm":                                                     "init\n", "proc/77/comm": "irqbalance\n",
		"proc/90/comm": "qemu-system-x86\n", "proc/90/task/90/comm": "qemu-system-x86\n", "proc/90/task/90/status": "Cpus_allowed_list:\t0-15\n",
		"proc/90/task/91/comm": "CPU 0/KVM\n", "proc/90/task/91/status": "Name:\tCPU 0/KVM\nCpus_allowed_list:\t2\n",
		"proc/90/task/92/comm": "CPU 1/KVM\n", "proc/90/task/92/status": "Cpus_allowed_list:\t3\n",
		"proc/90/task/93/comm": "CPU 2/KVM\n", "proc/90/task/93/status": "Cpus_allowed_list:\t3\n",
		"sys/class/net/tap3/tx_queue_len": "1000\n",
		"proc/stat":                       "cpu  10 0 15 50 0 0 0 25 0 0\ncpu0 5 0 5 25 0 0 0 15 0 0\ncpu1 5 0 10 25 0 0 0 10 0 0\n",
		"proc/loadavg":                    "0.52 0.40 0.30 1/200 999\n",
	})
	got := r.Look(Of{PID: 90, Links: []string{"br0", "tap3"}})
	got.Clock = nil // of the machine that runs the test
	want := record.Hygiene{
		Governors: []string{"powersave", "performance"}, IdleStates: []record.IdleState{{Name: "POLL"}, {Name: "C1E", Exit: 10}}, Turbo: new(false), SMT: new(true), NUMANodes: new(2),
		Clocksource: "tsc", IRQBalance: new(true), Backlog: new(1000), TxQueues: []record.TxQueue{{Link: "tap3", Length: 1000}}, GuestCPUs: []string{"2", "3"},
		Processors: 2, StealPart: new(25.0), LoadAverage: new(0.52),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s, ok := got.Sleep(); !ok || s.Name != "C1E" {
		t.Errorf("sleeps as deep as %+v, %v: a state that is switched off does not count", s, ok)
	}
}

// What a host does not say of itself is left out, and is never 0.
func TestWhatCannotBeReadIsAbsent(t *testing.T) {
	for name, r := range map[string]Root{
		"nothing": Root(t.TempDir()),
		"nonsense": rooted(t, map[string]string{
			"sys/devices/system/cpu/cpu0/cpuidle/state0/name": "C1\n", "sys/devices/system/cpu/cpu0/cpuidle/state0/latency": "soon\n",
			"sys/devices/system/cpu/smt/active": "yes\n", "proc/sys/net/core/netdev_max_backlog": "\n", "proc/stat": "cpu  1 2\n", "proc/loadavg": "high\n",
		}),
	} {
		got := r.Look(Of{PID: 90, Links: []string{"tap3"}})
		got.Clock = nil
		text, err := json.Marshal(got)
		if err != nil || string(text) != "{}" {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

// turning is a clock that gives the host another /proc/stat when somebody sleeps.
type turning struct {
	root Root
	next string
	err  error
}

func (c turning) Sleep(context.Context, time.Duration) error {
	if err := os.WriteFile(filepath.Join(string(c.root), "proc/stat"), []byte(c.next), 0o644); err != nil {
		return err
	}
	return c.err
}

func TestBusy(t *testing.T) {
	const was = "cpu  100 0 0 100 0 0 0 0 0 0\ncpu0 100 0 0 100 0 0 0 0 0 0\n"
	for name, c := range map[string]struct {
		next string
		want Load
		fail bool
	}{
		"a quarter, a tenth stolen": {"cpu  125 0 0 165 0 0 0 10 0 0\ncpu0 125 0 0 165 0 0 0 10 0 0\n", Load{25, 10}, false},
		"nothing":                   {"cpu  100 0 0 150 0 0 0 0 0 0\ncpu0 100 0 0 150 0 0 0 0 0 0\n", Load{}, false},
		"no time went by":           {was, Load{}, false},
		"no numbers":                {"cpu\n", Load{}, true},
	} {
		r := rooted(t, map[string]string{"proc/stat": was})
		got, err := r.Busy(t.Context(), turning{root: r, next: c.next}, Window)
		if got != c.want || (err != nil) != c.fail {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
	if _, err := Root(t.TempDir()).Busy(t.Context(), turning{}, Window); err == nil {
		t.Error("a host without /proc/stat is said to be idle")
	}
}

package kernel

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// own is what an untouched Linux 6.1 has.
var own = map[string]string{
	sysctlCongestion: "cubic", sysctlReceive: "4096 131072 6291456", sysctlSend: "4096 16384 4194304", sysctlECN: "2",
	sysctlTimestamps: "1", sysctlWindowScaling: "1", sysctlSynRetries: "6",
}

func ptr(b bool) *bool { return &b }

func TestSysctlsFor(t *testing.T) {
	for name, c := range map[string]struct {
		settings Settings
		changed  map[string]string
	}{
		"nothing asked": {Settings{}, nil},
		// A clamped window: default and maximum are one, so that nothing grows.
		"64 KiB":  {Settings{ReceiveWindow: 65535}, map[string]string{sysctlReceive: "4096 262140 262140"}},
		"256 KiB": {Settings{ReceiveWindow: 262144}, map[string]string{sysctlReceive: "4096 1048576 1048576"}},
		// An autotuned one: it starts at the kernel's own size and has a limit.
		"16 MiB":      {Settings{ReceiveWindow: 16 << 20}, map[string]string{sysctlReceive: "4096 131072 33554432"}},
		"1 GiB":       {Settings{ReceiveWindow: 1 << 30}, map[string]string{sysctlReceive: "4096 131072 67108864"}},
		"send buffer": {Settings{SendBuffer: 65536}, map[string]string{sysctlSend: "4096 65536 65536"}},
		"switches on": {Settings{ECN: ptr(true), Timestamps: ptr(true), WindowScaling: ptr(true)},
			map[string]string{sysctlECN: "1"}},
		"switches off": {Settings{ECN: ptr(false), Timestamps: ptr(false), WindowScaling: ptr(false)},
			map[string]string{sysctlECN: "0", sysctlTimestamps: "0", sysctlWindowScaling: "0"}},
		"syn retries":          {Settings{SynRetries: 4}, map[string]string{sysctlSynRetries: "4"}},
		"nothing of a sysctl":  {Settings{MTU: 9000, TSO: ptr(false), InitialRTO: 300}, nil},
		"congestion elsewhere": {Settings{Congestion: "reno"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{}
			for k, v := range own {
				want[k] = v
			}
			delete(want, sysctlCongestion)
			for k, v := range c.changed {
				want[k] = v
			}
			if d := cmp.Diff(want, sysctlsFor(c.settings, own)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestClamp(t *testing.T) {
	for window, want := range map[int]int{0: 0, 65535: 65535, 1 << 20: 1 << 20, 1<<20 + 1: 0, 16 << 20: 0} {
		if got := clamp(window); got != want {
			t.Errorf("clamp(%d) = %d, want %d", window, got, want)
		}
	}
}

func TestSenselessSettingsAreRefused(t *testing.T) {
	for field, s := range map[string]Settings{
		"ReceiveWindow": {ReceiveWindow: -1},
		"SendBuffer":    {SendBuffer: 12},
		"InitialRTO":    {InitialRTO: -5},
		"SynRetries":    {SynRetries: 1000},
		"MTU":           {MTU: 10},
		"VLAN":          {VLAN: 4095},
	} {
		if _, err := (&Kernel{}).Apply(s); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestVerify(t *testing.T) {
	features := map[string]feature{
		"on": {active: true, changeable: true}, "off": {changeable: true}, "fixed on": {active: true}, "fixed off": {},
	}
	for name, c := range map[string]struct {
		features []string
		value    bool
		want     string
	}{
		"off as asked":          {[]string{"off", "fixed off", "none"}, false, ""},
		"on as asked":           {[]string{"off", "on"}, true, ""},
		"cannot be off":         {[]string{"fixed on"}, false, "cannot switch"},
		"stays on":              {[]string{"on"}, false, "stays on"},
		"stays off":             {[]string{"off"}, true, "stays off"},
		"an adapter without it": {[]string{"none"}, true, "stays off"},
	} {
		t.Run(name, func(t *testing.T) {
			err := verify(features, offload{field: "x", features: c.features, value: &c.value})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestString(t *testing.T) {
	if got := (Settings{}).String(); got != "the kernel's own" {
		t.Error(got)
	}
	if got := (Settings{ReceiveWindow: 65535, Congestion: "reno", TSO: ptr(false)}).String(); got != "ReceiveWindow=65535 Congestion=reno TSO=false" {
		t.Error(got)
	}
}

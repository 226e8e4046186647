package record

import (
	"strings"
	"testing"
)

func counted(seconds float64, cpu HostCPU, qemu, spent *float64) RunDetails {
	c := &Counters{Seconds: seconds, CPU: &cpu}
	if qemu != nil {
		c.QEMU = &QEMUCPU{Total: *qemu}
	}
	return RunDetails{Counters: c, Spent: spent}
}

// A host is busy by what neither soft interrupts nor the guest's machine nor the client took, of all of its processors.
func TestWhatKeepsAHostBusy(t *testing.T) {
	for name, c := range map[string]struct {
		d    RunDetails
		says string
	}{
		"idle but for the measurement":   {counted(3, HostCPU{Processors: 4, Busy: 7, Softirq: 1}, new(4.0), new(1.5)), ""},
		"a fifth of it":                  {counted(3, HostCPU{Processors: 4, Busy: 8.9, Softirq: 1}, new(4.0), new(1.5)), "other programs took 20 % of its processors"},
		"a little less":                  {counted(3, HostCPU{Processors: 4, Busy: 8.8, Softirq: 1}, new(4.0), new(1.5)), ""},
		"a large host is not":            {counted(3, HostCPU{Processors: 64, Busy: 8.9, Softirq: 1}, new(4.0), new(1.5)), ""},
		"clocks that tick apart":         {counted(3, HostCPU{Processors: 1, Busy: 1}, new(1.4), new(0.2)), ""},
		"stolen":                         {counted(3, HostCPU{Processors: 2, Busy: 1, Steal: 0.3}, nil, nil), "5 % of its processors were stolen"},
		"nearly":                         {counted(3, HostCPU{Processors: 2, Busy: 1, Steal: 0.29}, nil, nil), ""},
		"the guest's machine is unknown": {counted(3, HostCPU{Processors: 1, Busy: 3}, nil, new(0.0)), ""},
		"so is the client's time":        {counted(3, HostCPU{Processors: 1, Busy: 3}, new(0.0), nil), ""},
	} {
		l, ok := c.d.HostLoad()
		if said := l.Busy(); !ok || (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, %v; want %q", name, said, ok, c.says)
		}
	}
	for name, d := range map[string]RunDetails{"nothing was counted": {}, "not the processors": {Counters: &Counters{Seconds: 3}}, "no time": counted(0, HostCPU{Processors: 1}, nil, nil)} {
		if l, ok := d.HostLoad(); ok || l.Busy() != "" {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// Runs of a boot count by their length, and one that does not tell leaves the boot unknown.
func TestTheLoadOfABoot(t *testing.T) {
	quiet, _ := counted(9, HostCPU{Processors: 2, Busy: 0.1}, new(0.1), new(0.0)).HostLoad()
	loud, _ := counted(1, HostCPU{Processors: 2, Busy: 2}, new(0.0), new(0.0)).HostLoad()
	unknown, _ := counted(1, HostCPU{Processors: 2, Busy: 2}, nil, nil).HostLoad()
	if sum := (HostLoad{}).Add(quiet).Add(loud); sum.Busy() != "" || *sum.Others != 2 || sum.Seconds != 10 || sum.Processors != 2 {
		t.Errorf("%+v, %q", sum, sum.Busy())
	}
	if loud.Busy() == "" {
		t.Error("a host is not busy that has nothing else to do")
	}
	if sum := loud.Add(unknown); sum.Others != nil || sum.Busy() != "" {
		t.Errorf("%+v", sum)
	}
}

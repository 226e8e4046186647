package enginetest

import (
	"fmt"
	"testing"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
)

// moving has counters that go on with the time, in place of the kit's, which stand still: each
// processor and each disk is busy for a part of it, and one process takes a half of a processor.
const moving = `$clockOfTheCounters = [Diagnostics.Stopwatch]::StartNew()
function Get-CimInstance($class) {
  $now = $clockOfTheCounters.Elapsed.Ticks
  switch ($class) {
    'Win32_PerfRawData_PerfOS_Processor' {
      foreach ($b in %s) { [pscustomobject]@{ Name = $b[0]; PercentProcessorTime = [uint64](5e9 + $now * (1 - $b[1])); Timestamp_Sys100NS = [uint64](13e16 + $now) } }
    }
    'Win32_PerfRawData_PerfDisk_PhysicalDisk' {
      foreach ($b in %s) { [pscustomobject]@{ Name = $b[0]; PercentIdleTime = [uint64](7e9 + $now * (1 - $b[1])); Timestamp_Sys100NS = [uint64](13e16 + $now) } }
    }
    'Win32_Process' {
      [pscustomobject]@{ Name = 'System Idle Process'; ProcessId = [uint32]0; KernelModeTime = [uint64]($now * 9); UserModeTime = [uint64]0 }
      [pscustomobject]@{ Name = 'powershell.exe'; ProcessId = [uint32]$PID; KernelModeTime = [uint64]($now * 5); UserModeTime = [uint64]0 }
      [pscustomobject]@{ Name = 'старый.exe'; ProcessId = [uint32]4; KernelModeTime = [uint64]9e12; UserModeTime = [uint64]9e12 }
      [pscustomobject]@{ Name = 'busy one.exe'; ProcessId = [uint32]8; KernelModeTime = [uint64]($now / 4); UserModeTime = [uint64]($now / 4) }
      [pscustomobject]@{ Name = 'other.exe'; ProcessId = [uint32]12; KernelModeTime = [uint64]($now / 10); UserModeTime = $null }
    }
  }
}
`

// What the script makes of counters that go on: shares of the time, windows that were idle, and the
// process that took the most.
func TestIdleByMovingCounters(t *testing.T) {
	k := engine(t)
	cases := []struct {
		name             string
		processors, disk string
		idle             bool
		processor, most  float64
	}{
		{"idle", `@('0', 0.05), @('1', 0.15), @('_Total', 0.9)`, `@('0 C:', 0.02), @('_Total', 0.9)`, true, 10, 2},
		{"a busy processor", `@('0', 0.05), @('1', 0.75), @('_Total', 0)`, `@('0 C:', 0.02), @('_Total', 0)`, false, 40, 2},
		{"one busy disk of two", `@('0', 0.05), @('1', 0.15), @('_Total', 0)`, `@('0 C:', 0.02), @('1 D:', 0.3), @('_Total', 0)`, false, 10, 16},
	}
	var jobs []job
	good := states(t, k)[0].State
	for _, c := range cases {
		jobs = append(jobs, job{ID: c.name, Script: fmt.Sprintf(moving, c.processors, c.disk) + scripts.Source(scripts.Idle),
			Stdin: `{"need": 2, "window": 50, "below": 20, "limit": 3000}`, State: good})
	}
	answers := k.jobs(t, jobs)
	near := func(got *float64, want float64) bool { return got != nil && *got > want-1 && *got < want+1 }
	for _, c := range cases {
		var wrong []string
		a := decoded[terms.IdleAnswer](&wrong, answers[c.name])
		if len(wrong) > 0 || len(a.Problems) > 0 {
			t.Errorf("%s: %s, %v", c.name, wrong, a.Problems)
		}
		if c.idle != (a.Idle == 2) || !c.idle && a.Idle != 0 || a.Windows < 2 || !near(a.Processor, c.processor) || !near(a.Disk, c.most) {
			t.Errorf("%s: %s", c.name, answers[c.name].Stdout)
		}
		if a.Busiest == nil || a.Busiest.Name != "busy one.exe" || a.Busiest.Milliseconds < 10 || a.Busiest.Milliseconds > float64(a.Elapsed) {
			t.Errorf("%s: the busiest process is %+v", c.name, a.Busiest)
		}
	}
}

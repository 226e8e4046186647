# Whether the guest is idle: windows in which processors and disks do little. Contract: CONTRACT.md, "idle".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Say($o) {
  [Console]::Out.WriteLine([regex]::Replace((ConvertTo-Json $o -Depth 4 -Compress), '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
# A part that cannot be asked is null, with the reason under problems, and not asked again.
function Ask($part, $block) {
  if (-not $out.problems[$part]) { try { $t = @{}; . $block; $t } catch { $out.problems[$part] = "$_" } }
}
# What each instance of a class has been idle since its start, and when that was read.
function Read-Idle($part, $class, $count) {
  Ask $part {
    foreach ($o in Get-CimInstance $class) {
      if ($o.Name -ne '_Total' -and $null -ne $o.$count -and $null -ne $o.Timestamp_Sys100NS) { $t["$($o.Name)"] = [double]$o.$count, [double]$o.Timestamp_Sys100NS }
    }
  }
}
function Read-Processor { Read-Idle processor Win32_PerfRawData_PerfOS_Processor PercentProcessorTime }
function Read-Disk { Read-Idle disk Win32_PerfRawData_PerfDisk_PhysicalDisk PercentIdleTime }
# The part of the time between two readings in which an instance was not idle, in percent, of each.
function Get-Busy($a, $b) {
  if ($a -and $b) {
    foreach ($n in $a.Keys) {
      $x = $a[$n]
      $y = $b[$n]
      if ($y -and $y[1] -gt $x[1]) { 100 * (1 - ($y[0] - $x[0]) / ($y[1] - $x[1])) }
    }
  }
}
# The processor time of each process in ms, but of this one and of that which runs where none does (0).
function Read-Processes {
  Ask processes {
    foreach ($p in Get-CimInstance Win32_Process) {
      if ($p.ProcessId -and $p.ProcessId -ne $PID -and $null -ne $p.KernelModeTime) { $t["$($p.ProcessId) $($p.Name)"] = ([double]$p.KernelModeTime + $p.UserModeTime) / 10000 }
    }
  }
}
function Get-Mean($a) { [Math]::Round(($a | Measure-Object -Average).Average, 1) }
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $out = @{ problems = @{}; windows = 0; idle = 0; processor = $null; disk = $null; busiest = $null }
  $clock = [Diagnostics.Stopwatch]::StartNew()
  $was = Read-Processes
  $c0 = Read-Processor
  $d0 = Read-Disk
  $cs = @()
  $ds = @()
  while (-not $out.problems.processor -and $out.idle -lt $in.need -and $clock.ElapsedMilliseconds -lt $in.limit) {
    Start-Sleep -Milliseconds $in.window
    $c1 = Read-Processor
    $d1 = Read-Disk
    $c = @(Get-Busy $c0 $c1)
    $d = @(Get-Busy $d0 $d1)
    if ($c.Count) {
      $out.windows++
      $cs += $c
      $ds += $d
      if (($c | Measure-Object -Average).Average -lt $in.below -and -not ($d -ge $in.below)) { $out.idle++ }
    }
    $c0 = $c1
    $d0 = $d1
  }
  if ($cs.Count) { $out.processor = Get-Mean $cs }
  if ($ds.Count) { $out.disk = Get-Mean $ds }
  $is = Read-Processes
  if ($was -and $is) {
    $most = 0
    foreach ($n in $is.Keys) {
      $ms = $is[$n] - [double]$was[$n]
      if ($ms -gt $most) { $most = $ms; $out.busiest = @{ name = $n -replace '^\d+ '; milliseconds = [Math]::Round($ms) } }
    }
  }
  $out.elapsed = $clock.ElapsedMilliseconds
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = 'input'; message = "$_" } }
  exit 1
}

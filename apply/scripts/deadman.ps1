# The dead-man switch: takes it away, or says how it stands. Contract: CONTRACT.md, "deadman".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$done = "$dir\revert-done.json"
# Nothing is armed where there is no such task; a scheduler that does not say so is no such answer.
function Get-Armed($name = 'revert') {
  Get-ScheduledTask -TaskPath '\vnettune\' -TaskName $name -ErrorAction SilentlyContinue -ErrorVariable refused
  if ($refused -and "$($refused[0].CategoryInfo.Category)" -ne 'ObjectNotFound') { throw $refused[0] }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $where = $in.action
  if ('disarm', 'status' -notcontains $where) { throw 'unknown action' }
  if ($where -eq 'disarm') {
    # And what a restart of an adapter has left.
    'revert', 'restart' | Where-Object { Get-Armed $_ } | ForEach-Object { Unregister-ScheduledTask -TaskPath '\vnettune\' -TaskName $_ -Confirm:$false }
    'ps1', 'cmd', 'reg', 'json' | ForEach-Object { "$dir\revert.$_" } | Where-Object { Test-Path $_ } | Remove-Item -Force
    if (Test-Path $dir) { Remove-Item "$dir\restart*" -Force }
  }
  $due = $fired = $by = $outcome = $null
  $a = Get-Armed
  # The trigger of the start has no boundary of its own. One without an offset is of the guest's own time.
  $once = @($a.Triggers | Where-Object { $_.StartBoundary })[0]
  if ($once) { $due = "$(([DateTime]$once.StartBoundary).ToFileTime())" }
  if (Test-Path $done) {
    $d = [IO.File]::ReadAllText($done) | ConvertFrom-Json
    # The commands behind the script know no such time: it is that of their record.
    $fired = $d.fired
    if (-not $fired) { $fired = "$([IO.File]::GetLastWriteTimeUtc($done).ToFileTimeUtc())" }
    $by = $d.by
    $outcome = @($d.steps)
  }
  Say @{ armed = [bool]$a; due = $due; fired = $fired; by = $by; outcome = $outcome }
  exit 0
} catch {
  Say @{ error = @{ where = "$where"; message = "$_" } }
  exit 1
}

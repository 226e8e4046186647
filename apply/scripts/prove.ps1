# Sets the armed task of the dead-man switch off, once, and takes away what it left. Contract: CONTRACT.md, "prove".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$done = "$env:ProgramFiles\vnettune\revert-done.json"
# A scheduler that does not say whether there is such a task has not said that there is none.
function Get-Armed {
  Get-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert' -ErrorAction SilentlyContinue -ErrorVariable refused
  if ($refused -and "$($refused[0].CategoryInfo.Category)" -ne 'ObjectNotFound') { throw $refused[0] }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $limit = [int]$in.limit
  if ($limit -lt 1) { throw 'no limit' }
  $where = 'task'
  if (-not (Get-Armed)) { throw 'nothing is armed' }
  $where = 'start'
  Start-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert'
  $until = (Get-Date).AddSeconds($limit)
  do {
    Start-Sleep -Milliseconds 200
    $a = Get-Armed
  } while (($a -or -not (Test-Path $done)) -and (Get-Date) -lt $until)
  $where = 'record'
  $fired = $by = $outcome = $null
  if (Test-Path $done) {
    $d = [IO.File]::ReadAllText($done) | ConvertFrom-Json
    $fired = $d.fired
    if (-not $fired) { $fired = "$([IO.File]::GetLastWriteTimeUtc($done).ToFileTimeUtc())" }
    $by = $d.by
    $outcome = @($d.steps)
    Remove-Item $done -Force
  }
  Say @{ armed = [bool]$a; due = $null; fired = $fired; by = $by; outcome = $outcome }
  exit 0
} catch {
  Say @{ error = @{ where = "$where"; message = "$_" } }
  exit 1
}

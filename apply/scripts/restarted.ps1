# What came of the script restart, or takes away what it left. Contract: CONTRACT.md, "restarted".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$done = "$dir\restart-done.json"
# A scheduler that does not say whether there is such a task has not said that there is none.
function Get-Left {
  Get-ScheduledTask -TaskPath '\vnettune\' -TaskName 'restart' -ErrorAction SilentlyContinue -ErrorVariable refused
  if ($refused -and "$($refused[0].CategoryInfo.Category)" -ne 'ObjectNotFound') { throw $refused[0] }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $where = $in.action
  if ('result', 'remove' -notcontains $where) { throw 'unknown action' }
  if ($where -eq 'remove') {
    if (Get-Left) { Unregister-ScheduledTask -TaskPath '\vnettune\' -TaskName 'restart' -Confirm:$false }
    if (Test-Path $dir) { Remove-Item "$dir\restart*" -Force }
  }
  $out = @{ task = [bool](Get-Left); token = $null; ok = $null; message = $null; began = $null; ended = $null; status = $null; now = $null }
  if (Test-Path $done) {
    $d = [IO.File]::ReadAllText($done) | ConvertFrom-Json
    foreach ($n in 'token', 'ok', 'message', 'began', 'ended', 'status') { $out[$n] = $d.$n }
    $a = @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2 | Where-Object { $_.InterfaceGuid -eq $d.guid })[0]
    if ($a) { $out.now = $a.InterfaceOperationalStatus }
  }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = "$where"; message = "$_" } }
  exit 1
}

# Restarts an adapter: what the task of the script restart runs. Contract: CONTRACT.md, "restarting".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$dir = "$env:ProgramFiles\vnettune"
$json = "$dir\restart.json"
$began = "$dir\restart-began"
$done = "$dir\restart-done.json"
function Get-Adapter {
  $all = @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2 | Where-Object { $_.InterfaceGuid -eq $in.guid })
  if ($all.Count -ne 1) { throw "$($all.Count) adapters have the GUID $($in.guid)" }
  $all[0]
}
# The cmdlets are these methods; they are asked where the module is not.
function Invoke-Method($name) {
  $code = (Get-Adapter | Invoke-CimMethod -MethodName $name).ReturnValue
  if ($code) { throw "MSFT_NetAdapter.$name returns $code" }
}
function Enable-Adapter {
  if (Get-Command Enable-NetAdapter -ErrorAction SilentlyContinue) { Enable-NetAdapter -InputObject (Get-Adapter) -Confirm:$false } else { Invoke-Method 'Enable' }
}
function Restart-Adapter {
  if (Get-Command Restart-NetAdapter -ErrorAction SilentlyContinue) { Restart-NetAdapter -InputObject (Get-Adapter) -Confirm:$false }
  else { Invoke-Method 'Disable'; Invoke-Method 'Enable' }
}
function Get-Now { "$([DateTime]::UtcNow.ToFileTimeUtc())" }
# With its record there it has done what it had to, and only its removal failed.
if (-not (Test-Path $done)) {
  $r = @{ token = $null; guid = $null; ok = $false; message = $null; began = (Get-Now); ended = $null; status = $null }
  try {
    $in = [IO.File]::ReadAllText($json) | ConvertFrom-Json
    $r.token = $in.token
    $r.guid = $in.guid
    $late = [DateTime]::UtcNow -gt [IO.File]::GetLastWriteTimeUtc($json).AddSeconds([int]$in.limit)
    if (Test-Path $began) {
      Enable-Adapter
      throw 'the system stopped while the adapter was restarted'
    }
    if ($late) { throw 'it is too late to restart the adapter' }
    [IO.File]::WriteAllText($began, $r.began)
    try { Restart-Adapter } catch {
      $why = "$_"
      try { Enable-Adapter } catch { $why += "; then: $_" }
      throw $why
    }
    $r.ok = $true
  } catch { $r.message = "$_" }
  # An adapter that is being restarted may not be listed for a while.
  $until = (Get-Date).AddSeconds([int]$in.limit)
  while ($true) {
    try { $r.status = (Get-Adapter).InterfaceOperationalStatus } catch { $r.status = $null }
    if ($r.status -eq 1 -or (Get-Date) -ge $until) { break }
    Start-Sleep -Milliseconds 100
  }
  $r.ended = Get-Now
  # Under another name first, so that no half of it is read.
  [IO.File]::WriteAllText("$dir\restart.tmp", (ConvertTo-Json $r))
  [IO.File]::Move("$dir\restart.tmp", $done)
}
# Nobody is here to be told. What is left is removed by the next one, and restarts nothing.
try {
  "$dir\restart.ps1", $json, $began | Where-Object { Test-Path $_ } | Remove-Item -Force
  Unregister-ScheduledTask -TaskPath '\vnettune\' -TaskName 'restart' -Confirm:$false
} catch { }

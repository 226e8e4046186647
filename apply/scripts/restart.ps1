# Has a task of SYSTEM restart one adapter in a moment, when whoever asked has gone. Contract: CONTRACT.md, "restart".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$files = "$dir\restart.ps1", "$dir\restart.json"
# SYSTEM, Administrators and TrustedInstaller, as in arm.
function Test-Rights($path) {
  $sid = [Security.Principal.SecurityIdentifier]
  $acl = Get-Acl $path
  $may = @($acl.GetOwner($sid).Value)
  $may += @($acl.GetAccessRules($true, $true, $sid) | Where-Object {
    "$($_.AccessControlType)" -eq 'Allow' -and -not ([int]$_.PropagationFlags -band 2) -and ([int]$_.FileSystemRights -band -bnot 0x1200a9)
  } | ForEach-Object { $_.IdentityReference.Value })
  $may -notmatch '^S-1-5-(18|32-544|80-956008885-3418522649-1831038044-1853292631-2271478464)$' | ForEach-Object { throw "$_ owns or may change $path" }
}
try {
  $raw = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd()
  $in = $raw | ConvertFrom-Json
  if ("$($in.token)" -notmatch '^[0-9a-f]{32}$') { throw 'no token of 32 hex digits' }
  $wait = [int]$in.delay
  $limit = [int]$in.limit
  if ($wait -lt 1 -or $limit -lt 1) { throw 'no limit' }
  $where = 'adapter'
  $n = @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2 | Where-Object { $_.InterfaceGuid -eq $in.guid }).Count
  if (!$in.inf -and $n -ne 1) { throw "$n adapters have the GUID $($in.guid)" }
  # What an earlier one left goes, before anything of the new one is there: its task finds nothing to run, and is replaced.
  $where = 'files'
  if (Test-Path $dir) { Remove-Item "$dir\restart*" -Force } else {
    $s = New-Object Security.AccessControl.DirectorySecurity
    $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    [void][IO.Directory]::CreateDirectory($dir, $s)
  }
  [IO.File]::WriteAllText($files[0], $in.script)
  [IO.File]::WriteAllText($files[1], $raw)
  $where = 'rights'
  $s = New-Object Security.AccessControl.FileSecurity
  $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)')
  foreach ($f in $files) { try { Test-Rights $f } catch { Set-Acl $f $s } }
  @($dir) + $files | ForEach-Object { Test-Rights $_ }
  # By triggers, since a task that is started by hand has no time limit. The start of the system is for an adapter that a crash has left disabled.
  $where = 'task'
  $boot = New-ScheduledTaskTrigger -AtStartup
  $boot.Delay = 'PT30S'
  $does = New-ScheduledTaskAction "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe" '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File restart.ps1' -WorkingDirectory $dir
  $who = New-ScheduledTaskPrincipal S-1-5-18 -LogonType ServiceAccount -RunLevel Highest
  $how = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit (New-TimeSpan -Seconds (2 * $limit))
  # Last of all: the first of these commands may take seconds, and a moment that was missed is not made up for.
  $once = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds($wait)
  [void](Register-ScheduledTask -TaskPath '\vnettune\' -TaskName 'restart' -Trigger $once, $boot -Action $does -Principal $who -Settings $how -Force)
  Say @{ token = $in.token }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# Arms the dead-man switch: a task that runs the script revert unless it is taken away in time. Contract: CONTRACT.md, "arm".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$ps1 = "$dir\revert.ps1"
$json = "$dir\revert.json"
# SYSTEM, Administrators and TrustedInstaller, by SIDs since their names are localised; 0x1200a9 is to read, execute and wait.
function Test-Rights($path) {
  $sid = [Security.Principal.SecurityIdentifier]
  $acl = Get-Acl $path
  $may = @($acl.GetOwner($sid).Value)
  # What a folder only hands on (inherit-only, 2) is looked at in the files.
  $may += @($acl.GetAccessRules($true, $true, $sid) | Where-Object {
    "$($_.AccessControlType)" -eq 'Allow' -and -not ([int]$_.PropagationFlags -band 2) -and ([int]$_.FileSystemRights -band -bnot 0x1200a9)
  } | ForEach-Object { $_.IdentityReference.Value })
  $may -notmatch '^S-1-5-(18|32-544|80-956008885-3418522649-1831038044-1853292631-2271478464)$' | ForEach-Object { throw "$_ owns or may change $path" }
}
try {
  $raw = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd()
  $in = $raw | ConvertFrom-Json
  $limit = [int]$in.limit
  if ($limit -lt 1) { throw 'no limit' }
  # What was armed before goes, whole, before anything of the new one is there.
  $where = 'disarm'
  if (Get-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert' -ErrorAction SilentlyContinue) { Unregister-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert' -Confirm:$false }
  $ps1, $json, "$dir\revert-done.json" | Where-Object { Test-Path $_ } | Remove-Item -Force
  $where = 'arm'
  if (-not (Test-Path $dir)) {
    $s = New-Object Security.AccessControl.DirectorySecurity
    $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    [void][IO.Directory]::CreateDirectory($dir, $s)
  }
  [IO.File]::WriteAllText($ps1, $in.script)
  # As it came: ConvertTo-Json of 5.1 writes some arrays as objects.
  [IO.File]::WriteAllText($json, $raw)
  $where = 'rights'
  $dir, $ps1, $json | ForEach-Object { Test-Rights $_ }
  $where = 'task'
  $boot = New-ScheduledTaskTrigger -AtStartup
  $boot.Delay = "PT${limit}S"
  $at = (Get-Date).AddSeconds($limit)
  $once = New-ScheduledTaskTrigger -Once -At $at
  # Not -File: a group policy may forbid script files.
  $does = New-ScheduledTaskAction "$PSHOME\powershell.exe" "-NoProfile -NonInteractive -Command iex([IO.File]::ReadAllText('$ps1'))"
  $who = New-ScheduledTaskPrincipal S-1-5-18 -LogonType ServiceAccount -RunLevel Highest
  $how = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
  [void](Register-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert' -Trigger $once, $boot -Action $does -Principal $who -Settings $how -Force)
  [void](Get-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert')
  Say @{ armed = $true; due = "$($at.ToFileTime())"; fired = $null; outcome = $null }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

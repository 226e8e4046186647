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
$files = 'ps1', 'cmd', 'reg', 'json' | ForEach-Object { "$dir\revert.$_" }
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
$task = @{ TaskPath = '\vnettune\'; TaskName = 'revert' }
try {
  $raw = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd()
  $in = $raw | ConvertFrom-Json
  $limit = [int]$in.limit
  if ($limit -lt 1) { throw 'no limit' }
  # What was armed before goes, whole, before anything of the new one is there.
  $where = 'disarm'
  if (Get-ScheduledTask @task -ErrorAction SilentlyContinue) { Unregister-ScheduledTask @task -Confirm:$false }
  if (Test-Path $dir) { Remove-Item "$dir\revert*" -Force }
  $where = 'arm'
  if (-not (Test-Path $dir)) {
    $s = New-Object Security.AccessControl.DirectorySecurity
    $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    [void][IO.Directory]::CreateDirectory($dir, $s)
  }
  [IO.File]::WriteAllText($files[0], $in.script)
  [IO.File]::WriteAllText($files[1], $in.commands)
  [IO.File]::WriteAllText($files[2], $in.registry, [Text.Encoding]::Unicode)
  # As it came: ConvertTo-Json of 5.1 writes some arrays as objects.
  [IO.File]::WriteAllText($files[3], $raw)
  $where = 'rights'
  # What a user makes may be the user's own, where UAC is off or a policy says so.
  $s = New-Object Security.AccessControl.FileSecurity
  $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)')
  foreach ($f in $files) { try { Test-Rights $f } catch { Set-Acl $f $s } }
  @($dir) + $files | ForEach-Object { Test-Rights $_ }
  $where = 'task'
  $boot = New-ScheduledTaskTrigger -AtStartup
  $boot.Delay = "PT${limit}S"
  $at = (Get-Date).AddSeconds($limit)
  $once = New-ScheduledTaskTrigger -Once -At $at
  $does = New-ScheduledTaskAction "$env:SystemRoot\System32\cmd.exe" '/d /c .\revert.cmd' -WorkingDirectory $dir
  $who = New-ScheduledTaskPrincipal S-1-5-18 -LogonType ServiceAccount -RunLevel Highest
  $how = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
  [void](Register-ScheduledTask @task -Trigger $once, $boot -Action $does -Principal $who -Settings $how -Force)
  [void](Get-ScheduledTask @task)
  Say @{ armed = $true; due = "$($at.ToFileTime())"; fired = $null; by = $null; outcome = $null }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# The dead-man switch: a task that runs the script revert unless it is taken away in time. Contract: CONTRACT.md, "deadman".
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$ps1 = "$dir\revert.ps1"
$json = "$dir\revert.json"
$done = "$dir\revert-done.json"
$task = @{ TaskPath = '\vnettune\'; TaskName = 'revert' }
function Get-Armed { Get-ScheduledTask @task -ErrorAction SilentlyContinue }
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
  $raw = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd()
  $in = $raw | ConvertFrom-Json
  $where = $in.action
  if ('arm', 'disarm', 'status' -notcontains $where) { throw 'unknown action' }
  if ($where -ne 'status') {
    if (Get-Armed) { Unregister-ScheduledTask @task -Confirm:$false }
    $ps1, $json | Where-Object { Test-Path $_ } | Remove-Item -Force
  }
  if ($where -eq 'arm') {
    $limit = [int]$in.limit
    if ($limit -lt 1) { throw 'no limit' }
    if (-not (Test-Path $dir)) {
      $s = New-Object Security.AccessControl.DirectorySecurity
      $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
      [void][IO.Directory]::CreateDirectory($dir, $s)
    }
    if (Test-Path $done) { Remove-Item $done -Force }
    [IO.File]::WriteAllText($ps1, $in.script)
    # As it came: ConvertTo-Json of 5.1 writes some arrays as objects.
    [IO.File]::WriteAllText($json, $raw)
    $where = 'rights'
    $dir, $ps1, $json | ForEach-Object { Test-Rights $_ }
    $where = 'task'
    $boot = New-ScheduledTaskTrigger -AtStartup
    $boot.Delay = "PT${limit}S"
    $t = @{
      Trigger = (New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds($limit)), $boot
      # Not -File: a group policy may forbid script files.
      Action = New-ScheduledTaskAction "$PSHOME\powershell.exe" "-NoProfile -NonInteractive -Command iex([IO.File]::ReadAllText('$ps1'))"
      Principal = New-ScheduledTaskPrincipal S-1-5-18 -LogonType ServiceAccount -RunLevel Highest
      Settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
    }
    [void](Register-ScheduledTask @task @t -Force)
  }
  $due = $fired = $outcome = $null
  $a = Get-Armed
  # The trigger of the start has no boundary of its own.
  if ($a) { $due = "$(([DateTime]@($a.Triggers | Where-Object { $_.StartBoundary })[0].StartBoundary).ToFileTimeUtc())" }
  if (Test-Path $done) {
    $d = [IO.File]::ReadAllText($done) | ConvertFrom-Json
    $fired = $d.fired
    $outcome = @($d.steps)
  }
  Say @{ armed = [bool]$a; due = $due; fired = $fired; outcome = $outcome }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

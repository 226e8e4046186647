# The iperf3 servers in the guest: one, and where it is asked for a second at another port. Contract: CONTRACT.md, "iperf".
# Every process of a WinRM shell dies with the shell, so a server is made by Win32_Process.Create.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
function Get-Server { @(Get-CimInstance Win32_Process | Where-Object { $_.ExecutablePath -eq $script:exe }) }
function Test-Listener($port) { @(Get-NetTCPConnection -State Listen -LocalPort $port -ErrorAction SilentlyContinue).Count -gt 0 }
function Test-All { @($script:ports | Where-Object { -not (Test-Listener $_) }).Count -eq 0 }
function Stop-Server { Get-Server | ForEach-Object { [void](Invoke-CimMethod -InputObject $_ -MethodName Terminate) } }
# What each server says went wrong, by its place: with --logfile some versions (3.12) do not write that into it.
# The folder is the same for every logon, unlike %TEMP%.
$logs = "$env:SystemRoot\Temp\vnettune-iperf3.log", "$env:SystemRoot\Temp\vnettune-iperf3-second.log"
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $ports = @([int]$in.port)
  $second = $null -ne $in.second
  if ($second) { $ports += [int]$in.second }
  $where = 'exe'
  $exe = @(Get-Command -Name $in.exe -CommandType Application)[0].Path
  $version = @(& $exe -v) -join "`n"
  $where = $in.action
  if ('start', 'stop', 'status', 'log' -notcontains $in.action) { throw "unknown action" }
  if ('start', 'stop' -contains $in.action) {
    Stop-Server
    foreach ($log in $logs) {
      for ($i = 0; $i -lt 20 -and (Test-Path -LiteralPath $log); $i++) {
        Remove-Item -LiteralPath $log -Force -ErrorAction SilentlyContinue
        if (Test-Path -LiteralPath $log) { Start-Sleep -Milliseconds 100 }
      }
    }
  }
  if ($in.action -eq 'start') {
    # Where not all come up with their logs, they are started without any.
    foreach ($logged in $true, $false) {
      Stop-Server
      for ($n = 0; $n -lt $ports.Count; $n++) {
        $line = "`"$exe`" -s -p $($ports[$n])"
        if ($logged) { $line = "cmd.exe /d /s /c `"$line >NUL 2>`"$($logs[$n])`"`"" }
        $r = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = $line }
        if ($r.ReturnValue -ne 0) { throw "Win32_Process.Create returned $($r.ReturnValue)" }
      }
      for ($i = 0; $i -lt 50 -and -not (Test-All); $i++) { Start-Sleep -Milliseconds 100 }
      if (Test-All) { break }
    }
  }
  $said = ''
  $log = $logs[$ports.Count - 1]
  if ($in.action -eq 'log' -and (Test-Path -LiteralPath $log)) {
    $f = [IO.File]::Open($log, 'Open', 'Read', 'ReadWrite, Delete')
    try {
      [void]$f.Seek([Math]::Max([long]0, $f.Length - 4096), 'Begin')
      $said = (New-Object IO.StreamReader($f)).ReadToEnd()
    } finally { $f.Close() }
  }
  $p = @(Get-Server)
  $id = $null
  if ($p.Count) { $id = $p[0].ProcessId }
  $all = @{ exe = $exe; version = $version; pid = $id; listening = (Test-Listener $ports[0]); log = $said }
  if ($second) { $all.second = (Test-Listener $ports[1]) }
  Say $all
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# The iperf3 server in the guest. Contract: CONTRACT.md, "iperf".
# Every process of a WinRM shell dies with the shell, so the server is made by Win32_Process.Create.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
function Get-Server { @(Get-CimInstance Win32_Process | Where-Object { $_.ExecutablePath -eq $script:exe }) }
function Get-Listener { @(Get-NetTCPConnection -State Listen -LocalPort $script:port -ErrorAction SilentlyContinue) }
function Stop-Server { Get-Server | ForEach-Object { [void](Invoke-CimMethod -InputObject $_ -MethodName Terminate) } }
# What the server says went wrong: with --logfile some versions (3.12) do not write that into it.
# The folder is the same for every logon, unlike %TEMP%.
$log = "$env:SystemRoot\Temp\vnettune-iperf3.log"
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $port = [int]$in.port
  $where = 'exe'
  $exe = @(Get-Command -Name $in.exe -CommandType Application)[0].Path
  $version = @(& $exe -v) -join "`n"
  $where = $in.action
  if ('start', 'stop', 'status', 'log' -notcontains $in.action) { throw "unknown action" }
  if ('start', 'stop' -contains $in.action) {
    Stop-Server
    for ($i = 0; $i -lt 20 -and (Test-Path -LiteralPath $log); $i++) {
      Remove-Item -LiteralPath $log -Force -ErrorAction SilentlyContinue
      if (Test-Path -LiteralPath $log) { Start-Sleep -Milliseconds 100 }
    }
  }
  if ($in.action -eq 'start') {
    # A server that does not come up with a log is started without one.
    $server = "`"$exe`" -s -p $port"
    foreach ($line in "cmd.exe /d /s /c `"$server >NUL 2>`"$log`"`"", $server) {
      Stop-Server
      $r = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = $line }
      if ($r.ReturnValue -ne 0) { throw "Win32_Process.Create returned $($r.ReturnValue)" }
      for ($i = 0; $i -lt 50 -and -not (Get-Listener); $i++) { Start-Sleep -Milliseconds 100 }
      if (Get-Listener) { break }
    }
  }
  $said = ''
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
  Say @{ exe = $exe; version = $version; pid = $id; listening = (@(Get-Listener).Count -gt 0); log = $said }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# The iperf3 server in the guest. Contract: CONTRACT.md, "iperf".
# Every process of a WinRM shell dies with the shell, so the server is made by Win32_Process.Create.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
function Get-Server { @(Get-CimInstance Win32_Process | Where-Object { $_.ExecutablePath -eq $script:exe }) }
function Get-Listener { @(Get-NetTCPConnection -State Listen -LocalPort $script:port -ErrorAction SilentlyContinue) }
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd() | ConvertFrom-Json
  $port = [int]$in.port
  $where = 'exe'
  $exe = @(Get-Command -Name $in.exe -CommandType Application)[0].Path
  $version = @(& $exe -v) -join "`n"
  $where = $in.action
  if ('start', 'stop', 'status' -notcontains $in.action) { throw "unknown action" }
  if ($in.action -ne 'status') { Get-Server | ForEach-Object { [void](Invoke-CimMethod -InputObject $_ -MethodName Terminate) } }
  if ($in.action -eq 'start') {
    $r = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = "`"$exe`" -s -p $port" }
    if ($r.ReturnValue -ne 0) { throw "Win32_Process.Create returned $($r.ReturnValue)" }
    for ($i = 0; $i -lt 50 -and -not (Get-Listener); $i++) { Start-Sleep -Milliseconds 100 }
  }
  $p = @(Get-Server)
  $id = $null
  if ($p.Count) { $id = [int]$p[0].ProcessId }
  Say @{ exe = $exe; version = $version; pid = $id; listening = (@(Get-Listener).Count -gt 0) }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# The meter in the guest: starts it, ends it, takes it away. Contract: CONTRACT.md, "meter".
# Every process of a WinRM shell dies with the shell, so it is made by Win32_Process.Create, as iperf3's server is.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$exe = "$dir\meter.exe"
function Get-Meter { @(Get-CimInstance Win32_Process | Where-Object { $_.ExecutablePath -eq $script:exe }) }
function Get-Listener { @(Get-NetTCPConnection -State Listen -LocalPort $script:port -ErrorAction SilentlyContinue) }
# A program that has just ended holds its file for a moment.
function Remove-Files {
  foreach ($f in $args) {
    for ($i = 0; $i -lt 20 -and (Test-Path $f); $i++) {
      Remove-Item $f -Force -ErrorAction SilentlyContinue
      if (Test-Path $f) { Start-Sleep -Milliseconds 100 }
    }
    if (Test-Path $f) { Remove-Item $f -Force }
  }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $port = [int]$in.port
  $where = $in.action
  if ('start', 'stop', 'status', 'remove' -notcontains $where) { throw 'unknown action' }
  $version = ''
  if ($where -ne 'status') {
    Get-Meter | ForEach-Object { [void](Invoke-CimMethod -InputObject $_ -MethodName Terminate) }
    # The token is in the first.
    Remove-Files "$dir\meter.json" "$dir\meter.log"
  }
  if ($where -eq 'remove') { Remove-Files "$dir\meter*" }
  if ($where -eq 'start') {
    $where = 'missing'
    if (-not (Test-Path $exe)) { throw "there is no $exe" }
    $where = 'hash'
    $is = (Get-FileHash $exe).Hash
    if ($is -ne $in.sha256) { throw "it is $is" }
    # By a direct start, whose error says what keeps a program back; that of Create is one number for all.
    $where = 'run'
    $version = @(& $exe version) -join "`n"
    $where = 'start'
    [IO.File]::WriteAllText("$dir\meter.json", $in.config)
    $r = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = "`"$exe`" serve --config `"$dir\meter.json`"" }
    if ($r.ReturnValue -ne 0) { throw "Win32_Process.Create returned $($r.ReturnValue)" }
    for ($i = 0; $i -lt 50 -and -not (Get-Listener); $i++) { Start-Sleep -Milliseconds 100 }
  }
  $said = ''
  if (Test-Path "$dir\meter.log") { $said = [IO.File]::ReadAllText("$dir\meter.log") }
  $p = @(Get-Meter)
  $id = $null
  if ($p.Count) { $id = $p[0].ProcessId }
  Say @{ exe = $exe; there = (Test-Path $exe); version = $version; pid = $id; listening = (@(Get-Listener).Count -gt 0); log = $said }
  exit 0
} catch {
  # Windows' own number of the error, where it is one of Windows'.
  $e = $_.Exception.GetBaseException()
  $code = $e.NativeErrorCode
  if ($null -eq $code -and ($e.HResult -shr 16) -eq -32761) { $code = $e.HResult -band 0xffff }
  Say @{ error = @{ where = "$where"; message = "$_"; code = $code } }
  exit 1
}

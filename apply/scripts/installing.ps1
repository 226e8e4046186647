# Installs a package of the driver store: what the task of the script restart runs where it is handed this. Contract: CONTRACT.md, "installing".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$dir = "$env:ProgramFiles\vnettune"
$json = "$dir\restart.json"
$began = "$dir\restart-began"
$done = "$dir\restart-done.json"
# By the documented function of newdev.dll: no cmdlet puts an older driver in the place of a newer one. 5: forced, and without a question.
function Install-Package($inf, $hardware) {
  if ("$inf" -notmatch '^oem\d+\.inf$' -or "$hardware" -notmatch '^PCI\\VEN_1AF4&[A-Z0-9_&]+$') { throw "package not allowed: $inf on $hardware" }
  $file = "$env:SystemRoot\INF\$inf"
  if (-not (Test-Path $file)) { throw "the driver store has no $inf" }
  $api = Add-Type -PassThru -Namespace VNetTune -Name NewDev -MemberDefinition '
    [DllImport("newdev.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern bool UpdateDriverForPlugAndPlayDevicesW(IntPtr window, string hardware, string inf, uint flags, out bool reboot);
    public static uint Install(string hardware, string inf) {
      bool reboot;
      return UpdateDriverForPlugAndPlayDevicesW(IntPtr.Zero, hardware, inf, 5, out reboot) ? 0 : (uint)Marshal.GetLastWin32Error();
    }'
  $code = $api::Install($hardware, $file)
  if ($code) { throw ('Windows refuses the driver with error 0x{0:X8}' -f $code) }
}
function Get-ByMAC($mac) {
  $want = "$mac" -replace '[^0-9A-Fa-f]'
  @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2 | Where-Object { $_.PnPDeviceID -and ("$($_.PermanentAddress)" -replace '[^0-9A-Fa-f]') -eq $want })[0]
}
# Addresses that were set by hand are an adapter's own: a device that Windows takes for a new one has none.
function Restore-IPv4($mac, $ip) {
  if (-not $ip -or $ip.dhcp -or -not @($ip.addresses).Count) { return }
  $a = Get-ByMAC $mac
  if (-not $a) { throw "no adapter has the MAC $mac" }
  $has = @(Get-CimInstance MSFT_NetIPAddress -Namespace root/StandardCimv2 | Where-Object { $_.InterfaceIndex -eq $a.InterfaceIndex } | ForEach-Object { $_.IPAddress })
  if (-not @($ip.addresses | Where-Object { $has -notcontains $_ }).Count) { return }
  $c = @(Get-CimInstance Win32_NetworkAdapterConfiguration | Where-Object { $_.SettingID -eq $a.InterfaceGuid })[0]
  $calls = @(, @('EnableStatic', @{ IPAddress = [string[]]@($ip.addresses); SubnetMask = [string[]]@($ip.masks) }))
  if (@($ip.gateways).Count) {
    $with = @{ DefaultIPGateway = [string[]]@($ip.gateways) }
    if (@($ip.metrics).Count -eq @($ip.gateways).Count) { $with.GatewayCostMetric = [uint16[]]@($ip.metrics) }
    $calls += , @('SetGateways', $with)
  }
  if (@($ip.dns).Count) { $calls += , @('SetDNSServerSearchOrder', @{ DNSServerSearchOrder = [string[]]@($ip.dns) }) }
  foreach ($one in $calls) {
    $code = (Invoke-CimMethod -InputObject $c -MethodName $one[0] -Arguments $one[1]).ReturnValue
    if ($code -gt 1) { throw "Win32_NetworkAdapterConfiguration.$($one[0]) returns $code" }
  }
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
    if (Test-Path $began) { throw 'the system stopped while the driver was installed' }
    if ($late) { throw 'it is too late to install the driver' }
    [IO.File]::WriteAllText($began, $r.began)
    Install-Package $in.inf $in.hardware
    $r.ok = $true
  } catch { $r.message = "$_" }
  # An adapter whose driver is being replaced may not be listed for a while.
  $until = (Get-Date).AddSeconds([int]$in.limit)
  while ($true) {
    try { $r.status = (Get-ByMAC $in.mac).InterfaceOperationalStatus } catch { $r.status = $null }
    if ($r.status -eq 1 -or (Get-Date) -ge $until) { break }
    Start-Sleep -Milliseconds 100
  }
  if ($r.ok) { try { Restore-IPv4 $in.mac $in.ipv4 } catch { $r.ok = $false; $r.message = "$_" } }
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

# Puts the originals back: what the task of the dead-man switch runs, by revert.cmd, which reboots. Contract: CONTRACT.md, "revert".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$dir = "$env:ProgramFiles\vnettune"
$json = "$dir\revert.json"
$done = "$dir\revert-done.json"
function Set-Value($s) {
  $d = "$($s.data)"
  switch ($s.kind) {
    'DWord' { $v = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$d), 0) }
    'QWord' { $v = [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64]$d), 0) }
    'Binary' { $v = [byte[]]@(for ($i = 0; $i -lt $d.Length; $i += 2) { [Convert]::ToByte($d.Substring($i, 2), 16) }) }
    'MultiString' { $v = [string[]]@($d -split "`n") }
    default { $v = $d }
  }
  $k = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey($s.path.Substring(5))
  $k.SetValue($s.name, $v, [Microsoft.Win32.RegistryValueKind]$s.kind)
  $k.Close()
}
function Remove-Value($s) {
  $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($s.path.Substring(5), $true)
  if ($k) { $k.DeleteValue($s.name, $false); $k.Close() }
}
function Set-Offload($s) {
  if ($s.name -eq 'PacketCoalescingFilter') { Set-NetOffloadGlobalSetting -PacketCoalescingFilter $s.data }
  elseif ($s.name -eq 'NetworkDirect') { Set-NetOffloadGlobalSetting -NetworkDirect $s.data }
  else { throw "offload not allowed: $($s.name)" }
}
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
function Install-Driver($s) {
  Install-Package $s.name $s.data
  $until = (Get-Date).AddSeconds(60)
  while ((Get-Date) -lt $until) {
    try { if ((Get-ByMAC $s.mac).InterfaceOperationalStatus -eq 1) { break } } catch { }
    Start-Sleep -Milliseconds 500
  }
  Restore-IPv4 $s.mac $s.ipv4
}
function Invoke-Step($s) {
  if ($s.op -eq 'netsh') {
    foreach ($a in @($s.args)) { if ("$a" -notmatch '^[A-Za-z0-9=.-]+$') { throw "argument not allowed: $a" } }
    $list = @($s.args)
    $text = (& netsh.exe @list | Out-String).Trim()
    return @{ ok = ($LASTEXITCODE -eq 0); exit = $LASTEXITCODE; output = $text }
  }
  if ($s.op -eq 'power') {
    if ("$($s.data)" -notmatch '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') { throw "power plan not allowed: $($s.data)" }
    $text = (& powercfg.exe /setactive $s.data | Out-String).Trim()
    return @{ ok = ($LASTEXITCODE -eq 0); exit = $LASTEXITCODE; output = $text }
  }
  if ($s.op -eq 'offload') {
    Set-Offload $s
    return @{ ok = $true; exit = 0; output = '' }
  }
  if ($s.op -eq 'driver') {
    Install-Driver $s
    return @{ ok = $true; exit = 0; output = '' }
  }
  if ('registry-set', 'registry-delete' -notcontains $s.op -or "$($s.path)" -notmatch '^HKLM\\.') { throw "step not allowed: $($s.op) $($s.path)" }
  if ($s.op -eq 'registry-set') { Set-Value $s } else { Remove-Value $s }
  @{ ok = $true; exit = 0; output = '' }
}
$steps = @()
try {
  $in = [IO.File]::ReadAllText($json) | ConvertFrom-Json
  foreach ($s in @($in.steps)) {
    try { $steps += Invoke-Step $s } catch { $steps += @{ ok = $false; exit = 1; output = "$_" } }
  }
} catch { $steps += @{ ok = $false; exit = 1; output = "$_" } }
[IO.File]::WriteAllText($done, (ConvertTo-Json @{ fired = "$([DateTime]::UtcNow.ToFileTimeUtc())"; steps = $steps } -Depth 6))

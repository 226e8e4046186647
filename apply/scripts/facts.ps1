# What the harness must know of a guest before it touches it. Contract: CONTRACT.md, "facts".
# Everything is read by number or by key: labels and captions are localised.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'facts'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
try {
  $hklm = [Microsoft.Win32.Registry]::LocalMachine
  $cs = 'SYSTEM\CurrentControlSet\Control\'
  $class = $cs + 'Class\{4d36e972-e325-11ce-bfc1-08002be10318}'
  # Not every subkey of the class may be opened (Properties); one that may not is no adapter.
  $keys = @{}
  $top = $hklm.OpenSubKey($class)
  foreach ($n in $top.GetSubKeyNames()) {
    try { $k = $top.OpenSubKey($n); $g = $k.GetValue('NetCfgInstanceId') } catch { continue }
    if ($g) { $keys["$g"] = $n }
  }
  $ips = @(Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetIPAddress)
  $adapters = @(foreach ($a in @(Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetAdapter)) {
    if (-not $a.PnPDeviceID) { continue }
    $words = @{}
    $ck = $null
    $n = $keys["$($a.InterfaceGuid)"]
    if ($n) {
      $ck = 'HKLM\' + $class + '\' + $n
      $k = $hklm.OpenSubKey($class + '\' + $n)
      $p = $k.OpenSubKey('Ndi\params')
      if ($p) { foreach ($w in $p.GetSubKeyNames()) { $v = $k.GetValue($w); if ($null -ne $v) { $words[$w] = "$v" } } }
    }
    @{ guid = "$($a.InterfaceGuid)"; ifIndex = [int]$a.InterfaceIndex; name = $a.Name; description = $a.InterfaceDescription
       pnpId = $a.PnPDeviceID; driverVersion = "$($a.DriverVersionString)"; mac = "$($a.PermanentAddress)"
       up = ($a.InterfaceOperationalStatus -eq 1); mtu = [int]$a.MtuSize; classKey = $ck; keywords = $words
       addresses = @($ips | Where-Object { $_.InterfaceIndex -eq $a.InterfaceIndex } | ForEach-Object { $_.IPAddress }) }
  })
  $pending = @()
  $mv = 'SOFTWARE\Microsoft\Windows\CurrentVersion\'
  if ($hklm.OpenSubKey($mv + 'Component Based Servicing\RebootPending')) { $pending += 'cbs' }
  if ($hklm.OpenSubKey($mv + 'WindowsUpdate\Auto Update\RebootRequired')) { $pending += 'wu' }
  $sm = $hklm.OpenSubKey($cs + 'Session Manager')
  if ($sm.GetValue('PendingFileRenameOperations')) { $pending += 'rename' }
  $os = Get-CimInstance Win32_OperatingSystem
  # What cannot be read of who this machine is decides nothing.
  $guid = $uuid = $null
  try { $guid = $hklm.OpenSubKey('SOFTWARE\Microsoft\Cryptography').GetValue('MachineGuid') } catch { }
  try { $uuid = (Get-CimInstance Win32_ComputerSystemProduct).UUID } catch { }
  $own = $hklm.OpenSubKey('SOFTWARE\vnettune')
  $si = $null
  if ($own) { $si = $own.GetValue('StandIn') }
  Say @{ build = [int]$os.BuildNumber; productType = [int]$os.ProductType; caption = $os.Caption; osLanguage = [int]$os.OSLanguage
    psVersion = "$($PSVersionTable.PSVersion)"; oemCodePage = "$($hklm.OpenSubKey($cs + 'Nls\CodePage').GetValue('OEMCP'))"
    computerName = $env:COMPUTERNAME; machineGuid = "$guid"; uuid = "$uuid"; bootTime = "$($os.LastBootUpTime.ToFileTime())"; now = "$([DateTime]::UtcNow.ToFileTimeUtc())"
    standIn = $si; pending = $pending; adapters = $adapters }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# The read-back: registry values, TCP settings and interfaces, by key and number. Contract: CONTRACT.md, "read".
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$hklm = [Microsoft.Win32.Registry]::LocalMachine
function Read-Value($path, $name) {
  $k = $hklm.OpenSubKey($path.Substring(5))
  if (-not $k -or @($k.GetValueNames()) -notcontains $name) { return @{ exists = $false } }
  $kind = "$($k.GetValueKind($name))"
  $v = $k.GetValue($name, $null, 'DoNotExpandEnvironmentNames')
  # .NET hands a DWORD over as a signed number.
  if ($kind -eq 'DWord') { $d = "$([BitConverter]::ToUInt32([BitConverter]::GetBytes([int]$v), 0))" }
  elseif ($kind -eq 'QWord') { $d = "$([BitConverter]::ToUInt64([BitConverter]::GetBytes([long]$v), 0))" }
  elseif ($v -is [byte[]]) { $d = ([BitConverter]::ToString($v) -replace '-', '').ToLower() }
  else { $d = @($v) -join "`n" }
  @{ exists = $true; kind = $kind; data = $d }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd() | ConvertFrom-Json
  $out = @{ registry = @(); dump = @(); templates = @(); applied = @(); interfaces = @() }
  $where = 'registry'
  $out.registry = @(foreach ($q in @($in.registry)) { if ($q) { Read-Value $q.path $q.name } })
  if ($in.tcp) {
    $where = 'netsh dump'
    $out.dump = @(& netsh.exe interface tcp dump | ForEach-Object { "$_".Trim() } | Where-Object { $_ -match '^set ' })
    $where = 'MSFT_NetTCPSetting'
    $names = @{}
    foreach ($s in @(Get-NetTCPSetting)) { $names["$($s.SettingName)"] = "$($s.CongestionProvider)" }
    $out.templates = @(foreach ($t in @(Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetTCPSetting)) {
      $v = @{}
      foreach ($p in $t.CimInstanceProperties) {
        if ($null -ne $p.Value -and 'SettingName', 'InstanceID', 'Caption', 'Description', 'ElementName' -notcontains $p.Name) { $v[$p.Name] = $p.Value }
      }
      if ($names["$($t.SettingName)"]) { $v['CongestionProvider'] = $names["$($t.SettingName)"] }
      @{ name = "$($t.SettingName)"; values = $v }
    })
  }
  $where = 'connections'
  $out.applied = @(foreach ($port in @($in.ports)) {
    if ($port) {
      @(Get-NetTCPConnection -LocalPort $port -State Established -ErrorAction SilentlyContinue | ForEach-Object { "$($_.AppliedSetting)" } | Sort-Object -Unique) |
        ForEach-Object { @{ port = [int]$port; template = $_ } }
    }
  })
  $where = 'interfaces'
  $out.interfaces = @(foreach ($i in @($in.interfaces)) {
    if ($i) {
      $n = Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetIPInterface -Filter "InterfaceIndex=$([int]$i) AND AddressFamily=2"
      @{ index = [int]$i; mtu = [int]$n.NlMtu }
    }
  })
  if ($in.identity) {
    $guid = $uuid = $null
    try { $guid = $hklm.OpenSubKey('SOFTWARE\Microsoft\Cryptography').GetValue('MachineGuid') } catch { }
    try { $uuid = (Get-CimInstance Win32_ComputerSystemProduct).UUID } catch { }
    $out.identity = @{ machineGuid = "$guid"; uuid = "$uuid" }
  }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

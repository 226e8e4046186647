# What the driver store has, and how one adapter is installed. It changes nothing. Contract: CONTRACT.md, "drivers".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 5 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$lm = [Microsoft.Win32.Registry]::LocalMachine
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $where = 'adapter'
  $all = @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2)
  $a = @($all | Where-Object { $_.InterfaceGuid -eq $in.guid })
  if ($a.Count -ne 1) { throw "$($a.Count) adapters have the GUID $($in.guid)" }
  # Its first hardware id is what its instance is called by its bus.
  function Get-Hardware($one) { "$($one.PnPDeviceID)" -replace '\\[^\\]*$' }
  $hw = Get-Hardware $a[0]
  if ($hw -notmatch '^PCI\\') { throw "no device of PCI: $($a[0].PnPDeviceID)" }
  $class = $lm.OpenSubKey('SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}')
  $key = @($class.GetSubKeyNames() | Where-Object { $_ -match '^\d{4}$' } | ForEach-Object { try { $class.OpenSubKey($_) } catch { } } | Where-Object { $_ -and $_.GetValue('NetCfgInstanceId') -eq $in.guid })
  if ($key.Count -ne 1) { throw "$($key.Count) class keys have the GUID $($in.guid)" }
  $where = 'ipv4'
  $ip = @{ dhcp = $true; addresses = @(); masks = @(); gateways = @(); metrics = @(); dns = @() }
  $k = $lm.OpenSubKey("SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\$($in.guid)")
  if ($k) {
    $ip.dhcp = [bool]$k.GetValue('EnableDHCP', 0)
    $ip.dns = @("$($k.GetValue('NameServer'))" -split '[ ,]+' -ne '')
    if (-not $ip.dhcp) {
      $ip.addresses = @(@($k.GetValue('IPAddress')) -match '[1-9]')
      $ip.masks = @(@($k.GetValue('SubnetMask')) -match '[1-9]')
      $ip.gateways = @(@($k.GetValue('DefaultGateway')) -match '[1-9]')
      $ip.metrics = @($k.GetValue('DefaultGatewayMetric') | Where-Object { "$_" -match '^\d+$' } | ForEach-Object { [int]$_ })
    }
  }
  $where = 'store'
  $have = @{}
  foreach ($f in Get-ChildItem "$env:SystemRoot\INF" -Filter oem*.inf) { $have[(Get-FileHash $f.FullName -ErrorAction 0).Hash] = $f.Name }
  $out = @{ published = @(foreach ($h in @($in.infs)) { $have["$h".ToUpper()] }); catalog = $null
    adapter = @{ inf = ($i = $key[0].GetValue('InfPath')); stored = [bool]($i -and (Test-Path "$env:SystemRoot\INF\$i")); version = $key[0].GetValue('DriverVersion'); hardware = $hw
      same = @($all | Where-Object { (Get-Hardware $_) -eq $hw }).Count; ipv4 = $ip } }
  if ($in.catalog) {
    $where = 'catalog'
    $s = Get-AuthenticodeSignature (Get-Item "$env:ProgramFiles\vnettune\driver\$($in.catalog)").FullName
    $t = $s.SignerCertificate.Thumbprint
    $out.catalog = @{ status = [int]$s.Status; signer = $t; trusted = [bool]($t -and (Test-Path "Cert:\LocalMachine\TrustedPublisher\$t")) }
  }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

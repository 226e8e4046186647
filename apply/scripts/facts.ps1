# What the harness must know of a guest before it touches it. Contract: CONTRACT.md, "facts".
# Everything is read by number or by key: labels and captions are localised.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Say($o) {
  [Console]::Out.WriteLine([regex]::Replace((ConvertTo-Json $o -Depth 6 -Compress), '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
# A part that cannot be asked is missing, with the reason under problems; the others go on.
function Ask($part, $block) { try { & $block } catch { $out.problems[$part] = "$_" } }
function Key($path) { [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path) }
try {
  $out = @{ problems = @{} }
  $cs = 'SYSTEM\CurrentControlSet\Control\'
  # Not every subkey of the class may be opened (Properties); one that may not is no adapter.
  $keys = @{}
  Ask classKeys {
    $top = Key ($cs + 'Class\{4d36e972-e325-11ce-bfc1-08002be10318}')
    foreach ($n in $top.GetSubKeyNames()) {
      try { $k = $top.OpenSubKey($n); $g = $k.GetValue('NetCfgInstanceId'); if ($g) { $keys["$g"] = $k } } catch { }
    }
  }
  $ips = @{}
  Ask addresses { foreach ($i in @(Get-CimInstance MSFT_NetIPAddress -Namespace root/StandardCimv2)) { $ips["$($i.InterfaceIndex)"] += @($i.IPAddress) } }
  Ask adapters {
    $out.adapters = @(foreach ($a in @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2)) {
      if (-not $a.PnPDeviceID) { continue }
      $words = @{}
      $ck = $null
      $k = $keys["$($a.InterfaceGuid)"]
      if ($k) {
        $ck = 'HKLM' + $k.Name.Substring(18)
        $p = $k.OpenSubKey('Ndi\params')
        if ($p) { foreach ($w in $p.GetSubKeyNames()) { $v = $k.GetValue($w); if ($null -ne $v) { $words[$w] = "$v" } } }
      }
      @{ guid = $a.InterfaceGuid; ifIndex = $a.InterfaceIndex; name = $a.Name; description = $a.InterfaceDescription
         pnpId = $a.PnPDeviceID; driverVersion = $a.DriverVersionString; mac = $a.PermanentAddress
         up = ($a.InterfaceOperationalStatus -eq 1); mtu = $a.MtuSize; classKey = $ck; keywords = $words
         addresses = @(@($ips["$($a.InterfaceIndex)"]) -ne $null) }
    })
  }
  Ask pending {
    $p = @()
    $mv = 'SOFTWARE\Microsoft\Windows\CurrentVersion\'
    if (Key ($mv + 'Component Based Servicing\RebootPending')) { $p += 'cbs' }
    if (Key ($mv + 'WindowsUpdate\Auto Update\RebootRequired')) { $p += 'wu' }
    if ((Key ($cs + 'Session Manager')).GetValue('PendingFileRenameOperations')) { $p += 'rename' }
    $out.pending = $p
  }
  $os = @(Ask os { Get-CimInstance Win32_OperatingSystem })[0]
  if ($os.LastBootUpTime) { $out.bootTime = "$($os.LastBootUpTime.ToFileTime())" }
  Ask codePage { $out.oemCodePage = (Key ($cs + 'Nls\CodePage')).GetValue('OEMCP') }
  # What cannot be read of who this machine is decides nothing; the last key is there on a stand-in alone.
  try { $out.machineGuid = (Key 'SOFTWARE\Microsoft\Cryptography').GetValue('MachineGuid') } catch { }
  try { $out.uuid = @(Get-CimInstance Win32_ComputerSystemProduct)[0].UUID } catch { }
  try { $out.standIn = (Key 'SOFTWARE\vnettune').GetValue('StandIn') } catch { }
  $out += @{ build = [Nullable[int]]$os.BuildNumber; productType = $os.ProductType; caption = $os.Caption; osLanguage = $os.OSLanguage
    psVersion = "$($PSVersionTable.PSVersion)"; computerName = $env:COMPUTERNAME; now = "$([DateTime]::UtcNow.ToFileTimeUtc())" }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = 'facts'; message = "$_" } }
  exit 1
}

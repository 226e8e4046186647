# The read-back: registry values, TCP settings and interfaces, by key and number. Contract: CONTRACT.md, "read".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Say($o) {
  [Console]::Out.WriteLine([regex]::Replace((ConvertTo-Json $o -Depth 6 -Compress), '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
# A part that cannot be asked is null, with the reason under problems; the others go on.
function Ask($part, $block) {
  $out[$part] = $null
  try { $out[$part] = @(& $block) } catch { $out.problems[$part] = "$_" }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $out = @{ problems = @{}; dump = @(); templates = @() }
  $hklm = [Microsoft.Win32.Registry]::LocalMachine
  Ask registry {
    foreach ($q in $in.registry) {
      try {
        $k = $hklm.OpenSubKey($q.path.Substring(5))
        if (-not $k -or @($k.GetValueNames()) -notcontains $q.name) { @{ exists = $false }; continue }
        $v = $k.GetValue($q.name, $null, 'DoNotExpandEnvironmentNames')
        # .NET hands a DWORD or a QWORD over as a signed number.
        if ($v -is [int]) { $d = "$([BitConverter]::ToUInt32([BitConverter]::GetBytes($v), 0))" }
        elseif ($v -is [long]) { $d = "$([BitConverter]::ToUInt64([BitConverter]::GetBytes($v), 0))" }
        elseif ($v -is [byte[]]) { $d = ([BitConverter]::ToString($v) -replace '-', '').ToLower() }
        else { $d = @($v) -join "`n" }
        @{ exists = $true; kind = "$($k.GetValueKind($q.name))"; data = $d }
      } catch { throw "$($q.path)\$($q.name): $_" }
    }
  }
  if ($in.tcp) {
    Ask dump { & netsh.exe interface tcp dump | ForEach-Object { "$_".Trim() } | Where-Object { $_ -match '^set ' } }
    # Names of providers, which CIM has as numbers of its own.
    $names = @{}
    try { foreach ($s in Get-NetTCPSetting) { $names["$($s.SettingName)"] = "$($s.CongestionProvider)" } } catch { $out.problems.congestion = "$_" }
    Ask templates {
      foreach ($t in Get-CimInstance MSFT_NetTCPSetting -Namespace root/StandardCimv2) {
        $v = @{}
        foreach ($p in $t.CimInstanceProperties) {
          if ($null -ne $p.Value -and $p.Value -isnot [string] -and $p.Name -ne 'CongestionProvider') { $v[$p.Name] = $p.Value }
        }
        $n = "$($t.SettingName)"
        if ($names[$n]) { $v.CongestionProvider = $names[$n] }
        @{ name = $n; values = $v }
      }
    }
  }
  Ask applied {
    foreach ($port in $in.ports) {
      Get-NetTCPConnection -LocalPort $port -State Established -ErrorAction SilentlyContinue | ForEach-Object { "$($_.AppliedSetting)" } | Sort-Object -Unique |
        ForEach-Object { @{ port = $port; template = $_ } }
    }
  }
  Ask interfaces {
    foreach ($i in $in.interfaces) {
      $n = @(Get-CimInstance MSFT_NetIPInterface -Namespace root/StandardCimv2 -Filter "InterfaceIndex=$([int]$i) AND AddressFamily=2")
      if ($n.Count -ne 1) { $out.problems.interfaces = "interface ${i}: $($n.Count) MSFT_NetIPInterface" }
      @{ index = $i; mtu = $n[0].NlMtu }
    }
  }
  if ($in.identity) {
    $out.identity = @{}
    try { $out.identity.machineGuid = $hklm.OpenSubKey('SOFTWARE\Microsoft\Cryptography').GetValue('MachineGuid') } catch { }
    try { $out.identity.uuid = @(Get-CimInstance Win32_ComputerSystemProduct)[0].UUID } catch { }
  }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = 'input'; message = "$_" } }
  exit 1
}

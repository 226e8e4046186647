# What the stack and the driver of one adapter say that they do, as CIM's numbers. Contract: CONTRACT.md, "effect".
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { '{"error":{"where":"language","message":"ConstrainedLanguage"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$ns = 'root/StandardCimv2'
$problems = @{}
$classes = @{}
$words = @{}
# One object a class: what gives none, or several, says nothing.
function Ask($class, $names, $mine) {
  try {
    $all = @(Get-CimInstance -Namespace $ns -ClassName $class)
    if ($mine) { $all = @($all | Where-Object $mine) }
    if ($all.Count -ne 1) { throw "$($all.Count) objects" }
    $v = @{}
    foreach ($n in $names) { $v[$n] = $null }
    # CIM's own value: a type file may put a word over it.
    foreach ($p in $all[0].CimInstanceProperties) { if ($v.ContainsKey($p.Name)) { $v[$p.Name] = $p.Value } }
    $classes[$class] = $v
    $script:one = $all[0]
  } catch { $problems[$class] = "$_" }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd() | ConvertFrom-Json
  Ask MSFT_NetOffloadGlobalSetting ('Chimney', 'NetworkDirect', 'PacketCoalescingFilter', 'ReceiveSegmentCoalescing', 'ReceiveSideScaling', 'TaskOffload') $null
  if ($in.classKey) {
    $where = 'classKey'
    $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($in.classKey.Substring(5))
    if ($k) { $guid = "$($k.GetValue('NetCfgInstanceId'))" }
    if (-not $guid) { throw 'no adapter has this class key' }
    $one = $null
    Ask MSFT_NetAdapter ('MtuSize', 'VlanID') { $_.InterfaceGuid -eq $guid }
    $name = $one.Name
    $own = { "$($_.InstanceID)" -like "$guid*" -or ($name -and $_.Name -eq $name) }
    Ask MSFT_NetAdapterChecksumOffloadSettingData ('IpIPv4Enabled', 'TcpIPv4Enabled', 'TcpIPv6Enabled', 'UdpIPv4Enabled', 'UdpIPv6Enabled') $own
    Ask MSFT_NetAdapterLsoSettingData ('IPv4Enabled', 'IPv6Enabled') $own
    Ask MSFT_NetAdapterRscSettingData ('IPv4OperationalState', 'IPv4FailureReason', 'IPv6OperationalState', 'IPv6FailureReason') $own
    Ask MSFT_NetAdapterRssSettingData ('BaseProcessorNumber', 'Enabled', 'MaxProcessors', 'NumaNode', 'NumberOfReceiveQueues', 'Profile') $own
    Ask MSFT_NetAdapterUsoSettingData ('IPv4Enabled', 'IPv6Enabled') $own
    # Documented are 0 to 5; for what is beyond the class itself has the words.
    $rsc = 'MSFT_NetAdapterRscSettingData'
    foreach ($n in 'IPv4FailureReason', 'IPv6FailureReason') {
      if ($classes[$rsc] -and $classes[$rsc][$n] -gt 5) {
        try {
          $q = @(Get-WmiObject -Namespace $ns -Class $rsc -List -Amended -Locale MS_409)[0].Properties[$n].Qualifiers
          $i = [Array]::IndexOf(@($q['ValueMap'].Value), "$($classes[$rsc][$n])")
          if ($i -ge 0) { $words["$rsc.$n"] = "$(@($q['Values'].Value)[$i])" }
        } catch { $problems["$rsc.$n"] = "$_" }
      }
    }
  }
  Say @{ problems = $problems; classes = $classes; words = $words }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

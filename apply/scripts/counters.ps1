# Running totals of the guest's processors and of one adapter. Contract: CONTRACT.md, "counters".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  [Console]::Out.WriteLine([regex]::Replace((ConvertTo-Json $o -Depth 4 -Compress), '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
# A total as digits: a number of 64 bits is more than JSON's readers keep. What is not given is null.
function Get-Total($o, $n) { if ($null -ne $o.$n) { "$($o.$n)" } else { $null } }
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd() | ConvertFrom-Json
  $where = 'guid'
  if (-not $in.guid) { throw 'no adapter is named' }
  $where = 'input'
  $out = @{ problems = @{}; processors = @(); adapter = $null }
  try {
    $out.adapter = $null
    $ns = 'root/StandardCimv2'
    $name = @(Get-CimInstance -Namespace $ns -ClassName MSFT_NetAdapter | Where-Object { $_.InterfaceGuid -eq $in.guid })[0].Name
    $all = @(Get-CimInstance -Namespace $ns -ClassName MSFT_NetAdapterStatisticsSettingData | Where-Object { "$($_.InstanceID)" -like "$($in.guid)*" -or ($name -and $_.Name -eq $name) })
    if ($all.Count -ne 1) { throw "$($all.Count) objects" }
    $t = @{}
    foreach ($n in 'ReceivedBytes', 'SentBytes', 'ReceivedUnicastPackets', 'SentUnicastPackets', 'ReceivedDiscardedPackets', 'ReceivedPacketErrors', 'OutboundDiscardedPackets', 'OutboundPacketErrors') {
      $t[$n.Substring(0, 1).ToLowerInvariant() + $n.Substring(1)] = Get-Total $all[0] $n
    }
    $out.adapter = $t
  } catch { $out.problems.adapter = "$_" }
  try {
    $out.processors = @(foreach ($o in Get-CimInstance Win32_PerfRawData_PerfOS_Processor) {
      if ($o.Name -ne '_Total') {
        @{ name = "$($o.Name)"; at = Get-Total $o Timestamp_Sys100NS; idle = Get-Total $o PercentProcessorTime; dpc = Get-Total $o PercentDPCTime; interrupt = Get-Total $o PercentInterruptTime }
      }
    })
  } catch { $out.problems.processor = "$_" }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

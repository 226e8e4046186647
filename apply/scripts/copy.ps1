# How fast this boot copies memory: the time of each of several copies. Contract: CONTRACT.md, "copy".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$where = 'input'
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $bytes = [int]$in.bytes
  $rounds = [int]$in.rounds
  if ($bytes -lt 1 -or $bytes -gt 67108864 -or $rounds -lt 1 -or $rounds -gt 1000) { throw "$rounds copies of $bytes bytes" }
  $where = 'copy'
  $a = New-Object byte[] $bytes
  $b = New-Object byte[] $bytes
  # Once to and fro without the clock: by then every page of both is there.
  [Buffer]::BlockCopy($a, 0, $b, 0, $bytes)
  [Buffer]::BlockCopy($b, 0, $a, 0, $bytes)
  $clock = New-Object Diagnostics.Stopwatch
  $ticks = New-Object long[] $rounds
  for ($i = 0; $i -lt $rounds; $i++) {
    $clock.Reset()
    $clock.Start()
    [Buffer]::BlockCopy($a, 0, $b, 0, $bytes)
    $clock.Stop()
    $ticks[$i] = $clock.ElapsedTicks
  }
  Say @{ bytes = $bytes; frequency = [Diagnostics.Stopwatch]::Frequency; ticks = $ticks }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

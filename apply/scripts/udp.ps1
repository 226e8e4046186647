# netsh's dump of UDP: no class of CIM has what is in it. Contract: CONTRACT.md, "udp".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
try {
  $out = @{ problems = @{}; dump = $null }
  try {
    $said = @(& netsh.exe interface udp dump | ForEach-Object { "$_".Trim() })
    $code = $LASTEXITCODE
    $lines = @($said | Where-Object { $_ -match '^set ' })
    # A build without this context says so in its own language, and sets nothing.
    if (-not $lines.Count -and $code) { throw "exit code ${code}: $(@($said | Where-Object { $_ }) -join ' ')" }
    $out.dump = $lines
  } catch { $out.problems.dump = "$_" }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = 'udp'; message = "$_" } }
  exit 1
}

# What Windows took from the token of this logon. Contract: CONTRACT.md, "token".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
function Ask($name, $block) {
  $out[$name] = $null
  try { $v = & $block; if ($null -ne $v) { $out[$name] = $v } } catch { $out.problems[$name] = "$_" }
}
try {
  $out = @{ problems = @{} }
  # A group that is there only to deny does not count as one of the user's.
  Ask 'filtered' {
    $deny = [Security.Claims.ClaimTypes]::DenyOnlySid
    [bool]@([Security.Principal.WindowsIdentity]::GetCurrent().Claims | Where-Object { $_.Type -eq $deny -and $_.Value -eq 'S-1-5-32-544' })
  }
  $k = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
  foreach ($n in 'EnableLUA', 'LocalAccountTokenFilterPolicy') {
    Ask $n { $p = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($k); if ($p) { $p.GetValue($n) } }
  }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# Which rules of the firewall block a program. Contract: CONTRACT.md, "firewall".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $app = "|App=$($in.exe)|"
  $out = @{ problems = @{} }
  $rules = @()
  foreach ($store in 'local', 'policy') {
    try {
      $path = @{ local = 'SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules'; policy = 'SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules' }[$store]
      $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path)
      if (-not $k) { continue }
      foreach ($n in $k.GetValueNames()) {
        $rule = [Environment]::ExpandEnvironmentVariables("$($k.GetValue($n))")
        if ($rule -notmatch '\|Action=Block\|' -or $rule -notmatch '\|Active=TRUE\|' -or $rule -notmatch '\|Dir=In\|') { continue }
        # One that names no program holds for all.
        if ($rule -match '\|App=' -and $rule.IndexOf($app, [StringComparison]::OrdinalIgnoreCase) -lt 0) { continue }
        $rules += @{ name = $n; store = $store; rule = $rule }
      }
    } catch { $out.problems[$store] = "$_" }
  }
  $out.rules = $rules
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

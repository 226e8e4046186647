# Writes a whole combination, step by step, and stops at the first that fails. Contract: CONTRACT.md, "write".
# Values come as data and are never part of a command's text.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
function Set-Value($s) {
  $d = "$($s.data)"
  switch ($s.kind) {
    'DWord' { $v = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$d), 0) }
    'QWord' { $v = [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64]$d), 0) }
    'Binary' { $v = [byte[]]@(for ($i = 0; $i -lt $d.Length; $i += 2) { [Convert]::ToByte($d.Substring($i, 2), 16) }) }
    'MultiString' { $v = [string[]]@($d -split "`n") }
    default { $v = $d }
  }
  $k = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey($s.path.Substring(5))
  $k.SetValue($s.name, $v, [Microsoft.Win32.RegistryValueKind]$s.kind)
  $k.Close()
}
function Remove-Value($s) {
  $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($s.path.Substring(5), $true)
  if ($k) { $k.DeleteValue($s.name, $false); $k.Close() }
}
function Set-Offload($s) {
  if ($s.name -eq 'PacketCoalescingFilter') { Set-NetOffloadGlobalSetting -PacketCoalescingFilter $s.data }
  else { Set-NetOffloadGlobalSetting -NetworkDirect $s.data }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  foreach ($s in @($in.steps)) {
    if ($s.op -eq 'netsh') { foreach ($a in @($s.args)) { if ("$a" -notmatch '^[A-Za-z0-9=.-]+$') { throw "argument not allowed: $a" } } }
    elseif ($s.op -eq 'power') { if ("$($s.data)" -notmatch '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') { throw "power plan not allowed: $($s.data)" } }
    elseif ($s.op -eq 'offload') { if ('PacketCoalescingFilter', 'NetworkDirect' -notcontains $s.name -or 'Enabled', 'Disabled' -notcontains $s.data) { throw "offload not allowed: $($s.name) $($s.data)" } }
    elseif ('registry-set', 'registry-delete' -notcontains $s.op -or "$($s.path)" -notmatch '^HKLM\\.') { throw "step not allowed: $($s.op) $($s.path)" }
  }
  $failed = $false
  $steps = @(foreach ($s in @($in.steps)) {
    if ($failed) { @{ ok = $false; skipped = $true }; continue }
    $code = 0
    $text = ''
    try {
      if ($s.op -eq 'netsh') {
        $list = @($s.args)
        $text = (& netsh.exe @list | Out-String).Trim()
        $code = $LASTEXITCODE
      }
      elseif ($s.op -eq 'power') {
        $text = (& powercfg.exe /setactive $s.data | Out-String).Trim()
        $code = $LASTEXITCODE
      }
      elseif ($s.op -eq 'offload') { Set-Offload $s }
      elseif ($s.op -eq 'registry-set') { Set-Value $s }
      else { Remove-Value $s }
    } catch { $code = 1; $text = "$_" }
    if ($code -ne 0) { $failed = $true }
    @{ ok = ($code -eq 0); exit = $code; output = $text }
  })
  Say @{ steps = $steps }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# Puts the originals back: what the task of the dead-man switch runs, by revert.cmd, which reboots. Contract: CONTRACT.md, "revert".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$dir = "$env:ProgramFiles\vnettune"
$json = "$dir\revert.json"
$done = "$dir\revert-done.json"
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
  elseif ($s.name -eq 'NetworkDirect') { Set-NetOffloadGlobalSetting -NetworkDirect $s.data }
  else { throw "offload not allowed: $($s.name)" }
}
function Invoke-Step($s) {
  if ($s.op -eq 'netsh') {
    foreach ($a in @($s.args)) { if ("$a" -notmatch '^[A-Za-z0-9=.-]+$') { throw "argument not allowed: $a" } }
    $list = @($s.args)
    $text = (& netsh.exe @list | Out-String).Trim()
    return @{ ok = ($LASTEXITCODE -eq 0); exit = $LASTEXITCODE; output = $text }
  }
  if ($s.op -eq 'power') {
    if ("$($s.data)" -notmatch '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') { throw "power plan not allowed: $($s.data)" }
    $text = (& powercfg.exe /setactive $s.data | Out-String).Trim()
    return @{ ok = ($LASTEXITCODE -eq 0); exit = $LASTEXITCODE; output = $text }
  }
  if ($s.op -eq 'offload') {
    Set-Offload $s
    return @{ ok = $true; exit = 0; output = '' }
  }
  if ('registry-set', 'registry-delete' -notcontains $s.op -or "$($s.path)" -notmatch '^HKLM\\.') { throw "step not allowed: $($s.op) $($s.path)" }
  if ($s.op -eq 'registry-set') { Set-Value $s } else { Remove-Value $s }
  @{ ok = $true; exit = 0; output = '' }
}
$steps = @()
try {
  $in = [IO.File]::ReadAllText($json) | ConvertFrom-Json
  foreach ($s in @($in.steps)) {
    try { $steps += Invoke-Step $s } catch { $steps += @{ ok = $false; exit = 1; output = "$_" } }
  }
} catch { $steps += @{ ok = $false; exit = 1; output = "$_" } }
[IO.File]::WriteAllText($done, (ConvertTo-Json @{ fired = "$([DateTime]::UtcNow.ToFileTimeUtc())"; steps = $steps } -Depth 6))

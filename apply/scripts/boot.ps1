# Boot time, clock, newest boot event and a token that cannot survive a boot: a volatile registry key. Contract: CONTRACT.md, "boot".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $nonce = "$($in.set)$($in.check)"
  if ($nonce -notmatch '^[0-9a-f]{32}$') { throw 'the nonce must be 32 hex digits' }
  $where = 'mark'
  $hklm = [Microsoft.Win32.Registry]::LocalMachine
  if ($in.set) {
    $own = $hklm.CreateSubKey('SOFTWARE\vnettune')
    $k = $own.CreateSubKey("boot-$nonce", [Microsoft.Win32.RegistryKeyPermissionCheck]::Default, [Microsoft.Win32.RegistryOptions]::Volatile)
    $k.Close()
  }
  $k = $hklm.OpenSubKey("SOFTWARE\vnettune\boot-$nonce")
  $where = 'Win32_OperatingSystem'
  $boot = @(Get-CimInstance Win32_OperatingSystem)[0].LastBootUpTime
  if (-not $boot) { throw 'no time of the boot' }
  # The log may be cleared or not readable yet: then this sign is missing, and the others must do.
  $newest = $null
  try { $newest = "$((Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'EventLog'; Id = 6005 } -MaxEvents 1).RecordId)" } catch { }
  if (-not $newest) { $newest = $null }
  Say @{ bootTime = "$($boot.ToFileTime())"; now = "$([DateTime]::UtcNow.ToFileTimeUtc())"; mark = ($null -ne $k); bootEvent = $newest }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

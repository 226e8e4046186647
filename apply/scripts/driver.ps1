# What an adapter's driver declares under Ndi\params: its properties and the values that each takes. Contract: CONTRACT.md, "driver".
# Only names and numbers are read: ParamDesc and the texts of an enum are for people.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { '{"error":{"where":"language","message":"ConstrainedLanguage"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd() | ConvertFrom-Json
  $where = 'classKey'
  $path = "$($in.classKey)"
  if ($path -notmatch '^HKLM\\.') { throw "$path is no key under HKLM" }
  $class = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path.Substring(5))
  if (-not $class) { throw "there is no key $path" }
  $set = @($class.GetValueNames())
  $where = 'Ndi\params'
  $params = $class.OpenSubKey('Ndi\params')
  $names = @()
  if ($params) { $names = @($params.GetSubKeyNames()) }
  $problems = @{}
  $keywords = @(foreach ($name in $names) {
    try {
      $k = $params.OpenSubKey($name)
      # A value that is not there stays null: it is not 0.
      $w = @{ name = $name; enum = $null; set = ($set -contains $name) }
      foreach ($a in 'type', 'default', 'min', 'max', 'step', 'base', 'optional') {
        $v = $k.GetValue($a)
        if ($null -eq $v) { $w[$a] = $null } else { $w[$a] = "$v" }
      }
      $e = $k.OpenSubKey('enum')
      if ($e) { $w.enum = @($e.GetValueNames()) }
      $w
    } catch { $problems[$name] = "$_" }
  })
  Say @{ keywords = $keywords; problems = $problems }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

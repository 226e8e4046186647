# Takes a driver's package into the driver store, or out of it. No device is touched. Contract: CONTRACT.md, "stage".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 5 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune\driver"
function Get-Published($hash) {
  foreach ($f in Get-ChildItem "$env:SystemRoot\INF" -Filter oem*.inf) { if ((Get-FileHash $f.FullName -ErrorAction 0).Hash -eq $hash) { return $f.Name } }
}
function Invoke-PnPUtil($flag, $inf) {
  $text = (& pnputil.exe $flag $inf | Out-String).Trim()
  @{ ok = ($LASTEXITCODE -eq 0 -or $LASTEXITCODE -eq 3010); exit = $LASTEXITCODE; output = $text }
}
function Use-Publishers($do) {
  $s = New-Object Security.Cryptography.X509Certificates.X509Store 'TrustedPublisher', 'LocalMachine'
  $s.Open('ReadWrite')
  try { & $do $s } finally { $s.Close() }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  $where = "$($in.action)"
  $steps = @()
  $published = $null
  if ($where -eq 'stage') {
    foreach ($n in $in.inf, $in.catalog) { if ($n -notmatch '^[A-Za-z0-9_.-]+$') { throw "$n cannot be a file of a package" } }
    if ((Get-FileHash "$dir\$($in.inf)").Hash -ne $in.sha256) { throw "$($in.inf) is another file" }
    $where = 'signature'
    $sig = Get-AuthenticodeSignature "$dir\$($in.catalog)"
    if ([int]$sig.Status) { throw "$($sig.Status): $($sig.StatusMessage)" }
    Use-Publishers { param($s) $s.Add($sig.SignerCertificate) }
    $where = 'stage'
    if (-not (Get-Published $in.sha256)) { $steps += Invoke-PnPUtil '/add-driver' "$dir\$($in.inf)" }
    $published = Get-Published $in.sha256
    if (-not $published) { throw "pnputil ends with $($steps[0].exit), and the package is not in the driver store: $($steps[0].output)" }
  } elseif ($where -eq 'remove') {
    foreach ($p in @($in.packages)) {
      if (-not $p) { continue }
      if ($p.published -notmatch '^oem\d+\.inf$') { throw "$($p.published) is no package of the driver store" }
      $f = "$env:SystemRoot\INF\$($p.published)"
      $there = (Test-Path $f) -and (Get-FileHash $f).Hash -eq $p.sha256
      if ($there) { $steps += Invoke-PnPUtil '/delete-driver' $p.published } else { $steps += @{ ok = $true; exit = 0; output = '' } }
    }
    foreach ($t in @($in.certificates)) {
      if (-not $t) { continue }
      try {
        Use-Publishers { param($s) foreach ($c in @($s.Certificates.Find('FindByThumbprint', $t, $false))) { $s.Remove($c) } }
        $steps += @{ ok = $true; exit = 0; output = '' }
      } catch { $steps += @{ ok = $false; exit = 1; output = "$_" } }
    }
    if (Test-Path $dir) { Remove-Item $dir -Recurse -Force }
  } else { throw 'unknown action' }
  Say @{ published = $published; steps = $steps }
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

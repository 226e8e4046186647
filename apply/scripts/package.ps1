# Puts one file of a driver's package into the guest, piece by piece, and proves it by its hash. Contract: CONTRACT.md, "package".
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { '{"error":{"where":"language","message":"Constrained"}}'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 4 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
$dir = "$env:ProgramFiles\vnettune"
$to = "$dir\driver"
# SYSTEM, Administrators and TrustedInstaller, as in arm.
function Test-Rights($path) {
  $sid = [Security.Principal.SecurityIdentifier]
  $acl = Get-Acl $path
  $may = @($acl.GetOwner($sid).Value)
  $may += @($acl.GetAccessRules($true, $true, $sid) | Where-Object {
    "$($_.AccessControlType)" -eq 'Allow' -and -not ([int]$_.PropagationFlags -band 2) -and ([int]$_.FileSystemRights -band -bnot 0x1200a9)
  } | ForEach-Object { $_.IdentityReference.Value })
  $may -notmatch '^S-1-5-(18|32-544|80-956008885-3418522649-1831038044-1853292631-2271478464)$' | ForEach-Object { throw "$_ owns or may change $path" }
}
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
  if ("$($in.sha256)" -notmatch '^[0-9a-f]{64}$') { throw 'no hash of 64 hex digits' }
  if ($in.name -notmatch '^[A-Za-z0-9_.-]+\.[A-Za-z0-9]{1,3}$') { $where = 'name'; throw "$($in.name) cannot be a file of a package" }
  $file = "$to\$($in.name)"
  $piece = [Convert]::FromBase64String($in.data)
  $offset = [long]$in.offset
  $where = 'folder'
  if ($in.first -and $offset -eq 0 -and (Test-Path $to)) { Remove-Item $to -Recurse -Force }
  if (-not (Test-Path $dir)) {
    $s = New-Object Security.AccessControl.DirectorySecurity
    $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    [void][IO.Directory]::CreateDirectory($dir, $s)
  }
  [void][IO.Directory]::CreateDirectory($to)
  if ($offset -eq 0 -and (Test-Path $file)) { Remove-Item $file -Force }
  $where = 'offset'
  $f = [IO.File]::Open($file, 'OpenOrCreate', 'ReadWrite', 'None')
  try {
    $size = $f.Length
    if ($size -ne $offset) { throw "$size bytes are there" }
    [void]$f.Seek($size, 'Begin')
    $f.Write($piece, 0, $piece.Length)
    $size = $f.Length
  } finally { $f.Close() }
  $done = $size -ge [long]$in.size
  if ($done) {
    $where = 'hash'
    $is = (Get-FileHash $file).Hash
    if ($is -ne $in.sha256) { Remove-Item $file -Force; throw "it is $is" }
    $where = 'rights'
    $s = New-Object Security.AccessControl.FileSecurity
    $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)')
    try { Test-Rights $file } catch { Set-Acl $file $s }
    $dir, $to, $file | ForEach-Object { Test-Rights $_ }
  }
  Say @{ size = $size; done = $done }
  exit 0
} catch {
  # Windows' own number of the error, where it is one of Windows'.
  $e = $_.Exception.GetBaseException()
  $code = $e.NativeErrorCode
  if ($null -eq $code -and ($e.HResult -shr 16) -eq -32761) { $code = $e.HResult -band 0xffff }
  Say @{ error = @{ where = $where; message = "$_"; code = $code } }
  exit 1
}

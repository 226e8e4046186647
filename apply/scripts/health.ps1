# What doctor asks beside facts, read and iperf. Contract: CONTRACT.md, "health".
# A question that fails is answered null; the others go on.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$where = 'input'
function Say($o) {
  $j = ConvertTo-Json $o -Depth 6 -Compress
  [Console]::Out.WriteLine([regex]::Replace($j, '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value }))
}
function Ask($name, $block) {
  try { $out[$name] = & $block } catch { $out[$name] = $null; $out.problems[$name] = "$_" }
}
# A value that a group policy sets is an element with an attribute.
function Text($e) { if ($e -is [Xml.XmlElement]) { $e.InnerText } else { "$e" } }
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd() | ConvertFrom-Json
  $out = @{ problems = @{} }
  $hklm = [Microsoft.Win32.Registry]::LocalMachine
  Ask 'administrator' {
    (New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
  }
  # Opened to be written, not written.
  Ask 'registry' {
    foreach ($n in 'SOFTWARE', 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters') { $hklm.OpenSubKey($n, $true).Close() }
    $true
  }
  Ask 'task' {
    $s = New-Object -ComObject Schedule.Service
    $s.Connect()
    $f = $s.GetFolder('\')
    $d = $s.NewTask(0)
    $d.Settings.Enabled = $false
    $d.Actions.Create(0).Path = 'cmd.exe'
    [void]$f.RegisterTaskDefinition('vnettune-doctor', $d, 6, 'SYSTEM', $null, 5)
    $f.DeleteTask('vnettune-doctor', 0)
    $true
  }
  Ask 'winrm' {
    $c = Get-WSManInstance -ResourceURI winrm/config
    $v = @{}
    $v.maxEnvelopeSizekb = [int](Text $c.MaxEnvelopeSizekb)
    foreach ($n in 'idleTimeout', 'maxShellsPerUser', 'maxProcessesPerShell', 'maxMemoryPerShellMB') { $v[$n] = [int](Text $c.Winrs.$n) }
    $v.allowUnencrypted = (Text $c.Service.AllowUnencrypted) -eq 'true'
    foreach ($n in 'basic', 'negotiate', 'kerberos', 'certificate') { $v[$n] = (Text $c.Service.Auth.$n) -eq 'true' }
    $v
  }
  Ask 'power' { "$($hklm.OpenSubKey('SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes').GetValue('ActivePowerScheme'))" }
  Ask 'route' {
    $r = @(Find-NetRoute -RemoteIPAddress "$($in.host)")
    @{ ifIndex = [int]$r[0].InterfaceIndex; source = "$(@($r | ForEach-Object { $_.IPAddress } | Where-Object { $_ })[0])" }
  }
  Ask 'networks' {
    Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetConnectionProfile |
      ForEach-Object { @{ ifIndex = [int]$_.InterfaceIndex; category = [int]$_.NetworkCategory } }
  }
  Ask 'own' {
    $v = @{}
    $k = $hklm.OpenSubKey('SOFTWARE\vnettune')
    if ($k) { foreach ($n in $k.GetValueNames()) { $v[$n] = @($k.GetValue($n)) -join "`n" } }
    $v
  }
  Say $out
  exit 0
} catch {
  Say @{ error = @{ where = $where; message = "$_" } }
  exit 1
}

# What doctor asks beside facts, read and iperf. Contract: CONTRACT.md, "health".
# A question that fails is answered null; the others go on.
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
  # A block that gives nothing gives null, which 5.1 would write as an object.
  try { $v = & $block; if ($null -ne $v) { $out[$name] = $v } } catch { $out.problems[$name] = "$_" }
}
# A value that a group policy sets is an element with an attribute; what is not there is null.
function Text($e) { if ($e -is [Xml.XmlElement]) { $e.InnerText } elseif ($e) { "$e" } }
function Flag($e) { $t = Text $e; if ($t) { return $t -eq 'true' }; $null }
try {
  $in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
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
    $v.maxEnvelopeSizekb = [Nullable[int]](Text $c.MaxEnvelopeSizekb)
    foreach ($n in 'idleTimeout', 'maxShellsPerUser', 'maxProcessesPerShell', 'maxMemoryPerShellMB') { $v[$n] = [Nullable[int]](Text $c.Winrs.$n) }
    $v.allowUnencrypted = Flag $c.Service.AllowUnencrypted
    foreach ($n in 'basic', 'negotiate', 'kerberos', 'certificate') { $v[$n] = Flag $c.Service.Auth.$n }
    $v
  }
  Ask 'power' { "$($hklm.OpenSubKey('SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes').GetValue('ActivePowerScheme'))" }
  # Whether the service comes back by itself after a boot, and at once.
  Ask 'start' {
    $k = $hklm.OpenSubKey('SYSTEM\CurrentControlSet\Services\WinRM')
    @{ type = $k.GetValue('Start'); delayed = ($k.GetValue('DelayedAutostart') -eq 1) }
  }
  # Windows 8 and Server 2012 have no such command: null, and no problem.
  Ask 'route' {
    try { $r = @(Find-NetRoute -RemoteIPAddress "$($in.host)") } catch [Management.Automation.CommandNotFoundException] { return }
    @{ ifIndex = $r[0].InterfaceIndex; source = "$(@($r | ForEach-Object { $_.IPAddress } | Where-Object { $_ })[0])" }
  }
  Ask 'networks' {
    , @(foreach ($n in Get-CimInstance MSFT_NetConnectionProfile -Namespace root/StandardCimv2) { @{ ifIndex = $n.InterfaceIndex; category = $n.NetworkCategory } })
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

# vnettune guest-setup: sets a Windows guest (8, Server 2012 and later) up for campaigns.
# Save it as a file and run it once on the guest itself, not over WinRM, as administrator:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File setup.ps1
# It may be run again. What it changes is kept under HKLM\SOFTWARE\vnettune\Setup;
# the script that `vnettune guest-setup --undo` prints puts exactly that back and leaves nothing.
#
# It opens the guest to one machine, {{.Host}}:
#   WinRM over https on port 5986, with a self-signed certificate whose fingerprint it prints;
#   iperf3 on port {{.Port}}, TCP and UDP, and on port {{.Second}}, TCP, where a second one measures both ways at once;
#   vnettune's own meter on port {{.Meter}}, which a campaign puts
#   into %ProgramFiles%\vnettune where it measures by it, and takes away. Nothing is installed to run by itself: a
#   campaign starts either before it measures and ends it afterwards, so the open ports are all that it needs.
# Users are proved by NTLM (Negotiate); Basic and unencrypted messages are switched off.

$HostAddress = '{{.Host}}'
$IPerf       = '{{.IPerf}}'
$IPerfPort   = {{.Port}}
$IPerfSecond = {{.Second}}
$MeterPort   = {{.Meter}}

# Only for a LOCAL administrator other than the built-in account Administrator: Windows filters the
# administrators' rights out of such a user's remote logons, and settings could not be written. $true
# switches that filter off (LocalAccountTokenFilterPolicy). THE RISK: whoever has the password, or its
# hash, of any local administrator then has all rights over the network, by SMB and WMI as well.
# A domain user, or the built-in Administrator, needs it not.
$LocalAdministrator = $false

if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') {
  throw 'this PowerShell is in constrained language mode (App Control, AppLocker, Smart App Control), in which neither this script nor a campaign can work: an administrator has to allow full language for this user'
}
$ErrorActionPreference = 'Stop'
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'start PowerShell as administrator' }

# A client Windows changes nothing of WinRM's configuration while a network counts as public (fault 0x80338169).
$public = @(try { Get-NetConnectionProfile | Where-Object { "$($_.NetworkCategory)" -eq 'Public' } } catch { Write-Warning "the networks could not be asked: $_" })
$private = 'take every network off public: Set-NetConnectionProfile -InterfaceIndex N -NetworkCategory Private (N is named above; Get-NetConnectionProfile lists them), or switch an adapter off for so long; then run this script again'
$public | ForEach-Object {
  Write-Warning "network '$($_.Name)' (InterfaceIndex $($_.InterfaceIndex)) counts as public. The rules below hold there too; only if WinRM refuses to be set up, this has to change."
}

$setup = 'HKLM:\SOFTWARE\vnettune\Setup'
if (-not (Test-Path $setup)) { [void](New-Item -Path $setup -Force) }

# The first time counts: a second run must not take its own work for what was there before.
function Get-Kept($name) { (Get-ItemProperty -Path $setup).$name }
function Set-Kept($name, $value) {
  if ($null -eq (Get-Kept $name)) { [void](New-ItemProperty -Path $setup -Name $name -Value "$value" -PropertyType String) }
}

# What a group policy sets comes as an element with an attribute; it cannot be changed here.
function Get-Text($e) { if ($e -is [Xml.XmlElement]) { $e.InnerText } else { "$e" } }

# Only what differs is put: on a public network a client Windows refuses a put even of the present value.
$refused = @()
function Set-Config($part, $wanted) {
  $is = Get-WSManInstance -ResourceURI "winrm/config/$part"
  $change = @{}
  foreach ($name in $wanted.Keys) {
    $now = Get-Text $is.$name
    if ($now -eq $wanted[$name]) { continue }
    if ($is.$name -is [Xml.XmlElement]) { $script:refused += "$name is $now by a group policy, and a campaign needs $($wanted[$name]): change the policy"; continue }
    Set-Kept $name $now
    $change[$name] = $wanted[$name]
  }
  if ($change.Count -eq 0) { return }
  try { [void](Set-WSManInstance -ResourceURI "winrm/config/$part" -ValueSet $change) }
  catch { $script:refused += "WinRM refused $(($change.Keys | ForEach-Object { "$_=$($change[$_])" }) -join ', '): $_" }
}

# The service. It starts with the others, not minutes later: Automatic (Delayed Start), which winrm quickconfig leaves, costs that
# time at each boot of a campaign. Windows PowerShell has no command for it; the value counts from the next boot on.
$service = Get-CimInstance Win32_Service -Filter "Name='WinRM'"
Set-Kept 'ServiceStart' $service.StartMode
Set-Kept 'ServiceState' $service.State
if ($service.StartMode -ne 'Auto') { Set-Service -Name WinRM -StartupType Automatic }
$key = 'HKLM:\SYSTEM\CurrentControlSet\Services\WinRM'
if ((Get-ItemProperty -Path $key).DelayedAutostart -eq 1) {
  Set-Kept 'ServiceDelayed' 1
  Set-ItemProperty -Path $key -Name DelayedAutostart -Value 0 -Type DWord
}
Start-Service -Name WinRM

# The certificate and the listener. A listener that somebody else made is used as it is.
$port = 5986
$listener = @(Get-WSManInstance -ResourceURI winrm/config/Listener -Enumerate | Where-Object { (Get-Text $_.Transport) -eq 'HTTPS' })
if ($listener.Count -eq 0) {
  $thumbprint = Get-Kept 'Certificate'
  if (-not $thumbprint -or -not (Test-Path "Cert:\LocalMachine\My\$thumbprint")) {
    $ask = @{ DnsName = $env:COMPUTERNAME; CertStoreLocation = 'Cert:\LocalMachine\My' }
    if ((Get-Command New-SelfSignedCertificate).Parameters.ContainsKey('NotAfter')) { $ask.NotAfter = (Get-Date).AddYears(5) }
    $thumbprint = (New-SelfSignedCertificate @ask).Thumbprint
    Set-ItemProperty -Path $setup -Name 'Certificate' -Value $thumbprint
  }
  $where = @{ Transport = 'HTTPS'; Address = '*' }
  $what = @{ Hostname = $env:COMPUTERNAME; CertificateThumbprint = $thumbprint }
  try { [void](New-WSManInstance -ResourceURI winrm/config/Listener -SelectorSet $where -ValueSet $what) }
  catch { throw "WinRM refused the listener: $_; $private" }
  Set-ItemProperty -Path $setup -Name 'Listener' -Value 'made'
} else {
  $thumbprint = (Get-Text $listener[0].CertificateThumbprint) -replace '[^0-9A-Fa-f]', ''
  $port = [int](Get-Text $listener[0].Port)
}

# How users are proved.
Set-Config 'service/auth' @{ Basic = 'false'; Negotiate = 'true' }
Set-Config 'service' @{ AllowUnencrypted = 'false' }

# The firewall: five rules, each for one machine only, on every kind of network.
Get-NetFirewallRule -Name 'vnettune-*' -ErrorAction SilentlyContinue | Remove-NetFirewallRule
$rule = @{ Direction = 'Inbound'; Action = 'Allow'; RemoteAddress = $HostAddress; Profile = 'Any' }
[void](New-NetFirewallRule -Name 'vnettune-winrm' -DisplayName 'vnettune: WinRM' -Protocol TCP -LocalPort $port @rule)
[void](New-NetFirewallRule -Name 'vnettune-iperf-tcp' -DisplayName 'vnettune: iperf3' -Protocol TCP -LocalPort $IPerfPort, $IPerfSecond -Program $IPerf @rule)
[void](New-NetFirewallRule -Name 'vnettune-iperf-udp' -DisplayName 'vnettune: iperf3' -Protocol UDP -LocalPort $IPerfPort -Program $IPerf @rule)
$meter = "$env:ProgramFiles\vnettune\meter.exe"
[void](New-NetFirewallRule -Name 'vnettune-meter-tcp' -DisplayName 'vnettune: meter' -Protocol TCP -LocalPort $MeterPort -Program $meter @rule)
[void](New-NetFirewallRule -Name 'vnettune-meter-udp' -DisplayName 'vnettune: meter' -Protocol UDP -LocalPort $MeterPort -Program $meter @rule)
Set-Kept 'Firewall' 'made'

if ($LocalAdministrator) {
  $policy = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
  $was = (Get-ItemProperty -Path $policy).LocalAccountTokenFilterPolicy
  if ($null -eq $was) { $was = 'absent' }
  Set-Kept 'TokenFilter' $was
  Set-ItemProperty -Path $policy -Name LocalAccountTokenFilterPolicy -Value 1 -Type DWord
}

# What a person has to know.
if (-not (Test-Path $IPerf)) { Write-Warning "there is no $IPerf yet: put iperf3 there" }
$certificate = Get-Item "Cert:\LocalMachine\My\$thumbprint"
$sha = [Security.Cryptography.SHA256]::Create().ComputeHash($certificate.RawData)
$fingerprint = ([BitConverter]::ToString($sha) -replace '-', '').ToLower()
$refused | ForEach-Object { Write-Warning $_ }
if ($refused -like 'WinRM refused*') { throw "the guest is set up but for what is named above: $private" }
if ($refused) { throw 'the guest is set up but for what is named above' }
# The address by which it answers the host, and the family of its Windows, by the builds in which they begin.
$address = ''
try { $address = "$(@(Find-NetRoute -RemoteIPAddress $HostAddress)[0].IPAddress)" } catch { Write-Warning "this guest's address could not be asked: $_" }
if (-not $address) { $address = 'ADDRESS' }
$at = $address
if ($at -like '*:*') { $at = "[$at]" }
$generation = 'nt62'
$build = [int](Get-CimInstance Win32_OperatingSystem).BuildNumber
if ($build -ge 10240) { $generation = 'w10' }
if ($build -ge 20348) { $generation = 'w11' }
$user = "$env:USERNAME"
if ($env:USERDOMAIN -and $env:USERDOMAIN -ne $env:COMPUTERNAME) { $user = "$env:USERDOMAIN\$user" }
"The guest is set up, for $HostAddress alone; data is to be the address of its virtio adapter. In the campaign file:"
'guest:'
"  control: https://${at}:$port"
"  data: $address"
"  user: '$user'"
'  password_env: VNETTUNE_PASSWORD'
"  trust: {fingerprint: $fingerprint}"
"  generation: $generation"
"  iperf: '$IPerf'"

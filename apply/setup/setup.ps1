# vnettune guest-setup: sets a Windows guest (8, Server 2012 and later) up for campaigns.
# Save it as a file and run it once on the guest itself, not over WinRM, as administrator:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File setup.ps1
# It may be run again. What it changes is kept under HKLM\SOFTWARE\vnettune\Setup;
# the script that `vnettune guest-setup --undo` prints puts exactly that back and leaves nothing.
#
# It opens the guest to one machine, {{.Host}}:
#   WinRM over https on port 5986, with a self-signed certificate whose fingerprint it prints;
#   iperf3 on port {{.Port}}, TCP and UDP. Nothing is installed to run by itself: a campaign starts
#   iperf3 before it measures and ends it afterwards, so the open port is all that it needs.
# Users are proved by NTLM (Negotiate); Basic and unencrypted messages are switched off.

$HostAddress = '{{.Host}}'
$IPerf       = '{{.IPerf}}'
$IPerfPort   = {{.Port}}

# Only for a LOCAL administrator other than the built-in account Administrator: Windows filters the
# administrators' rights out of such a user's remote logons, and settings could not be written. $true
# switches that filter off (LocalAccountTokenFilterPolicy). THE RISK: whoever has the password, or its
# hash, of any local administrator then has all rights over the network, by SMB and WMI as well.
# A domain user, or the built-in Administrator, needs it not.
$LocalAdministrator = $false

$ErrorActionPreference = 'Stop'
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'start PowerShell as administrator' }

$setup = 'HKLM:\SOFTWARE\vnettune\Setup'
if (-not (Test-Path $setup)) { [void](New-Item -Path $setup -Force) }

# The first time counts: a second run must not take its own work for what was there before.
function Get-Kept($name) { (Get-ItemProperty -Path $setup).$name }
function Set-Kept($name, $value) {
  if ($null -eq (Get-Kept $name)) { [void](New-ItemProperty -Path $setup -Name $name -Value "$value" -PropertyType String) }
}

# What a group policy sets comes as an element with an attribute; it cannot be changed here.
function Get-Text($e) { if ($e -is [Xml.XmlElement]) { $e.InnerText } else { "$e" } }

# The service.
$service = Get-CimInstance Win32_Service -Filter "Name='WinRM'"
Set-Kept 'ServiceStart' $service.StartMode
Set-Kept 'ServiceState' $service.State
if ($service.StartMode -ne 'Auto') { Set-Service -Name WinRM -StartupType Automatic }
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
  [void](New-WSManInstance -ResourceURI winrm/config/Listener -SelectorSet $where -ValueSet $what)
  Set-ItemProperty -Path $setup -Name 'Listener' -Value 'made'
} else {
  $thumbprint = (Get-Text $listener[0].CertificateThumbprint) -replace '[^0-9A-Fa-f]', ''
  $port = [int](Get-Text $listener[0].Port)
}

# How users are proved.
$auth = Get-WSManInstance -ResourceURI winrm/config/service/auth
Set-Kept 'Basic' (Get-Text $auth.Basic)
Set-Kept 'Negotiate' (Get-Text $auth.Negotiate)
Set-Kept 'AllowUnencrypted' (Get-Text (Get-WSManInstance -ResourceURI winrm/config/service).AllowUnencrypted)
[void](Set-WSManInstance -ResourceURI winrm/config/service/auth -ValueSet @{ Basic = 'false'; Negotiate = 'true' })
[void](Set-WSManInstance -ResourceURI winrm/config/service -ValueSet @{ AllowUnencrypted = 'false' })

# The firewall: three rules, each for one machine only, on every kind of network.
Get-NetFirewallRule -Name 'vnettune-*' -ErrorAction SilentlyContinue | Remove-NetFirewallRule
$rule = @{ Direction = 'Inbound'; Action = 'Allow'; RemoteAddress = $HostAddress; Profile = 'Any' }
[void](New-NetFirewallRule -Name 'vnettune-winrm' -DisplayName 'vnettune: WinRM' -Protocol TCP -LocalPort $port @rule)
[void](New-NetFirewallRule -Name 'vnettune-iperf-tcp' -DisplayName 'vnettune: iperf3' -Protocol TCP -LocalPort $IPerfPort -Program $IPerf @rule)
[void](New-NetFirewallRule -Name 'vnettune-iperf-udp' -DisplayName 'vnettune: iperf3' -Protocol UDP -LocalPort $IPerfPort -Program $IPerf @rule)
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
Get-NetConnectionProfile | Where-Object { "$($_.NetworkCategory)" -eq 'Public' } | ForEach-Object {
  Write-Warning "network '$($_.Name)' counts as public; the rules above hold there too, but if WinRM refuses to be set up: Set-NetConnectionProfile -InterfaceIndex $($_.InterfaceIndex) -NetworkCategory Private"
}
$certificate = Get-Item "Cert:\LocalMachine\My\$thumbprint"
$sha = [Security.Cryptography.SHA256]::Create().ComputeHash($certificate.RawData)
$fingerprint = ([BitConverter]::ToString($sha) -replace '-', '').ToLower()
'The guest is set up. In the campaign file, ADDRESS being an address of this guest:'
'guest:'
"  control: https://ADDRESS:$port"
"  trust: {fingerprint: $fingerprint}"
"  iperf: '$IPerf'"

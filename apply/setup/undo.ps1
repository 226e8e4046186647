# vnettune guest-setup --undo: puts back what the script of vnettune guest-setup changed on this guest.
# Save it as a file and run it on the guest itself, not over WinRM, as administrator:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File undo.ps1
# It goes by what that script kept under HKLM\SOFTWARE\vnettune\Setup, and removes that as well.

if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') {
  throw 'this PowerShell is in constrained language mode (App Control, AppLocker, Smart App Control), in which this script cannot work: an administrator has to allow full language for this user'
}
$ErrorActionPreference = 'Stop'
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'start PowerShell as administrator' }

$own = 'HKLM:\SOFTWARE\vnettune'
$setup = "$own\Setup"
if (-not (Test-Path $setup)) { 'Nothing to undo: this guest was not set up by vnettune.'; return }
$kept = Get-ItemProperty -Path $setup
if (Get-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert' -ErrorAction SilentlyContinue) { throw 'the dead-man switch of a campaign is armed: let the campaign end first, or vnettune restore it' }

if ($kept.Firewall) { Get-NetFirewallRule -Name 'vnettune-*' -ErrorAction SilentlyContinue | Remove-NetFirewallRule }

function Get-Text($e) { if ($e -is [Xml.XmlElement]) { $e.InnerText } else { "$e" } }

# Only what differs is put: on a client Windows with a network that counts as public each put is refused (fault 0x80338169). What is
# kept stays kept then, and this script may be run again.
$refused = @()
function Reset-Config($part, $names) {
  try {
    $is = Get-WSManInstance -ResourceURI "winrm/config/$part"
    $change = @{}
    foreach ($name in $names) { if ($kept.$name -and (Get-Text $is.$name) -ne $kept.$name -and $is.$name -isnot [Xml.XmlElement]) { $change[$name] = $kept.$name } }
    if ($change.Count) { [void](Set-WSManInstance -ResourceURI "winrm/config/$part" -ValueSet $change) }
  } catch { $script:refused += "WinRM refused to put back $($names -join ' and '): $_" }
}

# WinRM's configuration can only be changed while the service runs.
if ((Get-CimInstance Win32_Service -Filter "Name='WinRM'").StartMode -eq 'Disabled') { Set-Service -Name WinRM -StartupType Manual }
Start-Service -Name WinRM
if ($kept.Listener) {
  $ours = @(Get-WSManInstance -ResourceURI winrm/config/Listener -Enumerate | Where-Object {
    (Get-Text $_.Transport) -eq 'HTTPS' -and ((Get-Text $_.CertificateThumbprint) -replace '[^0-9A-Fa-f]', '') -eq $kept.Certificate
  })
  try { if ($ours.Count) { Remove-WSManInstance -ResourceURI winrm/config/Listener -SelectorSet @{ Transport = 'HTTPS'; Address = '*' } } }
  catch { $refused += "WinRM refused to remove the listener: $_" }
}
if (-not $refused -and $kept.Certificate -and (Test-Path "Cert:\LocalMachine\My\$($kept.Certificate)")) { Remove-Item "Cert:\LocalMachine\My\$($kept.Certificate)" -DeleteKey }
Reset-Config 'service/auth' 'Basic', 'Negotiate'
Reset-Config 'service' 'AllowUnencrypted'

if ($kept.TokenFilter) {
  $policy = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
  if ($kept.TokenFilter -eq 'absent') { Remove-ItemProperty -Path $policy -Name LocalAccountTokenFilterPolicy -ErrorAction SilentlyContinue }
  else { Set-ItemProperty -Path $policy -Name LocalAccountTokenFilterPolicy -Value ([int]$kept.TokenFilter) -Type DWord }
}

if ($kept.ServiceState -ne 'Running') { Stop-Service -Name WinRM -Force }
if ($kept.ServiceDelayed) { Set-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\WinRM' -Name DelayedAutostart -Value 1 -Type DWord }
if ($kept.ServiceStart -ne 'Auto') { Set-Service -Name WinRM -StartupType $kept.ServiceStart }

# What the dead-man switch of a campaign leaves, and a restart of an adapter.
if (Get-ScheduledTask -TaskPath '\vnettune\' -TaskName 'restart' -ErrorAction SilentlyContinue) { Unregister-ScheduledTask -TaskPath '\vnettune\' -TaskName 'restart' -Confirm:$false }
$folder = "$env:ProgramFiles\vnettune"
# And the meter of one that was cut short, which may still run.
Get-CimInstance Win32_Process | Where-Object { $_.ExecutablePath -eq "$folder\meter.exe" } | ForEach-Object { [void](Invoke-CimMethod -InputObject $_ -MethodName Terminate) }
for ($i = 0; $i -lt 20 -and (Test-Path "$folder\meter.exe"); $i++) { Remove-Item -Path "$folder\meter.exe" -Force -ErrorAction SilentlyContinue; Start-Sleep -Milliseconds 100 }
if (Test-Path $folder) { Remove-Item -Path $folder -Recurse -Force }
$tasks = New-Object -ComObject Schedule.Service
$tasks.Connect()
if (@($tasks.GetFolder('\').GetFolders(0) | Where-Object { $_.Name -eq 'vnettune' }).Count) { $tasks.GetFolder('\').DeleteFolder('vnettune', 0) }

if ($refused) {
  $refused | ForEach-Object { Write-Warning $_ }
  throw 'not all is as it was before. Take every network off public (Get-NetConnectionProfile lists them; Set-NetConnectionProfile -InterfaceIndex N -NetworkCategory Private), or switch such an adapter off for so long, and run this script again'
}
Remove-Item -Path $setup -Recurse
$left = Get-Item -Path $own
if ($left.ValueCount -eq 0 -and $left.SubKeyCount -eq 0) { Remove-Item -Path $own }
'The guest is as it was before vnettune guest-setup.'

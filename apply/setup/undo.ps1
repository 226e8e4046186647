# vnettune guest-setup --undo: puts back what the script of vnettune guest-setup changed on this guest.
# Save it as a file and run it on the guest itself, not over WinRM, as administrator:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File undo.ps1
# It goes by what that script kept under HKLM\SOFTWARE\vnettune\Setup, and removes that as well.

$ErrorActionPreference = 'Stop'
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'start PowerShell as administrator' }

$own = 'HKLM:\SOFTWARE\vnettune'
$setup = "$own\Setup"
if (-not (Test-Path $setup)) { 'Nothing to undo: this guest was not set up by vnettune.'; return }
$kept = Get-ItemProperty -Path $setup
if (Get-ScheduledTask -TaskPath '\vnettune\' -ErrorAction SilentlyContinue) { throw 'the dead-man switch of a campaign is armed: let the campaign end first, or vnettune restore it' }

if ($kept.Firewall) { Get-NetFirewallRule -Name 'vnettune-*' -ErrorAction SilentlyContinue | Remove-NetFirewallRule }

# WinRM's configuration can only be changed while the service runs.
if ((Get-CimInstance Win32_Service -Filter "Name='WinRM'").StartMode -eq 'Disabled') { Set-Service -Name WinRM -StartupType Manual }
Start-Service -Name WinRM
if ($kept.Listener) {
  $ours = @(Get-WSManInstance -ResourceURI winrm/config/Listener -Enumerate | Where-Object {
    $_.Transport -eq 'HTTPS' -and ("$($_.CertificateThumbprint)" -replace '[^0-9A-Fa-f]', '') -eq $kept.Certificate
  })
  if ($ours.Count) { Remove-WSManInstance -ResourceURI winrm/config/Listener -SelectorSet @{ Transport = 'HTTPS'; Address = '*' } }
}
if ($kept.Certificate -and (Test-Path "Cert:\LocalMachine\My\$($kept.Certificate)")) { Remove-Item "Cert:\LocalMachine\My\$($kept.Certificate)" -DeleteKey }
if ($kept.Basic) { [void](Set-WSManInstance -ResourceURI winrm/config/service/auth -ValueSet @{ Basic = $kept.Basic; Negotiate = $kept.Negotiate }) }
if ($kept.AllowUnencrypted) { [void](Set-WSManInstance -ResourceURI winrm/config/service -ValueSet @{ AllowUnencrypted = $kept.AllowUnencrypted }) }

if ($kept.TokenFilter) {
  $policy = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
  if ($kept.TokenFilter -eq 'absent') { Remove-ItemProperty -Path $policy -Name LocalAccountTokenFilterPolicy -ErrorAction SilentlyContinue }
  else { Set-ItemProperty -Path $policy -Name LocalAccountTokenFilterPolicy -Value ([int]$kept.TokenFilter) -Type DWord }
}

if ($kept.ServiceState -ne 'Running') { Stop-Service -Name WinRM -Force }
# One that started by itself was left as it was, delayed or not.
if ($kept.ServiceStart -ne 'Auto') { Set-Service -Name WinRM -StartupType $kept.ServiceStart }

# What the dead-man switch of a campaign leaves.
$folder = "$env:ProgramFiles\vnettune"
if (Test-Path $folder) { Remove-Item -Path $folder -Recurse -Force }
$tasks = New-Object -ComObject Schedule.Service
$tasks.Connect()
if (@($tasks.GetFolder('\').GetFolders(0) | Where-Object { $_.Name -eq 'vnettune' }).Count) { $tasks.GetFolder('\').DeleteFolder('vnettune', 0) }

Remove-Item -Path $setup -Recurse
$left = Get-Item -Path $own
if ($left.ValueCount -eq 0 -and $left.SubKeyCount -eq 0) { Remove-Item -Path $own }
'The guest is as it was before vnettune guest-setup.'

@echo off
rem vnettune guest-setup --undo --generation xp: puts back what vnettune guest-setup --generation xp changed.
rem Save it as undo-xp.cmd and run it on the guest itself, in a cmd.exe of an administrator. What was installed
rem by hand before stays installed.

set KEY=HKLM\SOFTWARE\vnettune\Setup
reg query %KEY% >nul 2>&1 || echo Nothing to undo: this guest was not set up by vnettune.
reg query %KEY% >nul 2>&1 || exit /b 0

netsh firewall delete portopening protocol=TCP port=5985 profile=ALL
netsh firewall delete portopening protocol=TCP port={{.Port}} profile=ALL
netsh firewall delete portopening protocol=TCP port={{.Second}} profile=ALL
netsh firewall delete portopening protocol=UDP port={{.Port}} profile=ALL
netsh firewall delete portopening protocol=TCP port={{.Port2}} profile=ALL
netsh firewall delete portopening protocol=UDP port={{.Port2}} profile=ALL

net start WinRM
reg query %KEY% /v Basic >nul 2>&1 && call winrm set winrm/config/service/auth @{Basic="true"}
reg query %KEY% /v Negotiate >nul 2>&1 && call winrm set winrm/config/service/auth @{Negotiate="false"}
reg query %KEY% /v AllowUnencrypted >nul 2>&1 && call winrm set winrm/config/service @{AllowUnencrypted="true"}
reg query %KEY% /v Listener >nul 2>&1 && call winrm delete winrm/config/listener?Address=*+Transport=HTTP

for /f "tokens=3" %%a in ('reg query %KEY% /v ForceGuest ^| find "REG_DWORD"') do reg add HKLM\SYSTEM\CurrentControlSet\Control\Lsa /v forceguest /t REG_DWORD /d %%a /f

net stop WinRM
for /f "tokens=3" %%a in ('reg query %KEY% /v ServiceStart ^| find "REG_DWORD"') do reg add HKLM\SYSTEM\CurrentControlSet\Services\WinRM /v Start /t REG_DWORD /d %%a /f
rem A service that starts by itself ran before; it is started again.
reg query %KEY% /v ServiceStart | find "0x2" >nul && net start WinRM

reg delete %KEY% /f
rem The key above is vnettune's own; it goes when nothing else is in it.
reg query HKLM\SOFTWARE\vnettune 2>nul | find "REG_" >nul || reg delete HKLM\SOFTWARE\vnettune /f
echo The guest is as it was before vnettune guest-setup.

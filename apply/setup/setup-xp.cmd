@echo off
rem vnettune guest-setup --generation xp: sets a Windows XP SP3 or Server 2003 SP2 guest up for campaigns.
rem Save it as setup-xp.cmd and run it once on the guest itself, in a cmd.exe of an administrator. It may be run again. What it changes
rem is kept under HKLM\SOFTWARE\vnettune\Setup; vnettune guest-setup --undo --generation xp puts that back.
rem
rem Before it, install by hand, in this order:
rem   1. .NET Framework 2.0 SP1 or 3.5 SP1
rem   2. KB968930, Windows Management Framework Core: it brings WinRM 2.0 (port 5985)
rem   3. the network driver of a virtio-win image that still has one for XP / 2003
rem   4. iperf 2 (2.0.x, a Win32 program) as {{.IPerf2}}, for workloads with tool: iperf2; or an iperf3 that runs
rem      on XP, as {{.IPerf}} (paths without spaces)
rem
rem It opens the guest to one machine, {{.Host}}: WinRM over http on port 5985, where NTLM encrypts every
rem message, iperf3 on port {{.Port}}, for both ways at once on {{.Second}} as well, and iperf 2 on port {{.Port2}}. Nothing is installed
rem to run by itself: a campaign starts what it needs and ends it. Basic and unencrypted messages are switched off.

set KEY=HKLM\SOFTWARE\vnettune\Setup
reg add %KEY% /f >nul

rem The first time counts: a second run must not take its own work for what was there before.
reg query %KEY% /v ServiceStart >nul 2>&1 || for /f "tokens=3" %%a in ('reg query HKLM\SYSTEM\CurrentControlSet\Services\WinRM /v Start ^| find "REG_DWORD"') do reg add %KEY% /v ServiceStart /t REG_DWORD /d %%a /f >nul
reg query %KEY% /v ForceGuest >nul 2>&1 || for /f "tokens=3" %%a in ('reg query HKLM\SYSTEM\CurrentControlSet\Control\Lsa /v forceguest ^| find "REG_DWORD"') do reg add %KEY% /v ForceGuest /t REG_DWORD /d %%a /f >nul

rem XP outside a domain takes every network logon for Guest; with 0 a local user is who he is. THE RISK: the
rem passwords of local users then work over the network, so none may be empty or weak.
reg add HKLM\SYSTEM\CurrentControlSet\Control\Lsa /v forceguest /t REG_DWORD /d 0 /f

sc config WinRM start= auto
net start WinRM
reg query %KEY% /v Seen >nul 2>&1 || (
  call winrm get winrm/config/service/auth | find "Basic = true" >nul && reg add %KEY% /v Basic /t REG_SZ /d true /f >nul
  call winrm get winrm/config/service/auth | find "Negotiate = false" >nul && reg add %KEY% /v Negotiate /t REG_SZ /d false /f >nul
  call winrm get winrm/config/service | find "AllowUnencrypted = true" >nul && reg add %KEY% /v AllowUnencrypted /t REG_SZ /d true /f >nul
)
reg add %KEY% /v Seen /t REG_SZ /d yes /f >nul
call winrm enumerate winrm/config/listener | findstr /e /c:"Transport = HTTP" >nul || (
  call winrm create winrm/config/listener?Address=*+Transport=HTTP
  reg add %KEY% /v Listener /t REG_SZ /d made /f >nul
)
call winrm set winrm/config/service/auth @{Basic="false"}
call winrm set winrm/config/service/auth @{Negotiate="true"}
call winrm set winrm/config/service @{AllowUnencrypted="false"}

rem The firewall of XP SP2 and later: one machine only.
netsh firewall set portopening protocol=TCP port=5985 name=vnettune-winrm mode=ENABLE scope=CUSTOM addresses={{.Host}} profile=ALL
netsh firewall set portopening protocol=TCP port={{.Port}} name=vnettune-iperf mode=ENABLE scope=CUSTOM addresses={{.Host}} profile=ALL
netsh firewall set portopening protocol=TCP port={{.Second}} name=vnettune-iperf mode=ENABLE scope=CUSTOM addresses={{.Host}} profile=ALL
netsh firewall set portopening protocol=UDP port={{.Port}} name=vnettune-iperf mode=ENABLE scope=CUSTOM addresses={{.Host}} profile=ALL
netsh firewall set portopening protocol=TCP port={{.Port2}} name=vnettune-iperf2 mode=ENABLE scope=CUSTOM addresses={{.Host}} profile=ALL
netsh firewall set portopening protocol=UDP port={{.Port2}} name=vnettune-iperf2 mode=ENABLE scope=CUSTOM addresses={{.Host}} profile=ALL

if not exist {{.IPerf}} if not exist {{.IPerf2}} echo WARNING: there is neither {{.IPerf2}} nor {{.IPerf}} yet: put iperf 2 or iperf3 there
echo The guest is set up, for {{.Host}} alone. In the campaign file, ADDRESS being an address of this guest:
echo guest:
echo   control: http://ADDRESS:5985
echo   data: ADDRESS
echo   user: '%USERNAME%'
echo   password_env: VNETTUNE_PASSWORD
echo   generation: xp
if exist {{.IPerf}} echo   iperf: '{{.IPerf}}'
if exist {{.IPerf2}} echo   iperf2: '{{.IPerf2}}'

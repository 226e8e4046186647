package registry

const (
	AFDKey       = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\AFD\Parameters`
	TcpipKey     = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	VersionKey   = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	ProductKey   = `HKEY_LOCAL_MACHINE\SOFTWARE\vnettune`
	CodePageKey  = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Nls\CodePage`
	NameKey      = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName`
	SessionKey   = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager`
	PrefetchKey  = SessionKey + `\Memory Management\PrefetchParameters`
	PowerKey     = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes`
	ServicingKey = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	WinlogonKey  = VersionKey + `\Winlogon`
	UpdateKey    = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
)

package windows

const (
	afdKey       = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\AFD\Parameters`
	tcpipKey     = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	versionKey   = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	productKey   = `HKEY_LOCAL_MACHINE\SOFTWARE\vnettune`
	codePageKey  = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Nls\CodePage`
	nameKey      = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName`
	sessionKey   = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager`
	prefetchKey  = sessionKey + `\Memory Management\PrefetchParameters`
	powerKey     = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes`
	servicingKey = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	winlogonKey  = versionKey + `\Winlogon`
	updateKey    = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
)

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
	servicingKey = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	updateKey    = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
)

const (
	build        = "19045"
	caption      = "Microsoft Windows 10 Pro (vnettune stand-in)"
	computerName = "VNETTUNE-LAB"
	oemCodePage  = "437"
	ansiCodePage = "1252"
)

// initialValues are what the registry of a fresh w10 holds as far as it is
// played. AFD has none of its values by default (afd.*: absent), and neither
// has Tcpip any of those that the catalogue names.
var initialValues = []struct {
	key, name string
	value     value
	source    string
}{
	{versionKey, "ProductName", value{"String", "Windows 10 Pro"}, "SAMPLES 4"},
	{versionKey, "CurrentBuild", value{"String", build}, "SAMPLES 4: 10240..19045 is 10"},
	{versionKey, "CurrentBuildNumber", value{"String", build}, "SAMPLES 4"},
	{versionKey, "CurrentVersion", value{"String", "6.3"}, "general knowledge"},
	{versionKey, "CurrentMajorVersionNumber", value{"DWord", "10"}, "general knowledge"},
	{versionKey, "InstallationType", value{"String", "Client"}, "general knowledge"},
	{codePageKey, "OEMCP", value{"String", oemCodePage}, "SAMPLES 5.1"},
	{codePageKey, "ACP", value{"String", ansiCodePage}, "general knowledge"},
	{nameKey + `\ComputerName`, "ComputerName", value{"String", computerName}, "SAMPLES 5.4"},
	{nameKey + `\ActiveComputerName`, "ComputerName", value{"String", computerName}, "SAMPLES 5.4"},
	{tcpipKey, "Hostname", value{"String", computerName}, "general knowledge"},
	{tcpipKey, "IPEnableRouter", value{"DWord", "0"}, "general knowledge"},
}

// initialKeys are keys that exist and are empty.
var initialKeys = []string{afdKey, tcpipKey + `\Interfaces`, servicingKey, updateKey, sessionKey, prefetchKey}

// initialState is the disk of a machine that never booted.
func initialState() (*state, error) {
	s := &state{reg: newRegistry(), tcp: newTCPState(), mtu: map[string]int{}}
	for _, k := range initialKeys {
		if _, err := s.reg.create(mustPath(k), false); err != nil {
			return nil, err
		}
	}
	for _, v := range initialValues {
		if err := s.reg.set(mustPath(v.key), v.name, v.value); err != nil {
			return nil, err
		}
	}
	return s, nil
}

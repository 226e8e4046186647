package registry

import (
	"fmt"
	"strings"
)

// rootNames maps every accepted spelling of a root, in lower case, to the spelling that
// reg.exe prints
// (https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-query).
var rootNames = map[string]string{
	"hklm": "HKEY_LOCAL_MACHINE", "hkey_local_machine": "HKEY_LOCAL_MACHINE",
	"hkcu": "HKEY_CURRENT_USER", "hkey_current_user": "HKEY_CURRENT_USER",
	"hkcr": "HKEY_CLASSES_ROOT", "hkey_classes_root": "HKEY_CLASSES_ROOT",
	"hku": "HKEY_USERS", "hkey_users": "HKEY_USERS",
	"hkcc": "HKEY_CURRENT_CONFIG", "hkey_current_config": "HKEY_CURRENT_CONFIG",
}

// maxKeyName is the longest name of one key in characters
// (https://learn.microsoft.com/en-us/windows/win32/sysinfo/registry-element-size-limits).
const maxKeyName = 255

// Path is a parsed path: the root's long name and the keys below it.
type Path struct {
	root string
	Keys []string
}

// ParsePath reads ROOT\KEY\KEY. One backslash at the end is taken off, as reg.exe does (not
// verified: ask a guest, reg query HKLM\SOFTWARE\).
func ParsePath(s string) (Path, error) {
	s = strings.TrimSuffix(s, `\`)
	parts := strings.Split(s, `\`)
	root, ok := rootNames[strings.ToLower(parts[0])]
	if !ok {
		return Path{}, fmt.Errorf("registry path %q: unknown root %q", s, parts[0])
	}
	for _, p := range parts[1:] {
		switch {
		case p == "":
			return Path{}, fmt.Errorf("registry path %q: empty key name", s)
		case len(p) > maxKeyName:
			return Path{}, fmt.Errorf("registry path %q: key name longer than %d characters", s, maxKeyName)
		case strings.ContainsRune(p, 0):
			return Path{}, fmt.Errorf("registry path %q: key name with a zero character", s)
		}
	}
	return Path{root: root, Keys: parts[1:]}, nil
}

// String gives the long form, as reg.exe prints it.
func (p Path) String() string {
	return strings.Join(append([]string{p.root}, p.Keys...), `\`)
}

// Join is the path of a key below.
func (p Path) Join(names ...string) Path {
	return Path{p.root, append(append([]string(nil), p.Keys...), names...)}
}

// MustPath parses a path written in this package.
func MustPath(s string) Path {
	p, err := ParsePath(s)
	if err != nil {
		panic(err)
	}
	return p
}

// Keys that somebody reads.
const (
	AFDKey              = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\AFD\Parameters`
	TcpipKey            = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	VersionKey          = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	CryptographyKey     = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography`
	AdaptersKey         = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}` // docs/facts/windows-settings.md 5
	WinRMKey            = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\WinRM`
	FirewallKey         = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`
	FirewallByPolicyKey = `HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`
	PoliciesKey         = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	ProductKey          = `HKEY_LOCAL_MACHINE\SOFTWARE\vnettune`
	CodePageKey         = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Nls\CodePage`
	NameKey             = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName`
	SessionKey          = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager`
	PrefetchKey         = SessionKey + `\Memory Management\PrefetchParameters`
	PowerKey            = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes`
	MultimediaKey       = VersionKey + `\Multimedia\SystemProfile`
	ServicingKey        = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	WinlogonKey         = VersionKey + `\Winlogon`
	UpdateKey           = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
)

package windows

import (
	"slices"
	"strconv"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
)

// commonValues are in the registry of every edition. AFD has none of its values by default (afd.*:
// absent), and neither has Tcpip any of those that docs/facts/windows-settings.md names.
var commonValues = []initialValue{
	{registry.NameKey + `\ComputerName`, "ComputerName", registry.String(machine.ComputerName), "docs/facts/windows-samples.md 5.4"},
	{registry.NameKey + `\ActiveComputerName`, "ComputerName", registry.String(machine.ComputerName), "docs/facts/windows-samples.md 5.4"},
	{registry.SessionKey + `\Environment`, "OS", registry.String("Windows_NT"), "not verified: ask a guest, set OS"},
	{registry.TcpipKey, "Hostname", registry.String(machine.ComputerName), "http://smallbusiness.support.microsoft.com/en-us/kb/314053"},
	{registry.TcpipKey, "IPEnableRouter", registry.DWord(0), "http://smallbusiness.support.microsoft.com/en-us/kb/314053"},
}

// values are what the registry of a fresh release holds beside them, as far as it is played.
func (r release) values() []initialValue {
	build, version, kind := strconv.Itoa(r.build), r.version, "Client"
	if r.server {
		kind = "Server"
	}
	var own []initialValue
	if r.version == "10.0" {
		version = "6.3"
		own = append(own, initialValue{registry.VersionKey, "CurrentMajorVersionNumber", registry.DWord(10), "not verified: ask a guest, reg query of the key, /v CurrentMajorVersionNumber"})
	}
	return append(own, []initialValue{
		{registry.VersionKey, "ProductName", registry.String(r.name), "docs/facts/windows-samples.md 4"},
		{registry.VersionKey, "CurrentBuild", registry.String(build), "docs/facts/windows-samples.md 4"},
		{registry.VersionKey, "CurrentBuildNumber", registry.String(build), "docs/facts/windows-samples.md 4"},
		{registry.VersionKey, "CurrentVersion", registry.String(version), "not verified: ask a guest, reg query of the key, /v CurrentVersion"},
		{registry.VersionKey, "InstallationType", registry.String(kind), "not verified: ask a guest, reg query of the key, /v InstallationType"},
		{registry.WinRMKey, "Start", registry.DWord(2), "[MS-SCMR] SERVICE_AUTO_START: this one listens as soon as the machine is up"},
		{registry.PowerKey, "ActivePowerScheme", registry.String("381b4222-f694-41f0-9685-ff5bb260df2e"), "Balanced: https://learn.microsoft.com/en-us/windows/win32/power/power-setting-guids"},
	}...)
}

// xpValues are what the registry of a fresh xp holds beside the common ones.
var xpValues = []initialValue{
	{registry.VersionKey, "ProductName", registry.String("Microsoft Windows XP"), "not verified: ask a guest, reg query of the key, /v ProductName"},
	{registry.VersionKey, "CSDVersion", registry.String("Service Pack 3"), "not verified: ask a guest, reg query of the key, /v CSDVersion"},
	{registry.VersionKey, "CurrentBuildNumber", registry.String(xpBuild), "docs/facts/windows-samples.md 4: 2600 is XP"},
	{registry.VersionKey, "CurrentVersion", registry.String("5.1"), "docs/facts/windows-settings.md: xp is NT 5.1"},
}

// commonKeys are keys that exist and are empty. Component Based Servicing is not among them:
// Vista and later have it (docs/facts/windows-samples.md 5.4).
var commonKeys = []string{registry.AFDKey, registry.TcpipKey + `\Interfaces`, registry.UpdateKey, registry.SessionKey, registry.WinlogonKey}

// initialValue is one row of the registry as installed.
type initialValue struct {
	key, name string
	value     registry.Value
	source    string
}

// pages are the code pages of a language.
func pages(l *console.Language) []initialValue {
	return []initialValue{
		{registry.CodePageKey, "OEMCP", registry.String(l.OEM), "docs/facts/windows-samples.md 5.1"},
		{registry.CodePageKey, "ACP", registry.String(l.ANSI), "not verified: ask a guest, reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage"},
	}
}

// installed is the registry as installed: what all editions have, and an edition's own values and
// empty keys.
func installed(l *console.Language, own []initialValue, keys ...string) (*registry.Tree, error) {
	r := registry.New()
	for _, k := range slices.Concat(commonKeys, keys) {
		if _, err := r.Create(registry.MustPath(k), false); err != nil {
			return nil, err
		}
	}
	for _, v := range slices.Concat(commonValues, pages(l), own) {
		if err := r.Set(registry.MustPath(v.key), v.name, v.value); err != nil {
			return nil, err
		}
	}
	return r, nil
}

package windows

import (
	"slices"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
)

// commonValues are in the registry of every edition. AFD has none of its values
// by default (afd.*: absent), and neither has Tcpip any of those that the
// catalogue names.
var commonValues = []initialValue{
	{registry.CodePageKey, "OEMCP", registry.String(machine.OEMCodePage), "SAMPLES 5.1"},
	{registry.CodePageKey, "ACP", registry.String(machine.ANSICodePage), "general knowledge"},
	{registry.NameKey + `\ComputerName`, "ComputerName", registry.String(machine.ComputerName), "SAMPLES 5.4"},
	{registry.NameKey + `\ActiveComputerName`, "ComputerName", registry.String(machine.ComputerName), "SAMPLES 5.4"},
	{registry.SessionKey + `\Environment`, "OS", registry.String("Windows_NT"), "general knowledge"},
	{registry.TcpipKey, "Hostname", registry.String(machine.ComputerName), "general knowledge"},
	{registry.TcpipKey, "IPEnableRouter", registry.DWord(0), "general knowledge"},
}

// w10Values are what the registry of a fresh w10 holds beside them, as far as it
// is played.
var w10Values = []initialValue{
	{registry.VersionKey, "ProductName", registry.String("Windows 10 Pro"), "SAMPLES 4"},
	{registry.VersionKey, "CurrentBuild", registry.String(w10Build), "SAMPLES 4: 10240..19045 is 10"},
	{registry.VersionKey, "CurrentBuildNumber", registry.String(w10Build), "SAMPLES 4"},
	{registry.VersionKey, "CurrentVersion", registry.String("6.3"), "general knowledge"},
	{registry.VersionKey, "CurrentMajorVersionNumber", registry.DWord(10), "general knowledge"},
	{registry.VersionKey, "InstallationType", registry.String("Client"), "general knowledge"},
	{registry.PowerKey, "ActivePowerScheme", registry.String("381b4222-f694-41f0-9685-ff5bb260df2e"), "general knowledge: Balanced"},
}

// xpValues are what the registry of a fresh xp holds beside the common ones.
var xpValues = []initialValue{
	{registry.VersionKey, "ProductName", registry.String("Microsoft Windows XP"), "general knowledge"},
	{registry.VersionKey, "CSDVersion", registry.String("Service Pack 3"), "general knowledge"},
	{registry.VersionKey, "CurrentBuildNumber", registry.String(xpBuild), "SAMPLES 4: 2600 is XP"},
	{registry.VersionKey, "CurrentVersion", registry.String("5.1"), "catalogue: xp is NT 5.1"},
}

// commonKeys are keys that exist and are empty. Component Based Servicing is not
// among them: Vista and later have it (SAMPLES 5.4).
var commonKeys = []string{registry.AFDKey, registry.TcpipKey + `\Interfaces`, registry.UpdateKey, registry.SessionKey, registry.WinlogonKey}

// initialValue is one row of the registry as installed.
type initialValue struct {
	key, name string
	value     registry.Value
	source    string
}

// installed is the registry as installed: what is common to all, and an edition's own
// values and empty keys.
func installed(own []initialValue, keys ...string) (*registry.Tree, error) {
	r := registry.New()
	for _, k := range slices.Concat(commonKeys, keys) {
		if _, err := r.Create(registry.MustPath(k), false); err != nil {
			return nil, err
		}
	}
	for _, v := range slices.Concat(commonValues, own) {
		if err := r.Set(registry.MustPath(v.key), v.name, v.value); err != nil {
			return nil, err
		}
	}
	return r, nil
}

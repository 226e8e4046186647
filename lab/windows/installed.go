package windows

import "slices"

// commonValues are in the registry of every edition. AFD has none of its values
// by default (afd.*: absent), and neither has Tcpip any of those that the
// catalogue names.
var commonValues = []initialValue{
	{codePageKey, "OEMCP", stringValue(oemCodePage), "SAMPLES 5.1"},
	{codePageKey, "ACP", stringValue(ansiCodePage), "general knowledge"},
	{nameKey + `\ComputerName`, "ComputerName", stringValue(computerName), "SAMPLES 5.4"},
	{nameKey + `\ActiveComputerName`, "ComputerName", stringValue(computerName), "SAMPLES 5.4"},
	{sessionKey + `\Environment`, "OS", stringValue("Windows_NT"), "general knowledge"},
	{tcpipKey, "Hostname", stringValue(computerName), "general knowledge"},
	{tcpipKey, "IPEnableRouter", dwordValue(0), "general knowledge"},
}

// w10Values are what the registry of a fresh w10 holds beside them, as far as it
// is played.
var w10Values = []initialValue{
	{versionKey, "ProductName", stringValue("Windows 10 Pro"), "SAMPLES 4"},
	{versionKey, "CurrentBuild", stringValue(w10Build), "SAMPLES 4: 10240..19045 is 10"},
	{versionKey, "CurrentBuildNumber", stringValue(w10Build), "SAMPLES 4"},
	{versionKey, "CurrentVersion", stringValue("6.3"), "general knowledge"},
	{versionKey, "CurrentMajorVersionNumber", dwordValue(10), "general knowledge"},
	{versionKey, "InstallationType", stringValue("Client"), "general knowledge"},
	{powerKey, "ActivePowerScheme", stringValue("381b4222-f694-41f0-9685-ff5bb260df2e"), "general knowledge: Balanced"},
}

// xpValues are what the registry of a fresh xp holds beside the common ones.
var xpValues = []initialValue{
	{versionKey, "ProductName", stringValue("Microsoft Windows XP"), "general knowledge"},
	{versionKey, "CSDVersion", stringValue("Service Pack 3"), "general knowledge"},
	{versionKey, "CurrentBuildNumber", stringValue(xpBuild), "SAMPLES 4: 2600 is XP"},
	{versionKey, "CurrentVersion", stringValue("5.1"), "catalogue: xp is NT 5.1"},
}

// commonKeys are keys that exist and are empty. Component Based Servicing is not
// among them: Vista and later have it (SAMPLES 5.4).
var commonKeys = []string{afdKey, tcpipKey + `\Interfaces`, updateKey, sessionKey, winlogonKey}

// initialValue is one row of the registry as installed.
type initialValue struct {
	key, name string
	value     value
	source    string
}

// installed is the registry as installed: what is common to all, and an edition's own
// values and empty keys.
func installed(own []initialValue, keys ...string) (*registry, error) {
	r := newRegistry()
	for _, k := range slices.Concat(commonKeys, keys) {
		if _, err := r.create(mustPath(k), false); err != nil {
			return nil, err
		}
	}
	for _, v := range slices.Concat(commonValues, own) {
		if err := r.set(mustPath(v.key), v.name, v.value); err != nil {
			return nil, err
		}
	}
	return r, nil
}

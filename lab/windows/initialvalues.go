package windows

// commonValues are in the registry of every edition. AFD has none of its values
// by default (afd.*: absent), and neither has Tcpip any of those that the
// catalogue names.
var commonValues = []initialValue{
	{codePageKey, "OEMCP", value{"String", oemCodePage}, "SAMPLES 5.1"},
	{codePageKey, "ACP", value{"String", ansiCodePage}, "general knowledge"},
	{nameKey + `\ComputerName`, "ComputerName", value{"String", computerName}, "SAMPLES 5.4"},
	{nameKey + `\ActiveComputerName`, "ComputerName", value{"String", computerName}, "SAMPLES 5.4"},
	{sessionKey + `\Environment`, "OS", value{"String", "Windows_NT"}, "general knowledge"},
	{tcpipKey, "Hostname", value{"String", computerName}, "general knowledge"},
	{tcpipKey, "IPEnableRouter", value{"DWord", "0"}, "general knowledge"},
}

// w10Values are what the registry of a fresh w10 holds beside them, as far as it
// is played.
var w10Values = []initialValue{
	{versionKey, "ProductName", value{"String", "Windows 10 Pro"}, "SAMPLES 4"},
	{versionKey, "CurrentBuild", value{"String", w10Build}, "SAMPLES 4: 10240..19045 is 10"},
	{versionKey, "CurrentBuildNumber", value{"String", w10Build}, "SAMPLES 4"},
	{versionKey, "CurrentVersion", value{"String", "6.3"}, "general knowledge"},
	{versionKey, "CurrentMajorVersionNumber", value{"DWord", "10"}, "general knowledge"},
	{versionKey, "InstallationType", value{"String", "Client"}, "general knowledge"},
	{powerKey, "ActivePowerScheme", value{"String", "381b4222-f694-41f0-9685-ff5bb260df2e"}, "general knowledge: Balanced"},
}

// xpValues are what the registry of a fresh xp holds beside the common ones.
var xpValues = []initialValue{
	{versionKey, "ProductName", value{"String", "Microsoft Windows XP"}, "general knowledge"},
	{versionKey, "CSDVersion", value{"String", "Service Pack 3"}, "general knowledge"},
	{versionKey, "CurrentBuildNumber", value{"String", xpBuild}, "SAMPLES 4: 2600 is XP"},
	{versionKey, "CurrentVersion", value{"String", "5.1"}, "catalogue: xp is NT 5.1"},
}

// commonKeys are keys that exist and are empty. Component Based Servicing is not
// among them: Vista and later have it (SAMPLES 5.4).
var commonKeys = []string{afdKey, tcpipKey + `\Interfaces`, updateKey, sessionKey, winlogonKey}

// Package scripts holds the constant PowerShell scripts that are sent to a guest.
//
// They are files so that people can read them; CONTRACT.md says what each
// promises. Values never become part of a script: they travel as JSON on its
// standard input.
package scripts

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

//go:embed *.ps1
var files embed.FS

// Name is one of the scripts.
type Name string

// The scripts, each with its section in CONTRACT.md.
const (
	Facts    Name = "facts"
	Read     Name = "read"
	Write    Name = "write"
	Boot     Name = "boot"
	Arm      Name = "arm"
	DeadMan  Name = "deadman"
	Prove    Name = "prove"
	IPerf    Name = "iperf"
	Health   Name = "health"
	Driver   Name = "driver"
	Effect   Name = "effect"
	Idle     Name = "idle"
	Counters Name = "counters"
	Firewall Name = "firewall"
	Token    Name = "token"
	UDP      Name = "udp"
	Copy     Name = "copy"

	Restart   Name = "restart"
	Restarted Name = "restarted"

	Put   Name = "put"
	Meter Name = "meter"

	Package Name = "package"
	Drivers Name = "drivers"
	Stage   Name = "stage"

	// Revert, Restarting and Installing are not run from here: they travel as data to Arm and to Restart,
	// which leave them in the guest for later.
	Revert     Name = "revert"
	Restarting Name = "restarting"
	Installing Name = "installing"
)

// Names lists the scripts that are run over a connection, in the order of CONTRACT.md.
var Names = []Name{Facts, Read, Write, Boot, Arm, DeadMan, Prove, IPerf, Health, Driver, Effect, Idle, Counters, Firewall, Token, UDP, Copy, Restart, Restarted, Put, Meter, Package, Drivers, Stage}

// All lists Names, Revert, Restarting and Installing.
var All = append(slices.Clone(Names), Revert, Restarting, Installing)

// MaxCommandLine is the longest command line that cmd.exe takes, in characters,
// on XP and later (docs/facts/windows-samples.md 5.6).
const MaxCommandLine = 8191

// Source is the script as it is sent: without comment lines, empty lines and
// indentation, since a command line has room for some 3000 characters of it.
func Source(n Name) string {
	text, err := files.ReadFile(string(n) + ".ps1")
	if err != nil {
		panic(fmt.Sprintf("script %s is not embedded: %v", n, err))
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// Hash is the SHA-256 of Source in hexadecimal.
func Hash(n Name) string {
	sum := sha256.Sum256([]byte(Source(n)))
	return hex.EncodeToString(sum[:])
}

// Sent says which script a command line of CommandLine runs.
func Sent(command string) (Name, bool) {
	for _, n := range Names {
		if command == CommandLine(n) {
			return n, true
		}
	}
	return "", false
}

// CommandLine is the command that runs the script in a WinRM shell.
func CommandLine(n Name) string {
	units := utf16.Encode([]rune(Source(n)))
	raw := make([]byte, 0, 2*len(units))
	for _, u := range units {
		raw = append(raw, byte(u), byte(u>>8))
	}
	return "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat None -OutputFormat Text -EncodedCommand " +
		base64.StdEncoding.EncodeToString(raw)
}

package scripts

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"vnettune/lab/windows/machine"
)

// idle are the lines of revert.cmd that change nothing but the switch's own files, or only
// say where to go on. There is no cmd.exe that reads files of commands in this guest: it
// plays those of the dead-man switch, line by line, and refuses every other.
var idle = []string{"@echo off", `cd /d "%~dp0"`, "if exist revert-done.json goto ", "if %errorlevel%==0 (>>revert-done.tmp echo ", ">revert-done.tmp echo ",
	">>revert-done.tmp echo ", "ren revert-done.tmp revert-done.json", ":reboot", ":remove", `schtasks.exe /Delete /TN \vnettune\revert /F`, "del /f /q revert."}

// behind is what revert.cmd does where the script revert leaves no record, and whether it
// ends with a reboot.
func behind(commands, registryFile string) (steps []machine.Step, reboot bool, err error) {
	script := false
	for line := range strings.Lines(commands) {
		line = strings.TrimRight(line, "\r\n")
		args := strings.Fields(line)
		switch {
		case strings.HasSuffix(line, " -File revert.ps1"):
			script = true
		case line == "reg.exe import revert.reg":
			values, err := importSteps(registryFile)
			if err != nil {
				return nil, false, err
			}
			steps = append(steps, values...)
		case len(args) > 1 && args[0] == "netsh.exe":
			steps = append(steps, machine.Step{Op: "netsh", Args: args[1:]})
		case len(args) > 1 && args[0] == "pnputil.exe":
			steps = append(steps, machine.Step{Op: "pnputil", Args: args[1:]})
		case len(args) == 3 && args[0] == "powercfg.exe" && args[1] == "/setactive":
			steps = append(steps, machine.Step{Op: "power", Data: args[2]})
		case strings.HasPrefix(line, ">>revert-done.tmp echo ") && strings.Contains(line, `{"ok":false`):
			steps = append(steps, machine.Step{}) // what no command does fails
		case len(args) > 1 && args[0] == "shutdown.exe":
			reboot = true
		case !slices.ContainsFunc(idle, func(known string) bool { return strings.HasPrefix(line, known) }):
			return nil, false, fmt.Errorf("stand-in: it plays no %q in revert.cmd", line)
		}
	}
	if !script {
		return nil, false, fmt.Errorf("revert.cmd does not run revert.ps1")
	}
	return steps, reboot, nil
}

// importSteps are the steps of a .reg file: keys of HKEY_LOCAL_MACHINE, values to be set or
// deleted (https://support.microsoft.com/help/310516).
func importSteps(text string) ([]machine.Step, error) {
	var steps []machine.Step
	path := ""
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		key, isKey := strings.CutPrefix(strings.TrimSuffix(line, "]"), `[HKEY_LOCAL_MACHINE\`)
		switch {
		case i == 0 && line != "Windows Registry Editor Version 5.00":
			return nil, fmt.Errorf("revert.reg begins with %q", line)
		case i == 0, line == "":
		case isKey:
			path = `HKLM\` + key
		default:
			s, err := importStep(line)
			if err != nil || path == "" {
				return nil, fmt.Errorf("revert.reg: line %d: %q is not understood", i+1, line)
			}
			s.Path = path
			steps = append(steps, s)
		}
	}
	return steps, nil
}

// importStep is one line of a value.
func importStep(line string) (machine.Step, error) {
	quoted, data, ok := strings.Cut(line, `"=`)
	name, ok2 := strings.CutPrefix(quoted, `"`)
	if !ok || !ok2 {
		return machine.Step{}, strconv.ErrSyntax
	}
	s := machine.Step{Op: "registry-set", Name: strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(name)}
	kind, bytesOf, _ := strings.Cut(data, ":")
	if data == "-" {
		s.Op = "registry-delete"
		return s, nil
	}
	if kind == "dword" {
		n, err := strconv.ParseUint(bytesOf, 16, 32)
		s.Kind, s.Data = "DWord", strconv.FormatUint(n, 10)
		return s, err
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(bytesOf, ",", ""))
	if err != nil {
		return s, err
	}
	switch kind {
	case "hex":
		s.Kind, s.Data = "Binary", hex.EncodeToString(raw)
	case "hex(b)":
		if len(raw) != 8 {
			return s, strconv.ErrRange
		}
		s.Kind, s.Data = "QWord", strconv.FormatUint(binary.LittleEndian.Uint64(raw), 10)
	case "hex(1)", "hex(2)", "hex(7)":
		units := make([]uint16, len(raw)/2)
		if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, units); err != nil {
			return s, err
		}
		text := strings.TrimRight(string(utf16.Decode(units)), "\x00")
		s.Kind, s.Data = map[string]string{"hex(1)": "String", "hex(2)": "ExpandString", "hex(7)": "MultiString"}[kind], strings.ReplaceAll(text, "\x00", "\n")
	default:
		return s, strconv.ErrSyntax
	}
	return s, nil
}

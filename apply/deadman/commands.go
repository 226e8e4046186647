package deadman

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"vnettune/apply/terms"
)

// commands is the file of commands that the task runs, revert.cmd. It runs the script
// revert, and where that leaves no record, since an antivirus refuses its text, a policy
// forbids script files or PowerShell's language is constrained, it does the steps itself:
// those of the registry all at once from revert.reg, the others one by one. In the place of a driver
// that only a function of Windows forces, the new package is taken out, and Windows chooses among the
// others at its next start. What only a cmdlet does is left as it is, and the record says so. It asks for
// the reboot and removes the task, the files and at the end itself, whichever way it
// went. With its record there it has run before and only its removal failed: it must not
// reboot the guest again and again. No value of the registry stands in it, and what netsh
// is given needs no quotes.
func commands(steps []terms.Step, reboot bool) (string, error) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("@echo off")
	line(`cd /d "%%~dp0"`)
	line("if exist revert-done.json goto remove")
	line(`"%%SystemRoot%%\System32\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat None -File revert.ps1`)
	line("if exist revert-done.json goto reboot")
	line(`>revert-done.tmp echo {"by":"cmd.exe","steps":[`)
	comma := ""
	// outcome writes what became of the last command, for so many steps. The exit code is
	// put into a line before the line is run, so that it is this command's in both places.
	outcome := func(n int) {
		ok := comma + strings.Repeat(`,{"ok":true,"exit":0,"output":""}`, n)[1:]
		failed := comma + strings.Repeat(`,{"ok":false,"exit":%errorlevel%,"output":""}`, n)[1:]
		line("if %%errorlevel%%==0 (>>revert-done.tmp echo %s) else (>>revert-done.tmp echo %s)", ok, failed)
		comma = ","
	}
	if n := ofRegistry(steps); n > 0 {
		line("reg.exe import revert.reg")
		outcome(n)
	}
	for _, s := range steps {
		switch s.Op {
		case opSet, opDelete:
		case opNetsh:
			for _, a := range s.Args {
				if !isPlain(a) {
					return "", fmt.Errorf("argument %q of netsh cannot stand in a file of commands", a)
				}
			}
			line("netsh.exe %s", strings.Join(s.Args, " "))
			outcome(1)
		case opPower:
			if !isPlain(s.Data) {
				return "", fmt.Errorf("the power plan %q cannot stand in a file of commands", s.Data)
			}
			line("powercfg.exe /setactive %s", s.Data)
			outcome(1)
		case opOffload:
			if !isPlain(s.Name) {
				return "", fmt.Errorf("the offload %q cannot stand in a file of commands", s.Name)
			}
			line(`>>revert-done.tmp echo %s{"ok":false,"exit":1,"output":"only a cmdlet sets %s"}`, comma, s.Name)
			comma = ","
		case opDriver:
			if !isPlain(s.Path) {
				return "", fmt.Errorf("the package %q cannot stand in a file of commands", s.Path)
			}
			line("pnputil.exe /delete-driver %s /uninstall /force", s.Path)
			outcome(1)
		default:
			return "", fmt.Errorf("a step of kind %q cannot stand in a file of commands", s.Op)
		}
	}
	line(">>revert-done.tmp echo ]}")
	line("ren revert-done.tmp revert-done.json")
	line(":reboot")
	if reboot {
		line("shutdown.exe /r /t 5 /f")
	}
	line(":remove")
	line(`schtasks.exe /Delete /TN \vnettune\revert /F`)
	line("del /f /q revert.ps1 revert.json revert.reg & del /f /q revert.cmd")
	return b.String(), nil
}

// The operations of terms.Step.
const (
	opNetsh   = "netsh"
	opPower   = "power"
	opOffload = "offload"
	opDriver  = "driver"
	opSet     = "registry-set"
	opDelete  = "registry-delete"
)

// plain are the characters that netsh's arguments and all else that stands in a command are made
// of (scripts/CONTRACT.md).
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=.-"

func isPlain(word string) bool { return word != "" && strings.Trim(word, plain) == "" }

func inRegistry(s terms.Step) bool { return s.Op == opSet || s.Op == opDelete }

func ofRegistry(steps []terms.Step) int {
	n := 0
	for _, s := range steps {
		if inRegistry(s) {
			n++
		}
	}
	return n
}

// registryFile is revert.reg: the steps of the registry, in their order, as reg.exe imports
// them. Everything but a DWORD is written as bytes, which needs no quotes whatever it holds.
func registryFile(steps []terms.Step) (string, error) {
	var b strings.Builder
	b.WriteString("Windows Registry Editor Version 5.00\r\n")
	for _, s := range steps {
		if !inRegistry(s) {
			continue
		}
		key, ok := strings.CutPrefix(s.Path, `HKLM\`)
		if !ok || strings.ContainsAny(s.Path+s.Name, "\r\n]") {
			return "", fmt.Errorf("%s\\%s cannot stand in a file of the registry", s.Path, s.Name)
		}
		data := "-"
		if s.Op == opSet {
			var err error
			if data, err = registryData(s.Kind, s.Data); err != nil {
				return "", fmt.Errorf("%s\\%s: %w", s.Path, s.Name, err)
			}
		}
		fmt.Fprintf(&b, "\r\n[HKEY_LOCAL_MACHINE\\%s]\r\n\"%s\"=%s\r\n", key, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s.Name), data)
	}
	return b.String(), nil
}

// registryData is a value as a .reg file has it. The numbers of the types are those of
// winnt.h: REG_SZ 1, REG_EXPAND_SZ 2, REG_BINARY 3, REG_MULTI_SZ 7, REG_QWORD 11.
func registryData(kind, data string) (string, error) {
	bits := map[string]int{"DWord": 32, "QWord": 64}[kind]
	n, err := uint64(0), error(nil)
	if bits > 0 {
		if n, err = strconv.ParseUint(data, 10, bits); err != nil {
			return "", fmt.Errorf("%q is no %s", data, kind)
		}
	}
	switch kind {
	case "DWord":
		return fmt.Sprintf("dword:%08x", n), nil
	case "QWord":
		return "hex(b):" + commaed(binary.LittleEndian.AppendUint64(nil, n)), nil
	case "Binary":
		raw, err := hex.DecodeString(data)
		if err != nil {
			return "", fmt.Errorf("%q is no %s", data, kind)
		}
		return "hex:" + commaed(raw), nil
	case "String":
		return "hex(1):" + commaed(utf16z(data)), nil
	case "ExpandString":
		return "hex(2):" + commaed(utf16z(data)), nil
	case "MultiString":
		if data == "" {
			return "hex(7):" + commaed(utf16z("")), nil
		}
		return "hex(7):" + commaed(utf16z(strings.ReplaceAll(data, "\n", "\x00")+"\x00")), nil
	}
	return "", fmt.Errorf("a registry value of kind %q cannot be written", kind)
}

// utf16z is text in UTF-16LE with its end.
func utf16z(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// commaed are bytes in hexadecimal, with commas between them.
func commaed(raw []byte) string {
	parts := make([]string, len(raw))
	for i, c := range raw {
		parts[i] = hex.EncodeToString([]byte{c})
	}
	return strings.Join(parts, ",")
}

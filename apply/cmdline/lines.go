package cmdline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vnettune/trouble"
)

// template is one command line that can be sent to a guest without PowerShell 3.
// Words in braces are filled in; each takes only what its pattern allows, so that a
// value can be nothing but a value to cmd.exe, reg.exe and wmic.exe.
type template struct {
	text   string
	why    string
	source string // where its form and its answer are documented; separated by "; "
}

// line is a filled template; only those are ever sent.
type line string

// The command lines, all of them but those of iperf2 alone (iperf2.go).
var (
	osGet = template{`wmic os get BuildNumber,Caption,OSLanguage,ProductType,LastBootUpTime,LocalDateTime /value`,
		"build, language, boot time and clock", "docs/facts/windows-samples.md 4 (Server 2003 list), 5.2; https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-operatingsystem"}
	nicGet = template{`wmic path Win32_NetworkAdapter get Index,MACAddress,Name,NetConnectionID,PNPDeviceID /value`,
		"the adapters and which of them is virtio", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-networkadapter"}
	nicConfigGet = template{`wmic path Win32_NetworkAdapterConfiguration get Index,IPAddress,IPEnabled,SettingID /value`,
		"the adapters' addresses", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-networkadapterconfiguration"}
	productGet = template{`wmic path Win32_ComputerSystemProduct get UUID /value`,
		"which machine this is, beside the registry's MachineGuid", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-computersystemproduct"}
	regQuery = template{`reg query "{KEY}" /v {NAME}`,
		"reads a value; exit code 1: there is none, once the value OS of the environment was read to prove that reg.exe works", "docs/facts/windows-samples.md 4; https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-query"}
	regAdd = template{`reg add "{KEY}" /v {NAME} /t REG_DWORD /d {NUMBER} /f`,
		"writes a value", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-add"}
	regAddOwner = template{`reg add "HKLM\SOFTWARE\vnettune" /v {OWNER} /t REG_SZ /d {TEXT} /f`,
		"marks the guest as one that a campaign works on, or that something is applied on: id, host and times of the owner, and what", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-add"}
	regDelete = template{`reg delete "{KEY}" /v {NAME} /f`,
		"deletes a value; when it fails the value is read, and one that is not there is as asked", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg-delete"}
	shutdownDash = template{`shutdown.exe -r -t 1 -f`,
		"the reboot before every boot and after a restore", "docs/facts/windows-samples.md 5.3; https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown"}
	switchOffDash = template{`shutdown.exe -s -t 1 -f`,
		"only where variants of the machine are compared: the guest is switched off before the host changes it", "docs/facts/windows-samples.md 5.3; https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown"}
	abortDash = template{`shutdown.exe -a`,
		"only when shutdown.exe answers 1190: another shutdown is scheduled", "docs/facts/windows-samples.md 5.3; https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown"}
	tokenStart = template{`wmic process call create "ping -n 3600 127.0.0.1"`,
		"starts a process that no boot survives and that ends by itself within the hour", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/create-method-in-class-win32-process"}
	processGet = template{`wmic process where "ProcessId={PID}" get CreationDate,ProcessId /value`,
		"whether that process is still there; pid and creation date together name it", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-process"}
	imageGet = template{`wmic process where "name='{IMAGE}'" get CreationDate,ExecutablePath,ProcessId /value`,
		"the iperf3 processes, or those of iperf2", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-process"}
	iperfVersion = template{`"{EXE}" -v`,
		"iperf3's version, or iperf2's", "https://software.es.net/iperf/invoking.html"}
	iperfStart = template{`wmic process call create "{EXE} -s -p {PORT}"`,
		"starts iperf3 outside the shell, whose processes end with it", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/create-method-in-class-win32-process"}
	taskKill = template{`taskkill /F /PID {PID}`,
		"ends a process of iperf3 or iperf2", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/taskkill"}
	netstatTCP = template{`netstat -an -p tcp`,
		"whether the port listens: local port and the foreign address 0.0.0.0:0, never the state's word", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/netstat"}
)

// placeholder is a word in braces.
var placeholder = regexp.MustCompile(`\{[A-Z]+\}`)

// legal is what each placeholder takes. No pattern takes a quote, a percent sign
// or another character that cmd.exe reads as anything but itself inside quotes; a
// program's path takes no space, since wmic hands it on without quotes.
var legal = map[string]*regexp.Regexp{
	"{KEY}":    regexp.MustCompile(`^HKLM(\\[A-Za-z0-9_.{}-]+( [A-Za-z0-9_.{}-]+)*)+$`),
	"{NAME}":   regexp.MustCompile(`^[A-Za-z0-9_.*][A-Za-z0-9_.*-]*$`),
	"{NUMBER}": regexp.MustCompile(`^(0|[1-9][0-9]{0,9})$`),
	"{OWNER}":  regexp.MustCompile(`^(Owner(Host|Since|Seen)?|Applied(Host|Since|What)?)$`),
	"{TEXT}":   regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`),
	"{PID}":    regexp.MustCompile(`^[1-9][0-9]{0,9}$`),
	"{PORT}":   regexp.MustCompile(`^[1-9][0-9]{0,4}$`),
	"{EXE}":    regexp.MustCompile(`^[A-Za-z]:(\\[A-Za-z0-9_.-]+)+\.[Ee][Xx][Ee]$`),
	"{IMAGE}":  regexp.MustCompile(`^[A-Za-z0-9_.-]+\.[Ee][Xx][Ee]$`),
}

// limits is the largest number that a numeric placeholder takes.
var limits = map[string]uint64{"{NUMBER}": 1<<32 - 1, "{PID}": 1<<32 - 1, "{PORT}": 65535}

// fill puts the values in, in order. A value that its placeholder does not take is
// an error, and then there is no line to send.
func (t template) fill(values ...string) (line, error) {
	var wrong error
	next := 0
	text := placeholder.ReplaceAllStringFunc(t.text, func(p string) string {
		if next == len(values) {
			wrong = fmt.Errorf("command %s: no value for %s", t.text, p)
			return ""
		}
		v := values[next]
		next++
		if err := allowed(p, v); err != nil && wrong == nil {
			wrong = fmt.Errorf("command %s: %w", t.text, err)
		}
		return v
	})
	if wrong == nil && next < len(values) {
		wrong = fmt.Errorf("command %s: too many values", t.text)
	}
	if wrong != nil {
		return "", wrong
	}
	return line(text), nil
}

// allowed says whether a placeholder takes the value.
func allowed(p, v string) error {
	ok := legal[p].MatchString(v)
	if most, numeric := limits[p]; ok && numeric {
		n, err := strconv.ParseUint(v, 10, 64)
		ok = err == nil && n <= most
	}
	if ok {
		return nil
	}
	if p == "{EXE}" {
		return trouble.Hint(fmt.Errorf("program %q: a guest of generation xp takes a full path of letters, digits and _.- only", v), `set guest.iperf, such as C:\vnettune\iperf3.exe`)
	}
	return fmt.Errorf("%q is no %s that may be sent to a guest", v, strings.ToLower(strings.Trim(p, "{}")))
}

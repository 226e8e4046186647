package fault

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Connect is the kind of request that is the making of a connection.
const Connect = "connect"

// Requests are the kinds of request that a fault can name.
var Requests = []string{Connect, "create", "command", "send", "receive", "signal", "delete", "query"}

// Steps are what a command line can be: the contract of a constant script, one of the
// programs that a guest without scripts is driven by, or any other command.
var Steps = []string{"facts", "read", "write", "boot", "deadman", "iperf", "driver", "package", "drivers", "stage", "shutdown", "reg", "netsh", "wmic", "command"}

// Names of the faults.
const (
	// On the wire, at a request.
	Refused  = "refused"
	Reset    = "reset"
	Stall    = "stall"
	HTTP     = "http"
	Garbage  = "garbage"
	Truncate = "truncate"
	Oversize = "oversize"
	Bloat    = "bloat"
	Drip     = "drip"
	Lose     = "lose"
	Refuse   = "refuse"
	Taken    = "taken"
	// On the wire, for a whole boot.
	Late = "late"
	// In the guest, at a command line.
	Restart     = "restart"
	DiskFull    = "disk-full"
	Hang        = "hang"
	ScriptError = "script-error"
	// In the guest, for a whole boot.
	Ignore           = "ignore"
	Deny             = "deny"
	ForeignTexts     = "foreign-texts"
	Revert           = "revert"
	Allow            = "allow"
	AnswerWhileDown  = "answer-while-down"
	StayUp           = "stay-up"
	ClockJump        = "clock-jump"
	TimeZone         = "time-zone"
	Antivirus        = "antivirus"
	BlockRules       = "block-rules"
	FilteredToken    = "filtered-token"
	WritableFolder   = "writable-folder"
	ServerRTT        = "server-rtt"
	NoGuestTSO       = "no-guest-tso"
	Busy             = "busy"
	StageRefused     = "stage-refused"
	InstallRefused   = "install-refused"
	InstallNoNetwork = "install-no-network"
	DriverStays      = "driver-stays"
	IPerfFails       = "iperf-fails"
	IPerfMissing     = "iperf-missing"
	IPerfBusy        = "iperf-busy"
	IPerfHangs       = "iperf-hangs"
	IPerfVersion     = "iperf-version"
)

// place is where a fault happens, which decides what its point may say.
type place int

const (
	onWire    place = iota // at a request: boot, step, request, nth
	bootWire               // on the wire, in a whole boot: boot
	atCommand              // at a command line: boot, step, nth
	inBoot                 // in a whole boot: boot
)

// kind is one name and what may go with it.
type kind struct {
	name    string
	place   place
	value   func(string) error // nil: takes none
	bare    bool               // goes without a value as well
	connect bool               // of the wire: can happen to a connection
	want    string             // an example, for messages
}

var kinds = []kind{
	{name: Refused, place: onWire, value: positive, bare: true, connect: true, want: "refused=2s"},
	{name: Reset, place: onWire, connect: true, want: "reset"},
	{name: Stall, place: onWire, value: positive, bare: true, connect: true, want: "stall=2s"},
	{name: HTTP, place: onWire, value: oneOf("401", "500", "503"), want: "http=503"},
	{name: Garbage, place: onWire, want: "garbage"},
	{name: Truncate, place: onWire, value: oneOf("body"), bare: true, want: "truncate or truncate=body"},
	{name: Oversize, place: onWire, want: "oversize"},
	{name: Bloat, place: onWire, value: oneOf(slices.Sorted(maps.Keys(bloats))...), want: "bloat=comments"},
	{name: Drip, place: onWire, value: positive, want: "drip=100ms"},
	{name: Lose, place: onWire, want: "lose"},
	{name: Refuse, place: onWire, value: code, want: "refuse=170"},
	{name: Taken, place: onWire, value: code, want: "taken=2150858793"},
	{name: Late, place: bootWire, value: positive, bare: true, want: "late=20s"},

	{name: Restart, place: atCommand, value: positive, bare: true, want: "restart=2s"},
	{name: DiskFull, place: atCommand, want: "disk-full"},
	{name: Hang, place: atCommand, want: "hang"},
	{name: ScriptError, place: atCommand, want: "script-error"},

	{name: Ignore, place: inBoot, value: word, want: "ignore=autotuninglevel"},
	{name: Deny, place: inBoot, value: word, want: "deny=autotuninglevel"},
	{name: ForeignTexts, place: inBoot, want: "foreign-texts"},
	{name: Revert, place: inBoot, value: word, want: "revert=autotuninglevel"},
	{name: Allow, place: inBoot, value: word, want: "allow=bbr2"},
	{name: AnswerWhileDown, place: inBoot, value: positive, want: "answer-while-down=5s"},
	{name: StayUp, place: inBoot, want: "stay-up"},
	{name: ClockJump, place: inBoot, value: anyTime, want: "clock-jump=-1h"},
	{name: TimeZone, place: inBoot, value: zone, want: "time-zone=5h30m"},
	{name: Antivirus, place: inBoot, value: oneOf("facts", "read", "write", "boot", "arm", "deadman", "prove", "revert", "iperf", "health", "driver", "effect", "firewall", "token", "restart", "restarted", "restarting", "package", "drivers", "stage", "installing"), want: "antivirus=revert"},
	{name: BlockRules, place: inBoot, want: "block-rules"},
	{name: FilteredToken, place: inBoot, want: "filtered-token"},
	{name: WritableFolder, place: inBoot, want: "writable-folder"},
	{name: ServerRTT, place: inBoot, value: positive, want: "server-rtt=20ms"},
	{name: NoGuestTSO, place: inBoot, want: "no-guest-tso"},
	{name: Busy, place: inBoot, value: word, want: "busy=CompatTelRunner.exe"},
	{name: StageRefused, place: inBoot, value: errorNumber, want: "stage-refused=0xE0000247"},
	{name: InstallRefused, place: inBoot, value: errorNumber, want: "install-refused=0xE0000242"},
	{name: InstallNoNetwork, place: inBoot, want: "install-no-network"},
	{name: DriverStays, place: inBoot, want: "driver-stays"},
	{name: IPerfFails, place: inBoot, want: "iperf-fails"},
	{name: IPerfMissing, place: inBoot, want: "iperf-missing"},
	{name: IPerfBusy, place: inBoot, want: "iperf-busy"},
	{name: IPerfHangs, place: inBoot, want: "iperf-hangs"},
	{name: IPerfVersion, place: inBoot, value: word, want: "iperf-version=3.1.3-2.5.1"},
}

func findKind(name string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// Names are the names of all faults, in the order of their places.
func Names() []string {
	all := make([]string, len(kinds))
	for i, k := range kinds {
		all[i] = k.name
	}
	return all
}

// maxDuration bounds every duration of a plan: clocks jump by years at most.
const maxDuration = 100_000 * time.Hour

func anyTime(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d == 0 || d > maxDuration || d < -maxDuration {
		return fmt.Errorf("%q is no duration such as 5s", v)
	}
	return nil
}

func zone(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d == 0 || d%time.Minute != 0 || d.Abs() > 14*time.Hour {
		return fmt.Errorf("%q is no difference to UTC in whole minutes such as 5h30m", v)
	}
	return nil
}

func positive(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d <= 0 || d > maxDuration {
		return fmt.Errorf("%q is no positive duration such as 5s", v)
	}
	return nil
}

// code is a number of 32 bits, but for 0, which is no fault.
func code(v string) error {
	if n, err := strconv.ParseUint(v, 10, 32); err != nil || n == 0 || strconv.FormatUint(n, 10) != v {
		return fmt.Errorf("%q is no code of a fault such as 2150858793", v)
	}
	return nil
}

// errorNumber is a number of Windows' for an error, decimal or as 0xE0000242, but for 0, which is none.
func errorNumber(v string) error {
	if n, err := strconv.ParseUint(v, 0, 32); err != nil || n == 0 {
		return fmt.Errorf("%q is no number of an error such as 0xE0000242", v)
	}
	return nil
}

func word(v string) error {
	if v == "" || strings.ContainsFunc(v, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("*._-", r))
	}) {
		return fmt.Errorf("%q is no name of letters, digits and any of *._-", v)
	}
	return nil
}

func oneOf(legal ...string) func(string) error {
	return func(v string) error {
		if !slices.Contains(legal, v) {
			return fmt.Errorf("%q is none of %s", v, strings.Join(legal, ", "))
		}
		return nil
	}
}

// Code is the value of a fault that is a number; 0 for any other.
func (f Fault) Code() uint32 {
	n, err := strconv.ParseUint(f.Value, 0, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// Duration is the value of a fault that takes one; 0 when none was given.
func (f Fault) Duration() time.Duration {
	d, err := time.ParseDuration(f.Value)
	if err != nil {
		return 0 // Parse lets nothing else through than a duration or no value
	}
	return d
}

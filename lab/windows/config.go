package windows

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Config chooses the Windows that the stand-in plays.
type Config struct {
	// Generation of Windows: "w10" (Windows 10 22H2, build 19045) or "xp" (Windows XP
	// SP3 with WinRM 2.0, build 2600).
	Generation string `json:"generation"`
	// Language of its texts; "en" is played.
	Language string `json:"language"`
	// User is the account of the administrator who may log on over WinRM.
	User string `json:"user"`
	// Password of User.
	Password string `json:"password"`
	// Faults are the honesty switches; the zero value has none.
	Faults Faults `json:"faults"`
}

// Faults makes the stand-in misbehave in ways that a harness has to notice.
type Faults struct {
	// Ignore names netsh parameters and registry values, in lower case, whose
	// writes are answered like a success and change nothing.
	Ignore []string `json:"ignore,omitempty"`
	// Allow names, in lower case, what is UNVERIFIED on this Windows and shall
	// be taken as "accepted" instead of being refused.
	Allow []string `json:"allow,omitempty"`
	// AnswerWhileDown is how long WinRM goes on answering as the old boot
	// after the moment for which a restart was asked.
	AnswerWhileDown time.Duration `json:"answerWhileDown,omitempty"`
	// IPerfFails replaces the iperf3 server by one that ends every run.
	IPerfFails bool `json:"iperfFails,omitempty"`
	// ClockJump is what the guest's clock is off by from its second boot on.
	ClockJump time.Duration `json:"clockJump,omitempty"`
	// TimeZone is the difference to UTC of the guest's time zone from its second boot
	// on; 0 leaves the zone as it is. The moments that its clock shows do not change.
	TimeZone time.Duration `json:"timeZone,omitempty"`
	// WritableFolder leaves the folder of the dead-man switch open to ordinary users,
	// whatever rights are given to it.
	WritableFolder bool `json:"writableFolder,omitempty"`
}

// ParseFaults reads switches of the forms "ignore=KEY", "allow=KEY",
// "answer-while-down=DURATION", "clock-jump=DURATION", "time-zone=DURATION",
// "iperf-fails" and "writable-folder".
func ParseFaults(switches []string) (Faults, error) {
	var f Faults
	for _, s := range switches {
		name, value, has := strings.Cut(s, "=")
		switch name {
		case "ignore":
			if value == "" {
				return Faults{}, fmt.Errorf("fault %q: name the setting to ignore, such as ignore=autotuninglevel", s)
			}
			f.Ignore = append(f.Ignore, strings.ToLower(value))
		case "allow":
			key := strings.ToLower(value)
			if _, ok := unverified[key]; !ok {
				return Faults{}, fmt.Errorf("fault %q: nothing of that name is unverified on this Windows; use one of %s", s, strings.Join(allowable(), ", "))
			}
			f.Allow = append(f.Allow, key)
		case "answer-while-down":
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 {
				return Faults{}, fmt.Errorf("fault %q: want a positive duration such as answer-while-down=5s", s)
			}
			f.AnswerWhileDown = d
		case "clock-jump":
			d, err := time.ParseDuration(value)
			if err != nil || d == 0 {
				return Faults{}, fmt.Errorf("fault %q: want a duration such as clock-jump=-1h", s)
			}
			f.ClockJump = d
		case "time-zone":
			d, err := time.ParseDuration(value)
			if err != nil || d == 0 || d%time.Minute != 0 || d.Abs() > 14*time.Hour {
				return Faults{}, fmt.Errorf("fault %q: want a difference to UTC in whole minutes such as time-zone=5h30m", s)
			}
			f.TimeZone = d
		case "iperf-fails", "writable-folder":
			if has {
				return Faults{}, fmt.Errorf("fault %q: %s takes no value", s, name)
			}
			f.IPerfFails = f.IPerfFails || name == "iperf-fails"
			f.WritableFolder = f.WritableFolder || name == "writable-folder"
		default:
			return Faults{}, fmt.Errorf("fault %q: unknown; use ignore=KEY, allow=KEY, answer-while-down=DURATION, clock-jump=DURATION, "+
				"time-zone=DURATION, iperf-fails or writable-folder", s)
		}
	}
	return f, nil
}

func (f Faults) ignores(key string) bool { return contains(f.Ignore, key) }

func (f Faults) allows(key string) bool { return contains(f.Allow, key) }

func contains(list []string, key string) bool {
	for _, s := range list {
		if strings.EqualFold(s, key) {
			return true
		}
	}
	return false
}

// unverified lists what the catalogue does not know of this Windows, with the
// entry that says so: the keys of Faults.Allow.
var unverified = map[string]string{
	"congestionprovider":   "tcp.congestionprovider: command result on 8+ unverified",
	"chimney":              "tcp.chimney: exact removal build UNVERIFIED",
	"prr":                  "tcp.prr: later builds of 10 only, absent from a 1903-class dump",
	"icw":                  "catalogue section 8: read-only via PowerShell on a client, netsh not seen",
	"enablecwndrestart":    "catalogue section 8: read-only via PowerShell on a client, netsh not seen",
	"delayedacktimeout":    "catalogue section 8: read-only via PowerShell on a client, netsh not seen",
	"bbr2":                 "template.congestionprovider: seen on 11 24H2 only",
	"none":                 "template.congestionprovider: legal by the syntax page, no sample from 10",
	"udp":                  "udp.uro: absent on 10, no sample of the context from 10",
	"defaultreceivewindow": "afd.DefaultReceiveWindow: effect size on NT6+ unknown",
	"defaultsendwindow":    "afd.DefaultSendWindow: effect size on NT6+ unknown",
}

func allowable() []string {
	keys := make([]string, 0, len(unverified))
	for k := range unverified {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

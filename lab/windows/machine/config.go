package machine

import (
	"fmt"
	"strings"
	"time"

	"vnettune/lab/fault"
	"vnettune/lab/windows/stack"
	"vnettune/trouble"
)

// Config chooses the Windows that the stand-in plays.
type Config struct {
	// Generation of Windows, one of Personalities, such as "w10" (Windows 10 22H2, build 19045, and by
	// other builds Server 2016 and 2019) or "xp" (Windows XP SP3 with WinRM 2.0, build 2600).
	Generation string `json:"generation"`
	// Build of Windows, one of Personalities; "": the first of them.
	Build string `json:"build,omitempty"`
	// Driver of the adapters, one of Personalities; "": one that is none of them.
	Driver string `json:"driver,omitempty"`
	// Language of its texts, one of Personalities.
	Language string `json:"language"`
	// User is the account of the administrator who may log on over WinRM.
	User string `json:"user"`
	// Password of User.
	Password string `json:"password"`
	// StrictWinRM says that the WinRM service allows neither clear text nor Basic nor
	// client certificates, as `winrm quickconfig` leaves it.
	StrictWinRM bool `json:"strictWinRM,omitempty"`
	// Faults are the honesty switches; the zero value has none.
	Faults Faults `json:"faults"`
	// Untold is what is true of it although it says otherwise.
	Untold Untold `json:"untold,omitzero"`
}

// Faults makes the stand-in misbehave in ways that a harness has to notice.
type Faults struct {
	// Plan is everything that is to go wrong, each at its point. What it holds for the boot that
	// begins is added to the rest.
	Plan fault.Plan `json:"plan,omitempty"`
	// Ignore names netsh parameters and registry values, in lower case, whose
	// writes are answered like a success and change nothing.
	Ignore []string `json:"ignore,omitempty"`
	// Deny names those whose writes are refused, in the guest's language.
	Deny []string `json:"deny,omitempty"`
	// ForeignTexts refuses them in Russian, whatever the guest's language is.
	ForeignTexts bool `json:"foreignTexts,omitempty"`
	// Revert names those that are back at their installed value after a boot.
	Revert []string `json:"revert,omitempty"`
	// Allow names, in lower case, what is UNVERIFIED on this Windows and is to be accepted instead
	// of refused.
	Allow []string `json:"allow,omitempty"`
	// AnswerWhileDown is how long WinRM keeps answering as the old boot after the moment of a
	// requested restart.
	AnswerWhileDown time.Duration `json:"answerWhileDown,omitempty"`
	// StayUp answers the request for a restart with success, and does not restart.
	StayUp bool `json:"stayUp,omitempty"`
	// IPerfFails replaces the iperf3 server by one that ends every run.
	IPerfFails bool `json:"iperfFails,omitempty"`
	// ClockJump is how much the guest's clock is off from its second boot on.
	ClockJump time.Duration `json:"clockJump,omitempty"`
	// TimeZone is the difference to UTC of the guest's time zone from its second boot
	// on; 0 leaves the zone as it is. The moments that its clock shows do not change.
	TimeZone time.Duration `json:"timeZone,omitempty"`
	// Antivirus names the scripts whose text is refused, each time that PowerShell is to run it.
	Antivirus []string `json:"antivirus,omitempty"`
	// BlockRules are rules of the firewall that block the guest's iperf3 on public networks.
	BlockRules bool `json:"blockRules,omitempty"`
	// FilteredToken takes the administrator's rights from the token of the remote logon, as UAC
	// does with local administrators. Nothing that is written fails by it.
	FilteredToken bool `json:"filteredToken,omitempty"`
	// WritableFolder leaves the folder of the dead-man switch open to ordinary users,
	// whatever rights are given to it.
	WritableFolder bool `json:"writableFolder,omitempty"`
	// ServerRTT makes it a server whose Automatic template goes by the round trip of a handshake, which
	// is this long for all connections but WinRM's.
	ServerRTT time.Duration `json:"serverRTT,omitempty"`
	// NoGuestTSO is a host that does not offer guest TSO to the virtio-net device.
	NoGuestTSO bool `json:"noGuestTSO,omitempty"`
	// StageRefused is the exit code by which pnputil refuses to take a package into the driver store; 0: it
	// does.
	StageRefused uint32 `json:"stageRefused,omitempty"`
	// InstallRefused is Windows' number of the error by which it refuses to install a driver; 0: it does.
	InstallRefused uint32 `json:"installRefused,omitempty"`
	// InstallNoNetwork leaves an adapter without its network from an installation of its driver until
	// the next boot.
	InstallNoNetwork bool `json:"installNoNetwork,omitempty"`
	// DriverStays leaves the driver running that an installation has replaced, whatever the registry says.
	DriverStays bool `json:"driverStays,omitempty"`
	// Busy is the process that keeps the guest busy; "" for none.
	Busy string `json:"busy,omitempty"`
	// IPerfMissing leaves the guest's disk without iperf3.
	IPerfMissing bool `json:"iperfMissing,omitempty"`
	// IPerfBusy replaces the server by one that is busy with another client's run.
	IPerfBusy bool `json:"iperfBusy,omitempty"`
	// IPerfHangs replaces the server by one that takes connections and says nothing.
	IPerfHangs bool `json:"iperfHangs,omitempty"`
	// IPerfVersion is the version that the guest's iperf3 prints; "" prints its own.
	IPerfVersion string `json:"iperfVersion,omitempty"`
}

// ParseFaults reads faults in the syntax of lab/fault and checks what only this Windows can know.
func ParseFaults(switches []string) (Faults, error) {
	plan, err := fault.ParsePlan(switches)
	if err != nil {
		return Faults{}, err
	}
	for _, key := range plan.Values(fault.Allow) {
		if !stack.IsUnverified(key) {
			return Faults{}, trouble.Hint(fmt.Errorf("fault %q: nothing of that name is unverified on this Windows", fault.Allow+"="+key), "use one of %s", strings.Join(stack.Allowable(), ", "))
		}
	}
	return Faults{Plan: plan}, nil
}

// Ignores says whether writes of a setting change nothing.
func (f Faults) Ignores(key string) bool { return contains(f.Ignore, key) }

// Refuses says whether an antivirus keeps a script back.
func (f Faults) Refuses(script string) bool { return contains(f.Antivirus, script) }

// Allows says whether something that is unverified is taken as accepted.
func (f Faults) Allows(key string) bool { return contains(f.Allow, key) }

func contains(list []string, key string) bool {
	for _, s := range list {
		if strings.EqualFold(s, key) {
			return true
		}
	}
	return false
}

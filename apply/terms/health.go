package terms

import "vnettune/results/record"

// Health is what doctor asks of a guest beside its facts. A nil member could not be
// asked; Problems then has the guest's words for it, in its own language, under the
// member's name.
type Health struct {
	Problems      map[string]string    `json:"problems"`
	Administrator *bool                `json:"administrator"` // the logon's token has the administrators' rights
	Registry      *bool                `json:"registry"`      // the keys of settings open for writing
	Task          *bool                `json:"task"`          // a scheduled task could be registered and deleted
	WinRM         *WinRMConfig         `json:"winrm"`
	Power         *string              `json:"power"` // GUID of the power plan, "" when the guest names none
	Start         *ServiceStart        `json:"start"` // of the WinRM service
	Route         *Route               `json:"route"` // the way that the guest takes to the host; nil without a problem where it has no command for it
	Networks      record.List[Network] `json:"networks"`
	Own           map[string]string    `json:"own"` // values under the harness's own key
}

// WinRMConfig is how the guest's WinRM service is set up. What it did not say is nil.
type WinRMConfig struct {
	MaxEnvelopeKiB    *int  `json:"maxEnvelopeSizekb"`
	IdleTimeout       *int  `json:"idleTimeout"` // of a shell, milliseconds
	ShellsPerUser     *int  `json:"maxShellsPerUser"`
	ProcessesPerShell *int  `json:"maxProcessesPerShell"`
	MemoryPerShellMB  *int  `json:"maxMemoryPerShellMB"`
	AllowUnencrypted  *bool `json:"allowUnencrypted"`
	Basic             *bool `json:"basic"`
	Negotiate         *bool `json:"negotiate"`
	Kerberos          *bool `json:"kerberos"`
	Certificate       *bool `json:"certificate"`
}

// ServiceStart says when a service starts.
type ServiceStart struct {
	Type    int  `json:"type"`    // 2 by itself at a boot; 3 by hand, 4 never (Start of the service's key); 0 where the guest did not say
	Delayed bool `json:"delayed"` // by itself, and minutes after the boot (DelayedAutostart)
}

// StartsByItself is the Type of a service that starts at a boot.
const StartsByItself = 2

// Route is the interface and the address of its own with which a guest sends to an
// address.
type Route struct {
	Index  int    `json:"ifIndex"` // 0 where the guest did not say
	Source string `json:"source"`
}

// Network is the category of the network that an interface is connected to.
type Network struct {
	Index    int  `json:"ifIndex"`
	Category *int `json:"category"` // nil where the guest did not say
}

// NetworkPublic is the category on which the firewall is strictest
// (MSFT_NetConnectionProfile.NetworkCategory).
const NetworkPublic = 0

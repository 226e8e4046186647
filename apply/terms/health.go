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
	Route         *Route               `json:"route"` // the way that the guest takes to the host
	Networks      record.List[Network] `json:"networks"`
	Own           map[string]string    `json:"own"` // values under the harness's own key
}

// WinRMConfig is how the guest's WinRM service is set up.
type WinRMConfig struct {
	MaxEnvelopeKiB    int  `json:"maxEnvelopeSizekb"`
	IdleTimeout       int  `json:"idleTimeout"` // of a shell, milliseconds
	ShellsPerUser     int  `json:"maxShellsPerUser"`
	ProcessesPerShell int  `json:"maxProcessesPerShell"`
	MemoryPerShellMB  int  `json:"maxMemoryPerShellMB"`
	AllowUnencrypted  bool `json:"allowUnencrypted"`
	Basic             bool `json:"basic"`
	Negotiate         bool `json:"negotiate"`
	Kerberos          bool `json:"kerberos"`
	Certificate       bool `json:"certificate"`
}

// Route is the interface and the address of its own with which a guest sends to an
// address.
type Route struct {
	Index  int    `json:"ifIndex"`
	Source string `json:"source"`
}

// Network is the category of the network that an interface is connected to.
type Network struct {
	Index    int `json:"ifIndex"`
	Category int `json:"category"`
}

// NetworkPublic is the category on which the firewall is strictest
// (MSFT_NetConnectionProfile.NetworkCategory).
const NetworkPublic = 0

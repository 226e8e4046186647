package apply

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"vnettune/apply/scripts"
	"vnettune/results/record"
)

// ErrNotAsked says that a question has no form on this generation of Windows.
var ErrNotAsked = errors.New("not asked on this generation")

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

// Health asks the guest; host is this machine's address as the guest sees it. The
// error is ErrNotAsked where the guest's generation has no such script. Nothing
// that it does lasts.
func (g *Guest) Health(ctx context.Context, host netip.Addr) (Health, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return Health{}, fmt.Errorf("guest health: %w", err)
	}
	h, err := d.health(ctx, host)
	if err != nil {
		return Health{}, fmt.Errorf("guest health: %w", err)
	}
	return h, nil
}

func (p *powershell) health(ctx context.Context, host netip.Addr) (Health, error) {
	var h Health
	_, err := p.run(ctx, scripts.Health, map[string]string{"host": host.String()}, &h)
	return h, err
}

// health: what XP could tell of these, no source says in a form that no language
// changes.
func (c *commands) health(context.Context, netip.Addr) (Health, error) {
	return Health{}, ErrNotAsked
}

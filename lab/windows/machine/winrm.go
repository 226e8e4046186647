package machine

// WinRM is how the WinRM service of the stand-in is configured: `winrm get
// winrm/config` of a real one tells the same.
type WinRM struct {
	MaxEnvelopeSizeKB    int  `json:"maxEnvelopeSizekb"`
	IdleTimeout          int  `json:"idleTimeout"` // milliseconds
	MaxShellsPerUser     int  `json:"maxShellsPerUser"`
	MaxProcessesPerShell int  `json:"maxProcessesPerShell"`
	MaxMemoryPerShellMB  int  `json:"maxMemoryPerShellMB"`
	AllowUnencrypted     bool `json:"allowUnencrypted"`
	Basic                bool `json:"basic"`
	Negotiate            bool `json:"negotiate"`
	Kerberos             bool `json:"kerberos"`
	Certificate          bool `json:"certificate"`
}

// The quotas of the two versions of WinRM that are played, as they are by default and
// as package wsman enforces them; the memory of a shell is limited by nothing here.
var (
	// Microsoft, "Installation and configuration for Windows Remote Management".
	WinRM3 = WinRM{MaxEnvelopeSizeKB: 500, IdleTimeout: 7200000, MaxShellsPerUser: 30, MaxProcessesPerShell: 25, MaxMemoryPerShellMB: 1024}
	// SAMPLES 5.6; 5 shells: Windows PowerShell team, "Configuring WSMAN Limits"; the
	// others: Microsoft, "Quota Management for Remote Shells", and general knowledge.
	WinRM2 = WinRM{MaxEnvelopeSizeKB: 150, IdleTimeout: 180000, MaxShellsPerUser: 5, MaxProcessesPerShell: 15, MaxMemoryPerShellMB: 150}
)

// WinRM tells how the service is configured. Clear text, Basic and client certificates,
// which a fresh Windows has off (SAMPLES 5.7), are on unless Config.StrictWinRM is set.
func (m *Machine) WinRM() WinRM {
	w := m.ed.WinRM
	w.Negotiate = true
	open := !m.cfg.StrictWinRM
	w.AllowUnencrypted, w.Basic, w.Certificate = open, open, open
	return w
}

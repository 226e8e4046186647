package windows

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

// WinRM tells how the service is configured. The quotas are the defaults of WinRM 3.0
// (Microsoft, "Installation and configuration for Windows Remote Management"), and
// what package wsman enforces; the memory of a shell is limited by nothing here.
// Clear text and Basic, which a fresh Windows has off (SAMPLES 5.7), are on.
func (m *Machine) WinRM() WinRM {
	return WinRM{
		MaxEnvelopeSizeKB:    m.ed.maxEnvelope >> 10,
		IdleTimeout:          7200000,
		MaxShellsPerUser:     30,
		MaxProcessesPerShell: 25,
		MaxMemoryPerShellMB:  1024,
		AllowUnencrypted:     true,
		Basic:                true,
	}
}

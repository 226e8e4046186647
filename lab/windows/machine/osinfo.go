package machine

import (
	"strconv"
	"time"

	"vnettune/lab/windows/registry"
)

// OSInfo is what Win32_OperatingSystem tells of the machine.
type OSInfo struct {
	Caption        string
	Version        string // such as "10.0.19045"
	BuildNumber    string // such as "19045"
	OSLanguage     int    // decimal language id
	ProductType    int    // 1 client, 2 domain controller, 3 server
	CSName         string // computer name
	CodeSet        string // ANSI code page
	ServicePack    int    // major version of the service pack
	LastBootUpTime time.Time
	LocalDateTime  time.Time
}

// productServer is the ProductType of a server.
const productServer = 3

// OS describes the machine.
func (m *Machine) OS() OSInfo {
	product := m.ed.ProductType
	if m.server() {
		product = productServer
	}
	return OSInfo{
		Caption:        m.ed.Caption,
		Version:        m.ed.Version + "." + m.ed.Build,
		BuildNumber:    m.ed.Build,
		OSLanguage:     m.ed.Language.ID,
		ProductType:    product,
		CSName:         ComputerName,
		CodeSet:        m.ed.Language.ANSI,
		ServicePack:    m.ed.ServicePack,
		LastBootUpTime: m.BootTime(),
		LocalDateTime:  m.Now(),
	}
}

// Identity is what tells this machine from others: the id of its installation, and the
// UUID of its SMBIOS.
func (m *Machine) Identity() (machineGUID, uuid string) {
	s := m.View()
	v, _ := s.Reg.Get(registry.MustPath(registry.CryptographyKey), "MachineGuid")
	return v.Data, s.UUID
}

// ComputerName is the stand-in's own.
const ComputerName = "VNETTUNE-LAB"

// WinRM is how the WinRM service of the stand-in is configured: `winrm get
// winrm/config` of a real one tells the same.
type WinRM struct {
	MaxEnvelopeSizeKB    int  `json:"maxEnvelopeSizekb"`
	IdleTimeout          int  `json:"idleTimeout"` // milliseconds
	MaxShellsPerUser     int  `json:"maxShellsPerUser"`
	MaxProcessesPerShell int  `json:"maxProcessesPerShell"`
	MaxOperations        int  `json:"-"` // of a user: MaxConcurrentOperationsPerUser
	MaxMemoryPerShellMB  int  `json:"maxMemoryPerShellMB"`
	AllowUnencrypted     bool `json:"allowUnencrypted"`
	Basic                bool `json:"basic"`
	Negotiate            bool `json:"negotiate"`
	Kerberos             bool `json:"kerberos"`
	Certificate          bool `json:"certificate"`
}

// The quotas of the two versions of WinRM that are played: the defaults, as package wsman enforces
// them. Nothing limits the memory of a shell here.
var (
	// Microsoft, "Installation and configuration for Windows Remote Management".
	WinRM3 = WinRM{MaxEnvelopeSizeKB: 500, IdleTimeout: 7200000, MaxShellsPerUser: 30, MaxProcessesPerShell: 25, MaxOperations: 1500, MaxMemoryPerShellMB: 1024}
	// docs/facts/windows-samples.md 5.6; 15 operations: docs/facts/windows-answers.md Q17; 5 shells: Windows PowerShell team, "Configuring WSMAN
	// Limits"; the others: https://learn.microsoft.com/en-us/windows/win32/winrm/quotas, and, for
	// what it has for version 3 only, not verified: ask a guest, winrm get winrm/config.
	WinRM2 = WinRM{MaxEnvelopeSizeKB: 150, IdleTimeout: 180000, MaxShellsPerUser: 5, MaxProcessesPerShell: 15, MaxOperations: 15, MaxMemoryPerShellMB: 150}
)

// WinRM tells how the service is configured. Clear text, Basic and client certificates,
// which a fresh Windows has off (docs/facts/windows-samples.md 5.7), are on unless
// Config.StrictWinRM is set.
func (m *Machine) WinRM() WinRM {
	w := m.ed.WinRM
	w.Negotiate = true
	open := !m.cfg.StrictWinRM
	w.AllowUnencrypted, w.Basic, w.Certificate = open, open, open
	return w
}

// clock is the guest's clock in this boot: the machine's, moved as a fault asks. Timers go by the
// machine's.
type clock struct {
	jump time.Duration
	zone *time.Location // nil: the machine's
}

// clockOf is the clock of a boot; a fault's jump is between the first and the second.
func clockOf(f Faults, boots int) clock {
	if boots < 2 {
		return clock{}
	}
	c := clock{jump: f.ClockJump}
	if f.TimeZone != 0 {
		c.zone = time.FixedZone("", int(f.TimeZone/time.Second))
	}
	return c
}

func (c clock) of(t time.Time) time.Time {
	t = t.Add(c.jump)
	if c.zone != nil {
		t = t.In(c.zone)
	}
	return t
}

// Now is the guest's clock.
func (m *Machine) Now() time.Time { return m.clock.of(m.host.Now()) }

// BootTime is the moment of this boot by the guest's clock.
func (m *Machine) BootTime() time.Time { return m.clock.of(m.host.BootTime()) }

// FileTime is t in units of 100 ns since 1601-01-01 UTC, in decimal.
func FileTime(t time.Time) string {
	const unixEpoch = 116444736000000000 // 1970-01-01 as FILETIME
	return strconv.FormatInt(t.Unix()*1e7+int64(t.Nanosecond())/100+unixEpoch, 10)
}

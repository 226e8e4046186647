package machine

import (
	"time"
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

// OS describes the machine.
func (m *Machine) OS() OSInfo {
	return OSInfo{
		Caption:        m.ed.Caption,
		Version:        m.ed.Version + "." + m.ed.Build,
		BuildNumber:    m.ed.Build,
		OSLanguage:     1033,
		ProductType:    m.ed.ProductType,
		CSName:         ComputerName,
		CodeSet:        ANSICodePage,
		ServicePack:    m.ed.ServicePack,
		LastBootUpTime: m.BootTime(),
		LocalDateTime:  m.Now(),
	}
}

const (
	ComputerName = "VNETTUNE-LAB"
	OEMCodePage  = "437"
	ANSICodePage = "1252"
)

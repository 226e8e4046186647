package windows

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
		Caption:        m.ed.caption,
		Version:        m.ed.version + "." + m.ed.build,
		BuildNumber:    m.ed.build,
		OSLanguage:     1033,
		ProductType:    m.ed.productType,
		CSName:         computerName,
		CodeSet:        ansiCodePage,
		ServicePack:    m.ed.servicePack,
		LastBootUpTime: m.bootTime(),
		LocalDateTime:  m.now(),
	}
}

const (
	computerName = "VNETTUNE-LAB"
	oemCodePage  = "437"
	ansiCodePage = "1252"
)

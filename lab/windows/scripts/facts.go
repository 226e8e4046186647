package scripts

import (
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

type factsAnswer struct {
	Problems     struct{}       `json:"problems"` // none: the stand-in can be asked everything
	Build        int            `json:"build"`
	ProductType  int            `json:"productType"`
	Caption      string         `json:"caption"`
	OSLanguage   int            `json:"osLanguage"`
	PSVersion    string         `json:"psVersion"`
	OEMCodePage  string         `json:"oemCodePage"`
	ComputerName string         `json:"computerName"`
	MachineGUID  string         `json:"machineGuid"`
	UUID         string         `json:"uuid"`
	BootTime     string         `json:"bootTime"`
	Now          string         `json:"now"`
	StandIn      *string        `json:"standIn"`
	Pending      []string       `json:"pending"`
	Adapters     []factsAdapter `json:"adapters"`
}

type factsAdapter struct {
	GUID          string            `json:"guid"`
	IfIndex       int               `json:"ifIndex"`
	Name          string            `json:"name"`
	Description   string            `json:"description"`
	PnpID         string            `json:"pnpId"`
	DriverVersion string            `json:"driverVersion"`
	MAC           string            `json:"mac"`
	Up            bool              `json:"up"`
	MTU           any               `json:"mtu"` // nil for an adapter that is down
	Addresses     []string          `json:"addresses"`
	ClassKey      *string           `json:"classKey"`
	Keywords      map[string]string `json:"keywords"`
}

// playFacts plays the contract "facts".
func playFacts(m *machine.Machine, _ struct{}) (any, error) {
	os := m.OS()
	reg := m.View().Reg
	number, err := strconv.Atoi(os.BuildNumber)
	if err != nil {
		return nil, err
	}
	a := factsAnswer{
		Build:        number,
		ProductType:  os.ProductType,
		Caption:      os.Caption,
		OSLanguage:   os.OSLanguage,
		PSVersion:    m.Edition().PowerShell,
		ComputerName: os.CSName,
		BootTime:     machine.FileTime(os.LastBootUpTime),
		Now:          machine.FileTime(os.LocalDateTime),
		Pending:      pending(reg),
		Adapters:     []factsAdapter{},
	}
	a.MachineGUID, a.UUID = m.Identity()
	if v, ok := reg.Get(registry.MustPath(registry.CodePageKey), "OEMCP"); ok {
		a.OEMCodePage = v.Data
	}
	if v, ok := reg.Get(registry.MustPath(registry.ProductKey), "StandIn"); ok {
		a.StandIn = &v.Data
	}
	for _, n := range m.NICs() {
		a.Adapters = append(a.Adapters, adapterFacts(m, n))
	}
	return a, nil
}

func adapterFacts(m *machine.Machine, n stack.NIC) factsAdapter {
	reg := m.View().Reg
	f := factsAdapter{
		GUID:          n.GUID,
		IfIndex:       n.Index,
		Name:          n.Name,
		Description:   n.Description,
		PnpID:         n.PnPID,
		DriverVersion: m.DriverVersion(n),
		MAC:           n.PermanentAddress(),
		Up:            n.Up,
		MTU:           m.CIMAdapter(n)["MSFT_NetAdapter"]["MtuSize"],
		Addresses:     []string{},
		Keywords:      map[string]string{},
	}
	for _, addr := range n.Addresses {
		f.Addresses = append(f.Addresses, addr.String())
	}
	class, ok := stack.ClassKeyOf(reg, n.GUID)
	if !ok {
		return f
	}
	short := `HKLM\` + strings.Join(class.Keys, `\`)
	f.ClassKey = &short
	if params := reg.Find(class.Join("Ndi", "params")); params != nil {
		for _, k := range params.Subkeys() {
			if v, ok := reg.Get(class, k.Name); ok {
				f.Keywords[k.Name] = v.Data
			}
		}
	}
	return f
}

// pending lists what asks for a reboot (docs/facts/windows-samples.md 5.4).
func pending(reg *registry.Tree) []string {
	out := []string{}
	if reg.Find(registry.MustPath(registry.ServicingKey+`\RebootPending`)) != nil {
		out = append(out, "cbs")
	}
	if reg.Find(registry.MustPath(registry.UpdateKey+`\RebootRequired`)) != nil {
		out = append(out, "wu")
	}
	if _, ok := reg.Get(registry.MustPath(registry.SessionKey), "PendingFileRenameOperations"); ok {
		out = append(out, "rename")
	}
	return out
}

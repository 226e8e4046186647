package windows

import (
	"strconv"
	"strings"
)

type factsAnswer struct {
	Build        int            `json:"build"`
	ProductType  int            `json:"productType"`
	Caption      string         `json:"caption"`
	OSLanguage   int            `json:"osLanguage"`
	PSVersion    string         `json:"psVersion"`
	OEMCodePage  string         `json:"oemCodePage"`
	ComputerName string         `json:"computerName"`
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
	MTU           int               `json:"mtu"`
	Addresses     []string          `json:"addresses"`
	ClassKey      *string           `json:"classKey"`
	Keywords      map[string]string `json:"keywords"`
}

// playFacts plays the contract "facts".
func (m *Machine) playFacts(struct{}) (any, error) {
	os := m.OS()
	reg := m.view().reg
	number, err := strconv.Atoi(os.BuildNumber)
	if err != nil {
		return nil, err
	}
	a := factsAnswer{
		Build:        number,
		ProductType:  os.ProductType,
		Caption:      os.Caption,
		OSLanguage:   os.OSLanguage,
		PSVersion:    "5.1", // SAMPLES 5.7
		ComputerName: os.CSName,
		BootTime:     fileTime(os.LastBootUpTime),
		Now:          fileTime(os.LocalDateTime),
		Pending:      pending(reg),
		Adapters:     []factsAdapter{},
	}
	if v, ok := reg.get(mustPath(codePageKey), "OEMCP"); ok {
		a.OEMCodePage = v.Data
	}
	if v, ok := reg.get(mustPath(productKey), "StandIn"); ok {
		a.StandIn = &v.Data
	}
	for _, n := range m.nics() {
		a.Adapters = append(a.Adapters, adapterFacts(reg, n))
	}
	return a, nil
}

func adapterFacts(reg *registry, n nic) factsAdapter {
	f := factsAdapter{
		GUID:          n.guid,
		IfIndex:       n.index,
		Name:          n.name,
		Description:   n.description,
		PnpID:         n.pnpID,
		DriverVersion: driverVersion,
		MAC:           strings.ToUpper(strings.ReplaceAll(n.MAC, ":", "-")),
		Up:            n.Up,
		MTU:           n.MTU,
		Addresses:     []string{},
		Keywords:      map[string]string{},
	}
	for _, addr := range n.Addresses {
		f.Addresses = append(f.Addresses, addr.String())
	}
	class, ok := classKeyOf(reg, n.guid)
	if !ok {
		return f
	}
	short := `HKLM\` + strings.Join(class.keys, `\`)
	f.ClassKey = &short
	if params := reg.find(class.join("Ndi", "params")); params != nil {
		for _, k := range params.subkeys() {
			if v, ok := reg.get(class, k.name); ok {
				f.Keywords[k.name] = v.Data
			}
		}
	}
	return f
}

// pending lists what asks for a reboot (SAMPLES 5.4).
func pending(reg *registry) []string {
	out := []string{}
	if reg.find(mustPath(servicingKey+`\RebootPending`)) != nil {
		out = append(out, "cbs")
	}
	if reg.find(mustPath(updateKey+`\RebootRequired`)) != nil {
		out = append(out, "wu")
	}
	if _, ok := reg.get(mustPath(sessionKey), "PendingFileRenameOperations"); ok {
		out = append(out, "rename")
	}
	return out
}

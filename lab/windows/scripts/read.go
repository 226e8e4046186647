package scripts

import (
	"fmt"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

type readInput struct {
	Registry []struct {
		Path string `json:"path"`
		Name string `json:"name"`
	} `json:"registry"`
	TCP        bool  `json:"tcp"`
	Ports      []int `json:"ports"`
	Interfaces []int `json:"interfaces"`
	Identity   bool  `json:"identity"`
}

type readAnswer struct {
	Problems   map[string]string   `json:"problems"`
	Registry   []readValue         `json:"registry"`
	Dump       []string            `json:"dump"`
	Templates  []stack.CIMTemplate `json:"templates"`
	Applied    []readApplied       `json:"applied"`
	Interfaces []readInterface     `json:"interfaces"`
	Identity   *readIdentity       `json:"identity,omitempty"`
}

type readValue struct {
	Exists bool    `json:"exists"`
	Kind   string  `json:"kind,omitempty"`
	Data   *string `json:"data,omitempty"`
}

type readApplied struct {
	Port     int    `json:"port"`
	Template string `json:"template"`
}

type readIdentity struct {
	MachineGUID string `json:"machineGuid"`
	UUID        string `json:"uuid"`
}

type readInterface struct {
	Index int  `json:"index"`
	MTU   *int `json:"mtu"`
}

// playRead plays the contract "read": a part that cannot be asked is null and said.
func playRead(m *machine.Machine, in readInput) (any, error) {
	s := m.View()
	a := readAnswer{Problems: map[string]string{}, Dump: []string{}, Templates: []stack.CIMTemplate{}, Interfaces: []readInterface{}}
	var err error
	if a.Registry, err = readValues(s.Reg, in); err != nil {
		a.Problems["registry"] = m.Edition().Language.Message(err.Error())
	}
	if in.TCP {
		a.Dump = append(a.Dump, netsh.DumpLine(m))
		a.Templates = m.Edition().Release.CIMTemplates(s.TCP)
	}
	if a.Applied, err = applied(m, in.Ports); err != nil {
		a.Problems["applied"] = m.Edition().Language.Message(err.Error())
	}
	for _, index := range in.Interfaces {
		i := readInterface{Index: index}
		if n, ok := nicAt(m, index); ok {
			i.MTU = &n.MTU
		} else {
			a.Problems["interfaces"] = m.Edition().Language.Message(fmt.Sprintf("interface %d: 0 MSFT_NetIPInterface", index))
		}
		a.Interfaces = append(a.Interfaces, i)
	}
	if in.Identity {
		a.Identity = new(readIdentity)
		a.Identity.MachineGUID, a.Identity.UUID = m.Identity()
	}
	return a, nil
}

func readValues(reg *registry.Tree, in readInput) ([]readValue, error) {
	values := []readValue{}
	for _, q := range in.Registry {
		p, err := registry.ParsePath(q.Path)
		if err != nil {
			return nil, err
		}
		if v, ok := reg.Get(p, q.Name); ok {
			values = append(values, readValue{true, v.Kind, &v.Data})
		} else {
			values = append(values, readValue{})
		}
	}
	return values, nil
}

func applied(m *machine.Machine, ports []int) ([]readApplied, error) {
	found := []readApplied{}
	for _, port := range ports {
		connected, err := processes.Established(port)
		if err != nil {
			return nil, err
		}
		if connected {
			found = append(found, readApplied{port, m.Template(port).CIM})
		}
	}
	return found, nil
}

func nicAt(m *machine.Machine, index int) (stack.NIC, bool) {
	for _, n := range m.NICs() {
		if n.Index == index {
			return n, true
		}
	}
	return stack.NIC{}, false
}

package scripts

import (
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
	Index int `json:"index"`
	MTU   int `json:"mtu"`
}

// playRead plays the contract "read".
func playRead(m *machine.Machine, in readInput) (any, error) {
	s := m.View()
	a := readAnswer{Registry: []readValue{}, Dump: []string{}, Templates: []stack.CIMTemplate{}, Applied: []readApplied{}, Interfaces: []readInterface{}}
	for _, q := range in.Registry {
		p, err := registry.ParsePath(q.Path)
		if err != nil {
			return nil, scriptErrorf("registry", "%v", err)
		}
		v, ok := s.Reg.Get(p, q.Name)
		if !ok {
			a.Registry = append(a.Registry, readValue{})
			continue
		}
		a.Registry = append(a.Registry, readValue{true, v.Kind, &v.Data})
	}
	if in.TCP {
		a.Dump = append(a.Dump, netsh.DumpLine(m))
		a.Templates = stack.CIMTemplates(s.TCP)
	}
	for _, port := range in.Ports {
		connected, err := processes.Established(port)
		if err != nil {
			return nil, scriptErrorf("ports", "%v", err)
		}
		if connected {
			a.Applied = append(a.Applied, readApplied{port, m.Template(port).CIM})
		}
	}
	for _, index := range in.Interfaces {
		n, ok := nicAt(m, index)
		if !ok {
			return nil, scriptErrorf("interfaces", "no interface has the index %d", index)
		}
		a.Interfaces = append(a.Interfaces, readInterface{index, n.MTU})
	}
	if in.Identity {
		a.Identity = new(readIdentity)
		a.Identity.MachineGUID, a.Identity.UUID = m.Identity()
	}
	return a, nil
}

func nicAt(m *machine.Machine, index int) (stack.NIC, bool) {
	for _, n := range m.NICs() {
		if n.Index == index {
			return n, true
		}
	}
	return stack.NIC{}, false
}

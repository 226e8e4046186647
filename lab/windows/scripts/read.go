package windows

type readInput struct {
	Registry []struct {
		Path string `json:"path"`
		Name string `json:"name"`
	} `json:"registry"`
	TCP        bool  `json:"tcp"`
	Ports      []int `json:"ports"`
	Interfaces []int `json:"interfaces"`
}

type readAnswer struct {
	Registry   []readValue     `json:"registry"`
	Dump       []string        `json:"dump"`
	Templates  []readTemplate  `json:"templates"`
	Applied    []readApplied   `json:"applied"`
	Interfaces []readInterface `json:"interfaces"`
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

type readInterface struct {
	Index int `json:"index"`
	MTU   int `json:"mtu"`
}

// playRead plays the contract "read".
func (m *Machine) playRead(in readInput) (any, error) {
	s := m.view()
	a := readAnswer{Registry: []readValue{}, Dump: []string{}, Templates: []readTemplate{}, Applied: []readApplied{}, Interfaces: []readInterface{}}
	for _, q := range in.Registry {
		p, err := parsePath(q.Path)
		if err != nil {
			return nil, scriptErrorf("registry", "%v", err)
		}
		v, ok := s.reg.get(p, q.Name)
		if !ok {
			a.Registry = append(a.Registry, readValue{})
			continue
		}
		a.Registry = append(a.Registry, readValue{true, v.Kind, &v.Data})
	}
	if in.TCP {
		a.Dump = append(a.Dump, m.dumpLine())
		a.Templates = cimTemplates(s.tcp)
	}
	for _, port := range in.Ports {
		connected, err := established(port)
		if err != nil {
			return nil, scriptErrorf("ports", "%v", err)
		}
		if connected {
			a.Applied = append(a.Applied, readApplied{port, s.tcp.inUse().cim})
		}
	}
	for _, index := range in.Interfaces {
		n, ok := m.nicAt(index)
		if !ok {
			return nil, scriptErrorf("interfaces", "no interface has the index %d", index)
		}
		a.Interfaces = append(a.Interfaces, readInterface{index, n.MTU})
	}
	return a, nil
}

func (m *Machine) nicAt(index int) (nic, bool) {
	for _, n := range m.nics() {
		if n.index == index {
			return n, true
		}
	}
	return nic{}, false
}

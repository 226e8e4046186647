package scripts

import (
	"slices"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

type effectInput struct {
	ClassKey string `json:"classKey"`
}

type effectAnswer struct {
	Problems map[string]string         `json:"problems"`
	Classes  map[string]map[string]any `json:"classes"`
	Words    map[string]string         `json:"words"`
}

// playEffect plays the contract "effect".
func playEffect(m *machine.Machine, in effectInput) (any, error) {
	s := m.View()
	a := effectAnswer{Problems: map[string]string{}, Words: map[string]string{},
		Classes: map[string]map[string]any{"MSFT_NetOffloadGlobalSetting": stack.CIMOffload(s.TCP)}}
	if in.ClassKey == "" {
		return a, nil
	}
	class, err := registry.ParsePath(in.ClassKey)
	if err != nil {
		return nil, scriptErrorf("classKey", "%v", err)
	}
	guid, ok := s.Reg.Get(class, "NetCfgInstanceId")
	if !ok {
		return nil, scriptErrorf("classKey", "no adapter has this class key")
	}
	nics := m.NICs()
	i := slices.IndexFunc(nics, func(n stack.NIC) bool { return strings.EqualFold(n.GUID, guid.Data) })
	if i < 0 { // the key of an adapter that was taken out
		for name := range m.CIMAdapter(stack.NIC{}) {
			a.Problems[name] = "0 objects"
		}
		return a, nil
	}
	for name, object := range m.CIMAdapter(nics[i]) {
		a.Classes[name] = object
	}
	if _, has := a.Classes[stack.UsoClass]; !has {
		a.Problems[stack.UsoClass] = m.Edition().Language.Message("Invalid class") // WBEM_E_INVALID_CLASS: https://learn.microsoft.com/en-us/windows/win32/wmisdk/wmi-error-constants
	}
	const rsc = "MSFT_NetAdapterRscSettingData"
	for _, reason := range []string{"IPv4FailureReason", "IPv6FailureReason"} {
		number, ok := a.Classes[rsc][reason].(int)
		if word := stack.RSCWords[number]; ok && word != "" {
			a.Words[rsc+"."+reason] = word
		}
	}
	return a, nil
}

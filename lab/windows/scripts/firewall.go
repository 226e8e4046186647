package scripts

import (
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/registry"
)

type firewallInput struct {
	Exe string `json:"exe"`
}

type firewallAnswer struct {
	Problems map[string]string `json:"problems"`
	Rules    []firewallRule    `json:"rules"`
}

type firewallRule struct {
	Name  string `json:"name"`
	Store string `json:"store"`
	Rule  string `json:"rule"`
}

// firewallStores are where Windows keeps the rules of its firewall ([MS-GPFAS] 2.2.2.19 has the
// key of policies and the grammar of a rule; the machine's own rules are under the service's key).
var firewallStores = []struct{ name, key string }{
	{"local", registry.FirewallKey},
	{"policy", registry.FirewallByPolicyKey},
}

// dismissed are the two rules that a dismissed question of the firewall leaves. They are for
// public networks only, and the guest's are private.
var dismissed = []firewallRule{
	{"{564E4554-0000-4000-8000-000000000006}", "local", "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|Profile=Public|App=" + processes.IPerfExe + "|Name=iperf3|"},
	{"{564E4554-0000-4000-8000-000000000017}", "local", "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=17|Profile=Public|App=" + processes.IPerfExe + "|Name=iperf3|"},
}

// playFirewall plays the contract "firewall".
func playFirewall(m *machine.Machine, in firewallInput) (any, error) {
	a := firewallAnswer{Problems: map[string]string{}, Rules: []firewallRule{}}
	var all []firewallRule
	if m.Faults().BlockRules {
		all = append(all, dismissed...)
	}
	for _, store := range firewallStores {
		k := m.View().Reg.Find(registry.MustPath(store.key))
		if k == nil {
			continue
		}
		for _, name := range k.ValueNames() {
			v, _ := k.Get(name)
			all = append(all, firewallRule{name, store.name, v.Data})
		}
	}
	for _, r := range all {
		low := strings.ToLower(r.Rule)
		blocks := strings.Contains(low, "|action=block|") && strings.Contains(low, "|active=true|") && strings.Contains(low, "|dir=in|")
		if blocks && (!strings.Contains(low, "|app=") || strings.Contains(low, "|app="+strings.ToLower(in.Exe)+"|")) {
			a.Rules = append(a.Rules, r)
		}
	}
	return a, nil
}

type tokenAnswer struct {
	Problems     map[string]string `json:"problems"`
	Filtered     bool              `json:"filtered"`
	UAC          *int              `json:"EnableLUA"`
	FilterPolicy *int              `json:"LocalAccountTokenFilterPolicy"`
}

// playToken plays the contract "token".
func playToken(m *machine.Machine, _ struct{}) (any, error) {
	a := tokenAnswer{Problems: map[string]string{}, Filtered: m.Faults().FilteredToken}
	if k := m.View().Reg.Find(registry.MustPath(registry.PoliciesKey)); k != nil {
		for name, to := range map[string]**int{"EnableLUA": &a.UAC, "LocalAccountTokenFilterPolicy": &a.FilterPolicy} {
			v, ok := k.Get(name)
			if n, err := strconv.Atoi(v.Data); ok && err == nil {
				*to = &n
			}
		}
	}
	return a, nil
}

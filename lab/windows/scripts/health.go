package scripts

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
)

type healthInput struct {
	Host string `json:"host"`
}

type healthAnswer struct {
	Problems      map[string]string `json:"problems"`
	Administrator bool              `json:"administrator"`
	Registry      *bool             `json:"registry"`
	Task          *bool             `json:"task"`
	WinRM         machine.WinRM     `json:"winrm"`
	Start         *healthStart      `json:"start"`
	Power         *string           `json:"power"`
	Route         *healthRoute      `json:"route"`
	Networks      []healthNetwork   `json:"networks"`
	Own           map[string]string `json:"own"`
}

// healthStart is when the service starts: 2 is by itself.
type healthStart struct {
	Type    *uint64 `json:"type"`
	Delayed bool    `json:"delayed"`
}

type healthRoute struct {
	IfIndex int    `json:"ifIndex"`
	Source  string `json:"source"`
}

type healthNetwork struct {
	IfIndex  int `json:"ifIndex"`
	Category int `json:"category"`
}

// privateNetwork is a network's category 1. On a public one a client Windows does not let
// WinRM be set up (docs/facts/windows-samples.md 5.7), and here it is.
const privateNetwork = 1

// withoutFindNetRoute is the PowerShell of 8 and Server 2012 (docs/facts/windows-answers.md B11).
const withoutFindNetRoute = "3.0"

// playHealth plays the contract "health".
func playHealth(m *machine.Machine, in healthInput) (any, error) {
	reg, yes := m.View().Reg, true
	a := healthAnswer{
		Problems:      map[string]string{},
		Administrator: !m.Faults().FilteredToken,
		Registry:      &yes,
		Task:          &yes,
		WinRM:         m.WinRM(),
		Networks:      []healthNetwork{},
		Own:           map[string]string{},
	}
	if k := reg.Find(registry.MustPath(registry.WinRMKey)); k != nil {
		a.Start = new(healthStart)
		v, _ := k.Get("Start")
		if n, ok := v.Uint(); ok {
			a.Start.Type = &n
		}
		v, _ = k.Get("DelayedAutostart")
		n, ok := v.Uint()
		a.Start.Delayed = ok && n == 1
	} else {
		a.Problems["start"] = nullValued
	}
	if k := reg.Find(registry.MustPath(registry.PowerKey)); k != nil {
		v, _ := k.Get("ActivePowerScheme")
		a.Power = &v.Data
	} else {
		a.Problems["power"] = nullValued
	}
	if m.Faults().FilteredToken {
		a.Registry, a.Task = nil, nil
		a.Problems["registry"], a.Problems["task"] = "Requested registry access is not allowed.", "Access is denied."
	}
	for _, n := range m.NICs() {
		if n.Up {
			a.Networks = append(a.Networks, healthNetwork{n.Index, privateNetwork})
		}
	}
	if m.Edition().PowerShell != withoutFindNetRoute {
		if route, err := m.RouteTo(in.Host); err != nil {
			a.Problems["route"] = m.Edition().Language.Message(err.Error())
		} else {
			a.Route = &healthRoute{route.Index, route.Source}
		}
	}
	if k := reg.Find(registry.MustPath(registry.ProductKey)); k != nil {
		for _, name := range k.ValueNames() {
			v, _ := k.Get(name)
			a.Own[name] = netText(v, m.Environment())
		}
	}
	return a, nil
}

// nullValued is what PowerShell says of a script that goes on with a key that is not there.
const nullValued = "You cannot call a method on a null-valued expression."

// netText is a value as .NET hands it over and as PowerShell makes text of it: numbers are
// signed, bytes are each a number, variables of the environment are put in.
func netText(v registry.Value, environment map[string]string) string {
	switch v.Kind {
	case "DWord", "QWord":
		n, _ := strconv.ParseUint(v.Data, 10, 64) // checked when it was set
		if v.Kind == "DWord" {
			return strconv.Itoa(int(int32(n)))
		}
		return strconv.FormatInt(int64(n), 10)
	case "Binary", "None":
		raw, _ := hex.DecodeString(v.Data) // as above
		var all []string
		for _, b := range raw {
			all = append(all, strconv.Itoa(int(b)))
		}
		return strings.Join(all, "\n")
	case "ExpandString":
		return variable.ReplaceAllStringFunc(v.Data, func(name string) string {
			if value, ok := environment[strings.ToUpper(strings.Trim(name, "%"))]; ok {
				return value
			}
			return name
		})
	}
	return v.Data
}

// variable is one of the environment in a text.
var variable = regexp.MustCompile(`%[^%]+%`)

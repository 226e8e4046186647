package matrix

import (
	"fmt"
	"slices"
)

// byPowerShell are the forms that the scripts write.
var byPowerShell = []FormKind{Registry, AdapterKeyword, NetshGlobal, NetshHeuristics, NetshTemplate, NetshSubinterface}

// driven says in which forms a guest of a generation can be given a setting. XP and
// Server 2003 are spoken to with command lines, which write registry numbers only;
// Vista and 7 have neither a PowerShell that runs the scripts nor command lines yet.
// A test of apply compares this with what it drives.
var driven = map[Generation][]FormKind{
	XP:   {Registry},
	NT62: byPowerShell,
	W10:  byPowerShell,
	W11:  byPowerShell,
}

// Driven lists the generations whose guests this tool drives, oldest first.
func Driven() []Generation {
	var all []Generation
	for _, g := range Generations {
		if _, ok := driven[g]; ok {
			all = append(all, g)
		}
	}
	return all
}

// drivable says whether a guest of a generation that is driven can be given the
// setting of that id in this form.
func (f Form) drivable(id string, g Generation) error {
	kinds, ok := driven[g]
	switch {
	case !ok:
		return nil
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("%s is a setting of kind %s, and a guest of generation %s can be given settings of kind %s only, so far", id, f.Kind, g, kinds[0])
	case g == XP && f.Type != "DWord":
		return fmt.Errorf("%s is a registry value of type %s, and a guest of generation %s can be given DWord values only", id, f.Type, g)
	}
	return nil
}

package matrix

import "slices"

// Advice is what the published profiles say of one value of a setting.
type Advice struct {
	For     []string // ids of the profiles that recommend it
	Against []string // those that recommend another, with it: "seed-xp (1)"
}

// AdviceOn is what the profiles that address generation g say of a value. A line that leaves its value to the reader says
// nothing of it.
func AdviceOn(g Generation, id string, v Value) Advice {
	var a Advice
	for _, p := range profiles() {
		if !slices.Contains(p.AppliesTo, g) {
			continue
		}
		for _, l := range p.Lines {
			switch {
			case l.on(g) != id || l.Choice != "":
			case l.taken(g) == string(v):
				if !slices.Contains(a.For, p.ID) {
					a.For = append(a.For, p.ID)
				}
			default:
				a.Against = append(a.Against, p.ID+" ("+l.taken(g)+")")
			}
		}
	}
	return a
}

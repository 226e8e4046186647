package apply

import (
	"fmt"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Retyped is a value of the registry that a plan gives another type than the guest was found with. It is
// written and read back as asked, and put back with its old type; but who reads it may well ignore it.
type Retyped struct {
	Place       record.Place
	Found       record.State
	Asked       string // the type that the plan writes, in the registry's words as record.State has them
	OfTheFile   bool   // the campaign file says the type (define)
	ArmsThatAsk int    // how many arms write it
}

// RetypedBy lists the values whose type the plan changes, each once, in the order of the originals.
func RetypedBy(o record.Originals, p matrix.Plan) []Retyped {
	var all []Retyped
	for _, s := range o.Settings {
		if !s.State.Exists || !inRegistry(s.Place) {
			continue
		}
		r := Retyped{Place: s.Place, Found: s.State, OfTheFile: matrix.IsOwn(s.Place.ID) && kindOf(s.Place) == matrix.Registry}
		for _, arm := range p.Arms {
			targets, err := Targets(o, arm.Combination)
			if err != nil {
				continue // no boot of it can be made
			}
			for _, t := range targets {
				if t.Place.Key() == s.Place.Key() && t.Want.Exists && t.Want.Kind != s.State.Kind {
					r.Asked = t.Want.Kind
					r.ArmsThatAsk++
				}
			}
		}
		if r.ArmsThatAsk > 0 {
			all = append(all, r)
		}
	}
	return all
}

// String says which value it is, the type that was found and the one that is asked for.
func (r Retyped) String() string {
	arms := "arms"
	if r.ArmsThatAsk == 1 {
		arms = "arm"
	}
	return fmt.Sprintf(`%s: %s value %s is a %s in the guest (%s), and %d %s of the campaign would make it a %s, which Windows may ignore`,
		r.Place.ID, r.Place.Path, r.Place.Name, r.Found.Kind, shown(r.Found), r.ArmsThatAsk, arms, r.Asked)
}

// Advice is what to do about it; where is the place in the campaign file that says the type, "" where it is not known.
func (r Retyped) Advice(where string) string {
	if !r.OfTheFile {
		return "find out who made it a " + r.Found.Kind + " in the guest; a restore brings that back"
	}
	if where != "" {
		where += ": "
	}
	return fmt.Sprintf("%sset define.%s.type to %s; where the change of type is meant, leave it: a restore brings the %s back", where, r.Place.ID, r.Found.Kind, r.Found.Kind)
}

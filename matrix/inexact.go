package matrix

import (
	"slices"
	"strings"
)

// inexact is what a restore makes of a value that nobody had set, by the way in which it is written:
// netsh sets, and has no way to unset.
var inexact = []struct {
	kinds []FormKind
	text  string
}{
	{[]FormKind{NetshSubinterface}, "what the link or the host gave is put back as a persistent override of the interface"},
	{[]FormKind{NetshGlobal, NetshUDPGlobal}, "what stood at its default is put back as a value that is set"},
}

// Inexact says of the settings that the plan changes which a restore does not undo exactly: the
// guest has the values that it had, and one that nobody had set is set from then on. nil for none.
func (p Plan) Inexact() []string {
	var lines []string
	for _, way := range inexact {
		var ids []string
		for _, s := range p.Settings {
			id := s.Setting.ID
			changed := slices.ContainsFunc(p.Arms, func(a Arm) bool {
				v, ok := a.Combination.Value(id)
				return ok && v != Found
			})
			if changed && slices.Contains(way.kinds, s.Form.Kind) {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 {
			lines = append(lines, "a restore cannot undo exactly: "+strings.Join(ids, ", ")+": "+way.text)
		}
	}
	return lines
}

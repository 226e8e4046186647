package matrix

import "fmt"

// checkControl refuses a positive control where it could not be judged, or would be taken for an arm that goes on
// or is left out by what was measured.
func (b *builder) checkControl(d Design) {
	const key = "positive_control"
	switch {
	case d.Control == 0:
	case !(MinControl <= d.Control && d.Control <= MaxControl): // written so that NaN is refused, too
		b.fail(fmt.Sprintf("legal: %g%% to %d%%", MinControl, MaxControl), fmt.Sprintf("a positive control slowed by %g %%", d.Control), key)
	case Searches(d.Kind):
		b.fail("leave it out, and run it in a campaign of another design, such as aa", "a search boots fewer and fewer arms, and a positive control needs the baseline's boots of the same blocks", key)
	case d.Switch == SwitchWithinBoots:
		b.fail("leave it out, or write switch: reboot", "a positive control is paced boot by boot, and the arms of this campaign are switched within boots", key)
	}
}

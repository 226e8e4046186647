package matrix

import (
	"fmt"
	"slices"
	"strings"
)

// MemoryCopy is the covariate of a boot that is the speed at which the guest copies memory.
const MemoryCopy = "memory-copy"

// Covariates are what can be measured first in each boot: how good this boot is, whatever the arm.
var Covariates = []string{MemoryCopy}

// touching are the settings that are known to act on a covariate, so that it would take a part of their effect away:
// the power plan decides how fast the processor runs that copies.
var touching = map[string][]string{MemoryCopy: {"power.scheme"}}

// checkCovariate refuses a covariate that the guest cannot be asked for, or that an arm touches.
func (b *builder) checkCovariate(d Design) {
	if d.Covariate == "" || len(b.errs) > 0 {
		return
	}
	if b.gen == XP {
		b.fail("leave it out", "memory is copied by a script of PowerShell, and a guest of generation xp is spoken to with command lines", "covariate")
		return
	}
	var touched []string
	for _, a := range b.arms[1:] {
		for _, x := range a.Combination.Differences(b.arms[0].Combination) {
			if slices.Contains(touching[d.Covariate], x.ID) && !slices.Contains(touched, x.ID) {
				touched = append(touched, x.ID)
			}
		}
	}
	if len(touched) > 0 {
		b.fail("leave it out, or test those settings in a campaign of their own",
			fmt.Sprintf("%s acts on %s, which would take a part of its effect away", strings.Join(touched, ", "), d.Covariate), "covariate")
	}
}

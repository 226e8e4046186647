package stored

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// BootNamed is the name by which a store knows a boot that is named so, or numbered as the screens of a run number it. Of
// several boots of one number, tried again, the ranked one is meant.
func BootNamed(kept results.Contents, named string) (string, error) {
	number, err := strconv.Atoi(named)
	if err != nil {
		return named, nil // the store says whether there is such a boot
	}
	plan := kept.Campaign.Plan
	slots := plan.Slots
	if plan.Switch != nil {
		slots = plan.Due(kept.Decided())
	}
	var all []string
	for _, b := range kept.Boots {
		at := slices.IndexFunc(slots, func(s matrix.Slot) bool { return s.Order == b.Order })
		if at < 0 {
			continue
		}
		is := b.Order
		if plan.Switch != nil {
			is, _, _, _ = matrix.Place(slots, slots[at])
		}
		if is != number || slices.Contains(all, b.BootName()) {
			continue
		}
		if b.Status == sample.StatusOK && b.Stint == 0 {
			return b.ID, nil
		}
		all = append(all, b.BootName())
	}
	switch len(all) {
	case 0:
		return "", trouble.Hint(fmt.Errorf("no boot with the number %d is in the store", number), "vnettune status STORE says how far the campaign is")
	case 1:
		return all[0], nil
	}
	return "", trouble.Hint(fmt.Errorf("the number %d has several boots: %s", number, strings.Join(all, ", ")), "name one of them")
}

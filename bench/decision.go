package bench

import (
	"fmt"
	"slices"

	"vnettune/results/record"
)

// agrees says whether the stored decision was is d. The last digits of numbers may
// differ between machines; what was decided may not.
func agrees(d, was record.Decision) error {
	if was.Blocks != d.Blocks || !slices.Equal(was.Survivors, d.Survivors) || was.Ended != d.Ended || was.Pick != d.Pick {
		return fmt.Errorf("search: after block %d the store decided otherwise (%s) than its boots do now (%s): were boots excluded since? give the campaign a new store",
			was.Blocks, was, d)
	}
	return nil
}

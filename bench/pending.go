package bench

import (
	"fmt"
	"strings"

	"vnettune/results/record"
	"vnettune/trouble"
)

// updateWords are what of the guest's pending may install updates at a boot
// (docs/facts/windows-samples.md 5.4). File renames do not.
var updateWords = map[string]string{"cbs": "component servicing", "wu": "Windows Update"}

// PendingUpdates names what asks for a reboot to finish updates; "" for nothing.
// pending is what the guest's facts say.
func PendingUpdates(pending []string) string {
	var words []string
	for _, p := range pending {
		if w := updateWords[p]; w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " and ")
}

// refusePending refuses a guest whose boots would install updates and be measured
// meanwhile.
func refusePending(pending []string) error {
	what := PendingUpdates(pending)
	if what == "" {
		return nil
	}
	return trouble.Hint(fmt.Errorf("%s: %s on the guest asks for a reboot: the next boots would install updates, and that would be measured", record.UpdatesPending, what),
		"reboot the guest until nothing asks for it (vnettune doctor says so), or set guest.pending_updates: allow")
}

package report

import (
	"fmt"

	"vnettune/report/stored"
)

// overGrown says that a campaign was grown more often than its error rates allow; nothing of others.
func overGrown(c *stored.Campaign) []string {
	times, unforeseen := c.Grown()
	if unforeseen == 0 {
		return nil
	}
	return []string{fmt.Sprintf("blocks were added %s after the campaign could be read, and its file foresaw %s (looks: %d): its error rates are more than they say; what is claimed here has to be found again by a new campaign",
		count(times, "time"), count(times-unforeseen, "time"), c.File.Looks)}
}

// grownNotes say of a campaign that may grow which look this is, and of one that was run with several texts that it was.
func grownNotes(c *stored.Campaign) []string {
	var notes []string
	if times, unforeseen := c.Grown(); c.File.Looks > 1 && unforeseen == 0 {
		notes = append(notes, fmt.Sprintf("look %d of %d, as fixed before the first boot: alpha is %s at each, %s together", times+1, c.File.Looks, plainNumber(c.File.LookAlpha()), plainNumber(c.File.Alpha)))
	}
	if n := len(c.Kept.Revisions); n > 0 {
		notes = append(notes, fmt.Sprintf("the campaign's file was changed %s between sessions, in nothing that decides what is measured but more blocks; the store has each text", count(n, "time")))
	}
	return notes
}

// overGrownSentence says of compared campaigns that one was grown more often than its error rates allow.
func overGrownSentence(c stored.Compared) string {
	name := "A"
	switch {
	case c.A.OverGrown && c.B.OverGrown:
		name = "A, and to B,"
	case c.B.OverGrown:
		name = "B"
	case !c.A.OverGrown:
		return ""
	}
	return fmt.Sprintf("Blocks were added to campaign %s more often than its file fixed (looks): the error rates are more than they say, and what differs has to be found again.", name)
}

package main

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"vnettune/bench"
	"vnettune/results/sample"
)

// logLine is an event as a line of a log, without the time left; "" for those that only
// matter live.
func logLine(e bench.Event) string {
	switch e.Kind {
	case bench.EventStart, bench.EventDecision, bench.EventRestore, bench.EventRestored:
		return e.Text
	case bench.EventWarning:
		return "warning: " + e.Text
	case bench.EventRescue:
		if e.Step != "" {
			return "rescue, " + e.Step + ": " + e.Text
		}
		return "rescue: " + e.Text
	case bench.EventRun:
		if e.Value == nil {
			return fmt.Sprintf("%s %s: %s %s: %s", bootWords(e), e.Arm, e.Step, e.Status, e.Text)
		}
	case bench.EventBoot:
		line := fmt.Sprintf("%s: block %d/%d, %s, %s%s: %s", e.Step, e.Block, e.Blocks, bootWords(e), e.Arm, tryWords(e.Try), e.Status)
		if e.Status != sample.StatusOK {
			line += ": " + e.Text
		}
		return line
	case bench.EventDone:
		if e.Text != "" {
			return e.Status + ": " + e.Text
		}
		return e.Status
	}
	return ""
}

// bootWords is which boot of the campaign an event is of, and which stint of that.
func bootWords(e bench.Event) string {
	if e.Stint == 0 {
		return fmt.Sprintf("boot %d/%d", e.Boot, e.Boots)
	}
	return fmt.Sprintf("boot %d/%d, stint %d/%d", e.Boot, e.Boots, e.Stint, e.Stints)
}

// tryWords says which try of its slot a boot is, where it is not the first.
func tryWords(try int) string {
	switch {
	case try < 2:
		return ""
	case try == 2:
		return ", second try"
	case try == 3:
		return ", third try"
	}
	return fmt.Sprintf(", try %d", try)
}

// leftWords is the time that an event says is left, less what has gone by since, rounded to
// what an estimate can bear.
func leftWords(e bench.Event, gone time.Duration) string {
	d := time.Duration(e.Remaining*float64(time.Second)) - gone
	if e.Remaining <= 0 || d <= 0 {
		return ""
	}
	var words string
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case minutes >= 60:
		words = fmt.Sprintf("about %d h %02d", minutes/60, minutes%60)
	case d >= 2*time.Minute:
		words = fmt.Sprintf("about %d min", minutes)
	default:
		words = fmt.Sprintf("about %d s", max(5, int(d.Round(5*time.Second).Seconds())))
	}
	if e.AtMost {
		words = "at most " + words
	}
	if e.ByPlan {
		return words + " by plan"
	}
	return words + " left"
}

// shortNumber is a figure of three digits at a glance, never with an exponent.
func shortNumber(x float64) string {
	digits := 0
	if x != 0 {
		digits = min(6, max(0, 2-int(math.Floor(math.Log10(math.Abs(x))))))
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}

package main

import (
	"bytes"
	"fmt"
	"strings"
)

const faultReportHead = `# A campaign under faults

Written by ` + "`make faults`" + `; do not edit it. Each case is a campaign of two boots and the restore on the fast stand-in guest (not Windows), with one
fault at one point (docs/lab-faults.md says what each does). The guest's boot 1 is the one that the campaign meets, slot 1 is measured in boot 2, slot 2 in boot 3,
and boot 4 is the restored guest's. Checked in every case:

* the harness ended within its limits, and never had more than 200 MB in memory;
* nothing is lost: every boot that was told is in the store, and the store is sound;
* no number comes from a failed measurement;
* nothing is mistaken: another machine that answers in the guest's place has the settings that it had, and the guest is restored once it is back;
* a boot that failed has a failure class that fits what went wrong (docs/failures.md);
* the guest ended as it began, by what is on its own disk, or the exit code is 6 and the message names the command that restores it; where the
  fault ends at some time, that command was run and did. The record of a dead-man switch that acted (revert-done.json) stays.

`

// faultReport is docs/faults.md. Cases at one point that came to the same are one line.
func faultReport(all []faultOutcome) []byte {
	var b bytes.Buffer
	b.WriteString(faultReportHead)
	wrong := 0
	exits := map[int]int{}
	for _, o := range all {
		exits[o.exit]++
		if len(o.wrong) > 0 {
			wrong++
		}
	}
	fmt.Fprintf(&b, "**%d cases, %d of them as they should be.**", len(all), len(all)-wrong)
	var codes []string
	for _, code := range []int{exitDone, exitPartial, exitFailed, exitUsage, exitUnrestored, exitInterrupted, exitTerminated, exitKilled, exitNever} {
		if exits[code] > 0 {
			codes = append(codes, fmt.Sprintf("%d in %d", code, exits[code]))
		}
	}
	var memory int64
	for _, o := range all {
		memory = max(memory, o.memory)
	}
	fmt.Fprintf(&b, " Exit codes: %s. The harness had at most %d MB in memory.\n", strings.Join(codes, ", "), memory/1e6)
	group := ""
	for len(all) > 0 {
		o := all[0]
		var same, rest []faultOutcome
		for _, x := range all {
			if x.row() == o.row() {
				same = append(same, x)
			} else {
				rest = append(rest, x)
			}
		}
		all = rest
		if o.group != group {
			group = o.group
			fmt.Fprintf(&b, "\n## %s\n\n| where | what | cases | boots stored | went on | exit code | guest as it began |\n|---|---|---|---|---|---|---|\n", group)
		}
		what := make([]string, len(same))
		for i, x := range same {
			what[i] = x.what
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %d | %s |\n", o.point, strings.Join(what, ", "), len(same), o.stored, o.wentOn, o.exit, o.asBegan)
	}
	return b.Bytes()
}

// row is what cases on one line have in common.
func (o faultOutcome) row() string {
	return fmt.Sprint(o.group, o.point, o.stored, o.wentOn, o.exit, o.asBegan)
}

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/bench"
	"vnettune/results/sample"

	"vnettune/trouble"
)

// readGuest checks that the guest ended as it began, or that the harness said that it
// did not, and how to restore it.
func (o *faultOutcome) readGuest(l *ownLab, before map[string]string, store, said string) {
	left := changes(before, l.installed())
	switch {
	case o.exit != exitUnrestored && len(left) == 0:
		o.asBegan = "yes"
	case o.exit != exitUnrestored:
		o.asBegan = "NO"
		o.bad("exit code %d, and the guest is left changed: %v", o.exit, left)
	case !strings.Contains(said, "vnettune restore "+trouble.ShellWord(store)):
		o.asBegan = "no"
		o.bad("exit code 6 without the words to restore the guest: %s", o.words)
	case o.insists:
		o.asBegan = "no"
		o.bad("exit code 6, and the restore was to outlast it: %s", o.words)
	case o.forever && len(left) == 0:
		o.asBegan = "yes, unproven; said how to restore"
	case o.forever:
		o.asBegan = "no; said how to restore"
	default:
		exit, _, words := l.run(faultLimit, "restore", store)
		if left := changes(before, l.installed()); exit != exitDone || len(left) > 0 {
			o.asBegan = "NO"
			o.bad("vnettune restore: exit code %d, left %v: %s", exit, left, words)
			return
		}
		o.asBegan = "after `vnettune restore`"
	}
}

func eventKinds(lines string) []bench.EventKind {
	var all []bench.EventKind
	for scan := bufio.NewScanner(strings.NewReader(lines)); scan.Scan(); {
		var e bench.Event
		if json.Unmarshal(scan.Bytes(), &e) == nil { // a killed process may leave half a line
			all = append(all, e.Kind)
		}
	}
	return all
}

func count[T comparable](all []T, one T) int {
	n := 0
	for _, x := range all {
		if x == one {
			n++
		}
	}
	return n
}

// tally writes counts in the order of their names, ok first.
func tally(counts map[string]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		part := fmt.Sprintf("%d %s", counts[k], k)
		if k == sample.StatusOK {
			parts = slices.Insert(parts, 0, part)
		} else {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "no boot"
	}
	return strings.Join(parts, ", ")
}

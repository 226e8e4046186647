package report

import (
	"fmt"
	"strings"

	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// busyNotes name the ranked boots that were measured while this host was busy with something else.
func busyNotes(boots []results.Boot) []string {
	var names []string
	example := ""
	for _, b := range boots {
		if b.Status != sample.StatusOK {
			continue
		}
		if busy := loadOf(b).Busy(); busy != "" {
			names = append(names, b.Name())
			if example == "" {
				example = fmt.Sprintf("while %s was measured %s", b.Name(), busy)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("this host was busy with something else while %s measured: %s; %s. They are ranked all the same, and no verdict is changed by it", were(names), strings.Join(few(names), ", "), example)}
}

func were(names []string) string {
	if len(names) == 1 {
		return "1 boot was"
	}
	return fmt.Sprintf("%d boots were", len(names))
}

// loadOf is what kept this host busy over the counted runs of a boot.
func loadOf(b results.Boot) record.HostLoad {
	var all record.HostLoad
	for _, r := range b.Runs {
		if r.Repetition == 0 || r.Details == nil {
			continue
		}
		if l, ok := r.Details.HostLoad(); ok {
			all = all.Add(l)
		}
	}
	return all
}

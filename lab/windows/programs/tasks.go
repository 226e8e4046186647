package programs

import (
	"context"
	"fmt"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
)

// taskNone is taskkill's exit code where there is no such process (not verified: ask a
// guest, taskkill /pid 77 & echo %errorlevel%).
const taskNone = 128

// Tasklist is tasklist.exe of xp with the filters PID and IMAGENAME eq, /NH and the table and CSV
// formats. Options:
// https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-xp/bb491010(v=technet.10);
// texts and widths: not verified: ask a guest, tasklist /fi "pid eq 4".
func Tasklist(_ context.Context, p *machine.Process, args []string) int {
	var pid, image string
	header, csv := true, false
	usage := func() int {
		p.Errln("ERROR: Invalid argument/option.\nType \"TASKLIST /?\" for usage.")
		return 1
	}
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		switch strings.ToLower(rest[0]) {
		case "/nh":
			header = false
		case "/fo", "/fi":
			if len(rest) == 1 {
				return usage()
			}
			filter := strings.Fields(strings.ToLower(rest[1]))
			switch {
			case len(filter) == 1 && (filter[0] == "csv" || filter[0] == "table"):
				csv = filter[0] == "csv"
			case len(filter) == 3 && filter[0] == "pid" && filter[1] == "eq":
				pid = filter[2]
			case len(filter) == 3 && filter[0] == "imagename" && filter[1] == "eq":
				image = filter[2]
			default:
				return usage()
			}
			rest = rest[1:]
		default:
			return usage()
		}
	}
	var rows []string
	for _, s := range p.Machine.Processes().Running() {
		if s.Matches(pid, image) {
			rows = append(rows, taskRow(s, csv))
		}
	}
	if len(rows) == 0 {
		p.Outln("INFO: No tasks running with the specified criteria.")
		return 0
	}
	switch {
	case header && csv:
		p.Outln(`"Image Name","PID","Session Name","Session#","Mem Usage"`)
	case header:
		p.Outln("\nImage Name                   PID Session Name     Session#    Mem Usage\n" +
			"========================= ====== ================ ======== ============")
	}
	p.Out(strings.Join(rows, ""))
	return 0
}

// taskRow is one line of tasklist. The memory is not kept: every process shows the same.
func taskRow(s processes.Started, csv bool) string {
	const memory = "1,024 K"
	if csv {
		return fmt.Sprintf("\"%s\",\"%d\",\"Console\",\"0\",\"%s\"\n", s.Image, s.ID, memory)
	}
	return fmt.Sprintf("%-25.25s %6d %-16s %8d %12s\n", s.Image, s.ID, "Console", 0, memory)
}

// Taskkill is taskkill.exe with /F, /T, /PID and /IM
// (https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-xp/bb491009(v=technet.10);
// texts: not verified: ask a guest, taskkill /pid 4). A console program without a window ends by
// force only.
func Taskkill(_ context.Context, p *machine.Process, args []string) int {
	var pid, image string
	force := false
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		switch o := strings.ToLower(rest[0]); o {
		case "/f":
			force = true
		case "/t":
		case "/pid", "/im":
			if len(rest) == 1 {
				p.Errln("ERROR: Invalid syntax. Value expected for '" + rest[0] + "'.\nType \"TASKKILL /?\" for usage.")
				return 1
			}
			if o == "/pid" {
				pid = rest[1]
			} else {
				image = rest[1]
			}
			rest = rest[1:]
		default:
			p.Errln("ERROR: Invalid argument/option - '" + rest[0] + "'.\nType \"TASKKILL /?\" for usage.")
			return 1
		}
	}
	if pid == "" && image == "" {
		p.Errln("ERROR: Invalid syntax. Neither /FI nor /PID nor /IM were specified.\nType \"TASKKILL /?\" for usage.")
		return 1
	}
	found := 0
	for _, s := range p.Machine.Processes().Running() {
		if !s.Matches(pid, image) {
			continue
		}
		found++
		name := fmt.Sprintf("process with PID %d", s.ID)
		if image != "" {
			name = fmt.Sprintf("process \"%s\" with PID %d", s.Image, s.ID)
		}
		if s.Began.IsZero() || !force {
			reason := "This process can only be terminated forcefully (with /F option)."
			if s.Began.IsZero() {
				reason = "This is critical system process. Taskkill cannot end this process."
			}
			p.Errln("ERROR: The " + name + " could not be terminated.\nReason: " + reason)
			return 1
		}
		if _, err := p.Machine.Processes().End(s.ID); err != nil {
			p.Errln("stand-in: " + err.Error())
			return 1
		}
		p.Outln("SUCCESS: The " + name + " has been terminated.")
	}
	if found == 0 {
		p.Errln("ERROR: The process \"" + pid + image + "\" not found.")
		return taskNone
	}
	return 0
}

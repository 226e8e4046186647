package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/results/record"
)

// The mark is a process that was started for the purpose: no process survives a
// boot. A pid may be given again, but not with the same creation date (Microsoft,
// Win32_Process). The volatile Winlogon value that Ansible looks at was not chosen:
// no source says that XP has it, and using it means deleting a value of Winlogon.

// mark starts the process and then reads the clock.
func (c *commands) mark(ctx context.Context) (string, bootAnswer, error) {
	t := c.talk()
	text, err := t.ask(ctx, markStart)
	if err != nil {
		return "", bootAnswer{}, err
	}
	pid, err := parseCreate(text)
	if err != nil {
		return "", bootAnswer{}, fmt.Errorf("command %s: %w", markStart.text, err)
	}
	created, err := t.creation(ctx, strconv.Itoa(pid))
	if err != nil {
		return "", bootAnswer{}, err
	}
	if created == 0 {
		return "", bootAnswer{}, errors.New("the process that was started as the mark of this boot is gone already")
	}
	mark := fmt.Sprintf("%d %d", pid, created)
	answer, err := t.bootTimes(ctx)
	answer.Mark = true
	return mark, answer, err
}

// boot looks for the mark first: while it is there, the times prove nothing.
func (c *commands) boot(ctx context.Context, mark string) (bootAnswer, error) {
	pid, created, err := parseMark(mark)
	if err != nil {
		return bootAnswer{}, err
	}
	t := c.talk()
	now, err := t.creation(ctx, pid)
	if err != nil {
		return bootAnswer{}, err
	}
	if now == created {
		return bootAnswer{Mark: true}, nil
	}
	return t.bootTimes(ctx)
}

func (c *commands) markWord(mark string) string {
	pid, created, err := parseMark(mark)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("process %s of %s", pid, created.Time().Format(time.RFC3339))
}

// parseMark splits a mark: the process's id, and when it was created.
func parseMark(mark string) (string, record.Filetime, error) {
	pid, rest, _ := strings.Cut(mark, " ")
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || allowed("{PID}", pid) != nil {
		return "", 0, fmt.Errorf("mark %q is no process id and time", mark)
	}
	return pid, record.Filetime(n), nil
}

// creation is when a process was created, 0 when there is none with this pid.
func (t *talk) creation(ctx context.Context, pid string) (record.Filetime, error) {
	all, err := t.wmic(ctx, processGet, []string{"CreationDate", "ProcessId"}, pid)
	if err != nil {
		return 0, err
	}
	switch {
	case len(all) == 0:
		return 0, nil
	case len(all) > 1 || all[0]["ProcessId"] != pid:
		return 0, fmt.Errorf("wmic was asked for process %s and reports others", pid)
	}
	created, err := parseDMTF(all[0]["CreationDate"])
	if err != nil {
		return 0, fmt.Errorf("CreationDate of process %s: %w", pid, err)
	}
	return created, nil
}

func (t *talk) bootTimes(ctx context.Context) (bootAnswer, error) {
	f, err := t.system(ctx)
	return bootAnswer{BootTime: f.BootTime, Now: f.Now}, err
}

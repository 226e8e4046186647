package cmdline

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/results/record"
)

// The token is a process that was started for the purpose: no process survives a
// boot. A pid may be given again, but not with the same creation date (Microsoft,
// Win32_Process). The volatile Winlogon value that Ansible looks at was not chosen:
// no source says that XP has it, and using it means deleting a value of Winlogon.

// LeaveToken starts the process and then reads the clock.
func (c *Dialect) LeaveToken(ctx context.Context) (string, terms.BootAnswer, error) {
	t := c.talk()
	text, err := t.ask(ctx, tokenStart)
	if err != nil {
		return "", terms.BootAnswer{}, err
	}
	pid, err := parseCreate(text)
	if err != nil {
		return "", terms.BootAnswer{}, fmt.Errorf("command %s: %w", tokenStart.text, err)
	}
	created, err := t.creation(ctx, strconv.Itoa(pid))
	if err != nil {
		return "", terms.BootAnswer{}, err
	}
	if created == 0 {
		return "", terms.BootAnswer{}, errors.New("the process that was started as the token of this boot is gone already")
	}
	token := fmt.Sprintf("%d %d", pid, created)
	answer, err := t.bootTimes(ctx)
	answer.Token = true
	return token, answer, err
}

// Boot looks for the token first: while it is there, the times prove nothing.
func (c *Dialect) Boot(ctx context.Context, token string) (terms.BootAnswer, error) {
	pid, created, err := parseToken(token)
	if err != nil {
		return terms.BootAnswer{}, err
	}
	t := c.talk()
	now, err := t.creation(ctx, pid)
	if err != nil {
		return terms.BootAnswer{}, err
	}
	if now == created {
		return terms.BootAnswer{Token: true}, nil
	}
	return t.bootTimes(ctx)
}

// TokenWord says what the token is, for the record.
func (*Dialect) TokenWord(token string) string {
	pid, created, err := parseToken(token)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("process %s of %s", pid, created.Time().Format(time.RFC3339))
}

// parseToken splits a token: the process's id, and when it was created.
func parseToken(token string) (string, record.Filetime, error) {
	pid, rest, _ := strings.Cut(token, " ")
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || allowed("{PID}", pid) != nil {
		return "", 0, fmt.Errorf("token %q is no process id and time", token)
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

func (t *talk) bootTimes(ctx context.Context) (terms.BootAnswer, error) {
	f, err := t.system(ctx)
	return terms.BootAnswer{BootTime: f.BootTime, Now: f.Now}, err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"vnettune/bench/rig"
	"vnettune/lab"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
	"vnettune/trouble"
)

// labIPerf is where the stand-in guest has its iperf3.
const labIPerf = `C:\vnettune\iperf3.exe`

// reach makes the way to a campaign's guest, with what this program knows of its
// surroundings.
func reach(ctx context.Context, c campaign.Campaign) (*rig.Rig, error) {
	return reachBy(ctx, c, rig.Reach)
}

// reachBy makes the way by rig.Reach, or by rig.ReachToRestore.
func reachBy(ctx context.Context, c campaign.Campaign, by func(context.Context, campaign.Campaign, rig.Means) (*rig.Rig, error)) (*rig.Rig, error) {
	state, err := xdgFolder("XDG_STATE_HOME", ".local/state")
	if err != nil {
		return nil, err
	}
	m := rig.Means{Version: version(), Locks: filepath.Join(state, "guests")}
	if c.Guest.Lab == nil {
		m.Password = func(ctx context.Context) (string, error) { return password(ctx, c.Guest.Remote) }
		return by(ctx, c, m)
	}
	info, err := campaignLab(c)
	if err != nil {
		return nil, err
	}
	m.Password = func(context.Context) (string, error) { return passwordFile(info.PasswordFile) }
	m.Lab = &rig.Lab{Name: info.Name, Address: info.GuestAddress, Port: info.HTTPPort, User: info.User, IPerf: labIPerf,
		QMPSocket: info.QMPSocket, AgentSocket: info.AgentSocket, New: os.Getenv(newLabEnv) == info.Name, Facts: labFacts(info)}
	return by(ctx, c, m)
}

// labFacts is what of a lab is kept with the results: not where its secrets lie.
func labFacts(i lab.Info) record.Lab {
	return record.Lab{
		Name: i.Name, Kind: i.Kind, Generation: i.Generation, Language: i.Language, DelayMS: i.DelayMS, Faults: i.Faults, WinRM: i.WinRM,
		GuestAddress: i.GuestAddress, HostAddress: i.HostAddress, HTTPPort: i.HTTPPort, HTTPSPort: i.HTTPSPort, User: i.User, Fingerprint: i.Fingerprint,
		KeeperPID: i.KeeperPID, KeeperStart: i.KeeperStart, UserNamespace: i.UserNamespace,
		Disk: i.Disk, Accelerator: i.Accelerator, Kernel: i.Kernel, FirstAnswer: i.FirstAnswer,
	}
}

// password gets the password of a remote guest from where the campaign says it is;
// "" where a client certificate takes its place.
func password(ctx context.Context, r *campaign.Remote) (string, error) {
	switch p := r.Password; {
	case p.Prompt:
		return askPassword(ctx, fmt.Sprintf("password of %s at %s: ", r.User, r.Control.Host))
	case p.Env != "":
		secret, ok := os.LookupEnv(p.Env)
		if !ok || secret == "" {
			return "", usageError(trouble.Hint(fmt.Errorf("the environment variable %s, which guest.password_env names, is not set", p.Env), "export it, or give guest.password_file or guest.password_prompt instead"))
		}
		return secret, nil
	case p.File != "":
		return passwordFile(p.File)
	}
	return "", nil
}

// forgetPassword takes the password out of the environment once it was read, which
// the commands of a campaign inherit: a notice that mails its environment is one.
func forgetPassword(c campaign.Campaign) {
	if r := c.Guest.Remote; r != nil && r.Password.Env != "" {
		_ = os.Unsetenv(r.Password.Env) // it fails only for names that were refused
	}
}

func passwordFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usageError(fmt.Errorf("password file: %w", err))
	}
	p := strings.TrimRight(string(text), "\r\n")
	if p == "" {
		return "", usageError(fmt.Errorf("password file %s is empty", path))
	}
	return p, nil
}

// askPassword asks the terminal, which does not show what is typed. The terminal is
// the process's own, not its standard streams: those may be files.
func askPassword(ctx context.Context, question string) (string, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", usageError(trouble.Hint(errors.New("guest.password_prompt: there is no terminal to ask for the password"), "name a variable as password_env or a file as password_file"))
	}
	defer tty.Close()
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", usageError(fmt.Errorf("guest.password_prompt: %w", err))
	}
	fmt.Fprint(tty, question)
	type answer struct {
		text []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() { // a read of a terminal cannot be cancelled: the process ends soon
		text, err := term.ReadPassword(fd)
		typed <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		fmt.Fprintln(tty)
		return "", context.Cause(ctx)
	case a := <-typed:
		fmt.Fprintln(tty)
		switch {
		case a.err != nil:
			return "", usageError(fmt.Errorf("guest.password_prompt: %w", a.err))
		case len(a.text) == 0:
			return "", usageError(errors.New("guest.password_prompt: no password was typed"))
		}
		return string(a.text), nil
	}
}

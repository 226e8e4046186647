package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"vnettune/bench/link"
	"vnettune/bench/rig"
	"vnettune/lab"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
	"vnettune/spawn"
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
	state, err := stateFolder()
	if err != nil {
		return nil, err
	}
	m := rig.Means{Version: version(), Locks: filepath.Join(state, "guests"), Aside: filepath.Join(state, "boots"), Receipts: receipts(state), Programs: programs()}
	if c.Guest.Lab == nil {
		m.Password = func(ctx context.Context) (string, error) { return password(ctx, c.Guest.Remote) }
		return by(ctx, c, m)
	}
	info, err := holdLab(ctx, c)
	if err != nil {
		return nil, err
	}
	m.Password = func(context.Context) (string, error) { return passwordFile(info.PasswordFile) }
	m.Lab = &rig.Lab{Name: info.Name, Address: info.GuestAddress, Port: info.HTTPPort, User: info.User, IPerf: labIPerf, IPerf2: campaign.DefaultIperf2,
		QMPSocket: info.QMPSocket, AgentSocket: info.AgentSocket, New: os.Getenv(newLabEnv) == info.Name, Facts: labFacts(info),
		Off:  func(context.Context) (bool, error) { return info.Off() },
		Link: func(ctx context.Context, c link.Conditions) error { return lab.AskLink(ctx, info, c) }}
	return by(ctx, c, m)
}

// programs is the folder of the meter for guests, which is beside this program; what is wrong with it, whoever needs
// it says.
func programs() string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Dir(self)
}

// stateFolder is where this user keeps what outlives a command.
func stateFolder() (string, error) { return xdgFolder("XDG_STATE_HOME", ".local/state") }

// receipts is where the receipts of the stores lie that this user made.
func receipts(state string) string { return filepath.Join(state, "receipts") }

// labFacts is what of a lab is kept with the results: not where its secrets lie.
func labFacts(i lab.Info) record.Lab {
	return record.Lab{
		Name: i.Name, Kind: i.Kind, Generation: i.Generation, Language: i.Language, Build: i.Build, Driver: i.Driver, DelayMS: i.DelayMS, Rate: i.Rate, Untold: i.Untold.Lines(), Faults: i.Faults, WinRM: i.WinRM,
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
		return askPassword(ctx, fmt.Sprintf("password of %s at %s: ", r.User, cmp.Or(r.Control.Host, "the address that libvirt knows")))
	case p.Env != "":
		secret, ok := os.LookupEnv(p.Env)
		if !ok || secret == "" {
			return "", usageError(trouble.Hint(fmt.Errorf("the environment variable %s, which guest.password_env names, is not set", p.Env), "export it, or give guest.password_file or guest.password_prompt instead"))
		}
		return secret, nil
	case p.File != "":
		return privatePassword(p)
	}
	return "", nil
}

// hidePassword keeps the password from every program that is started for the campaign: a
// notice that mails its environment is one.
func hidePassword(c campaign.Campaign) {
	if r := c.Guest.Remote; r != nil {
		spawn.Hide(r.Password.Env)
	}
}

// privatePassword reads a campaign's password file, which nobody else may read unless the
// campaign says that it is shared.
func privatePassword(p campaign.Password) (string, error) {
	f, err := os.Open(p.File)
	if errors.Is(err, fs.ErrNotExist) {
		err = trouble.Hint(err, "make this file with the guest's password in it, for you alone (mode 600)")
	}
	if err != nil {
		return "", usageError(trouble.At(p.Where, fmt.Errorf("guest.password_file: %w", err)))
	}
	defer f.Close()
	if !p.Shared {
		if err := private(f); err != nil {
			return "", usageError(trouble.At(p.Where, fmt.Errorf("guest.password_file: %w", err)))
		}
	}
	return readPassword(f)
}

// private refuses a file that others than its owner can use, or whose owner is neither
// this user nor root.
func private(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return trouble.Hint(fmt.Errorf("%s can be read or written by others (mode %04o)", f.Name(), mode),
			"chmod 600 %s, and change the password if they may have read it; or say guest.password_file_shared: true", f.Name())
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return trouble.Hint(fmt.Errorf("%s belongs to another user (number %d)", f.Name(), owner.Uid),
			"take a file of your own with mode 600; or say guest.password_file_shared: true")
	}
	return nil
}

// passwordFile reads the password of a lab, whose folder is its user's alone.
func passwordFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", usageError(fmt.Errorf("password file: %w", err))
	}
	defer f.Close()
	return readPassword(f)
}

// maxPassword is longer than any password of Windows, in bytes.
const maxPassword = 64 << 10

func readPassword(f *os.File) (string, error) {
	text, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
	if err != nil {
		return "", usageError(fmt.Errorf("password file: %w", err))
	}
	p := strings.TrimRight(string(text), "\r\n")
	switch {
	case p == "":
		return "", usageError(fmt.Errorf("password file %s is empty", f.Name()))
	case len(text) > maxPassword:
		return "", usageError(fmt.Errorf("password file %s: more than %d bytes are no password", f.Name(), maxPassword))
	}
	return p, nil
}

// askPassword asks the terminal, which does not show what is typed.
func askPassword(ctx context.Context, question string) (string, error) {
	text, err := askTerminal(ctx, question, true)
	switch {
	case errors.Is(err, errNoTerminal):
		return "", usageError(trouble.Hint(errors.New("guest.password_prompt: there is no terminal to ask for the password"), "name a variable as password_env or a file as password_file"))
	case err != nil:
		return "", fmt.Errorf("guest.password_prompt: %w", err)
	case len(text) == 0:
		return "", usageError(errors.New("guest.password_prompt: no password was typed"))
	}
	return string(text), nil
}

// errNoTerminal says that nobody can be asked.
var errNoTerminal = errors.New("there is no terminal")

// askTerminal asks the terminal for one line, which is not shown where it is hidden. The
// terminal is the process's own, not its standard streams: those may be files.
func askTerminal(ctx context.Context, question string, hidden bool) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errNoTerminal
	}
	defer tty.Close()
	fd := int(tty.Fd())
	defer toFront(fd)()
	before, err := term.GetState(fd)
	if err != nil {
		return nil, usageError(err)
	}
	read := readLine
	if hidden {
		read = term.ReadPassword
	}
	fmt.Fprint(tty, question)
	type answer struct {
		text []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() { // a read of a terminal cannot be cancelled: the process ends soon
		text, err := read(fd)
		typed <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		fmt.Fprintln(tty)
		return nil, context.Cause(ctx)
	case a := <-typed:
		if hidden || a.err != nil { // the end of the line was not shown either
			fmt.Fprintln(tty)
		}
		if a.err != nil {
			return nil, usageError(a.err)
		}
		return a.text, nil
	}
}

// toFront makes this process's group the one that the terminal reads for, until the returned function is called: a
// command that was started inside a lab has a group of its own, and gets no line otherwise.
func toFront(fd int) (back func()) {
	front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	own := unix.Getpgrp()
	if err != nil || front == own || unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, own) != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, front) }
}

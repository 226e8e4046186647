package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/lab"
	"vnettune/lab/windows/machine"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/spawn"
	"vnettune/trouble"
)

// insideEnv is set in a process that runs inside a lab's network namespace.
const insideEnv = "VNETTUNE_INSIDE_LAB"

// newLabEnv is set beside it where the lab was set up for this command.
const newLabEnv = "VNETTUNE_NEW_LAB"

// labName is the lab that a campaign uses.
func labName(c campaign.Campaign) string {
	if c.Guest.Lab.Name != "" {
		return c.Guest.Lab.Name
	}
	return c.Name
}

// holdLab holds the campaign's lab, which is up, until this process ends.
func holdLab(ctx context.Context, c campaign.Campaign) (lab.Info, error) {
	labs, err := labManager()
	if err != nil {
		return lab.Info{}, err
	}
	use, err := labs.Hold(ctx, labName(c))
	if err != nil {
		return lab.Info{}, err
	}
	noteChanges(ctx, use.NoteChanged)
	return use.Info, nil
}

// inside says whether this process can reach the campaign's guest as it is: the
// guest is no lab, or the process is in the lab's namespace.
func inside(c campaign.Campaign) bool {
	return c.Guest.Lab == nil || os.Getenv(insideEnv) == labName(c)
}

// runInside runs this command again inside the campaign's lab. If the lab is not up, it
// is brought up first; it is taken down by the last that uses it. believed is the digest
// of the store that a person believed, "" for none. store is where the guest's originals
// are; "" for a command that changes nothing.
func runInside(ctx context.Context, c campaign.Campaign, store, believed string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	labs, err := labManager()
	if err != nil {
		return err
	}
	use, err := labs.Hold(ctx, labName(c))
	env := []string{insideEnv + "=" + labName(c), believedEnv + "=" + believed}
	if errors.Is(err, lab.ErrNotUp) {
		env = append(env, newLabEnv+"="+labName(c))
		use, err = startLab(ctx, labs, c, stderr)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leaveLab(ctx, use, stderr)) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := lab.Enter(use.Info, append([]string{self}, os.Args[1:]...), env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, behind(stdout), behind(stderr)
	err = waitInside(ctx, cmd, use.Info)
	var killed *killedError
	if !errors.As(err, &killed) {
		return err
	}
	if changed := use.Changed(); changed != "" {
		return restoreHint(&bench.UnrestoredError{Err: err}, changed)
	}
	if gone := goneLab(c, store); gone != nil {
		return gone
	}
	return err
}

// labIsDown says whether a campaign's lab is known not to be up.
func labIsDown(c campaign.Campaign) bool {
	labs, err := labManager()
	if err != nil {
		return false
	}
	_, err = labs.Status(labName(c))
	return errors.Is(err, lab.ErrNotUp)
}

// goneLab is the error of a store whose guest was left changed and was a lab that is not
// up any more: its disk ended with it, and a lab that is set up now is another machine.
func goneLab(c campaign.Campaign, path string) error {
	labs, err := labManager()
	if err != nil {
		return err
	}
	if !labIsDown(c) {
		return nil // what else is wrong with it is said when it is entered
	}
	store, openErr := results.OpenReadOnly(path)
	if openErr != nil {
		return nil // there is none yet, or its command says what is wrong
	}
	defer store.Close()
	changed, storeErr := store.Changed()
	if storeErr != nil || !changed {
		return storeErr
	}
	sessions, storeErr := store.Sessions()
	if storeErr != nil {
		return storeErr
	}
	for _, s := range sessions {
		if l := s.Host.Lab; l != nil && l.Name == labName(c) && lab.KeptBy(l.KeeperPID, l.KeeperStart) {
			return trouble.Hint(&bench.UnrestoredError{Err: fmt.Errorf("lab %q is up (process %d keeps it), and this user's state folder, %s, does not know it", labName(c), l.KeeperPID, labs.State)},
				"say it again as the user, and with the XDG_STATE_HOME, by whom and with which the lab was set up")
		}
	}
	stored, storeErr := store.Identity()
	disk := ""
	if stored != nil && stored.Disk != "" {
		disk = " " + stored.Disk
	}
	return errors.Join(trouble.Hint(&bench.UnrestoredError{Err: fmt.Errorf("lab %q is not up any more: the guest ended with its boot disk%s, and a lab that is set up now is another machine, to which nothing is written", labName(c), disk)},
		"this guest cannot be restored any more; what was measured is in the store, and vnettune run with another --store begins anew, in a new lab"), storeErr)
}

// leaveLimit bounds the end of a lab.
const leaveLimit = time.Minute

// leaveLab ends this command's use of a lab, and says where the lab stays up for its
// guest's sake.
func leaveLab(ctx context.Context, use *lab.Use, stderr io.Writer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveLimit)
	defer cancel()
	changed, err := use.Leave(ctx)
	if changed {
		fmt.Fprintf(stderr, "the lab stays up, so that its guest can be restored; vnettune lab down %s ends it\n", use.Info.Name)
	}
	return err
}

// lookEvery is how often a process outside a lab looks whether the lab is still there;
// goneGrace is what one inside has left to store when it is not.
const (
	lookEvery = 500 * time.Millisecond
	goneGrace = 2 * time.Second
)

// endWithout ends a process inside a lab when the lab is gone: the guest ended with it, and
// nothing is left to clean up. The returned function ends the watch.
func endWithout(info lab.Info, p *os.Process) (stop func()) {
	done := make(chan struct{})
	go func() {
		wait := lookEvery
		for {
			select {
			case <-done:
				return
			case <-time.After(wait):
			}
			switch {
			case wait == goneGrace:
				_ = p.Kill() // it may have ended
				return
			case !lab.KeptBy(info.KeeperPID, info.KeeperStart):
				wait = goneGrace
			}
		}
	}()
	return func() { close(done) }
}

// waitInside runs the command to its end and passes every signal on: it cleans up
// before it ends. When its lab is gone it is ended. It has a process group of its own, so that a terminal's Ctrl-C
// reaches it once, and a lifeline by which it notices when this process dies.
func waitInside(ctx context.Context, cmd *exec.Cmd, info lab.Info) error {
	held, end, err := os.Pipe()
	if err != nil {
		return err
	}
	defer end.Close()
	defer held.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.ExtraFiles = []*os.File{held}
	cmd.Env = append(cmd.Environ(), lifelineEnv+"="+strconv.Itoa(lifelineFD))
	done, err := delegateSignals(ctx, func() (*os.Process, error) {
		err := cmd.Start()
		return cmd.Process, err
	})
	if err != nil {
		return err
	}
	defer done()
	defer endWithout(info, cmd.Process)()
	return exitOf(cmd.Wait())
}

// lifelineEnv names the descriptor of a pipe whose other end the process holds that
// started this one, and nobody else: its end of file says that that process is gone. The
// kernel's own word for it (PR_SET_PDEATHSIG) would not do: it comes once for every thread
// of a dying process, and not at all into a user namespace.
const (
	lifelineEnv = "VNETTUNE_LIFELINE"
	lifelineFD  = 3 // the first of cmd.ExtraFiles
)

// watchStarter stops this process when the one that started it in a lab is gone.
func (h *signals) watchStarter() {
	fd, err := strconv.Atoi(os.Getenv(lifelineEnv))
	_ = os.Unsetenv(lifelineEnv) // it is not for what this process starts
	if err != nil {
		return
	}
	syscall.CloseOnExec(fd)
	held := os.NewFile(uintptr(fd), "lifeline")
	go func() {
		defer held.Close()
		if _, err := io.Copy(io.Discard, held); err != nil {
			return
		}
		h.handle(syscall.SIGHUP)
	}()
}

// A killedError says that a signal ended the process that worked inside a lab.
type killedError struct{ signal syscall.Signal }

func (e *killedError) Error() string {
	return "the process inside the lab was ended by a signal: " + e.signal.String()
}

// exitOf passes an exit code on; the command said what there was to say, unless a
// signal ended it.
func exitOf(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &killedError{status.Signal()}
	}
	return &exitError{code: exit.ExitCode()}
}

// startLab brings the campaign's lab up and says how long that took.
func startLab(ctx context.Context, labs lab.Manager, c campaign.Campaign, stderr io.Writer) (*lab.Use, error) {
	l := c.Guest.Lab
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "setting up the stand-in guest %q (not Windows) ...\n", labName(c))
	began := time.Now()
	use, err := labs.Use(ctx, lab.Options{
		Name: labName(c), Kind: labKinds[l.Kind], Generation: string(c.Guest.Generation), Language: l.Language, Build: l.Build, Driver: l.Driver,
		Delay: l.Delay, Rate: l.Rate, Untold: labUntold(l), IPerf: l.Iperf, Engine: l.Engine, Executable: self, Log: stderr,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the lab: %w", labError(err))
	}
	fmt.Fprintf(stderr, "the stand-in guest answers after %.1f s\n", time.Since(began).Seconds())
	return use, nil
}

// labUntold is what a campaign's lab is to hide.
func labUntold(l *campaign.Lab) machine.Untold {
	return machine.Untold{Takes: l.Takes, Effects: l.Effects, CarryOver: l.CarryOver, Interaction: l.Interaction, Seed: l.Seed}
}

func newLabExecCmd() *cobra.Command {
	var host bool
	c := &cobra.Command{
		Use:   "exec [NAME] -- COMMAND...",
		Short: "run a command in a stand-in guest, or beside it",
		Long: `Runs a Windows command in the guest over WinRM, with its exit code. With --host the
command runs on this host, inside the lab's network, where the guest can be
reached: for other WinRM clients, for iperf3, for tcpdump.`,
		RunE: func(c *cobra.Command, a []string) error {
			dash := c.ArgsLenAtDash()
			if dash < 0 || dash > 1 || dash == len(a) {
				return usageError(trouble.Hint(errors.New("lab exec: there is no command behind --"), "such as: vnettune lab exec -- hostname"))
			}
			m, err := labManager()
			if err != nil {
				return err
			}
			info, err := m.Status(labArgument(a[:dash]))
			if err != nil {
				return labError(err)
			}
			argv := a[dash:]
			if !host && os.Getenv(insideEnv) == info.Name {
				return execInGuest(c, info, strings.Join(argv, " "))
			}
			env := []string{insideEnv + "=" + info.Name}
			if !host {
				self, err := os.Executable()
				if err != nil {
					return err
				}
				argv = append([]string{self, "lab", "exec", info.Name, "--"}, argv...)
			}
			return becomeInside(c.Context(), lab.Enter(info, argv, env))
		},
	}
	c.Flags().BoolVar(&host, "host", false, "run the command on this host, inside the lab's network")
	return c
}

// becomeInside makes this process the command: there is nothing left to do for it
// afterwards, and nobody between the command and its terminal and signals.
func becomeInside(ctx context.Context, cmd *exec.Cmd) error {
	signal.Reset()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return spawn.Become(cmd)
}

// execInGuest runs a command line in the guest; this process is in its network.
func execInGuest(c *cobra.Command, info lab.Info, line string) error {
	pw, err := passwordFile(info.PasswordFile)
	if err != nil {
		return err
	}
	client, err := winrm.New(winrm.Config{
		Address: net.JoinHostPort(info.GuestAddress, strconv.Itoa(info.HTTPPort)), User: info.User, Password: pw,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := client.Run(c.Context(), line, nil)
	if err != nil {
		return fmt.Errorf("lab %s: %w", info.Name, err)
	}
	if _, err := bytesOut(c.OutOrStdout()).Write(r.Stdout); err != nil {
		return err
	}
	if _, err := bytesOut(c.ErrOrStderr()).Write(r.Stderr); err != nil {
		return err
	}
	if r.Exit != 0 {
		return &exitError{code: r.Exit & 0xff}
	}
	return nil
}

// bytesOut is where a command's own bytes go: as they are, but to a terminal past the guard.
func bytesOut(w io.Writer) io.Writer {
	if f, ok := behind(w).(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return w
	}
	return behind(w)
}

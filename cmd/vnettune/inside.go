package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/lab"
	"vnettune/matrix/campaign"
	"vnettune/results"
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

// campaignLab describes the campaign's lab, which is up.
func campaignLab(c campaign.Campaign) (lab.Info, error) {
	labs, err := labManager()
	if err != nil {
		return lab.Info{}, err
	}
	return labs.Status(labName(c))
}

// inside says whether this process can reach the campaign's guest as it is: the
// guest is no lab, or the process is in the lab's namespace.
func inside(c campaign.Campaign) bool {
	return c.Guest.Lab == nil || os.Getenv(insideEnv) == labName(c)
}

// runInside runs this command again inside the campaign's lab. If the lab is not up, it
// is brought up first and taken down afterwards.
func runInside(ctx context.Context, c campaign.Campaign, args []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	labs, err := labManager()
	if err != nil {
		return err
	}
	name := labName(c)
	env := []string{insideEnv + "=" + name}
	info, err := labs.Status(name)
	if errors.Is(err, lab.ErrNotUp) {
		env = append(env, newLabEnv+"="+name)
		if info, err = startLab(ctx, labs, c, stderr); err != nil {
			return err
		}
		defer func() {
			if exitCode(err) == exitUnrestored {
				fmt.Fprintf(stderr, "the lab stays up, so that its guest can be restored; vnettune lab down %s ends it\n", name)
				return
			}
			down, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			err = errors.Join(err, labs.Down(down, name))
		}()
	}
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := lab.Enter(info, append([]string{self}, args...), env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	return waitInside(ctx, cmd)
}

// goneLab is the error of a store whose guest was left changed and was a lab that is not
// up any more: its disk ended with it, and a lab that is set up now is another machine.
func goneLab(c campaign.Campaign, path string) error {
	_, err := campaignLab(c)
	if !errors.Is(err, lab.ErrNotUp) {
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
	stored, storeErr := store.Identity()
	disk := ""
	if stored != nil && stored.Disk != "" {
		disk = " " + stored.Disk
	}
	return errors.Join(trouble.Hint(&bench.UnrestoredError{Err: fmt.Errorf("lab %q is not up any more: the guest ended with its boot disk%s, and a lab that is set up now is another machine, to which nothing is written", labName(c), disk)},
		"this guest cannot be restored any more; what was measured is in the store, and a new store begins with a new lab"), storeErr)
}

// waitInside runs the command to its end and passes every signal on: it cleans up
// before it ends. It has a process group of its own, so that a terminal's Ctrl-C
// reaches it once, and it is told to stop when this process dies.
func waitInside(ctx context.Context, cmd *exec.Cmd) error {
	// The kernel ties the death signal to the thread that started the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	defer delegateSignals(ctx, func(s os.Signal) { _ = cmd.Process.Signal(s) })()
	if err := cmd.Start(); err != nil {
		return err
	}
	return exitOf(cmd.Wait())
}

// exitOf passes an exit code on; the command said what there was to say.
func exitOf(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &exitError{code: exit.ExitCode()}
	}
	return err
}

// startLab brings the campaign's lab up and says how long that took.
func startLab(ctx context.Context, labs lab.Manager, c campaign.Campaign, stderr io.Writer) (lab.Info, error) {
	l := c.Guest.Lab
	self, err := os.Executable()
	if err != nil {
		return lab.Info{}, err
	}
	fmt.Fprintf(stderr, "setting up the stand-in guest %q (not Windows) ...\n", labName(c))
	began := time.Now()
	info, err := labs.Up(ctx, lab.Options{
		Name: labName(c), Kind: labKinds[l.Kind], Generation: string(c.Guest.Generation), Language: l.Language,
		Delay: l.Delay, IPerf: l.Iperf, Executable: self, Log: stderr,
	})
	if err != nil {
		return lab.Info{}, fmt.Errorf("set up the lab: %w", labError(err))
	}
	fmt.Fprintf(stderr, "the stand-in guest answers after %.1f s\n", time.Since(began).Seconds())
	return info, nil
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
			cmd := lab.Enter(info, argv, env)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr()
			return waitInside(c.Context(), cmd)
		},
	}
	c.Flags().BoolVar(&host, "host", false, "run the command on this host, inside the lab's network")
	return c
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
	if _, err := c.OutOrStdout().Write(r.Stdout); err != nil {
		return err
	}
	if _, err := c.ErrOrStderr().Write(r.Stderr); err != nil {
		return err
	}
	if r.Exit != 0 {
		return &exitError{code: r.Exit & 0xff}
	}
	return nil
}

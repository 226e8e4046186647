package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/apply/winrm"
	"vnettune/lab"
)

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
				return usageError(errors.New("lab exec: put the command behind --, such as: vnettune lab exec -- hostname"))
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

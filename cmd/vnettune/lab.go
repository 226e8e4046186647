package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vnettune/lab"
	"vnettune/lab/fast"
	"vnettune/trouble"
)

// newLabCmd brings the stand-in guest up and down.
func newLabCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "lab",
		Short: "a stand-in guest: not Windows, but it plays one",
		Args:  noSuchCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		PersistentPreRun: func(c *cobra.Command, _ []string) { cleansUp(c.Context()) },
	}
	c.AddCommand(newLabUpCmd(), newLabStartCmd(), newLabDownCmd(), newLabStatusCmd(), newLabExecCmd(), newLabLogsCmd(), newLabVMCmd(), newLabKeeperCmd(), newLabFastGuestCmd())
	return c
}

// labKinds are the words of --kind.
var labKinds = map[string]string{"vm": lab.KindVM, "fast": lab.KindFast}

func newLabUpCmd() *cobra.Command {
	var kind string
	o := lab.Options{}
	c := &cobra.Command{
		Use:   "up [NAME]",
		Short: "start a stand-in guest and wait until it answers",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			o.Kind = labKinds[kind]
			m, err := labManager()
			if err != nil {
				return err
			}
			if o.Executable, err = os.Executable(); err != nil {
				return err
			}
			o.Name, o.Log = labArgument(a), c.ErrOrStderr()
			info, err := m.Up(c.Context(), o)
			if err != nil {
				return labError(err)
			}
			return info.WriteText(c.ErrOrStderr())
		},
	}
	f := c.Flags()
	oneOf(f, &kind, "kind", "vm", "vm (a virtual machine with virtio-net; on amd64 only) or fast (a network namespace)", "vm", "fast")
	f.StringVar(&o.Generation, "generation", "w10", "generation of Windows to play: xp, nt62, w10 or w11")
	f.StringVar(&o.Language, "language", "en", "language of its texts: en; on w10 and w11 also de, ru, zh or ja, as far as there are samples; but for xp also pseudo, in which no label can be read")
	f.StringVar(&o.Build, "build", "", "build of Windows to play (default: the first named): of nt62 9600 (Server 2012 R2) or 9200 (Server 2012); of w10 19045, 18362, 18363, 19041 to 19044, 14393 (Server 2016) or 17763 (Server 2019); of w11 26200, 22000, 22621, 22631, 20348 (Server 2022) or 26100 (Server 2025)")
	f.StringVar(&o.Driver, "driver", "", "NetKVM driver of its adapter, whose properties and legal values it has: 0.1.185, 0.1.240 or 0.1.271, or the stand-in's own twin (0.1.271 by another version) and slow (without offloads) (not on xp, and no 0.1.271 on nt62, which has 0.1.240 without this flag; the others have the newest properties then, and a version that is no driver's)")
	f.DurationVar(&o.Delay, "delay", 0, "delay of a round trip, such as 2ms (vm only)")
	f.IntVar(&o.Rate, "rate", 0, "rate of the link in both directions in Mbit/s (default: as fast as it goes)")
	f.StringVar(&o.IPerf, "iperf", "", "the guest's iperf3, a program of this host (default: the iperf3 on PATH)")
	f.StringVar(&o.Engine, "engine", "", "a PowerShell kit's folder: the commands of WinRM's shells are executed there, by Wine's cmd.exe and a real PowerShell, instead of played (fast only; docs/lab-engine.md)")
	f.StringArrayVar(&o.Faults, "fault", nil, "misbehave: a fault and the point at which it happens, such as http=503@boot=2,request=command (may be repeated; docs/lab-faults.md lists them)")
	f.StringArrayVar(&o.Untold.Takes, "takes", nil, "a setting that really acts at another moment, which no reading tells: SETTING=at-once, new-connections, adapter-restart or reboot (may be repeated; docs/lab-faults.md)")
	f.StringArrayVar(&o.Untold.Effects, "effect", nil, "a planted effect: SETTING=VALUE:PERCENT makes the link that much slower while the setting has that value in force (may be repeated; with --rate)")
	f.Float64Var(&o.Untold.CarryOver, "carry-over", 0, "share, from 0 to 1, of the window or buffer before it that stays in force when it changes within a boot")
	f.Float64Var(&o.Untold.Interaction, "interaction", 0, "standard deviation, in percent of the rate, of what each boot draws for each state of the settings (with --rate)")
	f.Uint64Var(&o.Untold.Seed, "seed", 0, "seed of what is drawn for --interaction")
	f.StringArrayVar(&o.WinRM, "winrm", nil, "how WinRM is configured: strict (as winrm quickconfig leaves it: NTLM only, sealed over HTTP) or accept-empty (may be repeated)")
	return c
}

func newLabStartCmd() *cobra.Command {
	var as lab.As
	c := &cobra.Command{
		Use:   "start [NAME]",
		Short: "start a stand-in guest that is switched off, as another machine where asked",
		Long: `A stand-in guest that was switched off (shutdown /s in it) waits to be started. What no flag says is as the
lab was brought up: this is the command of a campaign's variants (docs/variants.md).`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			m, err := labManager()
			if err != nil {
				return err
			}
			return labError(m.Start(c.Context(), labArgument(a), as))
		},
	}
	f := c.Flags()
	f.StringVar(&as.Driver, "driver", "", "NetKVM driver of its adapter, as of lab up")
	oneOf(f, &as.Machine, "machine", "", "QEMU's machine type (vm only; default q35)", "q35", "pc")
	oneOf(f, &as.Offloads, "offloads", "", "on, or off: its adapter leaves no checksums and segments to the host (vm only; default on)", "on", "off")
	return c
}

func newLabDownCmd() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "down [NAME]",
		Short: "end a stand-in guest and remove everything of it",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			m, err := labManager()
			if err != nil {
				return err
			}
			down := m.DownUnused
			if force {
				down = m.Down
			}
			return labError(down(c.Context(), labArgument(a)))
		},
	}
	c.Flags().BoolVar(&force, "force", false, "also under a campaign that works in it, whose guest is then gone")
	return c
}

func newLabStatusCmd() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "status [NAME]",
		Short: "describe the stand-in guests that are up",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			m, err := labManager()
			if err != nil {
				return err
			}
			labs, err := labsAsked(m, a)
			if err != nil {
				return labError(err)
			}
			return printLabs(c.OutOrStdout(), format, labs)
		},
	}
	formats(c.Flags(), &format)
	return c
}

func labsAsked(m lab.Manager, a []string) ([]lab.Info, error) {
	if len(a) == 0 {
		return m.List()
	}
	info, err := m.Status(a[0])
	return []lab.Info{info}, err
}

func printLabs(w io.Writer, format string, labs []lab.Info) error {
	if format == "json" {
		if labs == nil {
			labs = []lab.Info{}
		}
		return writeJSON(w, labs)
	}
	for _, i := range labs {
		if err := i.WriteText(w); err != nil {
			return err
		}
	}
	if len(labs) == 0 {
		fmt.Fprintln(w, "no lab is up; vnettune lab up starts one")
	}
	return nil
}

func newLabLogsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "logs [NAME]",
		Short: "print what the keeper and the guest logged",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			m, err := labManager()
			if err != nil {
				return err
			}
			return labError(m.Logs(labArgument(a), c.OutOrStdout()))
		},
	}
}

// newLabVMCmd is for make demo, which takes the fast lab where there can be no virtual machine.
func newLabVMCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "vm",
		Short:  "whether this host can have the virtual machine lab, whose kernel is fetched",
		Hidden: true,
		Args:   args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			m, err := labManager()
			if err != nil {
				return err
			}
			return m.CanVM(c.Context(), c.ErrOrStderr())
		},
	}
}

// newLabKeeperCmd is the process that owns a lab; lab up starts it.
func newLabKeeperCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "keeper FILE",
		Hidden: true,
		Args:   args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return lab.Keep(c.Context(), a[0], behind(c.ErrOrStderr()))
		},
	}
}

// newLabFastGuestCmd is the guest of a fast lab; its keeper starts it.
func newLabFastGuestCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "fast-guest FILE",
		Hidden: true,
		Args:   args(cobra.ExactArgs(1)),
		RunE:   func(_ *cobra.Command, a []string) error { return fast.Main(a[0]) },
	}
}

func labArgument(a []string) string {
	if len(a) == 0 {
		return lab.DefaultName
	}
	return a[0]
}

// labError tells a wrong request from a machine that failed.
func labError(err error) error {
	if errors.Is(err, lab.ErrOptions) {
		return usageError(err)
	}
	return err
}

// labManager is where this user's labs live: the XDG folders, whose defaults lie in
// the home folder.
func labManager() (lab.Manager, error) {
	state, err := xdgFolder("XDG_STATE_HOME", ".local/state")
	if err != nil {
		return lab.Manager{}, err
	}
	cache, err := xdgFolder("XDG_CACHE_HOME", ".cache")
	if err != nil {
		return lab.Manager{}, err
	}
	runtime := os.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(runtime) {
		runtime = os.TempDir()
	}
	return lab.Manager{
		State:   filepath.Join(state, "labs"),
		Cache:   cache,
		Runtime: filepath.Join(runtime, fmt.Sprintf("vnettune-%d", os.Getuid())),
	}, nil
}

// xdgFolder is the program's folder of one XDG kind. A relative path in the variable
// is ignored, as the specification wants.
func xdgFolder(variable, def string) (string, error) {
	if base := os.Getenv(variable); filepath.IsAbs(base) {
		return filepath.Join(base, "vnettune"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", trouble.Hint(err, "set HOME or %s", variable)
	}
	return filepath.Join(home, def, "vnettune"), nil
}

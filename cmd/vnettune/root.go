package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

const longHelp = `vnettune loops over combinations of Windows network settings: it applies each to a
KVM guest over WinRM, reboots, proves that the guest came back with the settings
in effect, runs iperf3 against its virtio-net adapter, and ranks the combinations
statistically.

Exit codes:
  0    done, or the gate passes
  1    failed: a check failed, settings are not in effect, no usable boot
  2    wrong usage or invalid data
  3    finished, but some boots failed or a limit was reached
  4    gate: regression            5    gate: inconclusive
  6    the guest is left changed; the message says how to restore it
  130  interrupted                 143  terminated`

func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:           "vnettune",
		Short:         "find out which Windows network settings really help a KVM guest",
		Long:          longHelp,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError(fmt.Errorf("there is no command %q; vnettune --help lists them", args[0]))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
	})
	root.AddCommand(
		newGuestSetupCmd(), newDoctorCmd(), newSettingsCmd(), newProfilesCmd(), newInitCmd(),
		newPlanCmd(), newRunCmd(), newReportCmd(), newRankCmd(),
		newGateCmd(), newHistoryCmd(), newSimulateCmd(),
		newExcludeCmd(), newRestoreCmd(), newLabCmd(),
	)
	return root
}

// args makes cobra's argument checks usage errors.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, a []string) error {
		if err := check(c, a); err != nil {
			return usageError(fmt.Errorf("%s: %w; usage: %s", c.Name(), err, c.UseLine()))
		}
		return nil
	}
}

// version is the module's version or the commit that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return info.Main.Version + " " + s.Value[:12]
		}
	}
	return info.Main.Version
}

// errNoUsableBoot is how a campaign ends that measured nothing.
var errNoUsableBoot = errors.New("no boot gave a number that may be ranked")

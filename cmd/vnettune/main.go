// Command vnettune finds out which Windows network settings really make a KVM
// guest faster, by how much, and how sure that is.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vnettune/foreign"
	"vnettune/lab/guest"
	"vnettune/matrix"
	"vnettune/trouble"
)

func main() {
	// The same binary is the init of the stand-in guest's virtual machine, and in it
	// every program of Windows that the guest agent starts.
	if guest.IsInit() {
		guest.Main()
		return
	}
	if guest.IsProgram() {
		os.Exit(guest.RunProgram())
	}
	os.Exit(vnettune(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// vnettune runs one command and returns the process's exit code. Machine output
// goes to stdout, all else to stderr, both past the guard against foreign words.
func vnettune(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, errs := foreign.NewWriter(stdout), foreign.NewWriter(stderr)
	defer out.Flush()
	defer errs.Flush()
	ctx, stop := withSignals(errs)
	defer stop()
	root := newRootCmd()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(errs)
	err := signalled(ctx, leftChanged(ctx, trouble.Guard(func() error { return root.ExecuteContext(ctx) })))
	complain(errs, err)
	if p := (*trouble.Panic)(nil); errors.As(err, &p) {
		fmt.Fprintf(errs, "%s\n", p.Stack)
	}
	return exitCode(err)
}

// behind is the stream behind the guard: for a process that is started with it, and for
// whoever asks whether it is a terminal.
func behind(w io.Writer) io.Writer {
	if g, ok := w.(*foreign.Writer); ok {
		return g.Unguarded()
	}
	return w
}

const longHelp = `vnettune loops over combinations of Windows network settings: it applies each to a
KVM guest over WinRM, reboots, proves that the guest came back with the settings
in effect, runs iperf3 against its virtio-net adapter, and ranks the combinations
statistically.

Exit codes:
  0    done, or the gate passes
  1    failed: a check failed, settings are not in effect, no usable boot
  2    wrong usage or invalid data
  3    finished, but some boots or every run of a workload failed, or a limit was reached
  4    gate: regression            5    gate: inconclusive
  6    the guest is left changed, or this host; the message says how to restore
  130  interrupted                 143  terminated, or its terminal hung up`

func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:           "vnettune",
		Short:         "find out which Windows network settings really help a KVM guest",
		Long:          longHelp,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(noSuchFlag)
	root.AddCommand(
		newGuestSetupCmd(), newDoctorCmd(), newAuditCmd(), newSettingsCmd(), newProfilesCmd(), newImportCmd(), newInitCmd(),
		newPlanCmd(), newRunCmd(), newReportCmd(), newRankCmd(),
		newGateCmd(), newCompareCmd(), newHistoryCmd(), newBisectCmd(), newBaselineCmd(), newSimulateCmd(),
		newExcludeCmd(), newApplyCmd(), newRestoreCmd(), newStatusCmd(), newExportCmd(), newBundleCmd(), newVerifyCmd(), newVerdictsCmd(), newLabCmd(), newVersionCmd(), newManCmd(),
	)
	complete(root)
	narrowHelp(root)
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = helpTopic
		}
	}
	return root
}

// helpTopic refuses to help about a command that there is not: cobra would tell about its parent.
func helpTopic(c *cobra.Command, args []string) error {
	about := c.Root()
	for _, name := range args {
		i := slices.IndexFunc(about.Commands(), func(sub *cobra.Command) bool { return sub.Name() == name })
		if i < 0 {
			return noSuchCommand(about, []string{name})
		}
		about = about.Commands()[i]
	}
	return nil
}

// noSuchFlag names the flag that is nearest to one that the command does not have, or the legal values of one that it has.
func noSuchFlag(c *cobra.Command, err error) error {
	wrong, illegal := (*pflag.InvalidValueError)(nil), notLegal{}
	if errors.As(err, &wrong) && errors.As(err, &illegal) {
		return usageError(illegal.of(wrong))
	}
	near := ""
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if near = matrix.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			near = matrix.Meant("--" + near)
		}
	}
	return usageError(trouble.Hint(err, "%ssee %s --help", near, c.CommandPath()))
}

// noSuchCommand refuses words behind a command that only has others below it, and names the nearest of these.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			names = append(names, sub.Name())
		}
	}
	return usageError(trouble.Hint(fmt.Errorf("there is no command %q", args[0]), "%s%s --help lists them", matrix.Meant(matrix.Nearest(args[0], names)), c.CommandPath()))
}

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "the version of the source that this program was built from",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "vnettune %s, %s, %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// args makes cobra's argument checks usage errors.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, a []string) error {
		if err := check(c, a); err != nil {
			if check(c, nil) == nil && strings.HasPrefix(err.Error(), "unknown command") { // cobra's words for a command without arguments
				err = fmt.Errorf("it takes nothing but flags, and %q is none", a[0])
			}
			return usageError(trouble.Hint(fmt.Errorf("%s: %w", c.Name(), err), "usage: %s", c.UseLine()))
		}
		return nil
	}
}

// source is the version of the source as the linker was told (tools/version): of a tag or a commit, also where Go sees no
// repository, as in an archive of the source. Empty: it was not told.
var source string

// version is source, or what Go itself knows of the source: the module's version with the commit that the binary was
// built from, which Go's own version of an untagged one has already.
func version() string {
	if source != "" {
		return source
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(info.Main.Version, s.Value[:12]) {
			return info.Main.Version + " " + s.Value[:12]
		}
	}
	return info.Main.Version
}

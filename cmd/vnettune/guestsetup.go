package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vnettune/apply/setup"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

func newGuestSetupCmd() *cobra.Command {
	s := setup.Script{Port: campaign.DefaultIperfPort, Second: campaign.DefaultSecondPort, Meter: campaign.DefaultMeterPort, Port2: campaign.DefaultIperf2Port}
	var generation matrix.Generation
	cmd := &cobra.Command{
		Use:   "guest-setup --harness ADDRESS",
		Short: "print what an administrator runs once on a guest",
		Long: `Prints a script that an administrator saves on a Windows guest, reads, and runs there
once. It sets up WinRM over https with a certificate of its own and prints the
certificate's fingerprint for the campaign file; it allows NTLM, switches Basic and
unencrypted messages off, and opens the firewall for WinRM, iperf3 and vnettune's own
meter to this host's address only. With --generation xp it is a batch file for Windows XP and Server 2003,
where WinRM speaks http and NTLM encrypts every message; it lets iperf 2 in, too.

The script keeps what it changes under HKLM\SOFTWARE\vnettune\Setup. The script that
--undo prints puts exactly that back and leaves nothing behind. The project itself has
never run either of them on a Windows: read them first.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("host") { // what is on standard output is the script
				fmt.Fprintln(cmd.ErrOrStderr(), "--host is called --harness now, and goes with the next version")
			}
			s.XP = generation == matrix.XP
			text, err := s.Text()
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().BoolVar(&s.Undo, "undo", false, "print the script that puts everything back")
	const usage = "this host's IP address as the guest sees it: the only one that is let in"
	cmd.Flags().StringVar(&s.Host, "harness", "", usage)
	cmd.Flags().StringVar(&s.Host, "host", "", usage)
	_ = cmd.Flags().MarkHidden("host") // the flag is there
	cmd.Flags().StringVar(&s.IPerf, "iperf", labIPerf, "where iperf3 is, or will be, on the guest")
	cmd.Flags().StringVar(&s.IPerf2, "iperf2", campaign.DefaultIperf2, "where iperf 2 is, or will be, on a guest of generation xp")
	oneOf(cmd.Flags(), &generation, "generation", matrix.W10, "the guest's Windows: xp, or nt62, w10, w11, which are the same here", matrix.Driven()...)
	return cmd
}

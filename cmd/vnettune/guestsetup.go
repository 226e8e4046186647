package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

//go:embed guestsetup
var guestSetupFiles embed.FS

// guestSetup is what is printed for an administrator of a guest.
type guestSetup struct {
	undo bool
	host string
	exe  string
	xp   bool
}

func newGuestSetupCmd() *cobra.Command {
	var s guestSetup
	generation := string(matrix.W10)
	cmd := &cobra.Command{
		Use:   "guest-setup --host ADDRESS",
		Short: "print what an administrator runs once on a guest",
		Long: `Prints a script that an administrator saves on a Windows guest, reads, and runs there
once. It sets up WinRM over https with a certificate of its own and prints the
certificate's fingerprint for the campaign file; it allows NTLM, switches Basic and
unencrypted messages off, and opens the firewall for WinRM and iperf3 to this host's
address only. With --generation xp it is a batch file for Windows XP and Server 2003,
where WinRM speaks http and NTLM encrypts every message.

The script keeps what it changes under HKLM\SOFTWARE\vnettune\Setup. The script that
--undo prints puts exactly that back and leaves nothing behind. The project itself has
never run either of them on a Windows: read them first.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("--generation", generation, "xp", "nt62", "w10", "w11"); err != nil {
				return err
			}
			s.xp = generation == string(matrix.XP)
			if err := s.check(); err != nil {
				return usageError(err)
			}
			_, err := io.WriteString(cmd.OutOrStdout(), s.script())
			return err
		},
	}
	cmd.Flags().BoolVar(&s.undo, "undo", false, "print the script that puts everything back")
	cmd.Flags().StringVar(&s.host, "host", "", "this host's IP address as the guest sees it: the only one that is let in")
	cmd.Flags().StringVar(&s.exe, "iperf", labIPerf, "where iperf3 is, or will be, on the guest")
	cmd.Flags().StringVar(&generation, "generation", generation, "the guest's Windows: xp, or nt62, w10, w11, which are the same here")
	return cmd
}

// What may stand in a script. A path in the guest is within single quotes of
// PowerShell, or bare in a batch file.
var (
	guestPath   = regexp.MustCompile(`^[A-Za-z]:(\\[A-Za-z0-9_.()-]+( [A-Za-z0-9_.()-]+)*)+\.exe$`)
	guestPathXP = regexp.MustCompile(`^[A-Za-z]:(\\[A-Za-z0-9_.-]+)+\.exe$`)
)

// check refuses whatever could be more than an address and a path in the script.
func (s *guestSetup) check() error {
	path := guestPath
	if s.xp {
		path = guestPathXP
	}
	if !path.MatchString(s.exe) {
		return fmt.Errorf(`--iperf: %q is not legal; a full path in the guest such as C:\vnettune\iperf3.exe, of letters, digits and _.-, on xp without spaces`, s.exe)
	}
	if s.undo && s.host == "" {
		return nil // what was set up says what is to be undone
	}
	if s.host == "" {
		return errors.New("--host is missing: this host's IP address as the guest sees it, the only one that the guest's firewall lets in")
	}
	a, err := netip.ParseAddr(s.host)
	switch {
	case err != nil:
		return fmt.Errorf("--host: %q is no IP address; give this host's address in the guest's network, such as 192.0.2.1", s.host)
	case a.Zone() != "" || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.Is4In6():
		return fmt.Errorf("--host: %s is no address that the guest can see this host by", a)
	case s.xp && !a.Is4():
		return fmt.Errorf("--host: the firewall of XP and 2003 takes IPv4 addresses only, not %s", a)
	}
	s.host = a.String()
	return nil
}

// script fills in the file. Batch files have the line ends that cmd.exe expects.
func (s guestSetup) script() string {
	name := map[bool]string{false: "setup", true: "undo"}[s.undo] + map[bool]string{false: ".ps1", true: "-xp.cmd"}[s.xp]
	text, err := guestSetupFiles.ReadFile("guestsetup/" + name)
	if err != nil {
		panic(err) // embedded
	}
	out := strings.NewReplacer("{{.Host}}", s.host, "{{.IPerf}}", s.exe, "{{.Port}}", strconv.Itoa(campaign.DefaultIperfPort)).Replace(string(text))
	if s.xp {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out
}

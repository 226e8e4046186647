package cmdline

import (
	"strings"
	"testing"

	"vnettune/matrix/campaign"
)

// A campaign takes for iperf3 on a guest of generation xp what a command line takes.
func TestProgramsOfXP(t *testing.T) {
	for _, exe := range []string{
		"iperf3.exe", `C:\iperf3.exe`, `c:\tools\iperf-3.1_x.EXE`, `C:\Program Files\iperf3.exe`, `C:\iperf3`, `\\host\share\iperf3.exe`,
		`C:iperf3.exe`, `C:\a%b%\iperf3.exe`, `C:\a&b\iperf3.exe`, `C:/tools/iperf3.exe`, `C:\`, `CC:\iperf3.exe`, `C:\ü\iperf3.exe`, `C:\..\iperf3.exe`,
	} {
		text := "name: n\nguest:\n  control: 192.0.2.1\n  data: 192.0.2.1\n  user: u\n  password_env: P\n  generation: xp\n  iperf: '" + exe + "'\ndesign: aa\n"
		_, planned := campaign.Parse("c.yaml", []byte(text))
		sent := allowed("{EXE}", exe)
		if (planned == nil) != (sent == nil) || planned != nil && !strings.Contains(planned.Error(), "c.yaml:8:10: guest.iperf: ") {
			t.Errorf("%s: a campaign says %v, a command line %v", exe, planned, sent)
		}
	}
}

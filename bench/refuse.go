package bench

import (
	"fmt"
	"strconv"
	"strings"

	"vnettune/apply/terms"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// The Cygwin library up to 2.7 set both buffers of every socket and so switched
// the receive window's auto-tuning off: the fix is in the releases from May 2017
// on (docs/facts/iperf3.md 3; which release exactly was not found).
const (
	fixedCygwinMajor = 2
	fixedCygwinMinor = 8
)

// CheckServer refuses a guest's iperf3 that would hide what is under test.
func CheckServer(s terms.IPerfServer, settings []matrix.Planned) error {
	v, err := iperf.ParseVersion(s.Version)
	if err != nil {
		return fmt.Errorf("iperf3 on the guest (%s): %w", s.Exe, err)
	}
	if v.Cygwin == "" || !oldCygwin(v.Cygwin) {
		return nil
	}
	for _, p := range settings {
		switch p.Setting.ID {
		case "tcp.autotuninglevel", "afd.DefaultReceiveWindow", "afd.DefaultSendWindow", "tcpip.TcpWindowSize":
			return trouble.Hint(fmt.Errorf("iperf3 %s on the guest uses Cygwin %s, which sets the buffers of every socket: %s could not show", v.Number, v.Cygwin, p.Setting.ID),
				"put a build with Cygwin %d.%d or later on the guest (guest.iperf)", fixedCygwinMajor, fixedCygwinMinor)
		}
	}
	return nil
}

// oldCygwin says whether the library is from before the fix.
func oldCygwin(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	m, err := strconv.Atoi(major)
	n, err2 := strconv.Atoi(minor)
	if err != nil || err2 != nil {
		return false
	}
	return m < fixedCygwinMajor || m == fixedCygwinMajor && n < fixedCygwinMinor
}

// updateWords are the reasons for a pending reboot that may install updates at a boot
// (docs/facts/windows-samples.md 5.4). File renames do not.
var updateWords = map[string]string{"cbs": "component servicing", "wu": "Windows Update"}

// PendingUpdates names what asks for a reboot to finish updates; "" for nothing.
// pending is what the guest's facts say.
func PendingUpdates(pending []string) string {
	var words []string
	for _, p := range pending {
		if w := updateWords[p]; w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " and ")
}

// refusePending refuses a guest whose boots would install updates and be measured
// meanwhile, and one that does not say whether they would.
func refusePending(f record.Guest) error {
	if why := f.Problems["pending"]; why != "" {
		return trouble.Hint(fmt.Errorf("%s: the guest does not say whether it asks for a reboot to finish updates: %s", record.UpdatesPending, why),
			"see that the user may read HKLM on the guest, or set guest.pending_updates: allow")
	}
	what := PendingUpdates(f.Pending)
	if what == "" {
		return nil
	}
	return trouble.Hint(fmt.Errorf("%s: %s on the guest asks for a reboot: the next boots would install updates, and that would be measured", record.UpdatesPending, what),
		"reboot the guest until nothing asks for it (vnettune doctor says so), or set guest.pending_updates: allow")
}

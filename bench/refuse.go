package bench

import (
	"fmt"
	"strings"

	"vnettune/apply/terms"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// windowSettings are those that act on the buffers or windows of sockets: with buffers that
// a program sets itself none of them shows.
var windowSettings = map[string]bool{
	"tcp.autotuninglevel": true, "tcp.heuristics_wsh": true, "tcp.heuristics_forcews": true,
	"tcpip.TcpWindowSize": true, "tcpip.GlobalMaxTcpWindowSize": true, "tcpip.Tcp1323Opts": true, "tcpip.EnableWsd": true,
	"afd.DefaultReceiveWindow": true, "afd.DefaultSendWindow": true, "afd.TcpReceiveWindowMax": true, "afd.DynamicSendBufferDisable": true,
}

// Hidden names the settings under test that a guest's iperf3 would hide: a build that sets
// the buffers of every socket hides those of windows. None for another build.
func Hidden(v iperf.Version, settings []matrix.Planned) []string {
	var hidden []string
	for _, p := range settings {
		if v.SetsBuffers() && windowSettings[p.Setting.ID] {
			hidden = append(hidden, p.Setting.ID)
		}
	}
	return hidden
}

// CheckServer refuses a guest's iperf3 that would hide what is under test, unless allowed.
func CheckServer(s terms.IPerfServer, settings []matrix.Planned, allowed bool) (iperf.Version, error) {
	v, err := iperf.ParseVersion(s.Version)
	if err != nil {
		return v, fmt.Errorf("iperf3 on the guest (%s): %w", s.Exe, err)
	}
	if hidden := Hidden(v, settings); len(hidden) > 0 && !allowed {
		return v, trouble.Hint(fmt.Errorf("%s on the guest sets the buffers of every socket: %s could not show", v, strings.Join(hidden, ", ")),
			"put iperf3 3.16 or later on the guest (guest.iperf), with Cygwin %s or later, or set guest.old_iperf: allow", iperf.MendedCygwin)
	}
	return v, nil
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

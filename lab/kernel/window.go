package kernel

import (
	"strconv"
	"strings"
)

const (
	// clampBelow is the largest window in bytes that is held by a route's "window"
	// metric. Below it the window is the limit itself, and exactness matters; above
	// it a window grows by autotuning, and the buffer's maximum limits it.
	clampBelow = 1 << 20

	// maxReceiveBuffer keeps one connection from using up the memory of a guest of 512 MiB.
	maxReceiveBuffer = 64 << 20
)

// clamp is the value of the route's window metric for a wanted receive window in
// bytes; 0 means none. The kernel never advertises more than the metric to a
// connection made over that route, whatever its buffers are (RTAX_WINDOW, ip-route(8):
// "the maximal window for TCP to advertise to these destinations"). A limit by
// tcp_rmem alone depends on how the kernel accounts for the overhead of a packet,
// which changed with Linux 6.6 (measured there: 65536 bytes of buffer advertise 32 KiB).
func clamp(window int) int {
	if window == 0 || window > clampBelow {
		return 0
	}
	return window
}

// receiveBuffers is tcp_rmem for a wanted receive window in bytes.
//
// Under a clamp the default and the maximum are the same, four times the window: with room to grow,
// autotuning would move the clamp along. Above, the maximum is twice the window (tcp_adv_win_scale
// 1: half of a buffer is window) and a connection begins with the kernel's own default and grows,
// as under Windows.
func receiveBuffers(window int, own string) string {
	if clamp(window) != 0 {
		return triple(own, 4*window, 4*window)
	}
	largest := min(2*window, maxReceiveBuffer)
	def := 131072
	if f := strings.Fields(own); len(f) == 3 {
		if n, err := strconv.Atoi(f[1]); err == nil {
			def = n
		}
	}
	return triple(own, min(def, largest), largest)
}

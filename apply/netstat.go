package apply

import "strings"

// listens says whether the answer of netstat -an -p tcp has a listening socket on
// the port. The state's word is localised; a listener is known by its foreign
// address, which has neither host nor port.
func listens(text, port string) bool {
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 3 || f[0] != "TCP" || f[2] != "0.0.0.0:0" && f[2] != "[::]:0" {
			continue
		}
		if at := strings.LastIndexByte(f[1], ':'); at >= 0 && f[1][at+1:] == port {
			return true
		}
	}
	return false
}

package guest

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// tcpListen is TCP_LISTEN of include/net/tcp_states.h as /proc/net/tcp writes it.
const tcpListen = "0A"

// listening says whether a TCP socket of this namespace listens on port.
func listening(port int) bool {
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(path)
		if err != nil {
			continue // a kernel without IPv6 has no second table
		}
		found := listensOn(f, port)
		f.Close()
		if found {
			return true
		}
	}
	return false
}

// listensOn searches a table in the form of /proc/net/tcp
// (Documentation/networking/proc_net_tcp.rst).
func listensOn(table io.Reader, port int) bool {
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != tcpListen {
			continue
		}
		_, hex, ok := strings.Cut(fields[1], ":")
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
			return true
		}
	}
	return false
}

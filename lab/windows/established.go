package windows

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// established says whether a TCP connection with that local port is established
// on the machine that this process runs on.
func established(port int) (bool, error) {
	for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6 has no tcp6
		}
		if err != nil {
			return false, err
		}
		found, err := hasEstablished(f, port)
		f.Close()
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// hasEstablished looks for the port in the form of proc(5): a header, then rows
// "sl local_address rem_address st ...", addresses ending in a hexadecimal port,
// state 01 for an established connection.
func hasEstablished(r io.Reader, port int) (bool, error) {
	sc := bufio.NewScanner(r)
	sc.Scan()
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) < 4 {
			return false, fmt.Errorf("connections: row %q has fewer than 4 columns", sc.Text())
		}
		_, hex, ok := strings.Cut(f[1], ":")
		n, err := strconv.ParseUint(hex, 16, 16)
		if !ok || err != nil {
			return false, fmt.Errorf("connections: address %q has no hexadecimal port", f[1])
		}
		if int(n) == port && f[3] == "01" {
			return true, nil
		}
	}
	return false, sc.Err()
}

package processes

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Socket is one socket of the machine below.
type Socket struct {
	Local, Remote netip.AddrPort
	State         string // as proc(5) writes it: "0A" listens, "01" is connected
}

// Sockets lists the sockets of a protocol, tcp or udp, on the machine that this
// process runs on. Addresses of IPv4 in IPv6 are given as those of IPv4.
func Sockets(protocol string) ([]Socket, error) {
	var all []Socket
	for _, suffix := range []string{"", "6"} {
		f, err := os.Open("/proc/self/net/" + protocol + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6 has no second table
		}
		if err != nil {
			return nil, err
		}
		list, err := readSockets(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// readSockets reads a table in the form of proc(5): a header, then rows "sl
// local_address rem_address st ...", addresses as hexadecimal words in the machine's
// byte order with a hexadecimal port.
func readSockets(r io.Reader) ([]Socket, error) {
	var list []Socket
	sc := bufio.NewScanner(r)
	sc.Scan()
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) < 4 {
			return nil, fmt.Errorf("connections: row %q has fewer than 4 columns", sc.Text())
		}
		local, err := hexAddress(f[1])
		if err != nil {
			return nil, err
		}
		remote, err := hexAddress(f[2])
		if err != nil {
			return nil, err
		}
		list = append(list, Socket{local, remote, f[3]})
	}
	return list, sc.Err()
}

// hexAddress reads one address.
func hexAddress(s string) (netip.AddrPort, error) {
	address, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(address)
	n, perr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || perr != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, fmt.Errorf("connections: %q is not an address and a port", s)
	}
	for word := range slices.Chunk(b, 4) {
		slices.Reverse(word) // little-endian, as every machine is that runs a stand-in
	}
	ip, _ := netip.AddrFromSlice(b)
	if ip = ip.Unmap(); ip == netip.IPv6Unspecified() {
		ip = netip.IPv4Unspecified() // serves both
	}
	return netip.AddrPortFrom(ip, uint16(n)), nil
}

// Established says whether a TCP connection with that local port is established.
func Established(port int) (bool, error) { return has(port, "01") }

// Listening says whether a TCP socket listens on port.
func Listening(port int) (bool, error) { return has(port, "0A") }

// has says whether this machine has a TCP socket with that local port in that state.
func has(port int, state string) (bool, error) {
	list, err := Sockets("tcp")
	return slices.ContainsFunc(list, func(s Socket) bool { return int(s.Local.Port()) == port && s.State == state }), err
}

package counters

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"vnettune/results/record"
)

// Of the kernel's interface to its sockets (include/uapi/linux/inet_diag.h, sock_diag(7)).
const (
	diagByFamily   = 20 // SOCK_DIAG_BY_FAMILY
	diagInfo       = 2  // INET_DIAG_INFO, an attribute, and a bit of those that are asked for
	diagBytecode   = 1  // INET_DIAG_REQ_BYTECODE
	codeRemoteIs   = 8  // INET_DIAG_BC_D_COND
	sizeOfRequest  = 56 // struct inet_diag_req_v2
	sizeOfMessage  = 72 // struct inet_diag_msg
	sizeOfOp       = 4  // struct inet_diag_bc_op
	sizeOfHostCond = 8  // struct inet_diag_hostcond without its address
)

// states are those in which a socket still counts: all but those that only wait or listen
// (include/net/tcp_states.h: established, both FIN-WAIT, CLOSE-WAIT, LAST-ACK, CLOSING).
const states = 1<<1 | 1<<4 | 1<<5 | 1<<8 | 1<<9 | 1<<11

// socket is one TCP socket of this host with what the kernel counts of it.
type socket struct {
	cookie uint64 // by which the kernel tells it from all others of a boot
	record.TCPSocket
}

// bytes is what it carried in both directions.
func (s socket) bytes() float64 {
	sum := 0.0
	for _, n := range []*float64{s.BytesAcked, s.BytesReceived} {
		if n != nil {
			sum += *n
		}
	}
	return sum
}

// request asks for the TCP sockets that are connected to an address and port.
func request(to netip.AddrPort) []byte {
	address := to.Addr().Unmap()
	family := byte(unix.AF_INET)
	if address.Is6() {
		family = unix.AF_INET6
	}
	b := make([]byte, sizeOfRequest)
	b[0], b[1], b[2] = family, unix.IPPROTO_TCP, 1<<(diagInfo-1)
	binary.NativeEndian.PutUint32(b[4:], states)

	raw := address.WithZone("").AsSlice()
	op := make([]byte, sizeOfOp+sizeOfHostCond)
	length := len(op) + len(raw)
	op[0], op[1] = codeRemoteIs, byte(length) // where it holds, the next operation, of which there is none
	binary.NativeEndian.PutUint16(op[2:], uint16(length+sizeOfOp))
	op[4], op[5] = family, byte(8*len(raw))
	binary.NativeEndian.PutUint32(op[8:], uint32(to.Port()))
	op = append(op, raw...)

	attribute := make([]byte, unix.SizeofNlAttr)
	binary.NativeEndian.PutUint16(attribute, uint16(unix.SizeofNlAttr+len(op)))
	binary.NativeEndian.PutUint16(attribute[2:], diagBytecode)
	return slices.Concat(b, attribute, op)
}

// sockets asks the kernel for the TCP sockets that are connected to an address and port.
func sockets(to netip.AddrPort) ([]socket, error) {
	req := nl.NewNetlinkRequest(diagByFamily, unix.NLM_F_DUMP)
	req.AddRawData(request(to))
	messages, err := req.Execute(unix.NETLINK_INET_DIAG, diagByFamily)
	if err != nil {
		return nil, fmt.Errorf("ask the kernel for its TCP sockets: %w", err)
	}
	var all []socket
	for _, m := range messages {
		s, err := parseSocket(m)
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, *s)
		}
	}
	return all, nil
}

// parseSocket reads one message about a socket; nil for one that the kernel tells nothing of, as of a
// socket that ends just now.
func parseSocket(b []byte) (*socket, error) {
	if len(b) < sizeOfMessage {
		return nil, fmt.Errorf("the kernel's message about a socket has %d bytes, and should have %d", len(b), sizeOfMessage)
	}
	s := socket{cookie: binary.NativeEndian.Uint64(b[44:])}
	s.Port = int(binary.BigEndian.Uint16(b[4:]))
	for rest := b[sizeOfMessage:]; len(rest) >= unix.SizeofNlAttr; {
		length, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
		if length < unix.SizeofNlAttr || length > len(rest) {
			return nil, errors.New("the kernel's message about a socket is cut off")
		}
		if kind == diagInfo {
			tcpInfo(rest[unix.SizeofNlAttr:length], &s.TCPSocket)
			return &s, nil
		}
		rest = rest[min(len(rest), (length+3)&^3):]
	}
	return nil, nil
}

// tcpInfo reads struct tcp_info (include/uapi/linux/tcp.h), which grows with the kernel: what it is too short for
// stays nil.
func tcpInfo(b []byte, s *record.TCPSocket) {
	u32 := func(at int, by float64) *float64 {
		if len(b) < at+4 {
			return nil
		}
		return new(float64(binary.NativeEndian.Uint32(b[at:])) / by)
	}
	u64 := func(at int, by float64) *float64 {
		if len(b) < at+8 {
			return nil
		}
		return new(float64(binary.NativeEndian.Uint64(b[at:])) / by)
	}
	s.RTT, s.Cwnd, s.Retransmits = u32(68, 1e3), u32(80, 1), u32(100, 1)
	s.BytesAcked, s.BytesReceived = u64(120, 1), u64(128, 1)
	if s.MinRTT = u32(148, 1e3); s.MinRTT != nil && *s.MinRTT == float64(1<<32-1)/1e3 {
		s.MinRTT = nil // it has not seen any yet
	}
	s.Delivery = u64(160, 1e6/8)
	s.Busy, s.RwndLimited, s.SndbufLimited = u64(168, 1e6), u64(176, 1e6), u64(184, 1e6)
	s.SndWnd = u32(228, 1)
}

// data are the sockets that carry the run: all but so many control connections of the tool, none or one, which is
// the one with the fewest bytes. Of UDP's runs there is only that one.
func data(all []socket, streams, control int) []record.TCPSocket {
	slices.SortStableFunc(all, func(a, b socket) int {
		switch x, y := a.bytes(), b.bytes(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	if len(all) < max(streams, 1)+control {
		return nil // not all were seen, and which one is the control connection is not known
	}
	var out []record.TCPSocket
	for _, s := range all[control:] {
		out = append(out, s.TCPSocket)
	}
	slices.SortFunc(out, func(a, b record.TCPSocket) int { return a.Port - b.Port })
	return out
}

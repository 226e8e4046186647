package winrm

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// dialTimeout bounds the making of one connection.
const dialTimeout = 5 * time.Second

// dialer makes connections to the guest, through a proxy if there is one.
type dialer struct {
	proxy string // host:port, "" for none
}

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	plain := &net.Dialer{KeepAlive: 15 * time.Second}
	if d.proxy == "" {
		return plain.DialContext(ctx, network, zoneNow(address))
	}
	conn, err := plain.DialContext(ctx, network, d.proxy)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	if err := tunnel(ctx, conn, address); err != nil {
		conn.Close()
		return nil, fmt.Errorf("proxy %s: %w", d.proxy, err)
	}
	return conn, nil
}

// zoneNow writes the zone of an address as the index that the interface has now: net
// remembers indices for a minute, and a guest that is started anew may have a new tap.
func zoneNow(address string) string {
	host, port, err := net.SplitHostPort(address)
	ip, zone, zoned := strings.Cut(host, "%")
	if err != nil || !zoned {
		return address
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return address // an index already, or dialling says what is wrong
	}
	return net.JoinHostPort(ip+"%"+strconv.Itoa(i.Index), port)
}

// tunnel asks a proxy for a connection to address. The whole connection has to be
// the guest's, since NTLM authenticates connections, so http is tunnelled too.
func tunnel(ctx context.Context, conn net.Conn, address string) error {
	done := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer done()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if err := req.Write(conn); err != nil {
		return err
	}
	head := &io.LimitedReader{R: conn, N: maxHeader}
	buffered := bufio.NewReaderSize(head, 4096)
	resp, err := http.ReadResponse(buffered, req)
	if err != nil && head.N == 0 {
		return fmt.Errorf("its answer's header is longer than %d KiB", maxHeader>>10)
	}
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it does not connect to %s (CONNECT): HTTP status %d", address, resp.StatusCode)
	}
	if buffered.Buffered() > 0 {
		return errors.New("it spoke before the guest could")
	}
	return ctx.Err()
}

// Fingerprint fetches the SHA-256 of the certificate that the service of c shows,
// in lower-case hexadecimal, to be compared with the guest's own and then pinned.
// Nothing about the certificate is verified and no user or password is sent.
func Fingerprint(ctx context.Context, c Config) (string, error) {
	proxy, err := c.proxy()
	if err != nil {
		return "", fmt.Errorf("winrm %s: %w", c.Address, err)
	}
	raw, err := dialer{proxy}.dial(ctx, "tcp", c.Address)
	if err != nil {
		return "", withContext(ctx, &NetError{Step: "fetch the certificate", Err: err})
	}
	defer raw.Close()
	limited, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(limited); err != nil {
		if limited.Err() != nil {
			err = fmt.Errorf("%w: %w", errSilentTLS, err)
		}
		return "", withContext(ctx, &NetError{Step: "fetch the certificate", Err: explained(err)})
	}
	return fingerprint(conn.ConnectionState().PeerCertificates[0]), nil
}

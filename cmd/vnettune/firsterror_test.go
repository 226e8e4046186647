package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// serves is the command "serve NAME KIND" of the scripts: a service of loopback that is no WinRM, whose address becomes
// the variable NAME. It ends with its script.
func serves(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve NAME KIND")
	}
	start, known := services[args[1]]
	if !known {
		ts.Fatalf("there is no service %q", args[1])
	}
	address, stop, err := start()
	if err != nil {
		ts.Fatalf("serve %s: %v", args[1], err)
	}
	ts.Defer(stop)
	ts.Setenv(args[0], address)
}

// services are those that a newcomer's guest.control names by mistake.
var services = map[string]func() (address string, stop func(), err error){
	"404":    webPage(http.StatusNotFound, nil),
	"200":    webPage(http.StatusOK, nil),
	"502":    webPage(http.StatusBadGateway, nil),
	"moved":  webPage(http.StatusMovedPermanently, http.Header{"Location": {"https://192.0.2.1/"}}),
	"router": webPage(http.StatusUnauthorized, http.Header{"WWW-Authenticate": {`Basic realm="Router"`}}),
	"tls": func() (string, func(), error) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // what is refused
		s.StartTLS()
		return s.Listener.Addr().String(), s.Close, nil
	},
	// The https port of Windows closes the connection where it is spoken to in clear.
	"tls-mute": conversation(func(c net.Conn) {
		var first [1]byte
		if n, err := c.Read(first[:]); n == 1 && err == nil && first[0] == 22 { // a handshake's (RFC 8446, 5.1)
			s := httptest.NewTLSServer(nil)
			defer s.Close()
			_ = tls.Server(&begun{c, first[:]}, &tls.Config{Certificates: s.TLS.Certificates}).Handshake()
		}
	}),
	"ssh": conversation(func(c net.Conn) {
		_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n")
		_, _ = c.Read(make([]byte, 1))
	}),
	"lost-syn": full(true),
	"silent":   full(false),
}

// webPage is a web server that answers everything alike.
func webPage(status int, header http.Header) func() (string, func(), error) {
	return func() (string, func(), error) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for name, values := range header {
				w.Header()[http.CanonicalHeaderKey(name)] = values
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html><body>hello</body></html>")
		}))
		return s.Listener.Addr().String(), s.Close, nil
	}
}

// conversation is a service that does the same with each connection.
func conversation(with func(net.Conn)) func() (string, func(), error) {
	return func() (string, func(), error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		var open sync.WaitGroup
		open.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				open.Go(func() {
					defer c.Close()
					_ = c.SetDeadline(time.Now().Add(time.Minute)) // so that the end of a script is not waited for
					with(c)
				})
			}
		})
		return l.Addr().String(), func() { l.Close() }, nil
	}
}

// begun is a connection of which the beginning was read.
type begun struct {
	net.Conn
	first []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if n := copy(p, b.first); n > 0 {
		b.first = b.first[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}

// full is a listener whose queue is full, at which the kernel drops every SYN. With drained it takes connections once
// one has been dropped.
func full(drained bool) func() (string, func(), error) {
	return func() (string, func(), error) {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return "", nil, err
		}
		ended := make(chan struct{})
		stop := sync.OnceFunc(func() {
			close(ended)
			_ = unix.Shutdown(fd, unix.SHUT_RDWR) // whoever accepts returns
			unix.Close(fd)
		})
		if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
			err = unix.Listen(fd, 0)
		}
		name, nameErr := unix.Getsockname(fd)
		if err != nil || nameErr != nil {
			stop()
			return "", nil, fmt.Errorf("listen: %v, %v", err, nameErr)
		}
		port := name.(*unix.SockaddrInet4).Port
		address := fmt.Sprintf("127.0.0.1:%d", port)
		first, err := net.Dial("tcp", address) // which the queue holds
		if err != nil {
			stop()
			return "", nil, err
		}
		if drained {
			go func() {
				for !dropped(port) {
					select {
					case <-ended:
						return
					case <-time.After(time.Millisecond):
					}
				}
				for {
					c, _, err := unix.Accept(fd)
					if err != nil {
						return
					}
					unix.Close(c)
				}
			}()
		}
		return address, func() { first.Close(); stop() }, nil
	}
}

// dropped says whether a connection to a port of loopback waits for the answer to its SYN (state 02 of /proc/net/tcp).
func dropped(port int) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	return err == nil && regexp.MustCompile(fmt.Sprintf(`(?m)^ *\d+: \S+ 0100007F:%04X 02 `, port)).Match(table)
}

// withoutPrograms is the command "bare FOLDER PROGRAM...": a folder for PATH with these programs of this host and no
// others.
func withoutPrograms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: bare FOLDER PROGRAM...")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.Mkdir(folder, 0o755))
	for _, name := range args[1:] {
		for _, dir := range strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator)) {
			path := dir + "/" + name
			if _, err := os.Stat(path); err == nil {
				ts.Check(os.Symlink(path, folder+"/"+name))
				break
			}
		}
	}
}

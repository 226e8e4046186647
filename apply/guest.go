package apply

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"vnettune/apply/winrm"
)

// Runner runs commands on a guest. winrm.Client is one.
type Runner interface {
	// Run runs a command line with stdin and waits for its end.
	Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error)
	// Ping says whether the guest's control port takes connections.
	Ping(ctx context.Context) error
	// Forget drops everything that a reboot ends.
	Forget()
}

// Guest is one Windows guest under the harness's control.
type Guest struct {
	// Monitor watches the machine from outside; nil where nothing can.
	Monitor Monitor

	runner *texts
	data   netip.Addr // the address under test
	port   int        // WinRM's port in the guest
	clock  Clock

	mu      sync.Mutex
	dialect dialect // nil until the guest was asked
}

// Clock tells the host's time and waits; tests have their own.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// New makes a guest of a runner, the address under test and the port at which
// WinRM listens in the guest.
func New(r Runner, data netip.Addr, port int, clock Clock) *Guest {
	return &Guest{runner: &texts{Runner: r}, data: data, port: port, clock: clock}
}

// Through is the same guest, reached by another way.
func (g *Guest) Through(r Runner) *Guest { return New(r, g.data, g.port, g.clock) }

// excerpt is the start of a guest's output, on one line, for an error message.
func excerpt(b []byte) string {
	const most = 300
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "?")), " ")
	if len(s) > most {
		s = s[:most] + " ..."
	}
	if s == "" {
		return ""
	}
	return s + " "
}

// Lost says whether err means that the guest could not be reached or the
// connection broke, as opposed to an answer of the guest.
func Lost(err error) bool { return winrm.Lost(err) }

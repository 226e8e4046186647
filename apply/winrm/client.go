package winrm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/masterzen/winrm"
	"github.com/masterzen/winrm/soap"

	"vnettune/apply/winrm/fault"
	"vnettune/apply/winrm/output"
)

// Times that the client asks of the service and allows itself.
const (
	releaseTimeout = 5 * time.Second // to let the guest forget a command or a shell
	closeTimeout   = time.Second     // best effort on the way out
	// A SYN that is lost is sent again after a second (RFC 6298, 2): a connection that takes longer than this has
	// lost more than one, or is to nobody.
	pingTimeout = 3 * time.Second
	maxOutput   = 64 << 20 // bytes of one command's output
)

// Client talks to one guest over one connection. It keeps one shell open and runs
// one command at a time; it is safe for concurrent use.
type Client struct {
	config Config
	url    string
	auth   authentication
	dialer dialer
	tls    *tls.Config
	params *winrm.Parameters
	pause  time.Duration // first wait for a quota, or for input to be written; doubles

	turn    chan struct{} // holds one token: whoever has it may use what follows
	session *session      // nil for none
	logins  logins
	met     bool   // an answer of WinRM has come
	shell   string // id of the kept shell, "" for none
	started int    // commands in it
	room    int    // how many a shell of this guest is given; 0: not known yet
	anyIdle bool   // the guest refused the idle time asked of a shell

	leaving sync.WaitGroup // shells that are being deleted
	mu      sync.Mutex
	leaked  map[string]bool // shells that were given up and are not known to be deleted
}

// Result is what a command left behind.
type Result struct {
	Stdout []byte // as the guest wrote it: output.Text makes text of it
	Stderr []byte // of PowerShell's CLIXML only the error texts
	Exit   int    // 0 to 4294967295, as Windows counts
	// Unsure is why it is not known that the command got all of its standard input; nil where
	// it is known. The command has ended all the same, and what it wrote decides.
	Unsure error
}

// New makes a client. It does not connect.
func New(c Config) (*Client, error) {
	if c.Auth == "" {
		c.Auth = NTLM
	}
	wrong := func(err error) (*Client, error) { return nil, fmt.Errorf("winrm %s: %w", c.Address, err) }
	auth, err := c.authentication()
	if err != nil {
		return wrong(err)
	}
	proxy, err := c.proxy()
	if err != nil {
		return wrong(err)
	}
	t, err := c.tls()
	if err != nil {
		return wrong(err)
	}
	scheme := "http"
	if c.HTTPS {
		scheme = "https"
	}
	return &Client{
		config: c,
		url:    scheme + "://" + withoutZone(c.Address) + "/wsman",
		auth:   auth,
		dialer: dialer{proxy},
		tls:    t,
		params: winrm.NewParameters(duration(c.operationTime()), "en-US", 153600),
		pause:  quotaPause,
		turn:   make(chan struct{}, 1),
		leaked: map[string]bool{},
	}, nil
}

// take waits for the caller's turn.
func (c *Client) take(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) give() { <-c.turn }

// Run runs a command line in the guest's cmd.exe with stdin as its standard
// input and waits for its end; with nil the input stays open and empty. Stdin must be one
// JSON object or nothing, so that what comes twice of it does no harm (see input). Run returns
// as soon as ctx is done, whatever the guest does. Errors: *AuthError, *TrustError,
// ntlm.ErrNotEncrypted, *fault.Fault, *NetError, *fault.StatusError, or the context's error.
func (c *Client) Run(ctx context.Context, command string, stdin []byte) (Result, error) {
	if strings.Contains(command, "]]>") {
		return Result{}, errors.New("winrm command: the text \"]]>\" cannot be sent")
	}
	if err := c.take(ctx); err != nil {
		return Result{}, err
	}
	defer c.give()
	id, err := c.start(ctx, command, stdin != nil)
	if err != nil {
		c.dropAfter(err)
		return Result{}, withContext(ctx, err)
	}
	result, err := c.converse(ctx, id, stdin)
	if err != nil {
		if errors.Is(err, fault.ErrUnauthorized) {
			c.shell = ""
		} else {
			c.abandon(id)
		}
		return Result{}, withContext(ctx, err)
	}
	result.Stderr = output.ErrorText(result.Stderr)
	return result, nil
}

// dropAfter gives the shell up unless err leaves it as good as before. A login that
// was refused is not tried again behind the caller's back: accounts get locked.
func (c *Client) dropAfter(err error) {
	var f *fault.Fault
	switch {
	case c.shell == "" || errors.As(err, &f) && (f.Kind() == fault.Other || f.Kind() == fault.Quota):
	case errors.Is(err, fault.ErrUnauthorized):
		c.shell = ""
	default:
		c.abandon("")
	}
}

// send posts one message within the time that an answer may take.
func (c *Client) send(ctx context.Context, step string, m *soap.SoapMessage) ([]byte, error) {
	return c.sendMost(ctx, step, m, maxAnswer)
}

// sendMost is send for an answer of most bytes at most.
func (c *Client) sendMost(ctx context.Context, step string, m *soap.SoapMessage, most int64) ([]byte, error) {
	defer m.Free()
	ctx, cancel := context.WithTimeout(ctx, c.config.answer())
	defer cancel()
	return c.post(ctx, step, m.String(), most)
}

// Forget drops the shell and the connection without a word to the guest: after a reboot
// neither exists any more. Where it was none the next shell's first errand is to delete it.
func (c *Client) Forget() {
	_ = c.take(context.Background())
	defer c.give()
	if c.shell != "" {
		c.leak()
	}
	c.disconnect()
}

// Ping says whether something takes connections at the guest's address, within 3 s at most. It is
// no proof of a boot: an old system answers too while it goes down.
func (c *Client) Ping(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	conn, err := c.dialer.dial(limited, "tcp", c.config.Address)
	if err != nil {
		if late := net.Error(nil); errors.As(err, &late) && late.Timeout() && ctx.Err() == nil {
			err = fmt.Errorf("nothing answers within %s (%w)", pingTimeout, err)
		}
		return withContext(ctx, &NetError{Step: "connect", Err: err})
	}
	return conn.Close()
}

// Close deletes the shells that there are, as well as that can be done in a moment.
func (c *Client) Close() {
	_ = c.take(context.Background())
	defer c.give()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	c.cleanUp(ctx)
	c.disconnect()
	ended := make(chan struct{})
	go func() {
		c.leaving.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(closeTimeout): // the guest ends idle shells by itself
	}
}

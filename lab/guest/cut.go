package guest

import (
	"net"
	"sync"
)

// connections are those of WinRM that are open.
type connections struct {
	mu   sync.Mutex
	open map[*connection]struct{}
}

// connection is one of them.
type connection struct {
	*net.TCPConn
	of *connections
}

// Close forgets the connection and closes it.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.TCPConn.Close()
}

// counted is a listener whose connections are known.
type counted struct {
	net.Listener
	of *connections
}

// listen makes l's connections known.
func (c *connections) listen(l net.Listener) net.Listener { return counted{l, c} }

// Accept waits for the next connection.
func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	tcp, ok := c.(*net.TCPConn)
	if err != nil || !ok {
		return c, err
	}
	known := &connection{tcp, l.of}
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if l.of.open == nil {
		l.of.open = map[*connection]struct{}{}
	}
	l.of.open[known] = struct{}{}
	return known, nil
}

// cut ends every connection. Their clients hear of it only if the adapter is up: what is closed
// without lingering sends one reset, and nothing again.
func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for known := range c.open {
		_ = known.SetLinger(0) // one that is gone needs none
		_ = known.TCPConn.Close()
	}
	clear(c.open)
}

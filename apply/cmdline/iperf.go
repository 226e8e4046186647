package cmdline

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/trouble"
)

// StartIPerf ends every process of that program, starts one for each port outside the shell
// and waits until they listen.
func (c *Dialect) StartIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error) {
	t := c.talk()
	s := terms.IPerfServer{Exe: exe}
	starts := make([]line, len(ports))
	var err error
	for i, port := range ports {
		if starts[i], err = iperfStart.fill(exe, strconv.Itoa(port)); err != nil {
			return s, err
		}
	}
	if s.Version, err = t.iperfVersion(ctx, exe); err != nil {
		return s, err
	}
	if err := c.stop(ctx, t, exe); err != nil {
		return s, err
	}
	for i, port := range ports {
		taken, err := t.listening(ctx, port)
		if err != nil {
			return s, err
		}
		if taken {
			return s, trouble.Hint(fmt.Errorf("another program of the guest listens on port %d", port), "end it, or set %s", portKeys[i])
		}
	}
	for i, start := range starts {
		e, err := t.run(ctx, start)
		if err != nil {
			return s, err
		}
		if e.Exit != 0 {
			return s, e.failure()
		}
		pid, err := parseCreate(e.Stdout)
		if err != nil {
			return s, fmt.Errorf("command %s: %w", start, err)
		}
		if i == 0 {
			s.PID = pid
		}
	}
	s.Listening, s.Second, err = c.awaitPorts(winrm.InAnyShell(ctx), t, ports)
	return s, err
}

// portKeys are the campaign file's keys of the first server's port and of the second's.
var portKeys = [...]string{"guest.iperf_port", "guest.iperf_second_port"}

// awaitPorts waits until both servers listen, or the one.
func (c *Dialect) awaitPorts(ctx context.Context, t *talk, ports []int) (first, second bool, err error) {
	_, err = c.await(ctx, func() (bool, error) {
		var err error
		first, second, err = t.listeningOn(ctx, ports)
		return first && (second || len(ports) == 1), err
	})
	return first, second, err
}

// StopIPerf ends every process of that program.
func (c *Dialect) StopIPerf(ctx context.Context, exe string, _ int) error {
	return c.stop(ctx, c.talk(), exe)
}

// StatusIPerf looks at the servers and changes nothing.
func (c *Dialect) StatusIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error) {
	t := c.talk()
	s, err := t.server(ctx, exe, t.iperfVersion)
	if err == nil {
		s.Listening, s.Second, err = t.listeningOn(ctx, ports)
	}
	return s, err
}

// server is what is known of a program's servers, beside their ports: its version, and the first of its processes.
func (t *talk) server(ctx context.Context, exe string, version func(ctx context.Context, exe string) (string, error)) (terms.IPerfServer, error) {
	s := terms.IPerfServer{Exe: exe}
	var err error
	if s.Version, err = version(ctx, exe); err != nil {
		return s, err
	}
	pids, err := t.processes(ctx, exe)
	if err != nil {
		return s, err
	}
	if len(pids) > 0 {
		if s.PID, err = strconv.Atoi(pids[0]); err != nil {
			return s, fmt.Errorf("the guest reports ProcessId = %q, which is no number", pids[0])
		}
	}
	return s, nil
}

// IPerfLog is not asked: the server keeps no log here.
func (c *Dialect) IPerfLog(context.Context, string, ...int) (string, error) {
	return "", terms.ErrNotAsked
}

// stop ends every process of the program and waits until none is left.
func (c *Dialect) stop(ctx context.Context, t *talk, exe string) error {
	if err := allowed("{EXE}", exe); err != nil {
		return err
	}
	pids, err := t.processes(ctx, exe)
	if err != nil || len(pids) == 0 {
		return err
	}
	var last error
	for _, pid := range pids {
		// A process may end by itself first: what counts is that none is left.
		if _, err := t.ask(ctx, taskKill, pid); winrm.Lost(err) {
			return err
		} else if err != nil {
			last = err
		}
	}
	ended, err := c.await(ctx, func() (bool, error) {
		still, err := t.processes(ctx, exe)
		return len(still) == 0, err
	})
	if err == nil && !ended {
		err = errors.Join(fmt.Errorf("%s goes on running on the guest", exe), last)
	}
	return err
}

// processes are the ids of the running processes of the program.
func (t *talk) processes(ctx context.Context, exe string) ([]string, error) {
	image := exe[strings.LastIndexByte(exe, '\\')+1:]
	all, err := t.wmic(ctx, imageGet, []string{"CreationDate", "ExecutablePath", "ProcessId"}, image)
	if err != nil {
		return nil, err
	}
	var pids []string
	for _, p := range all {
		if strings.EqualFold(p["ExecutablePath"], exe) {
			pids = append(pids, p["ProcessId"])
		}
	}
	return pids, nil
}

func (t *talk) listening(ctx context.Context, port int) (bool, error) {
	text, err := t.ask(ctx, netstatTCP)
	return listens(text, strconv.Itoa(port)), err
}

// listeningOn asks for the first server's port, and for the second's where there is one.
func (t *talk) listeningOn(ctx context.Context, ports []int) (first, second bool, err error) {
	text, err := t.ask(ctx, netstatTCP)
	return listens(text, strconv.Itoa(ports[0])), len(ports) > 1 && listens(text, strconv.Itoa(ports[1])), err
}

// iperfVersion is what the program prints of itself; it proves that there is such
// a program.
func (t *talk) iperfVersion(ctx context.Context, exe string) (string, error) {
	text, err := t.ask(ctx, iperfVersion, exe)
	if err != nil {
		return "", trouble.Hint(fmt.Errorf("exe: %w", err), "put iperf3 there, or set guest.iperf to where it is")
	}
	text = strings.ReplaceAll(strings.TrimSpace(text), "\r", "")
	if !strings.HasPrefix(text, "iperf ") {
		return "", fmt.Errorf("exe: %s does not answer as iperf3: %s", exe, terms.Excerpt([]byte(text)))
	}
	return text, nil
}

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

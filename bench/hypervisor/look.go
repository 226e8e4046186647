package hypervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/apply/qmp"
	"vnettune/apply/rescue"
	"vnettune/bench/hypervisor/config"
	"vnettune/foreign"
	"vnettune/results/record"
)

// Guest is what is known of a guest before its host is looked at.
type Guest struct {
	Address   netip.Addr      // under test
	Bind      string          // this host's address that is measured from; "" leaves it to the routes
	Adapter   record.Adapter  // under test, as the guest says; the zero value where it does not
	NoVM      string          // why there is no virtual machine to look for; "" where there is one
	Monitor   string          // socket of QEMU's monitor; "" for none
	Libvirt   *rescue.Libvirt // nil for none
	Elsewhere bool            // libvirt is that of another host
}

// Limits of a look: nobody waits longer for the facts of a host.
const (
	lookLimit    = 20 * time.Second
	monitorLimit = 3 * time.Second
)

// Look finds the guest's machine and the path to it. Neither is ever nil.
func Look(ctx context.Context, g Guest) (*record.VM, *record.Path) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	path, tap := lookPath(g)
	vm, err := lookVM(ctx, processes{"/proc"}, g, tap)
	if err != nil {
		vm = record.VM{NotKnown: record.Name(foreign.Line(err.Error()))}
	}
	return &vm, &path
}

// lookVM asks in this order: what the campaign names, libvirt or the monitor, then the tap
// that carries the guest's packets.
func lookVM(ctx context.Context, p processes, g Guest, tap string) (record.VM, error) {
	if g.NoVM != "" {
		return record.VM{}, errors.New(g.NoVM)
	}
	if g.Libvirt != nil {
		document, err := g.Libvirt.XML(ctx)
		if err != nil {
			return record.VM{}, err
		}
		vm, err := config.ParseDomain([]byte(document), g.Adapter.MAC)
		if err == nil && !g.Elsewhere {
			if pid, _, err := p.behind(ctx, tap, g.Adapter.MAC); err == nil {
				vm.Vhost = p.vhost(ctx, pid)
			}
		}
		return vm, err
	}
	if g.Monitor != "" {
		return byMonitor(ctx, p, g)
	}
	pid, args, err := p.behind(ctx, tap, g.Adapter.MAC)
	if err != nil {
		return record.VM{}, err
	}
	vm, err := config.ParseCommandLine(args, g.Adapter.MAC)
	vm.Vhost = p.vhost(ctx, pid)
	return vm, err
}

// byMonitor finds QEMU by its monitor: the socket's other end is the process that listens
// there (unix(7), SO_PEERCRED).
func byMonitor(ctx context.Context, p processes, g Guest) (record.VM, error) {
	ctx, cancel := context.WithTimeout(ctx, monitorLimit)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", g.Monitor)
	if err != nil {
		return record.VM{}, fmt.Errorf("QEMU's monitor: %w", err)
	}
	defer conn.Close()
	pid, err := peer(conn)
	if err != nil {
		return record.VM{}, fmt.Errorf("who listens at QEMU's monitor: %w", err)
	}
	args, err := p.commandLine(pid)
	if err != nil {
		return record.VM{}, fmt.Errorf("the command line of process %d behind QEMU's monitor: %w", pid, err)
	}
	vm, err := config.ParseCommandLine(args, g.Adapter.MAC)
	if err != nil {
		return record.VM{}, fmt.Errorf("process %d behind the monitor's socket: %w", pid, err)
	}
	vm.Vhost, vm.QEMU = p.vhost(ctx, pid), record.Name(version(ctx, conn))
	return vm, nil
}

// peer is the process that listened at the other end of a unix socket.
func peer(conn net.Conn) (int, error) {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var who *unix.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) { who, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return 0, err
	}
	if asked != nil {
		return 0, asked
	}
	if who.Pid == 0 {
		return 0, errors.New("a process that cannot be seen from here")
	}
	return int(who.Pid), nil
}

// version asks QEMU for its version; "" where it does not answer, as when another client has
// the monitor.
func version(ctx context.Context, conn net.Conn) string {
	c, err := qmp.NewClient(ctx, conn)
	if err != nil {
		return ""
	}
	defer c.Close()
	answer, err := c.Execute(ctx, "query-version", nil)
	var v struct {
		QEMU struct {
			Major *int `json:"major"`
			Minor *int `json:"minor"`
			Micro *int `json:"micro"`
		} `json:"qemu"`
	}
	if err != nil || json.Unmarshal(answer, &v) != nil || v.QEMU.Major == nil || v.QEMU.Minor == nil || v.QEMU.Micro == nil {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", *v.QEMU.Major, *v.QEMU.Minor, *v.QEMU.Micro)
}

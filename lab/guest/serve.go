package guest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"vnettune/lab/fault"
	"vnettune/lab/windows"
	"vnettune/lab/windows/engine"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/scripts"
	"vnettune/lab/wsman"
)

// closeGrace is how long answers that are under way may take when the machine goes
// down: the answer to the very command that asked for the restart is among them.
const closeGrace = 300 * time.Millisecond

// Serve boots the personality and answers on both WinRM ports until a restart is
// due or off is closed (the power button). All that it started has ended when it returns.
func (m *Machine) Serve(disk machine.Disk, off <-chan struct{}) (Outcome, error) {
	secured, err := m.cfg.tls()
	if err != nil {
		return PowerOff, err
	}
	clientCA, err := m.cfg.clientCA()
	if err != nil {
		return PowerOff, err
	}
	// Listening comes first: that ports are taken must show before anything is in effect.
	plain, err := net.Listen("tcp", ":"+strconv.Itoa(HTTPPort))
	if err != nil {
		return PowerOff, fmt.Errorf("winrm listener: %w", err)
	}
	defer plain.Close()
	secure, err := net.Listen("tcp", ":"+strconv.Itoa(HTTPSPort))
	if err != nil {
		return PowerOff, fmt.Errorf("winrm listener: %w", err)
	}
	defer secure.Close()

	cfg := m.cfg.Windows
	cfg.StrictWinRM = m.cfg.WinRM.Strict
	personality, err := windows.New(cfg, disk, m)
	if err != nil {
		return PowerOff, fmt.Errorf("personality: %w", err)
	}
	defer m.processes.stopAll()
	defer personality.Close()
	if m.cfg.Engine != "" {
		e, err := engine.Start(personality, m.cfg.Engine, m.log)
		if err != nil {
			return PowerOff, err
		}
		defer e.Close()
		m.log.Printf("commands are executed by %s", m.cfg.Engine)
	}

	wire := fault.NewWire(m.cfg.Windows.Faults.Plan.At(personality.Boots()), scripts.StepOf)
	service := personality.WinRM()
	winrm := wsman.NewServer(wsman.Config{
		User:            m.cfg.Windows.User,
		Password:        m.cfg.Windows.Password,
		MaxEnvelopeSize: service.MaxEnvelopeSizeKB << 10,
		MaxShells:       service.MaxShellsPerUser,
		MaxCommands:     service.MaxProcessesPerShell,
		MaxOperations:   service.MaxOperations,
		IdleTimeout:     time.Duration(service.IdleTimeout) * time.Millisecond,
		Strict:          m.cfg.WinRM.Strict,
		AcceptEmpty:     m.cfg.WinRM.AcceptEmpty,
		Certificate:     secured.Certificates[0].Leaf,
		ClientCA:        clientCA,
		Observe:         wire.Observe,
	}, personality)
	server := m.newServer(wire.Handler(winrm))
	server.ConnContext = winrm.ConnContext
	failed := make(chan error, 2)
	for _, l := range []net.Listener{
		wire.Listener(m.winrm.listen(plain)),
		tls.NewListener(wire.Listener(m.winrm.listen(secure)), secured),
	} {
		defer l.Close()
		go func() { failed <- server.Serve(l) }()
	}
	defer m.shutDown(server, winrm)
	up, down := context.WithCancel(context.Background())
	defer down()
	if err := m.serveLink(up, m.log); err != nil {
		return PowerOff, err
	}
	m.log.Printf("winrm answers on ports %d and %d", HTTPPort, HTTPSPort)
	if m.cfg.Agent != nil {
		stop, err := m.serveAgent(personality)
		if err != nil {
			return PowerOff, err
		}
		defer stop()
	}
	select {
	case <-m.timer.fired:
		if m.timer.to == PowerOff {
			m.log.Print("switching off")
		} else {
			m.log.Print("restarting")
		}
		return m.timer.to, nil
	case <-off:
		m.log.Print("power button")
		return PowerOff, nil
	case err := <-failed:
		return PowerOff, fmt.Errorf("winrm: %w", err)
	}
}

func (m *Machine) newServer(winrm http.Handler) *http.Server {
	mux := http.NewServeMux()
	for _, path := range []string{"/wsman", "/wsman-anon/identify"} {
		mux.Handle(path, winrm)
	}
	return &http.Server{Handler: mux, ErrorLog: m.log, ReadHeaderTimeout: 30 * time.Second}
}

// shutDown lets answers that are under way leave, then ends the shells with their
// commands, and with them the requests that wait for output.
func (m *Machine) shutDown(server *http.Server, winrm io.Closer) {
	defer winrm.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	if err := server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		server.Close()
	}
}

package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vnettune/trouble"
)

// Manager knows where the labs of a user live. Every lab has a folder of its own that
// only its user can read.
type Manager struct {
	State   string // folder of the labs, such as $XDG_STATE_HOME/vnettune/labs
	Cache   string // folder of fetched kernels, such as $XDG_CACHE_HOME/vnettune
	Runtime string // folder for sockets whose path would be too long elsewhere
}

// ErrNotUp is a lab that does not run.
var ErrNotUp = trouble.Hint(errors.New("is not up"), "vnettune lab up starts it")

// folder is one lab's place on disk.
type folder struct {
	path    string
	runtime string // folder for the socket
	name    string
}

func (m Manager) folder(name string) folder {
	return folder{path: filepath.Join(m.State, name), runtime: m.Runtime, name: name}
}

func (f folder) file(name string) string { return filepath.Join(f.path, name) }

// Files in a lab's folder.
func (f folder) info() string              { return f.file("info.json") }
func (f folder) password() string          { return f.file("password") }
func (f folder) certificate() string       { return f.file("certificate.pem") }
func (f folder) clientCertificate() string { return f.file("client-certificate.pem") }
func (f folder) clientKey() string         { return f.file("client-key.pem") }
func (f folder) off() string               { return f.file("off") } // while the machine is switched off
func (f folder) spec() string              { return f.file("keeper.json") }
func (f folder) console() string           { return f.file("console.log") }
func (f folder) keeperLog() string         { return f.file("keeper.log") }
func (f folder) pid() string               { return f.file("keeper.pid") }
func (f folder) disk() string              { return f.file("disk") }
func (f folder) initramfs() string         { return f.file("initramfs") }
func (f folder) iperfLog() string          { return f.file("iperf3.log") }
func (f folder) config() string            { return f.file("guest.json") }
func (f folder) programs() string          { return f.file("programs") }
func (f folder) agentState() string        { return f.file("agent.state") }

// maxSocketPath is sun_path of unix(7) less its ending zero.
const maxSocketPath = 107

// socket is the path of the machine's monitor, agentSocket that of its guest agent.
func (f folder) socket() string      { return f.socketOf("qmp") }
func (f folder) agentSocket() string { return f.socketOf("agent") }

func (f folder) socketOf(what string) string {
	if path := f.file(what); len(path) <= maxSocketPath {
		return path
	}
	return filepath.Join(f.runtime, f.name+"."+what)
}

// remove deletes everything of a lab that does not run.
func (f folder) remove() error {
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("lab %q: remove its folder: %w", f.name, err)
	}
	for _, socket := range []string{f.socket(), f.agentSocket()} {
		if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("lab %q: remove its socket: %w", f.name, err)
		}
	}
	return nil
}

// Status describes the lab of that name; ErrNotUp when it does not run.
func (m Manager) Status(name string) (Info, error) {
	if err := checkName(name); err != nil {
		return Info{}, err
	}
	i, err := readInfo(m.folder(name).info())
	if errors.Is(err, os.ErrNotExist) {
		return Info{}, fmt.Errorf("lab %q %w", name, ErrNotUp)
	}
	if err != nil {
		return Info{}, err
	}
	if !i.keeper().alive() {
		return Info{}, trouble.Hint(fmt.Errorf("lab %q %w", name, ErrNotUp), "how it ended is in %s", i.KeeperLog)
	}
	return i, nil
}

func (i Info) keeper() process { return process{pid: i.KeeperPID, start: i.KeeperStart} }

// List describes the labs that run, by name.
func (m Manager) List() ([]Info, error) {
	entries, err := os.ReadDir(m.State)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("labs: %w", err)
	}
	var all []Info
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		i, err := m.Status(e.Name())
		if errors.Is(err, ErrNotUp) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, nil
}

// Down ends a lab and removes its folder, stale ones too, whoever uses it; ErrNotUp when
// there is neither.
func (m Manager) Down(ctx context.Context, name string) error { return m.down(ctx, name, true) }

// DownUnused is Down of a lab that nobody uses; of any other it is an error.
func (m Manager) DownUnused(ctx context.Context, name string) error { return m.down(ctx, name, false) }

func (m Manager) down(ctx context.Context, name string, used bool) error {
	if err := checkName(name); err != nil {
		return err
	}
	f := m.folder(name)
	if _, err := os.Stat(f.path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("lab %q %w", name, ErrNotUp)
	}
	unlock, err := m.lock(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	if !used {
		switch pid, err := f.user(); {
		case err != nil:
			return err
		case pid != 0:
			return trouble.Hint(fmt.Errorf("lab %q is in use: process %d works in it", name, pid), "wait for it, or end it, which restores the guest; --force takes the lab down all the same")
		}
	}
	return f.end()
}

// end ends the keeper, wherever it has come to, and removes the folder.
func (f folder) end() error {
	keeper, err := readKeeper(f.pid())
	if err == nil {
		err = keeper.end()
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("lab %q: keeper: %w", f.name, err)
	}
	return f.remove()
}

// Logs copies the logs of keeper and guest, of a lab that has ended by itself as well.
func (m Manager) Logs(name string, w io.Writer) error {
	if err := checkName(name); err != nil {
		return err
	}
	f := m.folder(name)
	if _, err := os.Stat(f.path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("lab %q %w", name, ErrNotUp)
	}
	for _, path := range []string{f.keeperLog(), f.console()} {
		if err := copyFile(w, path); err != nil {
			return fmt.Errorf("lab %q: %w", name, err)
		}
	}
	return nil
}

// copyFile copies a file that may not be there yet.
func copyFile(w io.Writer, path string) error {
	from, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = io.Copy(w, from)
	return err
}

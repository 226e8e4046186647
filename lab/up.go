package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"vnettune/lab/fast"
	"vnettune/lab/guest"
	"vnettune/lab/vm"
	"vnettune/lab/vm/debian"
	"vnettune/lab/vm/image"
	"vnettune/lab/windows"
	"vnettune/lab/windows/machine"
	"vnettune/trouble"
)

// upLimit is how long a lab may take from its keeper's start to the first answer. A
// boot without hardware acceleration was seen to take 17 s on a busy host.
const upLimit = 90 * time.Second

// Up brings a lab up, to stay until it is taken down, and waits until WinRM answers in
// it. A lab that is up already with the same options is returned as it is; with other
// options it is an error. On failure, and when the context ends first, nothing is left
// behind.
func (m Manager) Up(ctx context.Context, o Options) (Info, error) {
	u, err := m.use(ctx, o, true)
	if err != nil {
		return Info{}, err
	}
	return u.Info, u.held.Close()
}

// use brings a lab up and holds it; stay says whether it is to stay when nobody does.
func (m Manager) use(ctx context.Context, o Options, stay bool) (*Use, error) {
	o, faults, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	unlock, err := m.lock(ctx, o.Name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	f := m.folder(o.Name)
	u, err := m.Hold(ctx, o.Name)
	switch {
	case err == nil && !o.same(u.Info):
		u.held.Close()
		return nil, trouble.Hint(fmt.Errorf("lab %q is up with other options (%s)", o.Name, u.Info.summary()), "take it down first: vnettune lab down %s", o.Name)
	case errors.Is(err, ErrNotUp):
		u, err = m.begin(ctx, f, o, faults)
	}
	if err != nil {
		return nil, err
	}
	if stay {
		if err := os.WriteFile(f.stay(), nil, 0o600); err != nil {
			u.held.Close()
			return nil, fmt.Errorf("lab state: %w", err)
		}
	}
	return u, nil
}

// begin starts a lab that is not up, and holds it from the beginning.
func (m Manager) begin(ctx context.Context, f folder, o Options, faults machine.Faults) (*Use, error) {
	// What is there belongs to a lab that ended by itself, or never came up.
	if err := f.end(); err != nil {
		return nil, err
	}
	held, err := f.make()
	if err != nil {
		return nil, err
	}
	info, err := m.start(ctx, f, o, faults)
	if err != nil {
		held.Close()
		return nil, errors.Join(fmt.Errorf("lab %q: %w", o.Name, err), f.end())
	}
	return &Use{Info: info, manager: m, folder: f, held: held}, nil
}

// make makes the folder of a lab that is held.
func (f folder) make() (held *os.File, err error) {
	for _, path := range []string{f.path, filepath.Dir(f.socket())} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, fmt.Errorf("lab %q: %w", f.name, err)
		}
	}
	if held, err = f.hold(); err != nil {
		return nil, fmt.Errorf("lab %q: hold it: %w", f.name, err)
	}
	return held, nil
}

// CanVM says why this host cannot have a virtual machine; nil where it can, whose kernel is then in the cache: it is
// fetched, because nothing else shows that it can be had. What is fetched the log is told.
func (m Manager) CanVM(ctx context.Context, log io.Writer) error {
	if err := vm.Can(); err != nil {
		return err
	}
	_, err := debian.FindKernel(ctx, m.Cache, log)
	return err
}

// summary says by what a lab differs from others.
func (i Info) summary() string {
	return fmt.Sprintf("kind %s, generation %s, language %s, build %q, driver %q, delay %v, rate %d, faults %v, winrm %v, iperf %q, engine %q, untold %q", i.Kind, i.Generation, i.Language, i.Build, i.Driver, i.Delay(), i.Rate, i.Faults, i.WinRM, i.IPerf, i.Engine, i.Untold.Lines())
}

func (m Manager) start(ctx context.Context, f folder, o Options, faults machine.Faults) (Info, error) {
	info, cfg, err := m.describe(f, o, faults)
	if err != nil {
		return Info{}, err
	}
	if err := os.WriteFile(f.password(), []byte(cfg.Windows.Password+"\n"), 0o600); err != nil {
		return Info{}, err
	}
	if err := makeDisk(f.disk()); err != nil {
		return Info{}, err
	}
	spec, err := m.prepare(ctx, f, o, info, cfg)
	if err != nil {
		return Info{}, err
	}
	if err := writeJSON(f.spec(), spec); err != nil {
		return Info{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, upLimit, fmt.Errorf("no answer from the guest within %v", upLimit))
	defer cancel()
	if err := startKeeper(ctx, f, o.Executable); err != nil {
		return Info{}, err
	}
	return m.Status(o.Name)
}

// describe makes what is new of every lab: password and certificates.
func (m Manager) describe(f folder, o Options, faults machine.Faults) (Info, guest.Config, error) {
	server, err := newCertificate(guestAddress.Addr())
	if err != nil {
		return Info{}, guest.Config{}, err
	}
	key, err := server.keyPEM()
	if err != nil {
		return Info{}, guest.Config{}, err
	}
	authority, client, err := newClientCertificate(userName)
	if err != nil {
		return Info{}, guest.Config{}, err
	}
	if err := f.writeCertificates(server, client); err != nil {
		return Info{}, guest.Config{}, err
	}
	service, err := guest.ParseWinRM(o.WinRM)
	if err != nil {
		return Info{}, guest.Config{}, err
	}
	cfg := guest.Config{
		Windows: machine.Config{
			Generation: o.Generation,
			Language:   o.Language,
			Build:      o.Build,
			Driver:     o.Driver,
			User:       userName,
			Password:   rand.Text(),
			Faults:     faults,
			Untold:     o.Untold,
		},
		Address:     guestAddress,
		Delay:       o.Delay,
		Rate:        o.Rate,
		Keeper:      netip.AddrPortFrom(hostAddress.Addr(), guest.RatePort),
		WinRM:       service,
		Certificate: server.certificatePEM(),
		Key:         key,
		ClientCA:    authority.certificatePEM(),
	}
	info := Info{
		Name:         o.Name,
		Kind:         o.Kind,
		Generation:   o.Generation,
		Language:     o.Language,
		Build:        o.Build,
		Driver:       o.Driver,
		DelayMS:      milliseconds(o.Delay),
		Rate:         o.Rate,
		Faults:       o.Faults,
		WinRM:        o.WinRM,
		IPerf:        o.IPerf,
		Engine:       o.Engine,
		Untold:       o.Untold,
		GuestAddress: guestAddress.Addr().String(),
		HostAddress:  hostAddress.Addr().String(),
		HTTPPort:     guest.HTTPPort,
		HTTPSPort:    guest.HTTPSPort,
		User:         userName,
		PasswordFile: f.password(),
		Fingerprint:  server.fingerprint(),
		Certificate:  f.certificate(),
		ClientCert:   f.clientCertificate(),
		ClientKey:    f.clientKey(),
		Console:      f.console(),
		KeeperLog:    f.keeperLog(),
		Disk:         rand.Text(),

		UserNamespace: needsUserNamespace(),
	}
	return info, cfg, nil
}

func makeDisk(path string) error {
	disk, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer disk.Close()
	return disk.Truncate(guest.DiskSize)
}

// prepare does what needs the host's own network and must be there before the keeper.
func (m Manager) prepare(ctx context.Context, f folder, o Options, info Info, cfg guest.Config) (keeperSpec, error) {
	iperf := o.IPerf
	if iperf == "" {
		var err error
		if iperf, err = exec.LookPath("iperf3"); err != nil {
			return keeperSpec{}, trouble.Hint(err, "install the package iperf3")
		}
	}
	iperf2, err := findIPerf2(o)
	if err != nil {
		return keeperSpec{}, err
	}
	if o.Kind == KindFast {
		cfg.Disk, cfg.IPerf, cfg.IPerf2, cfg.IPerfLog, cfg.Engine = f.disk(), iperf, iperf2, f.iperfLog(), o.Engine
		if err := addAgent(f, o, &info, &cfg); err != nil {
			return keeperSpec{}, err
		}
		return keeperSpec{Info: info, Fast: &fast.Spec{
			Executable: o.Executable,
			Config:     f.config(),
			Console:    f.console(),
			Link:       fast.Link{Name: hostLink, Address: hostAddress, MAC: guestMAC},
			Engine:     o.Engine != "",
		}}, writeJSON(f.config(), cfg)
	}
	kernel, err := debian.FindKernel(ctx, m.Cache, o.Log)
	if err != nil {
		return keeperSpec{}, err
	}
	accelerator, err := vm.Accelerator(ctx, m.Cache, kernel, o.Executable, o.Log)
	if err != nil {
		return keeperSpec{}, err
	}
	of := image.Image{Init: o.Executable, IPerf: iperf, IPerf2: iperf2, Kernel: kernel, Config: cfg}
	if of.Agent, err = debian.FindAgent(ctx, m.Cache, o.Log); err != nil {
		fmt.Fprintf(o.Log, "THE GUEST HAS NO GUEST AGENT: %v\n", err)
	} else {
		info.AgentSocket = f.agentSocket()
	}
	if err := image.WriteInitramfs(f.initramfs(), of); err != nil {
		return keeperSpec{}, err
	}
	info.Accelerator, info.Kernel, info.QMPSocket = accelerator, kernel.Release, f.socket()
	fmt.Fprintf(o.Log, "booting the virtual machine: kernel %s, accelerator %s\n", kernel.Release, accelerator)
	return keeperSpec{Info: info, Image: &of, VM: &vm.Spec{
		Kernel:      kernel.Image,
		Initramfs:   f.initramfs(),
		Console:     f.console(),
		Accelerator: accelerator,
		Disk:        f.disk(),
		Tap:         hostLink,
		MAC:         guestMAC,
		Socket:      f.socket(),
		Agent:       info.AgentSocket,
	}}, nil
}

// findIPerf2 finds the iperf of this host for a Windows that is measured by it; "" where there is none: that
// guest has none then, either.
func findIPerf2(o Options) (string, error) {
	if !windows.HasIPerf2(o.Generation) {
		return "", nil
	}
	path, err := exec.LookPath("iperf")
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Fprintln(o.Log, "THE GUEST HAS NO IPERF2: iperf is not installed; run: apt-get install iperf")
		return "", nil
	}
	return path, err
}

// addAgent gives a fast guest the guest agent that is installed on this host, and the
// folder of Windows' programs that it starts.
func addAgent(f folder, o Options, info *Info, cfg *guest.Config) error {
	agent, ok := debian.InstalledAgent()
	if !ok {
		fmt.Fprintln(o.Log, "THE GUEST HAS NO GUEST AGENT: qemu-ga is not installed; run: apt-get install qemu-guest-agent")
		return nil
	}
	for _, folder := range []string{f.programs(), f.agentState()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	for _, name := range guest.ProgramNames() {
		if err := os.Symlink(o.Executable, filepath.Join(f.programs(), name)); err != nil {
			return err
		}
	}
	info.AgentSocket = f.agentSocket()
	cfg.Agent = &guest.Agent{Program: agent.Path, Programs: f.programs(), State: f.agentState(), Socket: f.agentSocket()}
	return nil
}

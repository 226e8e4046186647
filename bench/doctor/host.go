package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vnettune/bench/hostset"
	"vnettune/bench/iperf"
	"vnettune/bench/meter"
	"vnettune/bench/rig"
	"vnettune/foreign"
	"vnettune/results"
	"vnettune/results/record"
)

// examineHost looks at this machine.
func (d *Examination) examineHost(ctx context.Context) {
	if d.campaign.NeedsIPerf3() {
		d.examineHostIPerf3(ctx)
	}
	d.examineHostIPerf2(ctx)
	m, err := askHost(d, "machine", func() (rig.Machine, error) { return rig.ThisMachine(ctx), nil })
	if err != nil {
		d.warn("host.machine", "see that /proc and /sys are mounted", "%v", err)
	} else {
		d.examineMachine(m)
	}
	d.examineHostSet()
	d.examineMeter()
	d.examineStore()
}

// examineHostIPerf3 asks the iperf3 of this host, or of the peer, for its version.
func (d *Examination) examineHostIPerf3(ctx context.Context) {
	v, err := askHost(d, "iperf3", func() (iperf.Version, error) { return rig.Measuring(d.campaign).Probe(ctx) })
	d.client = v
	streams := 1
	for _, w := range d.campaign.Workloads {
		streams = max(streams, w.Streams)
	}
	switch {
	case err != nil && d.campaign.Peer != nil:
		d.fail("host.iperf3", remedy(err, "see that peer.command runs there what is put behind it, and asks for nothing; install iperf3 at the peer, or set peer.iperf"), "%v", err)
	case err != nil:
		d.fail("host.iperf3", remedy(err, "install iperf3 (package iperf3) or set host.iperf"), "%v", err)
	case streams > 1 && !v.AtLeast(3, 16):
		d.warn("host.iperf3", "take iperf3 3.16 or later: earlier ones run all streams in one thread, which may be the limit instead of the guest",
			"%s, and a workload has %d streams", v.Number, streams)
	default:
		d.ok("host.iperf3", "%s", v.Number)
	}
}

// examineHostSet says what a session would set on this host, and whether it may.
func (d *Examination) examineHostSet() {
	if len(d.campaign.Host.Set) == 0 {
		return
	}
	files, err := askHost(d, "set", func() (int, error) {
		root := hostset.Root("/")
		changes, err := root.Plan(d.campaign.Host.Set)
		if err == nil {
			err = root.Writable(changes)
		}
		return len(changes), err
	})
	if err != nil {
		d.fail("host.set", remedy(err, "delete it from the campaign, or set the host by hand"), "%v", err)
		return
	}
	d.ok("host.set", "a session sets what is not so yet (files of the kernel's: %d) while it runs, and puts it back", files)
}

// examineLink says which adapter of this host workloads would shape. Whether the kernel can shows when a session begins.
func (d *Examination) examineLink(a record.Adapter) {
	if !slices.ContainsFunc(d.campaign.Workloads, func(w record.Workload) bool { return w.Link.At == record.AtHost }) {
		return
	}
	name, err := askHost(d, "link", func() (string, error) { return d.live.HostLink(context.Background(), a) })
	if err != nil {
		d.fail("host.link", remedy(err, "delete link from the workloads"), "%v", err)
		return
	}
	d.ok("host.link", "%s gets the conditions of workloads (link) while they run", name)
}

// examineMeter looks for the meter that goes into the guest, where workloads need it. Whether the guest lets it in, a
// run finds out before the first write.
func (d *Examination) examineMeter() {
	if !rig.MeasuresByMeter(d.campaign) {
		return
	}
	hash, err := askHost(d, "meter", func() (string, error) {
		m, err := d.live.FindMeter()
		if err != nil {
			return "", err
		}
		return m.SHA256(), nil
	})
	if err != nil {
		d.fail("host.meter", remedy(err, "build it: make build"), "%v", err)
		return
	}
	d.ok("host.meter", "the meter for the guest is there, SHA-256 %s", hash)
	if d.campaign.Peer == nil {
		return
	}
	version, err := askHost(d, "peer meter", func() (string, error) {
		return d.live.Meter.Ask(context.Background(), d.campaign.Peer.Meter, "version")
	})
	switch is := strings.TrimSpace(version); {
	case err != nil:
		d.fail("host.peer-meter", remedy(err, "copy bin/meter of make build to the peer, and name it as peer.meter"), "%v", err)
	case is != "vnettune meter "+meter.Version:
		d.fail("host.peer-meter", "copy bin/meter of make build to the peer, and name it as peer.meter", "the peer's says that it is %q, and this one is version %s", foreign.Word(is), meter.Version)
	default:
		d.ok("host.peer-meter", "%s", is)
	}
}

func (d *Examination) examineMachine(m rig.Machine) {
	d.ok("host.kernel", "%s on %s", m.Kernel, m.CPU)
	switch {
	case len(m.Governors) == 0:
		d.ok("host.governor", "none: this machine does not scale its frequency itself")
	case d.campaign.Host.Set[hostset.Governor] != "":
		d.ok("host.governor", "%s; a session sets %s (host.set)", strings.Join(m.Governors, ", "), d.campaign.Host.Set[hostset.Governor])
	case slices.Equal(m.Governors, []string{"performance"}):
		d.ok("host.governor", "performance")
	default:
		d.warn("host.governor", "for the time of the campaign: cpupower frequency-set -g performance",
			"%s: the frequency follows the load, and with it the figures", strings.Join(m.Governors, ", "))
	}
	if m.Hygiene != nil {
		d.examineHygiene(*m.Hygiene)
	}
	d.examineLoad(m.Load)
}

// storeState is the campaign's store and the folder that it is in.
type storeState struct {
	Exists   bool   `json:"exists"`
	Writable string `json:"writable"` // why it is not; empty when it is
	Free     uint64 `json:"free"`     // bytes
	Running  bool   `json:"running"`  // another process runs the campaign
	Changed  bool   `json:"changed"`  // the guest was written to and not put back

	Machine *record.Identity `json:"machine,omitempty"` // which one the campaign's guest is; nil: not known
}

// minFree is what a store needs at least, in bytes; plan estimates the rest.
const minFree = 64 << 20

func (d *Examination) examineStore() {
	s, err := askHost(d, "store", func() (storeState, error) {
		s, err := storeAt(d.store)
		if !s.Changed && d.live.NewGuest() {
			s.Machine = nil // another stand-in will do where nothing is to be put back, as for run
		}
		return s, err
	})
	name := filepath.Base(d.store)
	d.machine = s.Machine
	switch {
	case err != nil:
		d.fail("host.store", remedy(err, "look at the file; a broken store is not used, move it away to begin anew"), "%v", err)
		return
	case s.Writable != "":
		d.fail("host.store", "run vnettune in a folder that you may write to, or give run a --store elsewhere", "%s cannot be written: %s", name, s.Writable)
	case s.Free < minFree:
		d.fail("host.store", "free some space, or give run a --store elsewhere", "%d MiB are free where %s is to be", s.Free>>20, name)
	case s.Running:
		d.fail("host.store", "wait until it is done", "another vnettune runs this campaign")
	default:
		d.ok("host.store", "%s can be written, %d MiB are free", name, s.Free>>20)
	}
	switch {
	case s.Changed && !s.Running:
		d.fail("host.left", fmt.Sprintf("vnettune restore %s, or run, which goes on", name), "an earlier session left the guest changed")
	case s.Exists:
		d.ok("host.left", "the store says that the guest has its originals")
	default:
		d.ok("host.left", "no earlier session")
	}
}

// storeAt looks at a store without writing to it or to its folder.
func storeAt(path string) (storeState, error) {
	var s storeState
	folder := filepath.Dir(path)
	if err := unix.Access(folder, unix.W_OK); err != nil {
		s.Writable = fmt.Sprintf("%s: %v", folder, err)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(folder, &disk); err != nil {
		return s, fmt.Errorf("%s: %w", folder, err)
	}
	s.Free = disk.Bavail * uint64(disk.Bsize)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	s.Exists = true
	if err := unix.Access(path, unix.W_OK); err != nil {
		s.Writable = err.Error()
	}
	store, err := results.OpenReadOnly(path)
	if err != nil {
		return s, err
	}
	defer store.Close()
	if err := store.Lock(); errors.Is(err, results.ErrRunning) {
		s.Running = true
	} else if err != nil {
		return s, err
	}
	if s.Changed, err = store.Changed(); err == nil {
		s.Machine, err = store.Identity()
	}
	return s, err
}

// alone says whether no other vnettune of this host works on the guest, whose
// measurements the questions would disturb.
func (d *Examination) alone() bool {
	owner, err := askHost(d, "lock", d.takeLock)
	if err != nil || owner != "" {
		d.fail("host.lock", "wait until it is done", "%s%s", owner, errorText(err))
		return false
	}
	d.ok("host.lock", "no other vnettune of this host works on the guest")
	return true
}

// takeLock takes the host's lock on the guest until the examination ends; what it
// returns is who has it, empty when it was free.
func (d *Examination) takeLock() (string, error) {
	unlock, err := d.live.Lock()
	if err != nil {
		return err.Error(), nil
	}
	d.unlock = unlock
	return "", nil
}

// errorText is an error's message; "" for none.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// route is this host's way to the guest.
type route struct {
	Interface string `json:"interface"`
	MTU       int    `json:"mtu"`
	Source    string `json:"source"`
	Gateway   string `json:"gateway"` // empty for none
	BindIsOwn bool   `json:"bind_is_own"`
}

func (d *Examination) examineNetwork(data netip.Addr) {
	if d.campaign.Peer != nil {
		d.examinePeer(data)
	} else {
		d.examineRoute(data)
	}
	control, _, _ := cutLast(d.way.Control, ":")
	if a, err := netip.ParseAddr(strings.Trim(control, "[]")); err == nil && a == data {
		d.warn("network.control", "give the guest a second adapter and set guest.control to its address: a setting that cuts the adapter under test cannot cut WinRM then",
			"WinRM goes over the adapter under test")
	} else {
		d.ok("network.control", "WinRM has another address than the adapter under test")
	}
}

// examinePeer looks at the other end, where that is another machine, and its way to the guest.
func (d *Examination) examinePeer(data netip.Addr) {
	f, err := askHost(d, "peer", func() (record.Peer, error) {
		p, _ := rig.PeerOf(d.campaign, data.String())
		return p.Facts(context.Background()), nil
	})
	if err != nil || f.Kernel == "" {
		d.fail("network.peer", "try peer.command by hand: it must run what is put behind it, and ask for nothing", "the peer does not say what it is%s", errorText(err))
		return
	}
	words := []string{string(f.Name + ", " + f.Kernel)}
	if f.ClockAhead != nil {
		words = append(words, fmt.Sprintf("its clock %+.1f s from this host's", *f.ClockAhead))
	}
	if f.RTT != nil {
		words = append(words, fmt.Sprintf("round trip to the guest %.2g ms", *f.RTT))
	}
	d.ok("network.peer", "%s", strings.Join(words, "; "))
	if f.Governor != "" && f.Governor != "performance" {
		d.warn("network.peer-governor", "for the time of the campaign, at the peer: cpupower frequency-set -g performance", "%s: the frequency follows the load, and with it the figures", f.Governor)
	}
	d.self, _ = netip.ParseAddr(string(f.Address))
	switch {
	case f.Device == "":
		d.warn("network.route", "at the peer: ip route get "+data.String(), "the peer does not say how it reaches %s", data)
	case f.Router != "" || f.Hops != nil && *f.Hops > 0:
		d.warn("network.route", "take a peer in the guest's network; a router on the way is measured too", "from the peer to %s by %s through the router %s", data, f.Device, f.Router)
	default:
		d.ok("network.route", "from the peer to %s by %s from %s", data, f.Device, f.Address)
	}
	if f.MTU != nil {
		d.mtu = *f.MTU
		d.ok("network.mtu", "%d bytes on the peer's side", d.mtu)
	}
}

// examineRoute looks at this host's way to the guest.
func (d *Examination) examineRoute(data netip.Addr) {
	bind := d.campaign.Host.Bind
	r, err := askHost(d, "route", func() (route, error) { return routeTo(data, bind) })
	switch {
	case err != nil:
		d.fail("network.route", "check guest.data, and that this host has an address in the guest's network", "no route to %s: %v", data, err)
	case bind != "" && !r.BindIsOwn:
		d.fail("network.route", "set host.bind to an address of this host, or delete it", "host.bind %s is no address of this host", bind)
	case r.Gateway != "":
		d.warn("network.route", "measure over the bridge that the guest is on; a router on the way is measured too", "to %s by %s through the gateway %s", data, r.Interface, r.Gateway)
	default:
		d.ok("network.route", "to %s by %s from %s", data, r.Interface, r.Source)
	}
	if d.self, err = netip.ParseAddr(r.Source); err == nil && r.MTU > 0 {
		d.self = d.self.WithZone("") // which the guest does not know
		d.mtu = r.MTU
		d.ok("network.mtu", "%d bytes on this side", r.MTU)
	}
}

func routeTo(data netip.Addr, bind string) (route, error) {
	opts := &netlink.RouteGetOptions{}
	r := route{Source: bind}
	if source, err := netip.ParseAddr(bind); err == nil {
		opts.SrcAddr = source.AsSlice()
		own, err := ownAddresses(source.Zone())
		if err != nil {
			return r, err
		}
		r.BindIsOwn = slices.ContainsFunc(own, func(a net.Addr) bool {
			n, ok := a.(*net.IPNet)
			return ok && n.IP.Equal(opts.SrcAddr)
		})
		if !r.BindIsOwn {
			return r, nil
		}
	}
	if data.Zone() != "" {
		way, err := interfaceOf(data.Zone())
		if err != nil {
			return r, err
		}
		opts.OifIndex = way.Index
	}
	found, err := netlink.RouteGetWithOptions(data.AsSlice(), opts)
	if err != nil || len(found) == 0 {
		return r, errors.Join(err, errors.New("the kernel knows none"))
	}
	link, err := netlink.LinkByIndex(found[0].LinkIndex)
	if err != nil {
		return r, err
	}
	r.Interface, r.MTU = link.Attrs().Name, link.Attrs().MTU
	if found[0].MTU > 0 {
		r.MTU = found[0].MTU
	}
	if found[0].Src != nil {
		r.Source = found[0].Src.String()
	}
	if found[0].Gw != nil {
		r.Gateway = found[0].Gw.String()
	}
	return r, nil
}

// ownAddresses are those of this host, with a zone those of its interface.
func ownAddresses(zone string) ([]net.Addr, error) {
	if zone == "" {
		return net.InterfaceAddrs()
	}
	i, err := interfaceOf(zone)
	if err != nil {
		return nil, err
	}
	return i.Addrs()
}

// interfaceOf is the interface that a zone names, by its name or its index.
func interfaceOf(zone string) (*net.Interface, error) {
	i, err := net.InterfaceByName(zone)
	if index, notIndex := strconv.Atoi(zone); err != nil && notIndex == nil {
		i, err = net.InterfaceByIndex(index)
	}
	if err != nil {
		return nil, fmt.Errorf("this host has no interface %s: %w", zone, err)
	}
	return i, nil
}

// cutLast cuts s at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

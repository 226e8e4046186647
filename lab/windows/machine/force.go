package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"vnettune/lab/kernel"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// force is what acts at a moment. It differs from what is configured by all that was written since
// and waits for its moment.
type force struct {
	told stack.InForce // by Windows' own moments: what readings of what is in effect say
	real stack.InForce // by those of this guest, of which nobody is told
	kept kept
	in   kernel.Settings // in the kernel
	mtu  int             // that readings show in place of the kernel's own; 0: the kernel's
}

// kept are the numbers of which a share stays in force.
type kept struct{ window, buffer numbers }

// numbers are the number that was asked for last, and the one before it in this boot; 0 is none.
type numbers struct{ now, before int }

// ask makes n the number that is asked for.
func (k numbers) ask(n int) numbers {
	if n == k.now {
		return k
	}
	return numbers{n, k.now}
}

// with is the number in force when a share of the one before stays.
func (k numbers) with(share float64) int {
	if k.now == 0 || k.before == 0 || share == 0 {
		return k.now
	}
	return int(math.Round((1-share)*float64(k.now) + share*float64(k.before)))
}

// configured is what would be in force if everything acted now.
func (m *Machine) configured(s *State) stack.InForce {
	nics := m.nics()
	driver := m.ed.Driver
	if len(nics) > 0 {
		driver = m.driverOf(s.Drivers.Devices[nics[0].GUID].Running)
	}
	boot := stack.ReadAtBoot(s.Reg, nics, driver)
	if m.server() {
		boot = boot.AsServer(m.cfg.Faults.ServerRTT)
	}
	if m.cfg.Faults.NoGuestTSO {
		boot = boot.WithoutGuestTSO()
	}
	mtu := 0
	if len(nics) > 0 {
		mtu = s.MTU[nics[0].GUID]
	}
	return stack.AllOf(boot, s.TCP, mtu)
}

// booted is what is in force after a boot with s.
func (m *Machine) booted(s *State) force {
	all := m.configured(s)
	f := force{told: all, real: all}
	m.complete(&f, s)
	return f
}

// after is what is in force once s is configured and a moment has come. Call it with mu held.
func (m *Machine) after(s *State, moment stack.When) force { return m.then(m.force, s, moment) }

// then is the same where f is in force before.
func (m *Machine) then(f force, s *State, moment stack.When) force {
	all := m.configured(s)
	f.told = f.told.Take(all, func(id string) bool { return stack.WhenOf(m.ed.Release, id) <= moment })
	f.real = f.real.Take(all, func(id string) bool {
		if when, other := m.secrets.takes[id]; other {
			return when <= moment
		}
		return stack.WhenOf(m.ed.Release, id) <= moment
	})
	m.complete(&f, s)
	return f
}

// complete makes the kernel's settings of what is in force.
func (m *Machine) complete(f *force, s *State) {
	effects := func(i stack.InForce) kernel.Settings {
		return m.ed.Effects(i.Boot, i.TCP, i.MTU, m.cfg.Faults.Allows)
	}
	k := effects(f.real)
	f.kept.window, f.kept.buffer = f.kept.window.ask(k.ReceiveWindow), f.kept.buffer.ask(k.SendBuffer)
	if share := m.secrets.carryOver; share > 0 {
		k.ReceiveWindow, k.SendBuffer = f.kept.window.with(share), f.kept.buffer.with(share)
		if k.ReceiveWindow > unscaled { // what stays of a scaled window needs the scale
			scaled := true
			k.WindowScaling = &scaled
		}
	}
	k.Share = m.share(f.real, s)
	f.in, f.mtu = k, 0
	if told := effects(f.told); told.MTU != k.MTU {
		f.mtu = told.MTU
	}
}

// unscaled is the largest receive window in bytes without a window scale (RFC 7323, section 2).
const unscaled = 65535

// share is what planted effects and the boot's drawing leave of the link's rate; 0 where nothing
// touches it.
func (m *Machine) share(real stack.InForce, s *State) float64 {
	if len(m.secrets.effects) == 0 && m.secrets.interaction == 0 {
		return 0
	}
	share := 1.0
	for _, e := range m.secrets.effects {
		if real.Value(e.setting) == e.value {
			share *= e.share
		}
	}
	if m.secrets.interaction > 0 {
		z := normal(stateDigest(m.secrets.seed, s, m.nics()))
		share *= 1 + m.secrets.interaction/100*min(max(z, -3), 3)
	}
	return share
}

// stateDigest is a number of the seed, the boot and the state of the settings: of everything that
// netsh keeps, and of the registry below the keys in which settings lie. The product's own key is not
// among them, so that marks and a placebo there leave the state as it is.
func stateDigest(seed uint64, s *State, nics []stack.NIC) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintln(h, seed, s.boots)
	_ = json.NewEncoder(h).Encode(s.TCP) // maps of strings, whose keys are sorted
	for _, n := range nics {
		fmt.Fprintln(h, s.MTU[n.GUID])
		if class, ok := stack.ClassKeyOf(s.Reg, n.GUID); ok {
			writeKey(h, s.Reg.Find(class))
		}
	}
	for _, at := range []string{registry.AFDKey, registry.TcpipKey, registry.PowerKey, registry.MultimediaKey} {
		writeKey(h, s.Reg.Find(registry.MustPath(at)))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// writeKey writes a key's values and those below it, in the order of their names.
func writeKey(h hash.Hash, k *registry.Key) {
	if k == nil {
		return
	}
	values := map[string]registry.Value{}
	for _, name := range k.ValueNames() {
		values[name], _ = k.Get(name)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(h, "%q %q %q\n", name, values[name].Kind, values[name].Data)
	}
	below := k.Subkeys()
	slices.SortFunc(below, func(a, b *registry.Key) int { return strings.Compare(a.Name, b.Name) })
	for _, sub := range below {
		fmt.Fprintf(h, "[%q\n", sub.Name)
		writeKey(h, sub)
		fmt.Fprintln(h, "]")
	}
}

// normal is a number of the standard normal distribution (Box and Muller, 1958).
func normal(digest [sha256.Size]byte) float64 {
	uniform := func(b []byte) float64 { return (float64(binary.BigEndian.Uint64(b)>>11) + 0.5) / (1 << 53) }
	return math.Sqrt(-2*math.Log(uniform(digest[:8]))) * math.Cos(2*math.Pi*uniform(digest[8:16]))
}

// put brings f into the kernel where it is not in it yet.
func (m *Machine) put(f force) error {
	if reflect.DeepEqual(f.in, m.force.in) {
		return nil
	}
	return m.host.Effect(f.in)
}

// adapterDown is how long an adapter that is restarted is away: some seconds
// (docs/facts/windows-answers.md, Q13).
const adapterDown = 2 * time.Second

// RestartAdapter restarts the adapter of a connection, however that was asked for: its address and
// its connections are gone for some seconds, the WinRM connections over it without a word, and its
// driver reads the keywords anew.
func (m *Machine) RestartAdapter(connection string) error {
	nics := m.NICs()
	i := slices.IndexFunc(nics, func(n stack.NIC) bool { return strings.EqualFold(n.Name, connection) })
	if i < 0 {
		return fmt.Errorf("no adapter has the name %q", connection)
	}
	m.restart.Lock() // one at a time
	defer m.restart.Unlock()
	if err := m.host.SetAdapter(nics[i].MAC, false); err != nil {
		return err
	}
	m.host.Wait(adapterDown)
	if err := m.raise(nics[i]); err != nil {
		return err
	}
	return m.restarted(i)
}

// restarted has everything act that an adapter's restart makes act. Only the first adapter's settings
// are played: kernel.Settings speaks of all adapters at once.
func (m *Machine) restarted(adapter int) error {
	if adapter > 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.after(m.state, stack.AdapterRestart)
	if err := m.put(next); err != nil {
		return fmt.Errorf("stand-in: put settings into effect: %w", err)
	}
	m.force = next
	return nil
}

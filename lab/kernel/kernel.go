package kernel

import "fmt"

// Kernel is the network stack of the namespace that the process runs in, with
// the values that it had before the first setting was applied.
type Kernel struct {
	links      []string
	congestion string
	sysctls    map[string]string // the kernel's own values by path below /proc/sys/net/ipv4
	devices    map[string]device
}

// device is what one adapter had before the first setting was applied.
type device struct {
	mtu      int             // bytes
	features map[string]bool // ethtool's names
}

// initialRTO is TCP_TIMEOUT_INIT of include/net/tcp.h, in milliseconds.
const initialRTO = 1000

// Unavailable is a setting that this kernel refused or does not have. It is a
// finding, not an error: the boot goes on, and the setting is not in effect.
type Unavailable struct {
	Field  string // name of the field of Settings
	Reason string
}

// Report says what became of a set of settings.
type Report struct {
	Congestion  string        // congestion control of new connections, read back
	Unavailable []Unavailable // in the order of the fields of Settings
}

func (r *Report) miss(field string, err error) {
	r.Unavailable = append(r.Unavailable, Unavailable{Field: field, Reason: err.Error()})
}

// Open reads the kernel's own values, to which a field that is not set returns;
// call it once a boot, before the first Apply. Links are the names of the virtio
// adapters. Congestion is the congestion control of a guest whose settings ask for
// none: a new namespace has the host's, which differs from host to host.
func Open(links []string, congestion string) (*Kernel, error) {
	k := &Kernel{links: links, congestion: congestion, sysctls: map[string]string{}, devices: map[string]device{}}
	for _, name := range sysctlNames {
		v, err := readSysctl(name)
		if err != nil {
			return nil, err
		}
		k.sysctls[name] = v
	}
	for _, link := range links {
		d, err := openDevice(link)
		if err != nil {
			return nil, err
		}
		k.devices[link] = d
	}
	return k, nil
}

// Apply makes s the whole of what is in effect: a field that is not set returns to the kernel's own
// value. It holds for connections made afterwards; a socket that listens already keeps the buffer
// sizes of its creation, so an iperf server has to be started after Apply.
//
// What this kernel refuses or lacks is in the report. An error means that the kernel
// could not be asked at all, or that a value makes no sense.
func (k *Kernel) Apply(s Settings) (Report, error) {
	if err := s.check(); err != nil {
		return Report{}, err
	}
	var r Report
	k.applySysctls(s, &r)
	routed := k.applyCongestion(s)
	for _, link := range k.links {
		if err := k.applyDevice(link, s, &r); err != nil {
			return r, fmt.Errorf("adapter %s: %w", link, err)
		}
		if err := untag(link, s.VLAN); err != nil {
			return r, err
		}
		if s.VLAN != 0 {
			missing, err := tag(link, s.VLAN)
			if err != nil {
				return r, err
			}
			if missing != nil {
				r.miss("VLAN", missing)
			}
		}
		err := setRoutes(link, clamp(s.ReceiveWindow), routed)
		if err != nil && routed != "" {
			// This kernel lacks the algorithm; the window must not be lost with it.
			routed = ""
			err = setRoutes(link, clamp(s.ReceiveWindow), routed)
		}
		if err != nil {
			r.miss("ReceiveWindow", err)
		}
	}
	if s.InitialRTO != 0 && s.InitialRTO != initialRTO {
		r.miss("InitialRTO", fmt.Errorf("fixed at %d ms in the Linux kernel", initialRTO))
	}
	r.Congestion = routed
	if routed == "" {
		var err error
		if r.Congestion, err = readSysctl(sysctlCongestion); err != nil {
			return r, err
		}
	}
	if want := k.wanted(s); r.Congestion != want {
		r.miss("Congestion", fmt.Errorf("%s asked, %s in effect", want, r.Congestion))
	}
	return r, nil
}

// check refuses values that no kernel could take.
func (s Settings) check() error {
	for _, f := range []struct {
		name     string
		value    int
		min, max int
	}{
		{"ReceiveWindow", s.ReceiveWindow, 1024, 1 << 30},
		{"SendBuffer", s.SendBuffer, 1024, 1 << 30},
		{"InitialRTO", s.InitialRTO, 1, 1 << 20},
		{"SynRetries", s.SynRetries, 1, 127},
		{"MTU", s.MTU, 68, 65535},
		{"VLAN", s.VLAN, 1, 4094},
	} {
		if f.value != 0 && (f.value < f.min || f.value > f.max) {
			return fmt.Errorf("kernel settings: %s is %d, must be within %d and %d or 0 for the kernel's own", f.name, f.value, f.min, f.max)
		}
	}
	return nil
}

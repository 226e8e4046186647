package kernel

import (
	"fmt"

	"github.com/vishvananda/netlink"
)

// Features of an adapter by ethtool's names (net/ethtool/common.c of Linux). One
// Windows keyword stands for all names of its group that the adapter has.
var (
	featuresTxChecksum = []string{"tx-checksum-ip-generic", "tx-checksum-ipv4", "tx-checksum-ipv6"}
	featuresRxChecksum = []string{"rx-checksum"}
	featuresTSO        = []string{"tx-tcp-segmentation", "tx-tcp-ecn-segmentation", "tx-tcp6-segmentation"}
	// rx-gro-hw is virtio's guest_tso4/6: segments that the host hands over joined.
	featuresGRO = []string{"rx-gro", "rx-gro-hw"}
)

// offload is one switch of Settings with the features that it stands for.
type offload struct {
	field    string
	features []string
	value    *bool
}

func offloads(s Settings) []offload {
	return []offload{
		{"TxChecksum", featuresTxChecksum, s.TxChecksum},
		{"RxChecksum", featuresRxChecksum, s.RxChecksum},
		{"TSO", featuresTSO, s.TSO},
		{"GRO", featuresGRO, s.GRO},
	}
}

func openDevice(link string) (device, error) {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return device{}, fmt.Errorf("adapter %s: %w", link, err)
	}
	features, err := readFeatures(link)
	if err != nil {
		return device{}, fmt.Errorf("adapter %s: %w", link, err)
	}
	d := device{mtu: l.Attrs().MTU, features: map[string]bool{}}
	for name, f := range features {
		d.features[name] = f.active
	}
	return d, nil
}

func (k *Kernel) applyDevice(link string, s Settings, r *Report) error {
	own := k.devices[link]
	if err := setMTU(link, s.MTU, own.mtu); err != nil {
		r.miss("MTU", err)
	}
	before, err := readFeatures(link)
	if err != nil {
		return err
	}
	want := map[string]bool{}
	for _, o := range offloads(s) {
		for _, name := range o.features {
			if f, ok := before[name]; !ok || !f.changeable {
				continue
			}
			want[name] = own.features[name]
			if o.value != nil {
				want[name] = *o.value
			}
		}
	}
	if err := writeFeatures(link, want); err != nil {
		return err
	}
	after, err := readFeatures(link)
	if err != nil {
		return err
	}
	for _, o := range offloads(s) {
		if o.value != nil {
			if err := verify(after, o); err != nil {
				r.miss(o.field, fmt.Errorf("adapter %s: %w", link, err))
			}
		}
	}
	return nil
}

// verify says why an offload is not as asked. To be off, every feature of its group
// must be off; to be on, one is enough, for no adapter has them all.
func verify(features map[string]feature, o offload) error {
	on, fixed := false, false
	for _, name := range o.features {
		if f := features[name]; f.active {
			on, fixed = true, !f.changeable
		}
	}
	switch {
	case on == *o.value:
		return nil
	case fixed:
		return fmt.Errorf("the adapter cannot switch %s off", o.features[0])
	case on:
		return fmt.Errorf("%s stays on", o.features[0])
	default:
		return fmt.Errorf("%s stays off", o.features[0])
	}
}

func setMTU(link string, mtu, own int) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", link, err)
	}
	if mtu == 0 {
		mtu = own
	}
	if l.Attrs().MTU == mtu {
		return nil
	}
	if err := netlink.LinkSetMTU(l, mtu); err != nil {
		return fmt.Errorf("adapter %s: mtu %d: %w", link, mtu, err)
	}
	return nil
}

package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// IPv4 is how an adapter has its addresses, as the scripts tell it.
type IPv4 struct {
	DHCP      bool     `json:"dhcp"`
	Addresses []string `json:"addresses"`
	Masks     []string `json:"masks"`
	Gateways  []string `json:"gateways"`
	Metrics   []int    `json:"metrics"`
	DNS       []string `json:"dns"`
}

// Values of an adapter's own key of TCP/IP.
const (
	enableDHCP     = "EnableDHCP"
	ipAddress      = "IPAddress"
	subnetMask     = "SubnetMask"
	defaultGateway = "DefaultGateway"
	gatewayMetric  = "DefaultGatewayMetric"
	nameServer     = "NameServer"
)

// ownAddresses are those that the machine below gives the adapter. The mask is the stand-in's own word:
// nobody asks the kernel for it.
func ownAddresses(n stack.NIC) IPv4 {
	var a IPv4
	for _, ip := range n.Addresses {
		if ip.Is4() {
			a.Addresses, a.Masks = append(a.Addresses, ip.String()), append(a.Masks, "255.255.255.0")
		}
	}
	return a
}

// addressLost says whether the adapter was installed anew, which has it forget a static address. The
// machine below keeps it all the same: nothing could reach a guest of the lab otherwise.
func addressLost(s *State, n stack.NIC) bool {
	v, ok := s.Reg.Get(stack.InterfaceKey(n), enableDHCP)
	return ok && v.Data == "1"
}

// setStatic writes static addresses into the registry.
func setStatic(s *State, n stack.NIC, a IPv4) error {
	key, err := s.Reg.Create(stack.InterfaceKey(n), false)
	if err != nil {
		return err
	}
	key.Set(enableDHCP, registry.DWord(0))
	lists := map[string][]string{ipAddress: a.Addresses, subnetMask: a.Masks, defaultGateway: a.Gateways}
	for _, metric := range a.Metrics {
		lists[gatewayMetric] = append(lists[gatewayMetric], strconv.Itoa(metric))
	}
	for _, name := range []string{ipAddress, subnetMask, defaultGateway, gatewayMetric} {
		if len(lists[name]) > 0 {
			key.Set(name, registry.Value{Kind: "MultiString", Data: strings.Join(lists[name], "\n")})
		}
	}
	if len(a.DNS) > 0 {
		key.Set(nameServer, registry.String(strings.Join(a.DNS, ",")))
	}
	return nil
}

// AddressesOf is how the registry says that an adapter has its addresses; of one with DHCP only the name
// servers.
func (s *State) AddressesOf(n stack.NIC) IPv4 {
	list := func(name string) []string {
		v, _ := s.Reg.Get(stack.InterfaceKey(n), name)
		return append([]string{}, strings.FieldsFunc(v.Data, func(r rune) bool { return strings.ContainsRune("\n, ", r) })...)
	}
	a := IPv4{DHCP: addressLost(s, n), Addresses: []string{}, Masks: []string{}, Gateways: []string{}, Metrics: []int{}, DNS: list(nameServer)}
	if a.DHCP {
		return a
	}
	a.Addresses, a.Masks, a.Gateways = list(ipAddress), list(subnetMask), list(defaultGateway)
	for _, text := range list(gatewayMetric) {
		if metric, err := strconv.Atoi(text); err == nil {
			a.Metrics = append(a.Metrics, metric)
		}
	}
	return a
}

// setAddresses gives an adapter its static addresses back, where it has not all of them.
func (m *Machine) setAddresses(mac string, a IPv4) error {
	n, ok := m.adapterOf(mac)
	if !ok {
		return fmt.Errorf("no adapter has the address %s", mac)
	}
	has := m.View().AddressesOf(n).Addresses
	if !slices.ContainsFunc(a.Addresses, func(address string) bool { return !slices.Contains(has, address) }) {
		return nil
	}
	return m.Update(func(s *State) error { return setStatic(s, n, a) })
}

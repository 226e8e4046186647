package record_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"vnettune/results/record"
)

func TestShortIdentity(t *testing.T) {
	const guid, uuid = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-AAAAAAAAAAAA"
	hash, of := record.Identity{MachineGUID: guid, UUID: uuid, Name: "HERE", MAC: "52-54-00-00-00-01"}.Short()
	if len(hash) != 8 || !slices.Equal(of, []string{"MachineGuid", "SMBIOS UUID"}) {
		t.Errorf("%q of %v", hash, of)
	}
	if other, _ := (record.Identity{MachineGUID: "{" + guid + "}", UUID: "66666666-7777-8888-9999-aaaaaaaaaaaa", Name: "RENAMED"}).Short(); other != hash {
		t.Errorf("one machine is %s and %s", hash, other)
	}
	for _, i := range []record.Identity{{MachineGUID: guid}, {UUID: guid}, {MachineGUID: uuid, UUID: guid}, {Disk: "d"}} {
		if other, _ := i.Short(); other == hash || other == "" {
			t.Errorf("%+v is %q, and another machine is %q", i, other, hash)
		}
	}
	if hash, of := (record.Identity{UUID: "00000000-0000-0000-0000-000000000000", Name: "HERE", MAC: "52-54-00-00-00-01"}).Short(); hash != "" || of != nil {
		t.Errorf("what tells no machine from another is %q of %v", hash, of)
	}
}

func number(n int) *int { return &n }

// hostOf is a host whose guest is behind a bridge.
func hostOf() record.Host {
	on := true
	return record.Host{Name: "h", Kernel: "Linux 6.1", CPU: "EPYC", Governor: "performance", CongestionControl: "cubic", NoMetricsSave: "1",
		IPerf3: "iperf 3.12 (cJSON 1.7.15)\nLinux h", Process: 1, DataAddress: "192.0.2.2",
		VM: &record.VM{Source: record.VMByQEMU, Machine: "pc-q35-7.2", Accelerator: "kvm", QEMU: "7.2.0", CPU: "host", VCPUs: number(4),
			HyperV:  []string{"hv-relaxed"},
			Adapter: &record.VMAdapter{Device: "virtio-net-pci", Options: map[string]string{"mq": "on"}, Backend: map[string]string{"type": "tap", "vhost": "on"}},
			Vhost:   &record.Vhost{Threads: 4, CPUs: "0-3"}, Settings: []string{"-m 8192", "-machine pc-q35-7.2"}},
		Path: &record.Path{GuestMTU: number(1500), Links: []record.Link{
			{Name: "br0", Kind: "bridge", MTU: 1500, Offloads: map[string]bool{"rx-gro": true}},
			{Name: "vnet3", Kind: "tap", MTU: 1500, Queues: number(4), VNetHdr: &on, Offloads: map[string]bool{"tx-tcp-segmentation": true}}}}}
}

func TestHostsThatDiffer(t *testing.T) {
	off := false
	for name, c := range map[string]struct {
		change func(h *record.Host)
		want   []string
	}{
		"what changes at every start": {func(h *record.Host) { h.Process, h.DataAddress, h.Path.Links[1].Name = 2, "192.0.2.3", "vnet9" }, nil},
		"a host's name in iperf3's":   {func(h *record.Host) { h.IPerf3 = `iperf 3.12 (cJSON 1.7.15)\nLinux 6.2` }, nil}, // as a store gives it back
		"iperf3":                      {func(h *record.Host) { h.IPerf3 = "iperf 3.16 (cJSON 1.7.15)" }, []string{"iperf3 was iperf 3.12 and is iperf 3.16"}},
		"the host": {func(h *record.Host) { h.Kernel, h.Governor = "Linux 6.2", "powersave" },
			[]string{"kernel was Linux 6.1 and is Linux 6.2", "governor was performance and is powersave"}},
		"the machine": {func(h *record.Host) { h.VM.Machine, h.VM.VCPUs, h.VM.HyperV = "pc-q35-8.0", number(2), []string{} },
			[]string{"machine type was pc-q35-7.2 and is pc-q35-8.0", "number of vCPUs was 4 and is 2", "list of Hyper-V enlightenments was hv-relaxed and is none"}},
		"the adapter": {func(h *record.Host) {
			h.VM.Adapter = &record.VMAdapter{Device: "virtio-net-pci", Options: map[string]string{"vectors": "10"}, Backend: map[string]string{"type": "tap", "vhost": "off"}}
		}, []string{"adapter's mq was on and is not given", "adapter's vectors was not given and is 10", "adapter's backend vhost was on and is off"}},
		"vhost":                             {func(h *record.Host) { h.VM.Vhost.Threads = 1 }, []string{"number of vhost threads was 4 and is 1"}},
		"another setting":                   {func(h *record.Host) { h.VM.Settings = []string{"-machine pc-q35-7.2", "-m 4096"} }, []string{"the machine's other settings: -m 4096 in place of -m 8192"}},
		"the links":                         {func(h *record.Host) { h.Path.Links = h.Path.Links[1:] }, []string{"path to the guest was bridge, tap and is tap"}},
		"an MTU":                            {func(h *record.Host) { h.Path.Links[0].MTU, h.Path.GuestMTU = 9000, number(9000) }, []string{"MTU of the guest's adapter was 1500 and is 9000", "MTU of the bridge was 1500 and is 9000"}},
		"queues":                            {func(h *record.Host) { h.Path.Links[1].Queues = number(1) }, []string{"number of queues of the tap was 4 and is 1"}},
		"offloads":                          {func(h *record.Host) { h.Path.Links[1].Offloads = map[string]bool{"tx-tcp-segmentation": false} }, []string{"tx-tcp-segmentation of the tap was on and is off"}},
		"what a tap passes":                 {func(h *record.Host) { h.Path.Links[1].VNetHdr = &off }, []string{"vnet_hdr of the tap was on and is off"}},
		"an older store":                    {func(h *record.Host) { h.VM, h.Path = nil, nil }, nil},
		"a machine that is not known":       {func(h *record.Host) { h.VM = &record.VM{NotKnown: "why"} }, nil},
		"a path that is not known":          {func(h *record.Host) { h.Path = &record.Path{NotKnown: "why"} }, nil},
		"an offload that one kernel lacks":  {func(h *record.Host) { h.Path.Links[0].Offloads = map[string]bool{} }, nil},
		"a member that could not be known":  {func(h *record.Host) { h.VM.Vhost, h.VM.Adapter, h.VM.VCPUs, h.VM.QEMU = nil, nil, nil, "" }, nil},
		"the same machine in other words":   {func(h *record.Host) { h.VM.Source, h.VM.Settings = record.VMByLibvirt, []string{"vcpu 4"} }, nil},
		"offloads that could not be known ": {func(h *record.Host) { h.Path.Links[1].Offloads, h.Path.Links[1].Queues = nil, nil }, nil},
	} {
		is := hostOf()
		c.change(&is)
		if got := is.Differs(hostOf()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Each difference is one of a fact, but for a host's name, which is an id.
func TestDifferencesHaveTheirFacts(t *testing.T) {
	one := 1
	for want, change := range map[record.Fact]func(h *record.Host){
		record.FactKernel: func(h *record.Host) { h.Kernel, h.CongestionControl, h.NoMetricsSave = "Linux 6.8", "bbr", "0" },
		record.FactCPU:    func(h *record.Host) { h.CPU, h.Governor = "Xeon", "powersave" },
		record.FactIPerf:  func(h *record.Host) { h.IPerf3 = "iperf 3.16" },
		record.FactQEMU: func(h *record.Host) {
			h.VM.QEMU, h.VM.VCPUs, h.VM.HyperV, h.VM.Adapter.Options["mq"], h.VM.Vhost.Threads = "8.0", &one, nil, "off", 1
		},
		record.FactTap: func(h *record.Host) {
			h.Path.GuestMTU, h.Path.Links[1].Queues, h.Path.Links[0].Offloads["rx-gro"] = &one, &one, false
		},
		"": func(h *record.Host) { h.Name = "other" },
	} {
		is := hostOf()
		change(&is)
		all := is.Differences(hostOf())
		if len(all) == 0 || slices.ContainsFunc(all, func(d record.Difference) bool { return d.Fact != want }) {
			t.Errorf("%s: %+v", want, all)
		}
	}
	lab, slower := hostOf(), hostOf()
	lab.Lab, slower.Lab = &record.Lab{DelayMS: 1}, &record.Lab{DelayMS: 2.5}
	if got := slower.Differs(lab); !slices.Equal(got, []string{"delay of the lab was 1 ms and is 2.5 ms"}) {
		t.Errorf("a lab's delay: %q", got)
	}
}

// What is not known, or not whole, has no value.
func TestFactsInWords(t *testing.T) {
	guest := record.Guest{Build: 19045, Caption: "Microsoft Windows 10 Pro", Adapters: []record.Adapter{
		{PNPID: `PCI\VEN_1AF4`, DriverVersion: "100.85", Addresses: []string{"192.0.2.2"}}, {PNPID: `PCI\VEN_1AF4`, DriverVersion: "100.93"}}}
	values := func(h record.Host, g record.Guest) []string {
		var all []string
		for _, f := range record.Facts() {
			all = append(all, record.Value(f, h, g))
		}
		return all
	}
	want := []string{"100.85", "Windows 10 Pro, build 19045", "Linux 6.1", "EPYC", "QEMU 7.2.0, pc-q35-7.2, kvm", "bridge, tap", "iperf 3.12"}
	if got := values(hostOf(), guest); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := values(record.Host{}, record.Guest{}); !slices.Equal(got, make([]string, len(want))) {
		t.Errorf("of nothing: %q", got)
	}
	h := hostOf()
	h.DataAddress, h.VM.QEMU, h.Path.NotKnown = "", "", "the bridge is Open vSwitch's"
	want[0], want[4], want[5] = "", "", "" // two drivers, and nothing says which
	if got := values(h, guest); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A session that could not look does not hide that the machine changed.
func TestWhatWasKnownLast(t *testing.T) {
	first, unseen, now := hostOf(), hostOf(), hostOf()
	unseen.VM, unseen.Path, unseen.Kernel = &record.VM{NotKnown: "why"}, &record.Path{NotKnown: "why"}, "Linux 6.2"
	now.VM.Machine, now.Kernel, now.Path.Links[1].MTU = "pc-q35-8.0", "Linux 6.2", 9000
	was := record.LastKnown([]record.Host{{Kernel: "Linux 5"}, first, unseen})
	want := []string{"machine type was pc-q35-7.2 and is pc-q35-8.0", "MTU of the tap was 1500 and is 9000"}
	if got := now.Differs(was); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := now.Differs(record.LastKnown(nil)); got != nil {
		t.Errorf("%q against nothing", got)
	}
}

// The facts come back from a store as they went into it; what is not known is null there.
func TestHostFactsComeBack(t *testing.T) {
	for _, h := range []record.Host{hostOf(), {VM: &record.VM{NotKnown: "why"}, Path: &record.Path{NotKnown: "why"}}} {
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back record.Host
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, h) {
			t.Errorf("%s comes back as %+v (%v)", text, back, err)
		}
	}
}

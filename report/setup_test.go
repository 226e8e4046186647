package report

import (
	"fmt"
	"strings"
	"testing"

	"vnettune/results"
	"vnettune/results/record"
)

func pointer[T any](v T) *T { return &v }

// sessionsFixture are those of a campaign: two alike, one under another machine type, one of
// which nothing could be known, and one of an earlier version.
func sessionsFixture() []results.Session {
	session := func(id int64, machine string) results.Session {
		return results.Session{ID: id,
			Guest: record.Guest{MachineGUID: "11111111-2222-3333-4444-555555555555", UUID: "66666666-7777-8888-9999-AAAAAAAAAAAA"},
			Host: record.Host{Name: "host", Kernel: "Linux 6.1", CPU: "EPYC", Governor: "performance", CongestionControl: "cubic", NoMetricsSave: "1", Process: int(id),
				VM: &record.VM{Source: record.VMByQEMU, Machine: record.Name(machine), Accelerator: "kvm", QEMU: "7.2.0", CPU: "host", VCPUs: pointer(4), Topology: "sockets=1,cores=4",
					HyperV: []string{"hv-relaxed", "hv-spinlocks=8191"},
					Adapter: &record.VMAdapter{Device: "virtio-net-pci", Options: map[string]string{"vectors": "10", "mq": "on"},
						Backend: map[string]string{"type": "tap", "vhost": "on", "queues": "4"}},
					Vhost: &record.Vhost{Threads: 4, CPUs: "0-3"}, Settings: []string{"-m 8192"}, LeftOut: 12},
				Path: &record.Path{GuestMTU: pointer(1500), Links: []record.Link{
					{Name: "br0", Kind: "bridge", MTU: 1500, Offloads: map[string]bool{"rx-gro": true, "rx-lro": false}},
					{Name: "vnet3", Kind: "tap", MTU: 1500, Queues: pointer(4), VNetHdr: pointer(true), Offloads: map[string]bool{"rx-gro": false}}}}}}
	}
	unseen, old := session(4, ""), session(5, "")
	unseen.Host.VM = &record.VM{NotKnown: "no QEMU can be seen"}
	unseen.Host.Path = &record.Path{NotKnown: "what is behind eth0", Links: []record.Link{{Name: "eth0", Kind: "device", MTU: 9000}}}
	old.Host.VM, old.Host.Path, old.Guest = nil, nil, record.Guest{}
	again := session(2, "pc-q35-7.2")
	again.Host.Path.Links[1].Name = "vnet9" // a tap has another name at every start
	return []results.Session{session(1, "pc-q35-7.2"), again, session(3, "pc-q35-8.0"), unseen, old}
}

// Sessions that are alike share a block; what one of them found to be otherwise is a note.
func TestSetups(t *testing.T) {
	text := setupText(setupsOf(sessionsFixture()))
	for _, want := range []string{
		"Host and machine in s1, s2:\n",
		" (hash of MachineGuid, SMBIOS UUID)\n- host: governor performance, congestion control cubic, tcp_no_metrics_save 1\n",
		"- machine: pc-q35-7.2, kvm, QEMU 7.2.0, CPU host, 4 vCPUs (sockets=1,cores=4), Hyper-V enlightenments hv-relaxed, hv-spinlocks=8191; by QEMU's command line\n",
		"- adapter: virtio-net-pci, mq=on, vectors=10; backend tap, queues=4, vhost=on; 4 vhost threads on CPUs 0-3\n",
		"- path: bridge br0 (MTU 1500; on: rx-gro) - tap vnet3 (MTU 1500; 4 queues; vnet_hdr; no offload on) - guest's adapter (MTU 1500)\n",
		"Host and machine in s3, all else as before:\n- machine: pc-q35-8.0",
		"Host and machine in s4, all else as before:\n- machine: not known: no QEMU can be seen\n- path: device eth0 (MTU 9000; offloads not known) - not known: what is behind eth0\n",
		"Host and machine in s5, all else as before:\n- guest: nothing tells it from others\n",
		"- machine: not known: the session was run by an earlier vnettune, which did not look\n- path: not known: the session was run by an earlier",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "Host and machine"); n != 4 {
		t.Errorf("%d blocks, want 4:\n%s", n, text)
	}
	notes := setupNotes(sessionsFixture())
	want := []string{"in session 3 the host or the guest's machine is not as in those before: machine type was pc-q35-7.2 and is pc-q35-8.0"}
	if len(notes) != 1 || notes[0] != want[0] {
		t.Errorf("%q, want %q", notes, want)
	}
	if text := setupText(setupsOf(sessionsFixture()[:1])); !strings.HasPrefix(text, "Host and machine:\n- guest: ") {
		t.Errorf("of one session:\n%s", text)
	}
	if text := setupText(setupsOf(nil)); text != "" {
		t.Errorf("of none:\n%s", text)
	}
}

// setupText is the lists of setups, an item a line.
func setupText(all []Setup) string {
	var b strings.Builder
	for _, l := range setupLists(all) {
		fmt.Fprintf(&b, "%s:\n", l.Title)
		for _, item := range l.Items {
			fmt.Fprintf(&b, "- %s\n", item)
		}
	}
	return b.String()
}

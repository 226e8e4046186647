package rig

import (
	"bufio"
	"bytes"
	"context"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"vnettune/apply/rescue"
	"vnettune/bench/hygiene"
	"vnettune/bench/hypervisor"
	"vnettune/matrix/campaign"
	"vnettune/results/record"

	"golang.org/x/sys/unix"
)

// hostFacts are the facts of this host, and of the guest's machine and the path to it, that
// decide as much as the guest's settings; adapter is the one under test.
func (r *Rig) hostFacts(ctx context.Context, adapter record.Adapter) record.Host {
	h := record.Host{
		VNetTune: r.means.Version, Kernel: kernel(), CPU: cpuModel(),
		Governor:          firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
		CongestionControl: firstLine("/proc/sys/net/ipv4/tcp_congestion_control"),
		NoMetricsSave:     firstLine("/proc/sys/net/ipv4/tcp_no_metrics_save"),
		IPerf2:            r.IPerf2.Version.Text,
		IPerf3:            r.Meter.Version.Text, DataAddress: r.Target.Address,
		Name: hostName(), Process: os.Getpid(),
	}
	if lab := r.means.Lab; lab != nil {
		h.Lab = &lab.Facts
	}
	guest := r.machine(adapter)
	h.VM, h.Path = hypervisor.Look(ctx, guest)
	at := hypervisor.Find(ctx, guest)
	h.Hygiene = new(hygiene.Root("/").Look(hygiene.Of{PID: at.PID, Links: at.Links}))
	if peer, ok := PeerOf(r.campaign, r.Target.Address); ok {
		facts := peer.Facts(ctx)
		h.Peer = &facts
	}
	return h
}

// machine is what is known of the guest's machine without a look at the host.
func (r *Rig) machine(adapter record.Adapter) hypervisor.Guest {
	g := hypervisor.Guest{Bind: r.Target.Bind, Adapter: adapter, Monitor: r.Rescue.QMP}
	if a, err := netip.ParseAddr(r.Target.Address); err == nil {
		g.Address = a
	}
	if lab := r.campaign.Guest.Lab; lab != nil && lab.Kind == campaign.LabFast {
		g.NoVM = "the stand-in guest is a network namespace of this host"
	}
	if r.Rescue.Domain != "" {
		g.Libvirt = &rescue.Libvirt{Domain: r.Rescue.Domain, URI: r.Rescue.URI}
		u, err := url.Parse(r.Rescue.URI)
		g.Elsewhere = err != nil || u.Host != ""
	}
	return g
}

// Machine is what decides on this host as much as the guest's settings do.
type Machine struct {
	Kernel    string   `json:"kernel"`
	CPU       string   `json:"cpu"`
	Governors []string `json:"governors"` // of all processors, each once; none where the frequency is not ours to choose

	Hygiene *record.Hygiene `json:"hygiene,omitempty"` // nil in transcripts of earlier versions, which did not look
	Load    *hygiene.Load   `json:"load,omitempty"`    // of a second; nil where it cannot be read
}

// looked is how long the host is looked at to say how busy it is.
const looked = time.Second

// ThisMachine looks at the host, for a second.
func ThisMachine(ctx context.Context) Machine {
	root := hygiene.Root("/")
	m := Machine{Kernel: kernel(), CPU: cpuModel(), Hygiene: new(root.Look(hygiene.Of{}))}
	m.Governors = m.Hygiene.Governors
	if load, err := root.Busy(ctx, Clock{}, looked); err == nil {
		m.Load = &load
	}
	return m
}

// hostBusy is for how many percent of a stretch of time this host's processors are busy.
func hostBusy(ctx context.Context, window time.Duration) (float64, error) {
	load, err := hygiene.Root("/").Busy(ctx, Clock{}, window)
	return load.Busy + load.Steal, err
}

// hostName is the host's name; "" where it has none.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// firstLine is the first line of a file; "" when there is none.
func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

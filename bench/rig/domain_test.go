package rig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/matrix/domain"
	"vnettune/trouble"
)

// libvirt puts a virsh of our own on PATH, with files that say what it knows.
func libvirt(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	copies := map[string]string{"virsh": "testdata/virsh", "found.xml": "../../matrix/domain/testdata/found.xml"}
	for name, from := range copies {
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

const libvirtGuest = `name: r
guest: {libvirt: win, user: u, password_env: PW, generation: w11}
design: list
variants:
  - name: as-found
  - {name: four, xml: [{path: "devices/interface/mac[@address='52:54:00:aa:aa:02']/../driver", attribute: queues, set: "4"}]}
`

func ofFile(t *testing.T, text string) campaign.Campaign {
	t.Helper()
	c, err := campaign.Parse("r.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The address is that of the domain's virtio adapter, by the first source that has one; where several fit none is taken.
func TestTheAddressOfADomain(t *testing.T) {
	const (
		virtio = " Ethernet Instance 0 2    52:54:00:aa:aa:02    "
		other  = " Ethernet    52:54:00:aa:aa:01    "
	)
	loopback := " Loopback Pseudo-Interface 1                      ipv6         ::1/128\n Loopback Pseudo-Interface 1                      ipv4         127.0.0.1/8\n"
	for name, c := range map[string]struct {
		files      map[string]string
		bind       string
		want, fail string
	}{
		"by the agent":               {map[string]string{"agent": virtio + "ipv6         fe80::1%11/64\n" + virtio + "ipv4         192.0.2.7/24\n" + other + "ipv4         192.0.2.8/24\n" + loopback + "\n"}, "", "192.0.2.7", ""},
		"by the lease":               {map[string]string{"lease": " vnet0      52:54:00:aa:aa:02    ipv4         192.0.2.9/24\n\n"}, "", "192.0.2.9", ""},
		"by ARP":                     {map[string]string{"agent": other + "ipv4 192.0.2.8/24\n", "arp": " vnet0      52:54:00:AA:AA:02    ipv4         192.0.2.10/0\n"}, "", "192.0.2.10", ""},
		"IPv4 first":                 {map[string]string{"agent": virtio + "ipv4 192.0.2.7/24\n" + virtio + "ipv6 2001:db8::7/64\n"}, "", "192.0.2.7", ""},
		"IPv6 by the family of bind": {map[string]string{"agent": virtio + "ipv4 192.0.2.7/24\n" + virtio + "ipv6 2001:db8::7/64\n"}, "2001:db8::1", "2001:db8::7", ""},
		"no address of itself":       {map[string]string{"agent": virtio + "ipv4 169.254.1.2/16\n", "lease": virtio + "ipv4 192.0.2.9/24\n"}, "", "192.0.2.9", ""},
		"several":                    {map[string]string{"agent": virtio + "ipv4 192.0.2.7/24\n" + virtio + "ipv4 198.51.100.7/24\n"}, "", "", "192.0.2.7 of the adapter 52:54:00:aa:aa:02, 198.51.100.7 of the adapter 52:54:00:aa:aa:02"},
		"none":                       {nil, "", "", "QEMU guest agent is not connected"},
		"off":                        {map[string]string{"off": ""}, "", "", "domain is not running"},
		"unreadable":                 {map[string]string{"agent": "x\n" + virtio + "ipv4 words\n" + virtio + "ipx 192.0.2.7/24\n"}, "", "", "has an address of a virtio adapter"},
	} {
		t.Run(name, func(t *testing.T) {
			libvirt(t, c.files)
			file := ofFile(t, libvirtGuest)
			file.Host.Bind = c.bind
			got, err := located(t.Context(), file, true)
			if c.fail != "" {
				if err == nil || !strings.Contains(trouble.Line(err), c.fail) {
					t.Errorf("%v, want %q", err, c.fail)
				}
				return
			}
			if err != nil || got.Guest.Remote.Data != c.want || got.Guest.Remote.Control.Host != c.want || got.Guest.Remote.Control.Port != 5985 {
				t.Errorf("%+v, %v", got.Guest.Remote, err)
			}
			if file.Guest.Remote.Data != "" {
				t.Error("the campaign itself was changed")
			}
		})
	}
	// What the file says is taken, and virsh is not asked.
	dir := libvirt(t, nil)
	said := ofFile(t, strings.Replace(libvirtGuest, "{libvirt: win", "{libvirt: win, control: 192.0.2.1, data: 192.0.2.2", 1))
	if got, err := located(t.Context(), said, true); err != nil || got.Guest.Remote.Data != "192.0.2.2" {
		t.Errorf("%+v, %v", got.Guest.Remote, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "log")); err == nil {
		t.Error("virsh was asked")
	}
}

// A domain is defined as it is told, and one that cannot be put back is refused without a word of its secret.
func TestADomainIsDefined(t *testing.T) {
	dir := libvirt(t, map[string]string{"off": ""})
	h := host{&Rig{Rescue: campaign.Rescue{Domain: "win"}}}
	text, err := h.Defined(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := domain.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	patched, err := found.Patch([]matrix.Edit{{Path: "devices/interface[2]/driver", Attribute: "queues", Set: new("4")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Define(t.Context(), patched.Text()); err != nil {
		t.Fatal(err)
	}
	again, err := h.Defined(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(patched.Text(), again); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if err := h.Define(t.Context(), strings.Replace(again, `queues="4"`, `queues="many"`, 1)); err == nil || !strings.Contains(err.Error(), "Expected non-negative") {
		t.Errorf("what libvirt refuses: %v", err)
	}
	if off, err := h.Off(t.Context()); !off || err != nil {
		t.Errorf("off: %v, %v", off, err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Error(err)
	}
	if off, err := h.Off(t.Context()); off || err != nil {
		t.Errorf("off after it was started: %v, %v", off, err)
	}
	for file, want := range map[string]string{"secret": "leaves secrets out", "transient": "is not persistent"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("passwd='hunter2'"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := h.Defined(t.Context())
		if err == nil || !strings.Contains(trouble.Line(err), want) || strings.Contains(trouble.Line(err), "hunter2") {
			t.Errorf("%s: %v", file, err)
		}
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
}

// A plan shows what a patch changes, where the domain can be read on this host, and asks no other.
func TestPatchesOfAPlan(t *testing.T) {
	dir := libvirt(t, nil)
	c := ofFile(t, libvirtGuest)
	p, err := c.Plan(matrix.W11)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Patches(t.Context(), c, p)
	if err != nil || len(all) != 1 || !strings.Contains(strings.Join(all[0].Diff, "\n"), "+      <driver name=\"vhost\" queues=\"4\">") || all[0].NotRead != "" {
		t.Errorf("%+v, %v", all, err)
	}
	far := c
	far.Guest.Rescue.URI = "qemu+ssh://host/system"
	if err := os.Remove(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	all, err = Patches(t.Context(), far, p)
	if err != nil || len(all) != 1 || len(all[0].Edits) != 1 || !strings.Contains(all[0].NotRead, "another host") || all[0].Diff != nil {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "log")); err == nil {
		t.Error("virsh was asked")
	}
	p.Variants[1].XML[0].Path = "devices/interface/driver/nothing"
	if _, err := Patches(t.Context(), c, p); !trouble.IsInvalid(err) || !strings.Contains(trouble.Line(err), "is 0 elements") {
		t.Errorf("a patch of nothing: %v", err)
	}
	none := c
	none.Guest.Rescue.Domain = "other"
	if all, err := Patches(t.Context(), none, p); err != nil || !strings.Contains(all[0].NotRead, "failed to get domain") {
		t.Errorf("%+v, %v", all, err)
	}
}

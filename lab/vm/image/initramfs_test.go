package image

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/guest"
	"vnettune/lab/vm/debian"
	"vnettune/lab/windows/machine"
	"vnettune/trouble"
)

// writeModule writes the least ELF file that has a .modinfo section.
func writeModule(t *testing.T, path, depends string) {
	t.Helper()
	names := "\x00.modinfo\x00.shstrtab\x00"
	info := "license=GPL\x00depends=" + depends + "\x00name=x\x00"
	var b bytes.Buffer
	b.WriteString("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9))
	put := func(v any) {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	const header, section = 64, 64
	end := uint64(header + len(names) + len(info))
	put([]uint16{1, 62})
	put(uint32(1))
	put([]uint64{0, 0, end})
	put(uint32(0))
	put([]uint16{header, 0, 0, section, 3, 1})
	b.WriteString(names + info)
	put(make([]byte, section))
	for _, s := range []struct {
		name, kind   uint32
		offset, size int
	}{{10, 3, header, len(names)}, {1, 1, header + len(names), len(info)}} {
		put([]uint32{s.name, s.kind})
		put([]uint64{0, 0, uint64(s.offset), uint64(s.size)})
		put([]uint32{0, 0})
		put([]uint64{1, 0})
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestModulesComeBehindWhatTheyNeed(t *testing.T) {
	folder := t.TempDir()
	for name, depends := range map[string]string{
		"virtio_net": "net_failover,virtio,virtio_ring", "net-failover": "failover", "failover": "", "virtio": "",
		"virtio_ring": "virtio", "unwanted": "", "broken": "nowhere",
	} {
		writeModule(t, filepath.Join(folder, "kernel", name[:1], name+".ko"), depends)
	}
	builtin := "kernel/net/ipv4/tcp_cubic.ko\nkernel/drivers/virtio/virtio-pci.ko\n"
	if err := os.WriteFile(filepath.Join(folder, "modules.builtin"), []byte(builtin), 0o644); err != nil {
		t.Fatal(err)
	}
	paths, err := modulesInOrder(folder, []string{"virtio_pci", "virtio_net", "virtio_ring"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range paths {
		got = append(got, strings.TrimSuffix(filepath.Base(p), ".ko"))
	}
	if d := cmp.Diff([]string{"failover", "net-failover", "virtio", "virtio_ring", "virtio_net"}, got); d != "" {
		t.Error(d)
	}
	if _, err := modulesInOrder(folder, []string{"broken"}); err == nil || !strings.Contains(err.Error(), "nowhere (wanted by broken)") {
		t.Errorf("missing module: %v", err)
	}
}

func FuzzParseDepends(f *testing.F) {
	f.Add([]byte("license=GPL\x00depends=a,b\x00name=x"))
	f.Add([]byte("depends="))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range parseDepends(b) {
			if strings.ContainsAny(name, ",\x00") {
				t.Errorf("name %q", name)
			}
		}
	})
}

// The dynamic loader of this host is the judge of what a program needs.
func TestLibrariesAreThoseOfTheDynamicLoader(t *testing.T) {
	program, err := exec.LookPath("iperf3")
	if err != nil {
		t.Skip("LIBRARIES ARE NOT TESTED: no iperf3; run: apt-get install iperf3")
	}
	p, err := readProgram(program, debian.LibraryFolders)
	if err != nil {
		t.Fatal(err)
	}
	if p.interpreter == "" {
		t.Skip("LIBRARIES ARE NOT TESTED: this iperf3 is static")
	}
	out, err := exec.Command(p.interpreter, "--list", program).Output()
	if err != nil {
		t.Skipf("LIBRARIES ARE NOT TESTED: this loader lists none: %v", err)
	}
	var want, got []string
	for line := range strings.Lines(string(out)) {
		if name, _, ok := strings.Cut(strings.TrimSpace(line), " => "); ok {
			want = append(want, name)
		}
	}
	for _, l := range p.libraries {
		got = append(got, filepath.Base(l))
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
		t.Errorf("loader (-) and we (+): %s", d)
	}
	if _, err := readProgram(program, []string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "is in none of") {
		t.Errorf("libraries that are nowhere: %v", err)
	}
	if err := checkStatic(program); err == nil || !strings.Contains(trouble.Line(err), "CGO_ENABLED=0") {
		t.Errorf("a dynamic program as init: %v", err)
	}
}

func TestInitMustBeAProgram(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "initramfs")
	if err := WriteInitramfs(to, Image{Init: text}); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(to); !os.IsNotExist(err) {
		t.Error("a failed write left a file")
	}
}

func TestInitramfsHidesThePassword(t *testing.T) {
	static := filepath.Join(t.TempDir(), "init")
	writeModule(t, static, "") // any ELF file without an interpreter
	to := filepath.Join(t.TempDir(), "initramfs")
	cfg := guest.Config{Trial: true, Windows: machine.Config{Password: "secret"}}
	if err := WriteInitramfs(to, Image{Init: static, Config: cfg}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	b, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	entries := unpack(t, b)
	last := entries[len(entries)-1]
	var got guest.Config
	if err := json.Unmarshal([]byte(last.Content), &got); err != nil {
		t.Fatal(err)
	}
	if last.Name != "config.json" || last.Mode != modeSecret || got.Windows.Password != "secret" || got.Disk != "/dev/vda" {
		t.Errorf("last entry %+v", last)
	}
}

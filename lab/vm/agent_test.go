package vm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLibraryDependencies(t *testing.T) {
	const record = `Package: qemu-guest-agent
Pre-Depends: init-system-helpers (>= 1.54~)
Depends: libc6 (>= 2.34), libglib2.0-0 (>= 2.63.3) | libglib2.0-0t64, libudev1:any, udev, liburing2
Description: none
Depends-On: libnone
`
	if d := cmp.Diff([]string{"libc6", "libglib2.0-0", "libudev1", "liburing2"}, libraryDependencies(record)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := libraryDependencies("Package: x\n"); got != nil {
		t.Errorf("a package without any: %v", got)
	}
}

func TestCachedAgent(t *testing.T) {
	folder := t.TempDir()
	if _, ok := cachedAgent(folder); ok {
		t.Error("found in an empty cache")
	}
	var want Agent
	for _, version := range []string{"1%3a7.2-9", "1%3a7.2-10"} {
		root := filepath.Join(folder, agentPackage+"_"+version+"_amd64")
		library := filepath.Join(root, "usr", "lib", "x86_64-linux-gnu")
		for _, path := range []string{filepath.Join(root, agentPath), filepath.Join(library, "libglib-2.0.so.0")} {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		want = Agent{Path: filepath.Join(root, agentPath), Folders: []string{library, filepath.Join(root, "usr", "lib")}}
	}
	if err := os.MkdirAll(filepath.Join(folder, "fetch-1", "unpacked", agentPath), 0o755); err != nil {
		t.Fatal(err)
	}
	got, ok := cachedAgent(folder)
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAgentOnTheCommandLine(t *testing.T) {
	spec := Spec{Kernel: "/k", Initramfs: "/i", Console: "/c", Accelerator: KVM}
	if line := strings.Join(arguments(spec), " "); strings.Contains(line, "virtio-serial") {
		t.Errorf("a machine without an agent has a port for one: %s", line)
	}
	spec.Agent = "/labs/a,b/agent"
	line := strings.Join(arguments(spec), " ")
	for _, want := range []string{"path=/labs/a,,b/agent", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"} {
		if !strings.Contains(line, want) {
			t.Errorf("%s has no %s", line, want)
		}
	}
}

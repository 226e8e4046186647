package debian

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

func TestCachedKernelIsTheNewestCompleteOne(t *testing.T) {
	folder := t.TempDir()
	if _, ok := cachedKernel(folder); ok {
		t.Fatal("found a kernel in an empty folder")
	}
	add := func(pkg, release string, modules bool) {
		root := filepath.Join(folder, pkg)
		paths := []string{filepath.Join(root, "boot")}
		if modules {
			paths = append(paths, filepath.Join(root, "lib", "modules", release, "kernel"))
		}
		for _, p := range paths {
			if err := os.MkdirAll(p, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(root, "boot", "vmlinuz-"+release), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	add("linux-image-6.1.0-9-cloud-amd64_6.1.27-1_amd64", "6.1.0-9-cloud-amd64", true)
	add("linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64", "6.1.0-56-cloud-amd64", true)
	add("linux-image-6.1.0-99-cloud-amd64_6.1.300-1_amd64", "6.1.0-99-cloud-amd64", false)
	add("fetch-123", "7.0.0-1-cloud-amd64", true)
	k, ok := cachedKernel(folder)
	if !ok || k.Release != "6.1.0-56-cloud-amd64" || !strings.HasSuffix(k.Modules, "lib/modules/6.1.0-56-cloud-amd64") {
		t.Errorf("got %+v", k)
	}
}

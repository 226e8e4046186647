package debian

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"

	"vnettune/spawn"
	"vnettune/trouble"
)

// metaPackage is Debian's small kernel for virtual machines; the package that it
// depends on holds the kernel.
const metaPackage = "linux-image-cloud-amd64"

// Kernel is an unpacked kernel package.
type Kernel struct {
	Image   string // path of the bzImage
	Modules string // path of lib/modules/RELEASE
	Release string // 6.1.0-56-cloud-amd64
}

// FindKernel returns the newest kernel in the cache folder, or fetches and unpacks
// Debian's into it. No root is needed. What it fetches it tells the log.
func FindKernel(ctx context.Context, cache string, log io.Writer) (Kernel, error) {
	folder := filepath.Join(cache, "kernel")
	if k, ok := cachedKernel(folder); ok {
		return k, nil
	}
	var name string
	err := withNewLists(ctx, log, func() (err error) {
		if name, err = kernelPackage(ctx); err != nil {
			return err
		}
		fmt.Fprintf(log, "fetching the guest's kernel: %s (27 MB, once)\n", name)
		return fetchPackages(ctx, folder, []string{name})
	})
	if err != nil {
		return Kernel{}, err
	}
	k, ok := cachedKernel(folder)
	if !ok {
		return Kernel{}, fmt.Errorf("package %s holds no kernel with modules", name)
	}
	return k, nil
}

// cachedKernel is the newest by version of the complete ones: a folder gets its
// final name only when all is unpacked.
func cachedKernel(folder string) (Kernel, bool) {
	images, err := filepath.Glob(filepath.Join(folder, "linux-image-*", "boot", "vmlinuz-*"))
	if err != nil || len(images) == 0 {
		return Kernel{}, false
	}
	sort.Slice(images, func(i, j int) bool { return versionLess(images[i], images[j]) })
	for i := len(images) - 1; i >= 0; i-- {
		image := images[i]
		release := filepath.Base(image)[len("vmlinuz-"):]
		modules := filepath.Join(filepath.Dir(filepath.Dir(image)), "lib", "modules", release)
		if _, err := os.Stat(filepath.Join(modules, "kernel")); err == nil {
			return Kernel{Image: image, Modules: modules, Release: release}, true
		}
	}
	return Kernel{}, false
}

var digits = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// versionLess compares runs of digits as numbers.
func versionLess(a, b string) bool {
	as, bs := digits.FindAllString(a, -1), digits.FindAllString(b, -1)
	for i := 0; i < len(as) && i < len(bs); i++ {
		if as[i] == bs[i] {
			continue
		}
		if isDigit(as[i]) && isDigit(bs[i]) && len(as[i]) != len(bs[i]) {
			return len(as[i]) < len(bs[i])
		}
		return as[i] < bs[i]
	}
	return len(as) < len(bs)
}

func isDigit(s string) bool { return s[0] >= '0' && s[0] <= '9' }

const aptRemedy = "the virtual machine lab takes its kernel from Debian or Ubuntu packages: run `apt-get update` as root, " +
	"or use the fast lab (--kind fast)"

var kernelDependency = regexp.MustCompile(`(?m)^Depends: (linux-image-[0-9][^ ,]*)`)

// kernelPackage names the package that holds the kernel.
func kernelPackage(ctx context.Context) (string, error) {
	out, err := spawn.Command(ctx, "apt-cache", "show", "--no-all-versions", metaPackage).Output()
	if err != nil {
		return "", trouble.Hint(fmt.Errorf("find a kernel for the guest: %w", commandError(err)), aptRemedy)
	}
	m := kernelDependency.FindSubmatch(out)
	if m == nil {
		return "", trouble.Hint(fmt.Errorf("find a kernel for the guest: package %s names none", metaPackage), aptRemedy)
	}
	return string(m[1]), nil
}

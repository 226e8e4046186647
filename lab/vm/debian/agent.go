package debian

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"vnettune/spawn"
	"vnettune/trouble"
)

// agentPackage is Debian's QEMU guest agent; agentPath is its program in the package.
const (
	agentPackage = "qemu-guest-agent"
	agentPath    = "usr/sbin/qemu-ga"
)

// Agent is the QEMU guest agent as it was found on this host.
type Agent struct {
	Path    string   // of its program
	Folders []string // that hold its libraries, beside the loader's own
}

// InstalledAgent is the agent that is installed on this host.
func InstalledAgent() (Agent, bool) {
	for _, name := range []string{"qemu-ga", "/" + agentPath} {
		if path, err := exec.LookPath(name); err == nil {
			return Agent{Path: path}, true
		}
	}
	return Agent{}, false
}

// FindAgent returns the installed agent, or that in the cache folder, or fetches and
// unpacks Debian's with its libraries into it. No root is needed. What it fetches it
// tells the log.
func FindAgent(ctx context.Context, cache string, log io.Writer) (Agent, error) {
	if a, ok := InstalledAgent(); ok {
		return a, nil
	}
	folder := filepath.Join(cache, "agent")
	if a, ok := cachedAgent(folder); ok {
		return a, nil
	}
	err := withNewLists(ctx, log, func() error {
		names, err := agentPackages(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(log, "fetching the guest agent: %s (3 MB, once)\n", strings.Join(names, " "))
		return fetchPackages(ctx, folder, names)
	})
	if err != nil {
		return Agent{}, err
	}
	a, ok := cachedAgent(folder)
	if !ok {
		return Agent{}, fmt.Errorf("package %s holds no %s", agentPackage, agentPath)
	}
	return a, nil
}

// cachedAgent is the newest by version of those that were unpacked whole.
func cachedAgent(folder string) (Agent, bool) {
	var newest string
	found, err := filepath.Glob(filepath.Join(folder, agentPackage+"_*", agentPath))
	if err != nil {
		return Agent{}, false
	}
	for _, path := range found {
		if newest == "" || versionLess(newest, path) {
			newest = path
		}
	}
	if newest == "" {
		return Agent{}, false
	}
	root := strings.TrimSuffix(newest, agentPath)
	a := Agent{Path: newest}
	for _, f := range LibraryFolders {
		f = filepath.Join(root, f)
		if info, err := os.Stat(f); err == nil && info.IsDir() {
			a.Folders = append(a.Folders, f)
		}
	}
	return a, true
}

// agentPackages names the agent's package first, then those of its libraries and of
// what these need. The C library is every program's, and the host's.
func agentPackages(ctx context.Context) ([]string, error) {
	names := []string{agentPackage}
	known := map[string]bool{agentPackage: true, "libc6": true}
	for i := 0; i < len(names); i++ {
		out, err := spawn.Command(ctx, "apt-cache", "show", "--no-all-versions", names[i]).Output()
		if err != nil {
			return nil, trouble.Hint(fmt.Errorf("find the guest agent: %w", commandError(err)), "run `apt-get update` as root, or apt-get install %s", agentPackage)
		}
		for _, name := range libraryDependencies(string(out)) {
			if !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
	}
	return names, nil
}

var depends = regexp.MustCompile(`(?m)^Depends: (.*)$`)

// libraryDependencies are the packages of libraries that a record of apt-cache
// depends on; of alternatives the first is taken.
func libraryDependencies(record string) []string {
	m := depends.FindStringSubmatch(record)
	if m == nil {
		return nil
	}
	var names []string
	for _, d := range strings.Split(m[1], ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(d), " ")
		name, _, _ = strings.Cut(name, ":") // the architecture
		if strings.HasPrefix(name, "lib") {
			names = append(names, name)
		}
	}
	return names
}

// LibraryFolders are the folders that the dynamic loader searches on the usual
// distributions, in its order: ld.so(8) and the multiarch folders of Debian.
var LibraryFolders = []string{
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
	"/lib64", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/lib", "/usr/lib",
}

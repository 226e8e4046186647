package image

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wantedModules are the drivers and algorithms that the guest needs; what they
// depend on comes by itself.
var wantedModules = []string{
	"virtio_pci", "virtio_net", "virtio_blk", "virtio-rng",
	"evdev", "button",
	"sch_netem", "sch_fq", "sch_tbf",
	"tcp_bbr", "tcp_dctcp", "tcp_westwood", "tcp_illinois", "tcp_vegas", "tcp_htcp", "tcp_bic",
}

// lateModules are those that no boot waits for: they are loaded once WinRM answers, or
// before that by what needs one.
var lateModules = []string{"virtio_console", "8021q"}

// modulesInOrder lists the files of the modules named and of all that they depend on,
// each behind what it depends on. What is built into the kernel is left out.
//
// The order is read from the modules themselves: Debian's package has no modules.dep.
func modulesInOrder(folder string, names []string) ([]string, error) {
	files, err := moduleFiles(folder)
	if err != nil {
		return nil, err
	}
	builtin, err := builtinModules(folder)
	if err != nil {
		return nil, err
	}
	var order []string
	done := map[string]bool{}
	var add func(name, wantedBy string) error
	add = func(name, wantedBy string) error {
		key := moduleKey(name)
		if done[key] || builtin[key] {
			return nil
		}
		done[key] = true
		path, ok := files[key]
		if !ok {
			return fmt.Errorf("kernel modules in %s: %s (wanted by %s) is missing", folder, name, wantedBy)
		}
		needs, err := moduleDepends(path)
		if err != nil {
			return err
		}
		for _, n := range needs {
			if err := add(n, name); err != nil {
				return err
			}
		}
		order = append(order, path)
		return nil
	}
	for _, name := range names {
		if err := add(name, "the guest"); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// moduleKey: the kernel takes - and _ in names for the same.
func moduleKey(name string) string { return strings.ReplaceAll(name, "-", "_") }

func moduleFiles(folder string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ko") {
			files[moduleKey(strings.TrimSuffix(e.Name(), ".ko"))] = path
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("kernel modules: %w", err)
	}
	return files, nil
}

func builtinModules(folder string) (map[string]bool, error) {
	b, err := os.ReadFile(filepath.Join(folder, "modules.builtin"))
	if err != nil {
		return nil, fmt.Errorf("kernel modules: %w", err)
	}
	builtin := map[string]bool{}
	for _, line := range strings.Fields(string(b)) {
		builtin[moduleKey(strings.TrimSuffix(filepath.Base(line), ".ko"))] = true
	}
	return builtin, nil
}

// moduleDepends reads the "depends=a,b" entry of a module's .modinfo section.
func moduleDepends(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("kernel module %s: %w", path, err)
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("kernel module %s: no .modinfo section", path)
	}
	data, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("kernel module %s: %w", path, err)
	}
	return parseDepends(data), nil
}

func parseDepends(modinfo []byte) []string {
	for entry := range bytes.SplitSeq(modinfo, []byte{0}) {
		if list, ok := bytes.CutPrefix(entry, []byte("depends=")); ok && len(list) > 0 {
			return strings.Split(string(list), ",")
		}
	}
	return nil
}

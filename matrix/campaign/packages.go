package campaign

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"vnettune/matrix"
	"vnettune/trouble"
)

// packagesKey is the key of the second document that holds what the packages of drivers are by which variants differ:
// their files by their hashes, but not the files. With it a store says what was measured although the folders are gone.
const packagesKey = "driver_packages"

// WithPackages is the text of a campaign file with what the packages of its variants' drivers are, which read reads by the
// paths that the file has for them. Where one cannot be read, the error is of type Errors and lists every problem of the
// file that was found; name is how its messages call it. Only who installs packages needs this: without it a variant has the path
// of its package alone.
func WithPackages(name string, data []byte, read func(path string) (matrix.Package, error)) ([]byte, error) {
	r := &reader{file: name}
	root := r.document(data)
	if root == nil {
		return data, nil // Parse says why
	}
	whole := &reader{file: name}
	all := r.packages
	for i, n := range driversOf(root) {
		if n == nil || n.text == "" || all.of(n.text) != nil {
			continue
		}
		p, err := read(n.text)
		if err != nil {
			whole.bad(n, fmt.Sprintf("variants[%d].driver", i), err.Error(), strings.Join(trouble.Hints(err), "; "))
			continue
		}
		p.Folder = n.text
		all = append(all, p)
	}
	if len(whole.problems) > 0 {
		_, err := parse(whole, data)
		return nil, err
	}
	if len(all) == len(r.packages) {
		return data, nil
	}
	r.packages = all
	return r.behind(data, nil)
}

// driversOf are the paths of packages that a file's variants have, by their places; nil for one that has none.
func driversOf(root *node) []*node {
	n := root.get("variants")
	if n == nil || n.kind != list {
		return nil
	}
	all := make([]*node, len(n.items))
	for i, item := range n.items {
		if d := item.get("driver"); d != nil && d.kind == scalar {
			all[i] = d
		}
	}
	return all
}

// packages are those of which a file has inside what they are.
type packages []matrix.Package

// of is the package of that path; nil where there is none.
func (all packages) of(path string) *matrix.Package {
	for _, p := range all {
		if p.Folder == path {
			return &p
		}
	}
	return nil
}

// text is what stands in the second document.
func (all packages) text() string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(packagesKey + ":\n")
	for _, p := range all {
		fmt.Fprintf(&b, "- folder: %s\n  version: %s\n  date: %s\n  catalog: %s\n", inQuotes(p.Folder), inQuotes(p.Version), inQuotes(p.Date), inQuotes(p.Catalog))
		if len(p.Devices) > 0 {
			fmt.Fprintf(&b, "  devices: %s\n", inQuotes(strings.Join(p.Devices, " ")))
		}
		b.WriteString("  files:\n")
		for _, f := range p.Files {
			b.WriteString("  - " + inQuotes(fmt.Sprintf("%s %d %s", f.SHA256, f.Size, f.Name)) + "\n")
		}
	}
	return b.String()
}

// packagesIn are the packages that a node of the second document has. What is none is left out, as if it was not there.
func packagesIn(n *node) packages {
	var all packages
	for _, item := range n.items {
		text := func(key string) string {
			if of := item.get(key); of != nil {
				return of.text
			}
			return ""
		}
		p := matrix.Package{Folder: text("folder"), Version: text("version"), Date: text("date"), Catalog: text("catalog"), Devices: append([]string(nil), strings.Fields(text("devices"))...)}
		if files := item.get("files"); files != nil {
			for _, line := range files.items {
				if parts := strings.Fields(line.text); len(parts) == 3 {
					size, _ := strconv.Atoi(parts[1]) // 0 is no size of a file of a package
					p.Files = append(p.Files, matrix.PackageFile{Name: parts[2], Size: size, SHA256: parts[0]})
				}
			}
		}
		if len(p.Files) > 0 {
			p.INF = p.Files[0].Name
		}
		if p.Check() == nil {
			all = append(all, p)
		}
	}
	return all
}

// driverPackage is the package that a variant's driver comes from: what it is where the file has that inside, and else its path
// alone.
func (o object) driverPackage() *matrix.Package {
	path, ok := o.text("driver")
	switch {
	case !ok:
		return nil
	case path == "":
		o.bad("driver", "no folder is named", "name the folder of a driver's package, as NetKVM/w11/amd64 of a virtio-win ISO, or its INF file")
		return nil
	}
	if p := o.r.packages.of(path); p != nil {
		return p
	}
	return &matrix.Package{Folder: path}
}

// PathOf is where the package of a variant's driver is to be found from here.
func (c Campaign) PathOf(p matrix.Package) string {
	if filepath.IsAbs(p.Folder) {
		return p.Folder
	}
	return filepath.Join(c.Folder, p.Folder)
}

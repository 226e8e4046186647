package driver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/trouble"
)

// maxINF is the most bytes of an INF file that are read; that of the virtio network driver has less than 100 KiB.
const maxINF = 2 << 20

// Read reads the package that a folder has, or an INF file with what is beside it. The folder of the package is path.
// Files are named as the folder has them, whatever letters the INF file writes large: Windows makes no difference.
func Read(path string) (matrix.Package, error) {
	p, err := read(path)
	p.Folder = path
	return p, trouble.Invalid(err)
}

func read(path string) (matrix.Package, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return matrix.Package{}, trouble.Hint(errors.New("there is no such folder or file"), nameDriver)
	case err != nil:
		return matrix.Package{}, unreadable(err)
	case info.IsDir():
		return inFolder(path)
	case strings.EqualFold(filepath.Ext(path), ".iso"):
		return matrix.Package{}, trouble.Hint(errors.New("this is the image of a disc"), "mount it and name the folder of the driver, as NetKVM/w11/amd64")
	case !isINF(path):
		return matrix.Package{}, trouble.Hint(errors.New("this is neither a folder nor an INF file"), nameDriver)
	}
	names, err := namesIn(filepath.Dir(path))
	if err != nil {
		return matrix.Package{}, err
	}
	return ofINF(filepath.Dir(path), filepath.Base(path), names)
}

// unreadable is an error of the system without the path, which whoever asks has.
func unreadable(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

func isINF(name string) bool { return strings.EqualFold(filepath.Ext(name), ".inf") }

// namesIn are the names in a folder.
func namesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, unreadable(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all, nil
}

// inFolder reads the one package of a folder.
func inFolder(folder string) (matrix.Package, error) {
	names, err := namesIn(folder)
	if err != nil {
		return matrix.Package{}, err
	}
	infs := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !isINF(name) })
	if len(infs) == 0 {
		return matrix.Package{}, trouble.Hint(errors.New("there is no INF file in the folder"), "%s", below(folder))
	}
	var found []matrix.Package
	var wrong []error
	for _, name := range infs {
		p, err := ofINF(folder, name, names)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", foreign.Line(name), err))
			continue
		}
		found = append(found, p)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return matrix.Package{}, trouble.Hint(fmt.Errorf("the folder has several packages: %s", foreign.Line(strings.Join(namesOf(found), ", "))), "name the INF file of one")
	case len(wrong) == 1:
		return matrix.Package{}, wrong[0]
	}
	return matrix.Package{}, trouble.Hint(fmt.Errorf("none of the %d INF files in the folder is of a package that can be installed; %w", len(infs), wrong[0]), "name the INF file that is meant, to see what is wrong with it")
}

func namesOf(all []matrix.Package) []string {
	var names []string
	for _, p := range all {
		names = append(names, p.INF)
	}
	return names
}

// below says which folder to name in the place of one that has packages in folders below it, as a virtio-win ISO has.
func below(folder string) string {
	var all []string
	for _, under := range [][]string{{"NetKVM", "*", "amd64"}, {"*", "amd64"}, {"amd64"}} {
		all = append(all, foldersBelow(folder, "", under)...)
	}
	if len(all) == 0 {
		return nameDriver
	}
	slices.SortStableFunc(all, func(a, b string) int { return rankOf(a) - rankOf(b) })
	return "name the folder of the driver for the guest's Windows: " + foreign.Line(strings.Join(all[:min(len(all), 4)], ", "))
}

// newest are virtio-win's folders of the Windows that take a package, the newest first.
var newest = []string{"w11", "2k25", "w10", "2k22", "2k19", "2k16"}

// rankOf is the place of the folder of one Windows among the others.
func rankOf(under string) int {
	for i, name := range newest {
		if strings.Contains("/"+strings.ToLower(under)+"/", "/"+name+"/") {
			return i
		}
	}
	return len(newest)
}

// foldersBelow are the folders of such names below one, in any case of their letters, that have an INF file.
func foldersBelow(folder, at string, names []string) []string {
	entries, err := namesIn(filepath.Join(folder, at))
	if err != nil {
		return nil // whoever named the folder is told that it has no INF file
	}
	if len(names) == 0 {
		if slices.ContainsFunc(entries, isINF) {
			return []string{at}
		}
		return nil
	}
	var all []string
	for _, name := range entries {
		if names[0] == "*" || strings.EqualFold(name, names[0]) {
			all = append(all, foldersBelow(folder, path.Join(at, name), names[1:])...)
		}
	}
	return all
}

// ofINF reads the package of an INF file, in a folder that has these names.
func ofINF(folder, name string, names []string) (matrix.Package, error) {
	p := matrix.Package{INF: name}
	text, err := bytesOf(folder, name, maxINF)
	if err != nil {
		return p, err
	}
	w, err := parseINF(text).wants()
	if err != nil {
		return p, err
	}
	p.Version, p.Date, p.Devices = w.version, w.date, w.devices
	if p.Catalog, err = among(names, w.catalog); err != nil {
		return p, err
	}
	all := []string{name, p.Catalog}
	for _, file := range w.files {
		is, err := among(names, file)
		if err != nil {
			return p, err
		}
		if !slices.Contains(all, is) {
			all = append(all, is)
		}
	}
	slices.Sort(all[2:])
	left := matrix.MaxPackage
	for _, file := range all {
		data, err := bytesOf(folder, file, left)
		if err != nil {
			return p, err
		}
		left -= len(data)
		p.Files = append(p.Files, matrix.PackageFile{Name: file, Size: len(data), SHA256: hashOf(data)})
	}
	if err := p.Check(); err != nil {
		return p, trouble.Hint(err, nameComplete)
	}
	return p, nil
}

// among is how the folder calls a file that the INF file names.
func among(names []string, file string) (string, error) {
	if i := slices.Index(names, file); i >= 0 {
		return names[i], nil
	}
	i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, file) })
	if i < 0 {
		return "", trouble.Hint(fmt.Errorf("the folder lacks %s, which the INF file names", foreign.Line(file)), nameComplete)
	}
	return names[i], nil
}

// bytesOf reads a file of a package. A pipe or device, which might never end, is none.
func bytesOf(folder, name string, most int) ([]byte, error) {
	at := filepath.Join(folder, name)
	info, err := os.Stat(at)
	if err == nil && !info.Mode().IsRegular() {
		return nil, trouble.Hint(fmt.Errorf("%s is no file", foreign.Line(name)), nameComplete)
	}
	var data []byte
	if err == nil {
		data, err = foreign.ReadFile(at, int64(most))
	}
	switch {
	case errors.Is(err, foreign.ErrTooLong):
		return nil, trouble.Hint(fmt.Errorf("%s is too long: a package has at most %d MiB, and its INF file %d", foreign.Line(name), matrix.MaxPackage>>20, maxINF>>20), nameDriver)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", foreign.Line(name), unreadable(err))
	}
	return data, nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Content is what the files of a package hold, in the order of its Files. path is its folder or INF file as it is to be
// found from here. A file that is gone, or is not what it was when the package was read, is an error.
func Content(p matrix.Package, path string) ([][]byte, error) {
	if err := p.Check(); err != nil {
		return nil, trouble.Invalid(err)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() && !isINF(path) {
		return nil, trouble.Invalid(trouble.Hint(fmt.Errorf("the package of driver %s is not there any more", p.Version), "put its folder back where the campaign has it, or name where it is now"))
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.IsDir() {
		path = filepath.Dir(path)
	}
	all := make([][]byte, 0, len(p.Files))
	for _, f := range p.Files {
		data, err := bytesOf(path, f.Name, matrix.MaxPackage)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || hashOf(data) != f.SHA256 {
			return nil, trouble.Invalid(trouble.Hint(fmt.Errorf("the file %s of the package changed since the campaign was begun", foreign.Line(f.Name)),
				"put back the package of driver %s, or begin a campaign with the one that is there now", p.Version))
		}
		all = append(all, data)
	}
	return all, nil
}

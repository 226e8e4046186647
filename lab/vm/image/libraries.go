package image

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vnettune/trouble"
)

// program is a dynamic executable with everything that it needs to start elsewhere.
type program struct {
	path        string
	interpreter string   // empty for a static program
	libraries   []string // paths, each once
}

// readProgram finds the libraries of an executable by reading it, as the dynamic
// loader would: nothing is run, and no output of a tool is parsed.
func readProgram(path string, folders []string) (program, error) {
	p := program{path: path}
	seen := map[string]bool{}
	var visit func(file string) error
	visit = func(file string) error {
		interpreter, needed, own, err := readELF(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if file == path {
			p.interpreter = interpreter
		}
		for _, name := range needed {
			if seen[name] || name == filepath.Base(p.interpreter) {
				continue
			}
			seen[name] = true
			library, err := findLibrary(name, append(own, folders...))
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			p.libraries = append(p.libraries, library)
			if err := visit(library); err != nil {
				return err
			}
		}
		return nil
	}
	if err := visit(path); err != nil {
		return program{}, err
	}
	return p, nil
}

// readELF gives a file's interpreter, the libraries that it names, and its own search folders.
func readELF(path string) (interpreter string, needed, folders []string, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", nil, nil, err
	}
	defer f.Close()
	for _, segment := range f.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		b := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(b, 0); err != nil {
			return "", nil, nil, err
		}
		interpreter = strings.TrimRight(string(b), "\x00")
	}
	needed, err = f.ImportedLibraries()
	if errors.Is(err, elf.ErrNoSymbols) {
		err = nil
	}
	if err != nil {
		return "", nil, nil, err
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		values, err := f.DynString(tag)
		if err != nil {
			continue // a static program has no dynamic section
		}
		for _, v := range values {
			v = strings.ReplaceAll(v, "$ORIGIN", filepath.Dir(path))
			folders = append(folders, strings.Split(v, ":")...)
		}
	}
	return interpreter, needed, folders, nil
}

func findLibrary(name string, folders []string) (string, error) {
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("library %s is in none of %s", name, strings.Join(folders, ", "))
}

// checkStatic refuses an executable that cannot be the init of a machine without libraries.
func checkStatic(path string) error {
	interpreter, _, _, err := readELF(path)
	if err != nil {
		return fmt.Errorf("program for the guest's init: %s: %w", path, err)
	}
	if interpreter != "" {
		return trouble.Hint(fmt.Errorf("program for the guest's init: %s needs %s", path, interpreter), "build it static: CGO_ENABLED=0 go build")
	}
	return nil
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/scripts"
)

// areas are the keys that Wine and the machine have in common, with what is below: those of
// settings, and vnettune's own. What else the machine has, Wine gets as well; what else Wine has
// is its own business.
var areas = []string{
	registry.ProductKey,
	registry.TcpipKey,
	registry.AFDKey,
	registry.AdaptersKey,
	registry.VersionKey + `\Multimedia\SystemProfile`,
	registry.FirewallKey,
	registry.FirewallByPolicyKey,
	registry.PoliciesKey,
}

// key is one key with its values, by their names in lower case.
type key struct {
	path     string
	volatile bool
	values   map[string]value
}

type value struct {
	name string
	registry.Value
}

// keys are keys by their paths in lower case.
type keys map[string]*key

func (k keys) add(path string) *key {
	low := strings.ToLower(path)
	if k[low] == nil {
		k[low] = &key{path: path, values: map[string]value{}}
	}
	return k[low]
}

// set takes a value, unless it is Wine's own business.
func (k *key) set(name string, v registry.Value) {
	low := strings.ToLower(name)
	if strings.EqualFold(k.path, registry.TcpipKey) && slices.Contains(wineValues, low) {
		return
	}
	k.values[low] = value{name, v}
}

// wineValues are those of Tcpip's Parameters that Wine sets to the host's own whenever a program
// asks for its network.
var wineValues = []string{"hostname", "domain"}

// paths are the paths in lower case, the parents first.
func (k keys) paths() []string { return slices.Sorted(maps.Keys(k)) }

// inArea says whether a path is one of an area, or below it.
func inArea(path string) bool {
	low := strings.ToLower(path)
	return slices.ContainsFunc(areas, func(a string) bool {
		a = strings.ToLower(a)
		return low == a || strings.HasPrefix(low, a+`\`)
	})
}

// keysOf are all keys of a tree.
func keysOf(tree *registry.Tree) keys {
	all := keys{}
	var walk func(path string, k *registry.Key)
	walk = func(path string, k *registry.Key) {
		at := all.add(path)
		at.volatile = k.Volatile()
		for _, name := range k.ValueNames() {
			v, _ := k.Get(name)
			at.set(name, v)
		}
		for _, sub := range k.Subkeys() {
			walk(path+`\`+sub.Name, sub)
		}
	}
	if k := tree.Find(registry.MustPath(`HKLM`)); k != nil {
		walk(registry.MustPath(`HKLM`).String(), k)
	}
	return all
}

// changes is a registry file that makes of what Wine has in the areas what the machine has, and
// brings the rest of the machine's; "" where nothing differs. Volatile keys are made by
// programs only.
func changes(wine, is keys) string {
	var b strings.Builder
	for _, low := range wine.paths() {
		if inArea(low) && is[low] == nil {
			b.WriteString("\r\n[-" + wine[low].path + "]\r\n")
		}
	}
	for _, low := range is.paths() {
		k, there := is[low], wine[low]
		if k.volatile {
			continue
		}
		lines := []string{}
		if there == nil {
			there = &key{}
			lines = append(lines, "") // an empty key is made as well
		}
		for _, name := range slices.Sorted(maps.Keys(k.values)) {
			if v := k.values[name]; there.values[name].Value != v.Value {
				lines = append(lines, regLine(v.name, v.Value))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(there.values)) {
			if _, ok := k.values[name]; !ok && inArea(low) {
				lines = append(lines, quote(there.values[name].name)+"=-")
			}
		}
		if len(lines) > 0 {
			b.WriteString("\r\n[" + k.path + "]\r\n" + strings.TrimPrefix(strings.Join(lines, "\r\n"), "\r\n") + "\r\n")
		}
	}
	return b.String()
}

// push brings Wine's registry to what the machine's is.
func (e *Engine) push(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	tree := e.m.View().Reg
	if tree == e.pushed {
		return nil // a tree does not change
	}
	is := keysOf(tree)
	if e.m.Faults().BlockRules {
		for name, rule := range scripts.Dismissed() {
			is.add(registry.FirewallKey).set(name, registry.String(rule))
		}
	}
	if text := changes(e.wines, is); text != "" {
		if err := os.WriteFile(e.file("push.reg"), encodeUTF16(regHeader+"\r\n"+text), 0o600); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
		r, err := e.batch(ctx, "reg.exe import "+windowsPath(e.file("push.reg")), nothing, nil)
		if err == nil && r.code != 0 {
			err = fmt.Errorf("engine: import the registry: exit code %d: %s%s", r.code, r.out, r.errs)
		}
		if err != nil {
			return err
		}
	}
	// Wine has now what both had, and the machine's where they differed.
	next := keys{}
	for low, k := range e.wines {
		if !inArea(low) || is[low] != nil {
			next[low] = k
		}
	}
	for low, k := range is {
		if !k.volatile {
			next[low] = k
		}
	}
	e.wines, e.pushed = next, tree
	return nil
}

// export is what Wine's registry has in the areas.
func (e *Engine) export(ctx context.Context) (keys, error) {
	all, err := e.exportOnce(ctx)
	if err != nil {
		return nil, err
	}
	for _, area := range areas {
		if low := strings.ToLower(area); e.wines[low] != nil && all[low] == nil {
			return e.exportOnce(ctx) // a whole area that is gone must be gone twice
		}
	}
	return all, nil
}

func (e *Engine) exportOnce(ctx context.Context) (keys, error) {
	lines := make([]string, len(areas))
	file := func(i int) string { return e.file(fmt.Sprintf("export%d.reg", i)) }
	for i, area := range areas {
		if err := os.Remove(file(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("engine: %w", err)
		}
		lines[i] = `@reg.exe export "` + area + `" ` + windowsPath(file(i)) + " /y >nul"
	}
	if _, err := e.batch(ctx, strings.TrimPrefix(strings.Join(lines, "\r\n"), "@"), nothing, nil); err != nil {
		return nil, err
	}
	all := keys{}
	for i := range areas {
		b, err := os.ReadFile(file(i))
		if errors.Is(err, fs.ErrNotExist) {
			continue // there is no such key
		}
		if err != nil {
			return nil, fmt.Errorf("engine: %w", err)
		}
		found, err := parseReg(b)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
	}
	return all, nil
}

// pull brings what a command changed in Wine's registry to the machine's.
func (e *Engine) pull(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, err := e.export(ctx)
	if err != nil {
		return err
	}
	volatile, err := e.volatile(ctx, now)
	if err != nil {
		return err
	}
	var writes []func(*machine.State) error
	for _, low := range now.paths() {
		k, before := now[low], e.wines[low]
		at, err := registry.ParsePath(k.path)
		if err != nil {
			return err
		}
		if before == nil {
			before = &key{}
			writes = append(writes, func(s *machine.State) error {
				_, err := s.Reg.Create(at, volatile[low])
				return err
			})
		}
		for _, name := range slices.Sorted(maps.Keys(k.values)) {
			if v := k.values[name]; before.values[name].Value != v.Value {
				writes = append(writes, func(s *machine.State) error { return e.m.WriteValue(s, at, v.name, v.Value) })
			}
		}
		for name, v := range before.values {
			if _, there := k.values[name]; !there {
				writes = append(writes, func(s *machine.State) error { e.m.DeleteValue(s, at, v.name); return nil })
			}
		}
	}
	for low, k := range e.wines {
		if at, err := registry.ParsePath(k.path); err == nil && inArea(low) && now[low] == nil {
			writes = append(writes, func(s *machine.State) error { s.Reg.Remove(at); return nil })
		}
	}
	for low, k := range e.wines {
		if !inArea(low) {
			now[low] = k // was not exported
		}
	}
	e.wines = now
	if len(writes) == 0 {
		return nil
	}
	return e.m.Update(func(s *machine.State) error {
		for _, write := range writes {
			if err := write(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// probe is a key that cannot be made under a volatile one.
const probe = `vnettune-stable`

// volatile says which keys are new and volatile: no export tells.
func (e *Engine) volatile(ctx context.Context, now keys) (map[string]bool, error) {
	var added, lines []string
	for _, low := range now.paths() {
		if e.wines[low] == nil {
			added = append(added, low)
			name := `"` + now[low].path + `\` + probe + `"`
			lines = append(lines, "@reg.exe add "+name+" /f >nul 2>nul", "@echo %ERRORLEVEL%", "@reg.exe delete "+name+" /f >nul 2>nul")
		}
	}
	is := map[string]bool{}
	if len(added) == 0 {
		return is, nil
	}
	var codes []string
	var errs []byte
	for range tries {
		r, err := e.batch(ctx, strings.TrimPrefix(strings.Join(lines, "\r\n"), "@"), nothing, nil)
		if err != nil {
			return nil, err
		}
		if codes, errs = strings.Fields(string(r.out)), r.errs; len(codes) == len(added) {
			break
		}
	}
	if len(codes) != len(added) {
		return nil, fmt.Errorf("engine: %d new keys, %d answers whether they are volatile: %s", len(added), len(codes), errs)
	}
	for i, low := range added {
		is[low] = codes[i] != "0"
	}
	return is, nil
}

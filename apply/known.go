package apply

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"vnettune/matrix"
	"vnettune/results/record"
)

var (
	// adapterKey is the class key of a network adapter (docs/facts/windows-settings.md 0.5).
	adapterKey = regexp.MustCompile(`(?i)^HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\\{4d36e972-e325-11ce-bfc1-08002be10318\}\\[0-9]{4}$`)
	// interfaceKey is the key of an interface of TCP/IP, by its adapter's GUID.
	interfaceKey = regexp.MustCompile(`(?i)^HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$`)
	netshWord    = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

// Known refuses originals that no campaign can have found: places that are not in the
// catalogue and that no campaign may define, or values that no such place can hold. Whoever has a
// file in which they are could otherwise have anything written to a guest.
func Known(o record.Originals) error {
	for _, s := range o.Settings {
		if err := known(s, o.Adapter); err != nil {
			return fmt.Errorf("the original of %q: %w", s.Place.ID, err)
		}
	}
	return nil
}

func known(s record.Original, a record.Adapter) error {
	p, path := s.Place, s.Place.Path
	own := matrix.Definition{Key: p.Path, Name: p.Name}
	switch kindOf(p) {
	case matrix.AdapterKeyword, matrix.AdapterValue:
		if !adapterKey.MatchString(path) {
			return fmt.Errorf("%q is no key of a network adapter", path)
		}
		path = "" // the catalogue names no adapter
		own = matrix.Definition{Keyword: p.Name}
	case matrix.InterfaceValue:
		if !interfaceKey.MatchString(path) {
			return fmt.Errorf("%q is no key of an interface", path)
		}
		path = ""
	}
	switch {
	case matrix.IsOwn(p.ID) && (kindOf(p) == matrix.Registry || kindOf(p) == matrix.AdapterKeyword):
		if why := own.Misplaced(); why != "" {
			return errors.New(why)
		}
		if kindOf(p) == matrix.AdapterKeyword {
			if a.Driver == nil {
				return undeclared(a)
			}
			if _, err := a.Driver.Find(p.Name); err != nil {
				return err
			}
		}
	case !matrix.Catalogue().HasPlace(kindOf(p), path, p.Name):
		return fmt.Errorf("the catalogue has no place %q, %q of kind %q", p.Path, p.Name, p.Kind)
	}
	switch {
	case !s.State.Exists && inRegistry(p):
		return nil
	case inRegistry(p) && !slices.Contains(writtenKinds, s.State.Kind):
		return fmt.Errorf("a registry value of kind %q cannot be put back", s.State.Kind)
	case !inRegistry(p) && (!s.State.Exists || !netshWord.MatchString(s.State.Data)):
		return fmt.Errorf("%q is no word of netsh", s.State.Data)
	case p.Template != "" && !netshWord.MatchString(p.Template):
		return fmt.Errorf("%q is no TCP template", p.Template)
	}
	return nil
}

// Package baseline keeps finished campaigns in a folder, by which `gate --against` judges the next one.
//
// Place in the flow: a store that report/stored finds whole and comparable -> a copy by results in the
// folder -> report/stored again, which takes a folder in the place of its stores. What may be in it is
// decided by the gate's own rule (stored.Campaign.Comparable), so that the gate refuses nothing that Add
// took.
package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/trouble"
)

// Folder is the path of a folder of finished stores.
type Folder string

// Entry is one store of the folder, read.
type Entry struct {
	Path     string
	Campaign *stored.Campaign // nil if the file cannot be read
	Levels   []stored.Level   // of its baseline
	Err      error            // why it cannot be read
}

// nameTime is when a campaign was begun, in UTC, as names of files have it: they sort by it.
const nameTime = "20060102T150405Z"

// nameOf is the name of a campaign's store in the folder.
func nameOf(c *stored.Campaign) string {
	return fmt.Sprintf("%s-%s.db", c.File.Name, c.Begun().UTC().Format(nameTime))
}

// Add copies a finished store into the folder, which it makes if need be, and gives the path of the copy.
// It refuses a store that is not whole, one that is there already, and one that the gate could not hold
// against those that are there. One that has grown since takes the place of its copy, which had so many boots.
func (f Folder) Add(store string) (path string, had int, err error) {
	c, err := stored.OpenStore(store)
	if err != nil {
		return "", 0, err
	}
	if err := whole(c); err != nil {
		return "", 0, err
	}
	var paths []string
	if _, err := os.Stat(string(f)); !errors.Is(err, fs.ErrNotExist) {
		if paths, err = stored.Expand([]string{string(f)}); err != nil {
			return "", 0, err
		}
	}
	earlier, err := stored.OpenMany(paths, nil)
	if err != nil {
		return "", 0, trouble.Hint(err, "vnettune baseline list names every file that cannot be read: take it out of the folder")
	}
	path = filepath.Join(string(f), nameOf(c))
	others := earlier
	if i := slices.IndexFunc(earlier, func(e *stored.Campaign) bool { return e.Path == path && grewFrom(c, e) }); i >= 0 {
		had = len(earlier[i].Kept.Boots)
		others = slices.Delete(slices.Clone(earlier), i, i+1)
	}
	if err := c.Comparable(others); err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return "", 0, trouble.Hint(err, "choose a folder that can be written with --in")
	}
	return path, had, copySound(store, path, had > 0)
}

// copySound copies a store that SQLite finds sound.
func copySound(store, path string, over bool) error {
	s, err := results.OpenReadOnly(store)
	if err != nil {
		return err
	}
	write := s.CopyTo
	if over {
		write = s.CopyOver
	}
	return errors.Join(s.Check(), write(path), s.Close())
}

// grewFrom says whether a campaign is that of a copy with more boots: begun at the same moment with the same seed, and with all
// of the copy's boots and marks as they are there. A mark that was set on the copy alone would be lost with it.
func grewFrom(c, copied *stored.Campaign) bool {
	now, then := c.Kept, copied.Kept
	same := now.Campaign.Created.Equal(then.Campaign.Created) && now.Campaign.Seed == then.Campaign.Seed
	grew := len(then.Boots) < len(now.Boots)
	return same && grew && !slices.ContainsFunc(then.Boots, func(b results.Boot) bool {
		return !slices.ContainsFunc(now.Boots, func(o results.Boot) bool {
			return o.BootName() == b.BootName() && o.Started.Equal(b.Started) && o.Arm == b.Arm && o.Status == b.Status
		})
	}) && !slices.ContainsFunc(slices.Concat(then.Exclusions, then.TakenBack), func(e results.Exclusion) bool {
		return !slices.ContainsFunc(slices.Concat(now.Exclusions, now.TakenBack), func(o results.Exclusion) bool {
			return o.Boot == e.Boot && o.Reason == e.Reason && o.At.Equal(e.At) && (e.Back == "" || o.Back == e.Back)
		})
	})
}

// whole refuses a store that no other may be judged by yet, or that is still needed where it is.
func whole(c *stored.Campaign) error {
	p := c.Progress()
	switch {
	case c.Kept.Running != nil:
		return trouble.Hint(trouble.At(c.Path, errors.New("a run of this campaign is going on")), "wait until it is done")
	case c.Kept.Changed:
		return trouble.Hint(trouble.At(c.Path, errors.New("its guest is left changed")), "vnettune restore %s puts it back", c.Path)
	case !p.Done:
		return trouble.Hint(trouble.At(c.Path, fmt.Errorf("the campaign is not done: %d of %d %s are made", p.Made, p.Planned, map[bool]string{true: "stints", false: "boots"}[p.Stints])), "vnettune run goes on where it stopped")
	}
	return nil
}

// List reads the stores of the folder, in the order of their names. A file that cannot be read has its
// error in its entry.
func (f Folder) List() ([]Entry, error) {
	info, err := os.Stat(string(f))
	if err == nil && !info.IsDir() {
		err = errors.New("this is no folder")
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such folder")
	}
	if err != nil {
		return nil, trouble.Invalid(trouble.Hint(trouble.At(string(f), err), "vnettune baseline add STORE --in DIR makes it; --in names another"))
	}
	paths, err := stored.Expand([]string{string(f)})
	if err != nil {
		return nil, err
	}
	var all []Entry
	for _, path := range paths {
		e := Entry{Path: path}
		if e.Campaign, e.Err = stored.OpenStore(path); e.Err == nil {
			e.Levels, e.Err = e.Campaign.Levels()
		}
		if e.Err != nil {
			e.Campaign = nil
		}
		all = append(all, e)
	}
	return all, nil
}

// Prune removes of each campaign name the oldest stores that Add put there, beyond the newest keep, and
// gives what it removed. Files that it does not know are left: left says which and why.
func (f Folder) Prune(keep int) (removed []string, left []error, err error) {
	if keep < gate.MinSessions {
		return nil, nil, trouble.Invalid(trouble.Hint(fmt.Errorf("--keep %d: the gate needs at least %d stored campaigns", keep, gate.MinSessions),
			"say --keep %d or more, or remove the folder", gate.MinSessions))
	}
	all, err := f.List()
	if err != nil {
		return nil, nil, err
	}
	of := make(map[string][]Entry)
	var names []string
	for _, e := range all {
		if err := e.removable(); err != nil {
			left = append(left, err)
			continue
		}
		name := e.Campaign.File.Name
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		of[name] = append(of[name], e)
	}
	for _, name := range names {
		entries := of[name]
		slices.SortStableFunc(entries, func(a, b Entry) int { return a.Campaign.Begun().Compare(b.Campaign.Begun()) })
		for _, e := range entries[:max(0, len(entries)-keep)] {
			if err := os.Remove(e.Path); err != nil {
				return removed, left, trouble.Hint(err, "look at the rights of the folder")
			}
			removed = append(removed, e.Path)
		}
	}
	return removed, left, nil
}

// removable refuses what is not, or not only, a copy that Add made: what is in the wrong folder by
// mistake may be the one store that has a guest's originals.
func (e Entry) removable() error {
	if e.Err != nil {
		return e.Err
	}
	if err := whole(e.Campaign); err != nil {
		return err
	}
	if want := nameOf(e.Campaign); filepath.Base(e.Path) != want {
		return trouble.At(e.Path, fmt.Errorf("vnettune baseline add did not name it so (but %s)", want))
	}
	return nil
}

package results

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vnettune/trouble"
)

// Aside keeps boots that were measured and that their store could not take, in a folder that is made
// when it is needed.
type Aside struct {
	store *Store
	dir   string
}

// Aside keeps boots of the store in a folder, which stores may share.
func (s *Store) Aside(dir string) Aside { return Aside{s, dir} }

// asideBoot is the content of a file: the store says to people where it belongs.
type asideBoot struct {
	Store string `json:"store"`
	Boot  Boot   `json:"boot"`
}

// Keep writes a boot into a file of its own, on disk when it returns, and gives its path.
func (a Aside) Keep(b Boot) (string, error) {
	text, err := json.Marshal(asideBoot{a.store.path, b})
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(a.dir, a.key()+"-*.part")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		path := filepath.Join(a.dir, fmt.Sprintf("%s-%d-%d.json", a.key(), b.Order, b.Started.UnixNano()))
		if err = os.Rename(f.Name(), path); err == nil {
			return path, nil
		}
	}
	return "", errors.Join(err, os.Remove(f.Name()))
}

// TakeUp adds the boots that were kept to the store, and removes their files. It gives the ids of the
// boots. A boot that the store has by now is not added again.
func (a Aside) TakeUp() (added []string, err error) {
	s := a.store
	paths, err := filepath.Glob(filepath.Join(a.dir, a.key()+"-*.json"))
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	have, _, err := s.boots("")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		id, err := s.takeUp(path, have)
		if err == nil && id != "" {
			added = append(added, id)
		}
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return added, trouble.Hint(trouble.At(path, fmt.Errorf("take up the boot that was kept here for %s: %w", s.path, err)),
				"move the file away to go on without this boot")
		}
	}
	return added, nil
}

func (s *Store) takeUp(path string, have []Boot) (id string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var kept asideBoot
	if err := json.Unmarshal(text, &kept); err != nil {
		return "", err
	}
	for _, b := range have {
		if b.Order == kept.Boot.Order && b.Started.Equal(kept.Boot.Started) {
			return "", nil
		}
	}
	return s.AddBoot(kept.Boot)
}

// key names the store's campaign in file names, wherever the store lies.
func (a Aside) key() string {
	c := a.store.campaign
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %s %s", c.Name, c.Seed, stamp(c.Created), c.Text))
	return fmt.Sprintf("%x", sum[:8])
}

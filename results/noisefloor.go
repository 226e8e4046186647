package results

import (
	"encoding/json"
	"errors"
	"time"
)

// NoiseFloor is what an A/A run, which compares a guest with itself, showed of it. An
// A/A run keeps its own; the store of another campaign of the guest keeps that of
// the run that calibrates it.
type NoiseFloor struct {
	At      time.Time // when it was kept
	Source  string    // name of the A/A campaign
	Created time.Time // when that campaign was begun
	Data    json.RawMessage
}

// AddNoiseFloor keeps a noise floor. The last one holds.
func (s *Store) AddNoiseFloor(f NoiseFloor) error {
	if f.Source == "" || !json.Valid(f.Data) {
		return s.fail("store a noise floor", errors.New("it must have a source, and be JSON"))
	}
	_, err := s.db.Exec("INSERT INTO noise_floor (at, source, created, data) VALUES (?, ?, ?, ?)", stamp(f.At), f.Source, stamp(f.Created), string(f.Data))
	return s.fail("store a noise floor", err)
}

// NoiseFloors lists the noise floors in the order in which they were kept. A store
// of version 1, opened to be read, has none.
func (s *Store) NoiseFloors() ([]NoiseFloor, error) {
	if have, err := version(s.db); err != nil || have < 2 {
		return nil, s.fail("list the noise floors", err)
	}
	return query(s, "list the noise floors", func(scan func(...any) error) (NoiseFloor, error) {
		var f NoiseFloor
		var at, created, data string
		if err := scan(&at, &f.Source, &created, &data); err != nil {
			return f, err
		}
		f.Data = json.RawMessage(data)
		return f, errors.Join(parseTime(&f.At, at), parseTime(&f.Created, created))
	}, "SELECT at, source, created, data FROM noise_floor ORDER BY id")
}

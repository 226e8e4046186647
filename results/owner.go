package results

import "time"

// eventOwner is the kind of the event that holds the owner's id.
const eventOwner = "owner"

// Owner is the id by which this store's campaign marks its guest, the same in every
// session. A store that has none yet keeps the one that is proposed.
func (s *Store) Owner(proposed string, at time.Time) (string, error) {
	events, err := s.Events()
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Kind == eventOwner {
			return e.Text, nil
		}
	}
	return proposed, s.AddEvent(Event{At: at, Kind: eventOwner, Text: proposed})
}

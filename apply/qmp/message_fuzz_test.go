package qmp

import "testing"

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"QMP": {"version": {}, "capabilities": []}}`))
	f.Add([]byte(`{"return": {}, "id": 3}`))
	f.Add([]byte(`{"error": {"class": "GenericError", "desc": "x"}, "id": 1}`))
	f.Add([]byte(`{"event": "RESET", "timestamp": {"seconds": -1, "microseconds": -1}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := parse(line)
		if err != nil {
			return
		}
		if e := m.event(); m.Timestamp.Seconds <= 0 && !e.Time.IsZero() {
			t.Errorf("time %v made of %d seconds", e.Time, m.Timestamp.Seconds)
		}
	})
}

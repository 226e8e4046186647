package record

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Filetime is a Windows FILETIME: 100 ns since 1601-01-01 UTC. Scripts write it
// as a decimal string, since JSON numbers do not hold 64 bits everywhere.
type Filetime int64

// epochDelta is 1601-01-01 to 1970-01-01 in units of 100 ns.
const epochDelta = 116444736000000000

// FiletimeOf is the moment as Windows counts it.
func FiletimeOf(t time.Time) Filetime {
	return Filetime(t.Unix()*1e7 + int64(t.Nanosecond())/100 + epochDelta)
}

// Time is the moment in UTC.
func (f Filetime) Time() time.Time {
	ticks := int64(f) - epochDelta
	return time.Unix(ticks/1e7, ticks%1e7*100).UTC()
}

// UnmarshalJSON reads the decimal string; null, a moment that was not given, leaves zero.
func (f *Filetime) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil || n < epochDelta {
		return fmt.Errorf("%s is no FILETIME", b)
	}
	*f = Filetime(n)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (f Filetime) MarshalJSON() ([]byte, error) {
	return []byte(`"` + strconv.FormatInt(int64(f), 10) + `"`), nil
}

// List takes what ConvertTo-Json of PowerShell 5.1 makes of an array: an array, a
// single element without brackets, null, or {"value": [...], "Count": n}; and {}, which it
// makes of a command that gave nothing (github.com/PowerShell/PowerShell/issues/9231).
type List[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	switch text := strings.TrimSpace(string(b)); {
	case text == "null":
		*l = nil
		return nil
	case strings.HasPrefix(text, "["):
		return json.Unmarshal(b, (*[]T)(l))
	case strings.HasPrefix(text, "{"):
		var members map[string]json.RawMessage
		if json.Unmarshal(b, &members) == nil && len(members) == 0 {
			*l = nil
			return nil
		}
		var wrapped struct {
			Value []T  `json:"value"`
			Count *int `json:"Count"`
		}
		if json.Unmarshal(b, &wrapped) == nil && wrapped.Count != nil {
			*l = wrapped.Value
			return nil
		}
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = List[T]{one}
	return nil
}

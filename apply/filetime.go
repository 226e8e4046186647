package apply

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// filetime is a Windows FILETIME: 100 ns since 1601-01-01 UTC. Scripts write it
// as a decimal string, since JSON numbers do not hold 64 bits everywhere.
type filetime int64

// epochDelta is 1601-01-01 to 1970-01-01 in units of 100 ns.
const epochDelta = 116444736000000000

// Time is the moment in UTC.
func (f filetime) Time() time.Time {
	ticks := int64(f) - epochDelta
	return time.Unix(ticks/1e7, ticks%1e7*100).UTC()
}

// UnmarshalJSON reads the decimal string.
func (f *filetime) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil || n < epochDelta {
		return fmt.Errorf("%s is no FILETIME", b)
	}
	*f = filetime(n)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (f filetime) MarshalJSON() ([]byte, error) {
	return []byte(`"` + strconv.FormatInt(int64(f), 10) + `"`), nil
}

package machine

import (
	"strconv"
	"time"
)

// FileTime is t in units of 100 ns since 1601-01-01 UTC, in decimal.
func FileTime(t time.Time) string {
	const unixEpoch = 116444736000000000 // 1970-01-01 as FILETIME
	return strconv.FormatInt(t.Unix()*1e7+int64(t.Nanosecond())/100+unixEpoch, 10)
}

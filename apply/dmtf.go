package apply

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"vnettune/results/record"
)

// dmtfForm is CIM's datetime: yyyymmddHHMMSS.ffffff+UUU, local time with its
// offset from UTC in minutes.
var dmtfForm = regexp.MustCompile(`^([0-9]{14})\.([0-9]{6})([+-])([0-9]{3})$`)

// parseDMTF reads a CIM datetime. Intervals and times with asterisks in place of
// digits are errors: no moment is meant by them.
func parseDMTF(s string) (record.Filetime, error) {
	m := dmtfForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no time of the form yyyymmddHHMMSS.ffffff+UUU", s)
	}
	local, err := time.Parse("20060102150405", m[1])
	if err != nil {
		return 0, fmt.Errorf("%q is no time: %w", s, err)
	}
	micro, _ := strconv.ParseInt(m[2], 10, 64) // six digits
	offset, _ := strconv.Atoi(m[3] + m[4])     // three digits and a sign
	utc := local.Add(time.Duration(micro)*time.Microsecond - time.Duration(offset)*time.Minute)
	if utc.Before(time.Unix(0, 0)) {
		return 0, fmt.Errorf("%q lies before 1970: the guest's clock is not set", s)
	}
	return record.FiletimeOf(utc), nil
}

package cmdline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/results/record"
)

// instance is one WMI instance: its properties as wmic prints them.
type instance map[string]string

// entities undoes what the style sheet of /value does to a device id's ampersands.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// parseWMIC reads the answer of wmic ... get PROPERTIES /value: a line
// Name=Value for each property of each instance, in any order, lines ending in
// any number of carriage returns. A name that comes again begins the next
// instance: blank lines do not, since a carriage return too many looks like one.
// Lines without "=" are skipped (the first use of wmic announces itself in the
// guest's language). An instance that lacks a property, and a property that was
// not asked for, are errors.
func parseWMIC(text string, properties []string) ([]instance, error) {
	var all []instance
	current := instance{}
	finish := func() error {
		for _, p := range properties {
			if _, ok := current[p]; !ok {
				return fmt.Errorf("instance %d has no %s", len(all)+1, p)
			}
		}
		all = append(all, current)
		current = instance{}
		return nil
	}
	for l := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.Trim(l, " \r\n"), "=")
		if !ok {
			continue
		}
		asked := canonical(name, properties)
		if asked == "" {
			return nil, fmt.Errorf("line %q was not asked for", strings.TrimSpace(terms.Excerpt([]byte(l))))
		}
		if _, again := current[asked]; again {
			if err := finish(); err != nil {
				return nil, err
			}
		}
		current[asked] = entities.Replace(value)
	}
	if len(current) > 0 {
		if err := finish(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// canonical is the name as it was asked for, "" when it was not.
func canonical(name string, properties []string) string {
	for _, p := range properties {
		if strings.EqualFold(p, name) {
			return p
		}
	}
	return ""
}

// number is a property that must be a decimal number.
func (i instance) number(name string) (int, error) {
	n, err := strconv.Atoi(i[name])
	if err != nil || n < 0 {
		return 0, fmt.Errorf("the guest reports %s = %q, which is no number", name, i[name])
	}
	return n, nil
}

// boolean is a property that must be TRUE or FALSE; nothing counts as false.
func (i instance) boolean(name string) (bool, error) {
	switch i[name] {
	case "TRUE":
		return true, nil
	case "FALSE", "":
		return false, nil
	}
	return false, fmt.Errorf("the guest reports %s = %q, which is neither TRUE nor FALSE", name, i[name])
}

// arrayForm is how wmic prints an array of texts.
var arrayForm = regexp.MustCompile(`^\{("[^"]*"(, *"[^"]*")*)?\}$`)

// texts is a property that must be an array of texts; nothing is an empty one.
func (i instance) texts(name string) (record.List[string], error) {
	v := i[name]
	if v == "" {
		return nil, nil
	}
	if !arrayForm.MatchString(v) {
		return nil, fmt.Errorf("the guest reports %s = %q, which is no array", name, v)
	}
	var texts record.List[string]
	for n, part := range strings.Split(v, `"`) {
		if n%2 == 1 { // every other part is between two quotes
			texts = append(texts, part)
		}
	}
	return texts, nil
}

// outParameter is a line of the MOF text that a method call prints.
var outParameter = regexp.MustCompile(`(?m)^\s*(ProcessId|ReturnValue)\s*=\s*([0-9]{1,10});\s*$`)

// parseCreate reads the answer of wmic process call create: the new process's id.
// What stands around the two lines with numbers is in the guest's language.
func parseCreate(text string) (int, error) {
	found := map[string]int{}
	for _, m := range outParameter.FindAllStringSubmatch(text, -1) {
		if _, again := found[m[1]]; again {
			return 0, fmt.Errorf("the answer has two lines %s", m[1])
		}
		n, err := strconv.ParseUint(m[2], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%s = %s is too large", m[1], m[2])
		}
		found[m[1]] = int(n)
	}
	code, answered := found["ReturnValue"]
	switch pid := found["ProcessId"]; {
	case !answered:
		return 0, fmt.Errorf("the answer has no ReturnValue: %s", strings.TrimSpace(terms.Excerpt([]byte(text))))
	case code != 0:
		return 0, fmt.Errorf("Win32_Process.Create returned %d (%s)", code, createCodes[code])
	case pid == 0:
		return 0, fmt.Errorf("Win32_Process.Create gave no ProcessId")
	default:
		return pid, nil
	}
}

// createCodes says what Win32_Process.Create's codes mean (Microsoft).
var createCodes = map[int]string{2: "access denied", 3: "insufficient privilege", 8: "unknown failure", 9: "path not found", 21: "invalid parameter"}

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

package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/foreign"
)

// Driver is what the driver of an adapter declares under Ndi\params: the properties that
// it has, and the values that each of them takes.
type Driver struct {
	Keywords List[Keyword] `json:"keywords"`
	// Problems has, by its name, each keyword that could not be read, with the guest's words.
	Problems map[string]string `json:"problems,omitempty"`
}

// Keyword is one property of a driver. A nil attribute was not declared. Its forms:
// https://learn.microsoft.com/en-us/windows-hardware/drivers/network/specifying-configuration-parameters-for-the-advanced-properties-page
type Keyword struct {
	Name     string       `json:"name"`
	Type     *string      `json:"type"` // int, long, word, dword, enum or edit
	Default  *string      `json:"default"`
	Min      *string      `json:"min"`
	Max      *string      `json:"max"`
	Step     *string      `json:"step"`
	Base     *string      `json:"base"` // of the numbers: 10 or 16
	Optional *string      `json:"optional"`
	Enum     List[string] `json:"enum"` // the values of an enum
	Set      bool         `json:"set"`  // the adapter's class key has a value
}

// UnmarshalJSON lets in what a guest says of its driver, or a store of it.
func (d *Driver) UnmarshalJSON(b []byte) error {
	type plain Driver
	return json.Unmarshal(foreign.Lines(b), (*plain)(d))
}

// Find is the keyword of that name in any case, as the registry finds it. The error says
// why there is none.
func (d Driver) Find(name string) (Keyword, error) {
	for _, k := range d.Keywords {
		if strings.EqualFold(k.Name, name) {
			return k, nil
		}
	}
	for problem, words := range d.Problems {
		if strings.EqualFold(problem, name) {
			return Keyword{}, fmt.Errorf("what the driver declares of %s could not be read: %s", problem, words)
		}
	}
	return Keyword{}, fmt.Errorf("the driver has no property %s", name)
}

// Types of a Keyword whose values are numbers within bounds, beside those that have a list
// or take any text.
var numberTypes = []string{"int", "long", "word", "dword"}

const (
	typeEnum = "enum"
	typeEdit = "edit"
)

// Takes says whether the driver declares the value. It fails closed: a declaration in a
// form that is not known takes none, and Values says so.
func (k Keyword) Takes(value string) bool {
	switch of := k.kind(); {
	case of == typeEnum:
		return slices.ContainsFunc(k.Enum, func(one string) bool { return sameNumber(one, value) })
	case of == typeEdit:
		return true
	case slices.Contains(numberTypes, of):
		b, ok := k.bounds()
		n, err := strconv.ParseInt(value, 10, 64)
		return ok && err == nil && n >= b.min && n <= b.max && (n-b.min)%b.step == 0
	}
	return false
}

// Values says which values the driver declares.
func (k Keyword) Values() string {
	switch of := k.kind(); {
	case of == typeEnum && len(k.Enum) > 0:
		return strings.Join(slices.SortedStableFunc(slices.Values(k.Enum), byNumber), ", ")
	case of == typeEdit:
		return "any text"
	case slices.Contains(numberTypes, of):
		if b, ok := k.bounds(); ok {
			return b.String()
		}
	}
	return "nothing in a form that is known: " + k.form()
}

// Largest is the largest number that the driver declares; "" where it declares none in a form that is
// known.
func (k Keyword) Largest() string {
	switch of := k.kind(); {
	case of == typeEnum && len(k.Enum) > 0:
		if !slices.ContainsFunc(k.Enum, noNumber) {
			return strings.TrimSpace(slices.MaxFunc(k.Enum, byNumber))
		}
	case slices.Contains(numberTypes, of):
		if b, ok := k.bounds(); ok {
			return strconv.FormatInt(b.max-(b.max-b.min)%b.step, 10)
		}
	}
	return ""
}

func (k Keyword) kind() string { return strings.ToLower(word(k.Type)) }

// word is an attribute, "" for one that was not declared.
func word(attribute *string) string {
	if attribute == nil {
		return ""
	}
	return strings.TrimSpace(*attribute)
}

// form shows the declaration of a number or of a type that is not known.
func (k Keyword) form() string {
	said := fmt.Sprintf("type %q", word(k.Type))
	for _, a := range []struct {
		name string
		is   *string
	}{{"min", k.Min}, {"max", k.Max}, {"step", k.Step}, {"base", k.Base}} {
		if a.is != nil {
			said += fmt.Sprintf(", %s %q", a.name, *a.is)
		}
	}
	return said
}

// bounds are those of a number.
type bounds struct{ min, max, step int64 }

func (b bounds) String() string {
	if b.step > 1 {
		return fmt.Sprintf("%d to %d in steps of %d", b.min, b.max, b.step)
	}
	return fmt.Sprintf("%d to %d", b.min, b.max)
}

// bounds are the declared ones; false where one of the two ends is missing, where one of them
// is no decimal number, or where the numbers are declared in another base: what is meant
// then is in no source.
func (k Keyword) bounds() (b bounds, ok bool) {
	if base := word(k.Base); base != "" && base != "10" {
		return b, false
	}
	b.step = 1
	for _, a := range []struct {
		is *string
		to *int64
	}{{k.Min, &b.min}, {k.Max, &b.max}, {k.Step, &b.step}} {
		if a.is == nil && a.to == &b.step {
			continue
		}
		n, err := strconv.ParseInt(word(a.is), 10, 64)
		if err != nil {
			return b, false
		}
		*a.to = n
	}
	if b.step == 0 { // every number
		b.step = 1
	}
	return b, b.step > 0 && b.min <= b.max && b.max-b.min >= 0
}

// sameNumber compares two values as the driver does, which reads numbers; texts as they are.
func sameNumber(a, b string) bool {
	m, errA := strconv.ParseInt(strings.TrimSpace(a), 10, 64)
	n, errB := strconv.ParseInt(strings.TrimSpace(b), 10, 64)
	if errA != nil || errB != nil {
		return strings.EqualFold(a, b)
	}
	return m == n
}

func noNumber(a string) bool {
	_, err := strconv.ParseInt(strings.TrimSpace(a), 10, 64)
	return err != nil
}

// byNumber puts numbers in order; texts stay as they came.
func byNumber(a, b string) int {
	m, errA := strconv.ParseInt(strings.TrimSpace(a), 10, 64)
	n, errB := strconv.ParseInt(strings.TrimSpace(b), 10, 64)
	switch {
	case errA != nil || errB != nil || m == n:
		return 0
	case m < n:
		return -1
	}
	return 1
}

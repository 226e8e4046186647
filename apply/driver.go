package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Declare adds to the facts what the driver of the adapter under test declares.
func (g *Guest) Declare(ctx context.Context, f record.Guest) (record.Guest, error) {
	a, err := g.AdapterUnderTest(f)
	if err != nil || a.ClassKey == "" {
		return f, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return f, err
	}
	driver, err := d.Driver(ctx, a.ClassKey)
	if err != nil {
		err = fmt.Errorf("the guest does not say which values the driver of adapter %q takes: %w", a.Name, err)
		if Lost(err) {
			return f, err
		}
		return f, trouble.Hint(err, "a stand-in guest must be of this version of vnettune; leave the adapter's properties (netkvm.*) out of the campaign, or attach doctor --record FILE to a bug report")
	}
	f.Adapters = slices.Clone(f.Adapters)
	for i := range f.Adapters {
		if f.Adapters[i].GUID == a.GUID {
			f.Adapters[i].Driver = &driver
		}
	}
	return f, nil
}

// An IllegalError says which values of a plan the driver of a guest's adapter does not take.
type IllegalError struct {
	Adapter record.Adapter
	Values  []Illegal // in the order of the plan's settings
}

// Illegal is a value that the driver does not take.
type Illegal struct {
	ID     string
	Value  matrix.Value // "": the driver does not have the property at all
	Reason string
}

// Error names each value, and what the guest's driver takes instead.
func (e *IllegalError) Error() string {
	var all []string
	for _, v := range e.Values {
		all = append(all, v.String())
	}
	return fmt.Sprintf("the driver of the guest's adapter %q, version %s, does not take %s", e.Adapter.Name, e.Version(), strings.Join(all, "; "))
}

// Version is the driver's, in words.
func (e *IllegalError) Version() string { return versionOf(e.Adapter) }

// Advice is what to do about it.
func (e *IllegalError) Advice() string {
	return "give the campaign values that the guest's own driver lists, or the guest another driver"
}

// String is the value with the reason.
func (i Illegal) String() string {
	if i.Value == "" {
		return i.ID + ": " + i.Reason
	}
	return fmt.Sprintf("%s=%s: %s", i.ID, i.Value, i.Reason)
}

// versionOf is a driver's version in words.
func versionOf(a record.Adapter) string {
	if a.DriverVersion == "" {
		return "unknown"
	}
	return a.DriverVersion
}

// Legal refuses a plan that gives a property of the adapter under test a value which its
// driver does not declare: what the driver makes of such a value is not what the row of a
// report would say. It is an *IllegalError. The driver must have been asked (Declare); a
// plan without such properties needs no driver.
func (g *Guest) Legal(f record.Guest, p matrix.Plan) error {
	if !HasKeywords(p) {
		return nil
	}
	a, err := g.AdapterUnderTest(f)
	if err != nil {
		return err
	}
	if a.Driver == nil {
		return undeclared(a)
	}
	return Legal(a, p)
}

// undeclared is the error of a driver that was not asked.
func undeclared(a record.Adapter) error {
	return fmt.Errorf("the guest did not say which properties the driver of adapter %q has", a.Name)
}

// Legal is Guest.Legal for an adapter whose driver was asked before: that of a store. An
// adapter without its driver's declarations refuses nothing.
func Legal(a record.Adapter, p matrix.Plan) error {
	if a.Driver == nil {
		return nil
	}
	e := &IllegalError{Adapter: a}
	for _, s := range p.Settings {
		if s.Form.Kind != matrix.AdapterKeyword {
			continue
		}
		k, err := a.Driver.Find(s.Form.Name)
		if err != nil {
			e.Values = append(e.Values, Illegal{ID: s.Setting.ID, Reason: err.Error()})
			continue
		}
		var seen []matrix.Value
		for _, arm := range p.Arms {
			v, _ := arm.Combination.Value(s.Setting.ID)
			if slices.Contains(seen, v) {
				continue
			}
			seen = append(seen, v)
			if why := illegal(k, v); why != "" {
				e.Values = append(e.Values, Illegal{s.Setting.ID, v, why})
			}
		}
	}
	if len(e.Values) == 0 {
		return nil
	}
	return e
}

// illegal says why the driver does not take a value of its property; "" where it does. What the
// guest has, and to have nothing, are legal for every property.
func illegal(k record.Keyword, v matrix.Value) string {
	switch {
	case v == matrix.Found || v == matrix.Absent:
		return ""
	case v == matrix.Default && k.Default != nil, v != matrix.Default && k.Takes(string(v)):
		return ""
	case v == matrix.Default:
		return fmt.Sprintf("it declares no default for %s", k.Name)
	}
	return fmt.Sprintf("for %s it lists %s", k.Name, k.Values())
}

// HasKeywords says whether a plan sets a property of the adapter.
func HasKeywords(p matrix.Plan) bool {
	return slices.ContainsFunc(p.Settings, func(s matrix.Planned) bool { return s.Form.Kind == matrix.AdapterKeyword })
}

package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// friendlyName is the value that the key of every power plan has, below that of the active one's name: Windows' own have
// a reference there (@%SystemRoot%\system32\powrprof.dll,-13,High performance), others the name.
// Not verified: ask a guest, reg query HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes /s /v FriendlyName.
const friendlyName = "FriendlyName"

// ErrPlansUntold says that a guest does not say which power plans it has: not even the active one is named
// where plans are.
var ErrPlansUntold = errors.New("the guest's registry does not name its power plans, so that one it does not have is found only when it is set")

// A NoPlanError says which power plans of a campaign a guest does not have.
type NoPlanError struct {
	ID      string   // of the setting
	Missing []string // GUIDs, in the order of the arms
	Has     []string // GUIDs of those that the guest is known to have
}

// Error names the plans by their GUIDs, as the campaign does.
func (e *NoPlanError) Error() string {
	return fmt.Sprintf("the guest does not have the power plan of %s=%s; it has %s", e.ID, strings.Join(e.Missing, ", "), strings.Join(e.Has, ", "))
}

// Advice is what to do about it.
func (e *NoPlanError) Advice() string {
	return fmt.Sprintf("leave it out of the campaign; or make it on the guest (powercfg /duplicatescheme %[1]s %[1]s, where Windows has it hidden) and see powercfg /list", e.Missing[0])
}

// PowerPlans refuses a plan that asks for a power plan which the guest does not have: a *NoPlanError, or
// ErrPlansUntold where that cannot be told. The originals are those that the guest has now. It only reads.
func (g *Guest) PowerPlans(ctx context.Context, o record.Originals, p matrix.Plan) error {
	i := slices.IndexFunc(o.Settings, func(s record.Original) bool { return kindOf(s.Place) == matrix.PowerScheme })
	if i < 0 {
		return nil
	}
	place, active := o.Settings[i].Place, o.Settings[i].State.Data
	var asked []string
	for _, arm := range p.Arms {
		targets, err := Targets(o, arm.Combination)
		if err != nil {
			continue // no boot of it can be made
		}
		for _, t := range targets {
			if t.Place.Key() == place.Key() && t.Want.Data != active && !slices.Contains(asked, t.Want.Data) {
				asked = append(asked, t.Want.Data)
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	plans := append([]string{active}, asked...)
	if s, ok := matrix.Catalogue().Lookup(place.ID); ok {
		for _, known := range s.Legal.Enum {
			if !slices.Contains(plans, known) {
				plans = append(plans, known)
			}
		}
	}
	in := terms.ReadInput{Registry: []terms.RegistryValue{}, Ports: []int{}, Interfaces: []int{}}
	for _, plan := range plans {
		in.Registry = append(in.Registry, terms.RegistryValue{Path: place.Path + `\` + plan, Name: friendlyName})
	}
	d, err := g.speak(ctx)
	if err != nil {
		return err
	}
	got, _, err := g.readFrom(ctx, d, in)
	switch {
	case err != nil && (Lost(err) || isOther(err) || ctx.Err() != nil):
		return fmt.Errorf("which power plans the guest has: %w", err)
	case err != nil: // one key that may not be read is reason enough
		return fmt.Errorf("%w: %w", ErrPlansUntold, err)
	}
	e := &NoPlanError{ID: place.ID}
	for i, plan := range plans {
		switch {
		case got.Registry[i].Exists:
			e.Has = append(e.Has, plan)
		case plan == active:
			return ErrPlansUntold
		case slices.Contains(asked, plan):
			e.Missing = append(e.Missing, plan)
		}
	}
	if len(e.Missing) == 0 {
		return nil
	}
	return e
}

package rig

import (
	"context"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Surveyed is what a guest was read to have, and of which settings it was asked.
type Surveyed struct {
	record.Survey
	Windows  matrix.Windows
	Settings []matrix.Planned
	Left     string // that a campaign's mark is in the guest, in words; "" for none
}

// Survey reads all settings that the guest's Windows has, and those of the campaign's own. It writes nothing, and
// keeps other commands of this host off the guest meanwhile, whose measurements it would disturb.
func (r *Rig) Survey(ctx context.Context) (Surveyed, error) {
	unlock, err := r.Lock()
	if err != nil {
		return Surveyed{}, err
	}
	defer unlock()
	f, _, err := r.Guest.Facts(ctx)
	if err != nil {
		return Surveyed{}, r.explain(err)
	}
	var s Surveyed
	if s.Windows, err = apply.WindowsOf(f); err != nil {
		return s, err
	}
	if _, err := r.Guest.AdapterUnderTest(f); err != nil {
		return s, err
	}
	if s.Windows.Generation != matrix.XP { // its drivers' properties cannot be given, and are not asked
		if f, err = r.Guest.Declare(ctx, f); err != nil {
			return s, r.explain(err)
		}
		a, err := r.Guest.AdapterUnderTest(f)
		if err != nil {
			return s, err
		}
		if a.Driver != nil {
			s.Windows.Declared = []string{}
			for _, k := range a.Driver.Keywords {
				s.Windows.Declared = append(s.Windows.Declared, k.Name)
			}
		}
	}
	s.Settings = matrix.Catalogue().Everywhere(s.Windows, r.campaign.Design.Define)
	if len(s.Settings) == 0 {
		return s, trouble.Hint(fmt.Errorf("a guest of generation %s cannot be read yet", s.Windows.Generation), "vnettune settings --generation %s says why", s.Windows.Generation)
	}
	if s.Survey, err = r.Guest.Survey(ctx, f, s.Settings); err != nil {
		return s, r.explain(err)
	}
	owner, err := r.Guest.Owner(ctx)
	if err != nil {
		return s, r.explain(err)
	}
	applied, err := r.Applied(ctx)
	switch {
	case err != nil:
		return s, r.explain(err)
	case applied != nil && (owner == nil || owner.ID == applied.ID):
		s.Left = fmt.Sprintf("Something is applied on the guest to stay: %s. What differs may be that: vnettune restore with the store of that vnettune apply puts back what was there before.", applied)
	case owner != nil:
		s.Left = fmt.Sprintf("A campaign that was run on %s since %s works on the guest or left it changed: what differs may be its settings. vnettune restore STORE puts the originals back first.", owner.Host, owner.Since.UTC().Format(time.RFC3339))
	}
	return s, nil
}

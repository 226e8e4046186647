package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply/scripts"
	"vnettune/matrix"
	"vnettune/results/record"
)

// ErrNoDeadMan says that a guest of this generation cannot have a dead-man switch.
var ErrNoDeadMan = errors.New("a guest of generation xp has no dead-man switch: nothing on it could put its originals back without the host")

// DeadMan is the state of the switch in the guest: a task that puts the originals
// back and reboots, without the host, unless it is taken away in time.
type DeadMan struct {
	Armed   bool                    `json:"armed"`
	Due     *record.Filetime        `json:"due"`     // by the guest's clock; nil when nothing is armed
	Fired   *record.Filetime        `json:"fired"`   // when it last put the originals back; nil for never since it was armed
	Outcome record.List[stepAnswer] `json:"outcome"` // of its steps, one each
}

// HasFired says that the guest was put back by the switch, and how well that went; ""
// when it was not.
func (d DeadMan) HasFired() string {
	if d.Fired == nil {
		return ""
	}
	failed := 0
	for _, s := range d.Outcome {
		if !s.OK {
			failed++
		}
	}
	return fmt.Sprintf("the dead-man switch put the originals back at %s (guest's clock), %d of %d steps failed",
		d.Fired.Time().Format(time.RFC3339), failed, len(d.Outcome))
}

// guardInput is what the script "guard" reads.
type guardInput struct {
	Action string `json:"action"`
	Limit  int    `json:"limit,omitempty"` // seconds
	Script string `json:"script,omitempty"`
	Steps  []step `json:"steps,omitempty"`
}

// Arm arms the dead-man switch: unless it is disarmed within the limit, and within the
// limit after each start of the guest, it puts the originals back and reboots. What
// was armed before is replaced. The second result is the raw answer.
func (g *Guest) Arm(ctx context.Context, o record.Originals, limit time.Duration) (DeadMan, []byte, error) {
	targets := found(o)
	steps := make([]step, len(targets))
	for i, t := range targets {
		steps[i] = t.step()
	}
	in := guardInput{Action: "arm", Limit: int(limit / time.Second), Script: scripts.Source(scripts.Revert), Steps: steps}
	m, raw, err := g.guard(ctx, in)
	if err == nil && !m.Armed {
		err = errors.New("the guest says that nothing is armed")
	}
	if err != nil {
		return m, raw, fmt.Errorf("arm the dead-man switch: %w", err)
	}
	return m, raw, nil
}

// Disarm takes the switch away; it is no error when there is none.
func (g *Guest) Disarm(ctx context.Context) (DeadMan, []byte, error) {
	m, raw, err := g.guard(ctx, guardInput{Action: "disarm"})
	if err == nil && m.Armed {
		err = errors.New("the guest says that it is still armed")
	}
	if err != nil {
		return m, raw, fmt.Errorf("disarm the dead-man switch: %w", err)
	}
	return m, raw, nil
}

// DeadMan reads the state of the switch.
func (g *Guest) DeadMan(ctx context.Context) (DeadMan, error) {
	m, _, err := g.guard(ctx, guardInput{Action: "status"})
	if err != nil {
		return m, fmt.Errorf("state of the dead-man switch: %w", err)
	}
	return m, nil
}

func (g *Guest) guard(ctx context.Context, in guardInput) (DeadMan, []byte, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return DeadMan{}, nil, err
	}
	return d.guard(ctx, in)
}

func (p *powershell) guard(ctx context.Context, in guardInput) (DeadMan, []byte, error) {
	var m DeadMan
	raw, err := p.run(ctx, scripts.Guard, in, &m)
	return m, raw, err
}

func (c *commands) guard(context.Context, guardInput) (DeadMan, []byte, error) {
	return DeadMan{}, nil, ErrNoDeadMan
}

// found are the targets that put the originals back.
func found(o record.Originals) []Target {
	targets := make([]Target, len(o.Settings))
	for i, s := range o.Settings {
		targets[i] = Target{Place: s.Place, Asked: matrix.Found, Want: s.State}
	}
	return targets
}

// Dangerous lists those of the targets that may cut the guest off: settings of the
// catalogue's list that are to be other than they were found.
func Dangerous(o record.Originals, targets []Target) []string {
	was := o.States()
	var ids []string
	for _, t := range targets {
		if matrix.Catalogue().Dangerous(t.Place.ID) && t.Want != was[t.Place.ID] {
			ids = append(ids, t.Place.ID)
		}
	}
	return ids
}

// Risky says whether the settings under test include one that may cut the guest off.
func Risky(o record.Originals) bool {
	for _, s := range o.Settings {
		if matrix.Catalogue().Dangerous(s.Place.ID) {
			return true
		}
	}
	return false
}

// armedPart is how much of the switch's limit a boot may take: the rest is for the
// read-back after it.
const armedPart = 0.8

// Within is l, every stage shortened in proportion where all of them together might
// outlast a dead-man switch of the given limit. Without a switch (0) l is as it was.
func (l RebootLimits) Within(deadMan time.Duration) RebootLimits {
	most := time.Duration(armedPart * float64(deadMan))
	total := l.Total()
	if deadMan == 0 || total <= most {
		return l
	}
	part := func(d time.Duration) time.Duration { return time.Duration(float64(d) / float64(total) * float64(most)) }
	return RebootLimits{Ask: part(l.Ask), GoingDown: part(l.GoingDown), Down: part(l.Down), Up: part(l.Up), Ready: part(l.Ready)}
}

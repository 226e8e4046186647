package machine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/stack"
	"vnettune/trouble"
)

// Untold is what is true of a guest although no reading of it says so. The zero value hides nothing.
type Untold struct {
	// Takes are settings that act at another moment than Windows' own: SETTING=MOMENT.
	Takes []string `json:"takes,omitempty"`
	// Effects are planted: SETTING=VALUE:PERCENT makes the link that much slower while the setting
	// has that value in force.
	Effects []string `json:"effects,omitempty"`
	// CarryOver is the share, from 0 to 1, of the window or buffer before it that stays in force when
	// it changes within a boot.
	CarryOver float64 `json:"carryOver,omitempty"`
	// Interaction is the standard deviation, in percent of the link's rate, of what is drawn for each
	// state of the settings in each boot.
	Interaction float64 `json:"interaction,omitempty"`
	// Seed is that of the drawing.
	Seed uint64 `json:"seed,omitempty"`
}

// MaxInteraction is the largest Interaction, and MaxEffect the largest percentage of a planted effect.
const (
	MaxInteraction = 20
	MaxEffect      = 90
)

// Equal says whether two hide the same.
func (u Untold) Equal(v Untold) bool {
	return slices.Equal(u.Takes, v.Takes) && slices.Equal(u.Effects, v.Effects) && u.CarryOver == v.CarryOver && u.Interaction == v.Interaction && u.Seed == v.Seed
}

// Shapes says whether it needs a link of a known rate.
func (u Untold) Shapes() bool { return len(u.Effects) > 0 || u.Interaction > 0 }

// Lines are its parts that are set, one a line, for people.
func (u Untold) Lines() []string {
	var all []string
	for _, t := range u.Takes {
		all = append(all, "takes: "+t)
	}
	for _, e := range u.Effects {
		all = append(all, "effect: "+e)
	}
	if u.CarryOver > 0 {
		all = append(all, fmt.Sprintf("carry-over: %g", u.CarryOver))
	}
	if u.Interaction > 0 {
		all = append(all, fmt.Sprintf("interaction: %g %%, seed %d", u.Interaction, u.Seed))
	}
	return all
}

// Check refuses what a guest of that generation cannot hide.
func (u Untold) Check(generation string) error {
	_, err := u.read(generation)
	return err
}

// secrets is Untold as it is used.
type secrets struct {
	takes       map[string]stack.When
	effects     []planted
	carryOver   float64
	interaction float64
	seed        uint64
}

// planted is one effect: the link keeps the share of its rate while the setting has the value.
type planted struct {
	setting, value string
	share          float64
}

func (u Untold) read(generation string) (secrets, error) {
	s := secrets{takes: map[string]stack.When{}, carryOver: u.CarryOver, interaction: u.Interaction, seed: u.Seed}
	for _, text := range u.Takes {
		setting, word, _ := strings.Cut(text, "=")
		when, ok := stack.ParseWhen(word)
		if !ok {
			return secrets{}, trouble.Hint(fmt.Errorf("takes %q", text), "use SETTING=MOMENT, the moment one of %s", strings.Join(stack.Whens(), ", "))
		}
		if err := inForce(generation, setting); err != nil {
			return secrets{}, fmt.Errorf("takes %q: %w", text, err)
		}
		if _, twice := s.takes[setting]; twice {
			return secrets{}, trouble.Hint(fmt.Errorf("takes %q: %s is given twice", text, setting), "use one moment for each setting")
		}
		s.takes[setting] = when
	}
	for _, text := range u.Effects {
		p, err := readPlanted(text)
		if err == nil {
			err = inForce(generation, p.setting)
		}
		if err != nil {
			return secrets{}, fmt.Errorf("effect %q: %w", text, err)
		}
		s.effects = append(s.effects, p)
	}
	switch {
	case !(u.CarryOver >= 0 && u.CarryOver <= 1):
		return secrets{}, trouble.Hint(fmt.Errorf("carry-over is %g", u.CarryOver), "use a share from 0 to 1")
	case !(u.Interaction >= 0 && u.Interaction <= MaxInteraction):
		return secrets{}, trouble.Hint(fmt.Errorf("interaction is %g", u.Interaction), "use a percentage from 0 to %d", MaxInteraction)
	}
	return s, nil
}

func readPlanted(text string) (planted, error) {
	bad := trouble.Hint(errors.New("this is no effect"), "use SETTING=VALUE:PERCENT, the percentage above 0 and up to %d", MaxEffect)
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return planted{}, bad
	}
	setting, value, valued := strings.Cut(text[:i], "=")
	percent, err := strconv.ParseFloat(text[i+1:], 64)
	if !valued || value == "" || err != nil || !(percent > 0 && percent <= MaxEffect) {
		return planted{}, bad
	}
	return planted{setting, value, 1 - percent/100}, nil
}

// inForce refuses a setting that nothing in the guest goes by.
func inForce(generation, setting string) error {
	if known := stack.Settings(generation); !slices.Contains(known, setting) {
		return trouble.Hint(fmt.Errorf("%q acts on no stand-in of %s", setting, generation), "use one of those that docs/lab-faults.md lists, such as %s", known[0])
	}
	return nil
}

package matrix

import (
	"fmt"
	"slices"
)

// Arm is a combination with the name that reports use.
type Arm struct {
	Name        string
	Combination Combination
	Role        Role
	Profile     string // the profile that it stems from, "" for none
}

// Role is the part an arm plays in the comparison.
type Role string

// The roles.
const (
	RoleBaseline  Role = "baseline"
	RolePlacebo   Role = "placebo"
	RoleCandidate Role = "candidate"
	// RoleControl is the positive control's: it sets what the baseline sets, and its runs are paced. It is
	// compared with the baseline alone, and is in no family of claims.
	RoleControl Role = "positive_control"
)

// Slot is one boot of the plan, or one stint of a boot within which the plan switches.
type Slot struct {
	Block int // from 1
	Order int // position in the whole plan, from 1
	Arm   int // index into Plan.Arms
	// Boot numbers the boots within which the plan switches, from 1; 0 where the slot is a boot of its own.
	Boot int       `json:",omitempty"`
	Only Condition `json:",omitempty"`
}

// Plan is what a campaign does: which arms, in which order. It follows entirely from the campaign
// file, the generation and the seed.
type Plan struct {
	Generation Generation
	Settings   []Planned // every setting under test, in order of id
	Arms       []Arm     // the baseline first
	Slots      []Slot    // in the order of their boots
	Dropped    []Dropped // lines of profiles that are left out
	Excluded   []Exclusion
	Search     *Search    `json:",omitempty"` // nil when every slot is booted
	Switch     *Switching `json:",omitempty"` // nil when every arm takes a reboot
	// Looks are the blocks after which arms whose verdict is settled are booted no more, ascending; the last is
	// the last block. Empty when every slot is booted.
	Looks []int `json:",omitempty"`
	// Covariate is what is measured first in each boot; "" for nothing.
	Covariate string `json:",omitempty"`
	// Control is by how many percent the positive control, the last of the arms, is slowed; 0 where there is none.
	Control float64 `json:",omitempty"`
	// Rows says how the arms were chosen where they are fewer than every combination; nil for other designs.
	Rows *Rows `json:",omitempty"`
	// Variants are what the host does with the guest's machine; every combination has one of them then.
	Variants []Variant `json:",omitempty"`
	// Applied is what vnettune apply puts on the guest to stay, in words: the plan is of the one boot that proves it. ""
	// for a campaign.
	Applied string `json:",omitempty"`
}

// Rows says how a design of fewer rows than every combination was made, and what it cannot tell.
type Rows struct {
	Kind       string
	Strength   int      `json:",omitempty"` // of a covering array
	Effects    int      `json:",omitempty"` // of values of settings against the first of each: more than Runs-1 cannot be told apart
	Runs       int      // rows, the baseline's among them if it is one
	Resolution int      `json:",omitempty"` // of a fraction; 0 where nothing is aliased
	Factors    []string `json:",omitempty"` // "A: low tcp.rss=enabled, high tcp.rss=disabled", where Generators and Aliases speak of letters
	Generators []string `json:",omitempty"` // "D = ABC"
	Aliases    []string `json:",omitempty"` // "AB = CD": effects of up to two settings together that these rows cannot tell apart
	Impossible []string `json:",omitempty"` // combinations of values that no row has, since all that have them are forbidden
}

// Search says how a plan is searched. In its first Screen blocks every arm boots, in the next
// Blocks the arms that were kept and are not eliminated, and in the last Confirm blocks only the
// baseline and the arm that the search picked.
type Search struct {
	Screen          int `json:",omitempty"` // 0: nothing is screened
	Blocks, Confirm int
}

// Last is the last block of the search, before those that confirm.
func (s Search) Last() int { return s.Screen + s.Blocks }

// First is the block after which the search decides for the first time which arms are worse.
func (s Search) First() int { return s.Screen + FirstBlocks }

// Planned is a setting under test with what is expected of it here.
type Planned struct {
	Setting Setting
	Form    Form
	Inert   string // why no effect is expected, with its source; "" when an effect is possible
}

// Dropped is a line of a profile that is left out: it cannot be set on the guest's generation, or
// lacks its choice.
type Dropped struct {
	Profile string
	Line    string // id=value as published
	Why     Why    `json:",omitempty"` // "" in plans of older versions, which dropped only what is Missing
	Reason  string
}

// String is what plan and report say of it.
func (d Dropped) String() string {
	if d.Why == "" {
		d.Why = Missing
	}
	return fmt.Sprintf("%s without %s (%s): %s", d.Profile, d.Line, d.Why, d.Reason)
}

// Exclusion is a combination that the design left out.
type Exclusion struct {
	Name   string
	Reason string
}

// Asks says whether an arm gives a setting that value.
func (p Plan) Asks(id string, v Value) bool {
	return slices.ContainsFunc(p.Arms, func(a Arm) bool {
		is, ok := a.Combination.Value(id)
		return ok && is == v
	})
}

// Baseline is the arm that all others are compared with.
func (p Plan) Baseline() Arm { return p.Arms[0] }

// Compared are the arms that are compared in the family of claims, the baseline first: all but a positive
// control.
func (p Plan) Compared() []Arm {
	if n := len(p.Arms); n > 0 && p.Arms[n-1].Role == RoleControl {
		return p.Arms[:n-1]
	}
	return p.Arms
}

// Combinations says how many arms are compared: "8 combinations", and whether a positive control runs along.
func (p Plan) Combinations() string {
	text := fmt.Sprintf("%d combinations", len(p.Compared()))
	if p.ControlArm() != "" {
		text += " and a positive control"
	}
	return text
}

// ControlArm is the name of the positive control; "" where there is none.
func (p Plan) ControlArm() string {
	if n := len(p.Compared()); n < len(p.Arms) {
		return p.Arms[n].Name
	}
	return ""
}

// AA says whether the plan is an A/A run: every arm that is compared is the baseline, and whatever
// difference they show is noise.
func (p Plan) AA() bool {
	arms := p.Compared()
	for _, a := range arms {
		if a.Combination != arms[0].Combination {
			return false
		}
	}
	return len(arms) > 1
}

// MaxBoots is the number of boots: of a search, and where boots confirm what is best by switching, the most that it
// can take, unless an arm falls back.
func (p Plan) MaxBoots() int {
	if p.Switch != nil {
		_, most := p.Confirming()
		return p.Switch.Boots() + most
	}
	if p.Search == nil {
		return len(p.Slots)
	}
	searched := len(p.Arms)
	if p.Search.Screen > 0 {
		searched = min(searched, ScreenKeep+1)
	}
	return p.Search.Screen*len(p.Arms) + p.Search.Blocks*searched + 2*p.Search.Confirm
}

// Blocks is the number of blocks, those that confirm a search's pick included.
func (p Plan) Blocks() int {
	if len(p.Slots) == 0 {
		return 0
	}
	return p.Slots[len(p.Slots)-1].Block
}

// counted writes "1 block" and "2 blocks".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Extent says how much the plan boots.
func (p Plan) Extent() string {
	if s := p.Switch; s != nil {
		_, switches := p.Load()
		text := fmt.Sprintf("%s, switched within boots: %s, %s", counted(s.Blocks, "block"), counted(s.Boots(), "boot"), counted(s.Boots()+switches, "stint"))
		if least, most := p.Confirming(); most > 0 {
			text += fmt.Sprintf(", then %d to %d boots that confirm the best", least, most)
		}
		return text
	}
	if p.Search == nil {
		text := fmt.Sprintf("%s, %s", counted(p.Blocks(), "block"), counted(len(p.Slots), "boot"))
		if n := len(p.Looks); n > 0 {
			text += fmt.Sprintf(" at most: at %d looks, the last at the end, arms that are settled are booted no more", n)
		}
		return text
	}
	search := fmt.Sprintf("a search of at most %d blocks, then %d that confirm its pick; at most %d boots", p.Search.Blocks, p.Search.Confirm, p.MaxBoots())
	if p.Search.Screen > 0 {
		return fmt.Sprintf("each booted once in a screen that keeps %d beside the baseline, then %s", ScreenKeep, search)
	}
	return search
}

// LastDrawn is the last block whose order the seed draws one after the other, so that more of them change none before:
// those that confirm what a search or switching found come behind it.
func (p Plan) LastDrawn() int {
	switch {
	case p.Search != nil:
		return p.Search.Last()
	case p.Switch != nil:
		return p.Switch.Last()
	}
	return p.Blocks()
}

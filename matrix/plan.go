package matrix

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
)

// Slot is one boot of the plan.
type Slot struct {
	Block int // from 1
	Order int // position of the boot in the whole plan, from 1
	Arm   int // index into Plan.Arms
}

// Plan is what a campaign does: which arms, in which order. It follows wholly
// from the campaign file, the generation and the seed.
type Plan struct {
	Generation Generation
	Settings   []Planned // every setting under test, in order of id
	Arms       []Arm     // the baseline first
	Slots      []Slot    // in the order of their boots
	Dropped    []Dropped // lines of profiles that this generation does not have
	Excluded   []Exclusion
	Search     *Search `json:",omitempty"` // nil when every slot is booted
}

// Search says that a plan is searched: of the slots of its first Blocks only those
// are booted whose arm has not been eliminated, and in the Confirm blocks behind
// them only the baseline and the arm that the search picked.
type Search struct{ Blocks, Confirm int }

// Planned is a setting under test with what is expected of it here.
type Planned struct {
	Setting Setting
	Form    Form
	Inert   string // why no effect is expected, with its source; "" when an effect is possible
}

// Dropped is a line of a profile that does not apply to the guest's generation.
type Dropped struct {
	Profile string
	Line    string // id=value as published
	Reason  string
}

// Exclusion is a combination that the design left out.
type Exclusion struct {
	Name   string
	Reason string
}

// Baseline is the arm that all others are compared with.
func (p Plan) Baseline() Arm { return p.Arms[0] }

// AA says whether the plan is an A/A run: every arm is the baseline, and whatever
// difference they show is noise.
func (p Plan) AA() bool {
	for _, a := range p.Arms {
		if a.Combination != p.Arms[0].Combination {
			return false
		}
	}
	return len(p.Arms) > 1
}

// MaxBoots is the number of boots: of a search, the most that it can take.
func (p Plan) MaxBoots() int {
	if p.Search == nil {
		return len(p.Slots)
	}
	return p.Search.Blocks*len(p.Arms) + 2*p.Search.Confirm
}

// Blocks is the number of blocks, those that confirm a search's pick included.
func (p Plan) Blocks() int {
	if len(p.Slots) == 0 {
		return 0
	}
	return p.Slots[len(p.Slots)-1].Block
}

package campaign

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/trouble"
)

// Draft is a campaign to begin with, by the question that it is to answer.
type Draft struct {
	For        string            // one of Questions
	Profiles   []string          // Validate and Gate take one, BestOf two or more; none: the draft's own choice
	Generation matrix.Generation // "" is the newest
}

// Questions of a Draft.
const (
	Validate = "validate" // which lines of a published recommendation help
	BestOf   = "best-of"  // which of several recommendations is best
	Gate     = "gate"     // whether a change is no regression
	Noise    = "noise"    // what guest and host could show at all
)

// Questions are those of a Draft, with what they ask.
var Questions = [][2]string{
	{Validate, "which lines of a published recommendation help here?"},
	{BestOf, "which of several recommendations is best here?"},
	{Gate, "is a change no regression? (for CI)"},
	{Noise, "what could be seen with this guest and host at all?"},
}

// draftGeneration and draftProfile are what a draft has unless told otherwise.
const (
	draftGeneration = matrix.W11
	draftProfile    = "seed-vista"
)

// Text is the campaign file. Where every line of the profile can be switched within a boot, it is.
func (d Draft) Text() ([]byte, error) {
	if !slices.ContainsFunc(Questions, func(q [2]string) bool { return q[0] == d.For }) {
		return nil, trouble.Invalid(trouble.Hint(fmt.Errorf("%q is no question", d.For), "%suse one of %s, %s, %s, %s", matrix.Meant(matrix.Nearest(d.For, []string{Validate, BestOf, Gate, Noise})), Validate, BestOf, Gate, Noise))
	}
	if d.Generation == "" {
		d.Generation = draftGeneration
	}
	if !slices.Contains(matrix.Driven(), d.Generation) {
		return nil, trouble.Invalid(trouble.Hint(fmt.Errorf("generation %q is not legal", d.Generation), "use one of %s", strings.Join(words(matrix.Driven()), ", ")))
	}
	if err := d.choose(); err != nil {
		return nil, err
	}
	if d.For == Validate || d.For == BestOf && len(d.Profiles) > 0 {
		within := d.text(true)
		if c, err := Parse("the draft", []byte(within)); err == nil {
			if p, err := c.Plan(d.Generation); err == nil && len(p.Whole(true)) == 0 {
				return []byte(within), nil
			}
		}
	}
	text := []byte(d.text(false))
	c, err := Parse("the draft", text)
	if err == nil {
		_, err = c.Plan(d.Generation)
	}
	if err != nil {
		return nil, trouble.Invalid(fmt.Errorf("generation %s and %s: %w", d.Generation, strings.Join(d.Profiles, ", "), err))
	}
	return text, nil
}

// choose fills in the profiles, and refuses those that there are not, or that the question does not take.
func (d *Draft) choose() error {
	for _, id := range d.Profiles {
		p, known := matrix.LookupProfile(id)
		if !known {
			remedy := "vnettune profiles lists them"
			if near := matrix.NearestProfile(id); near != "" {
				remedy = "did you mean " + near + "? " + remedy
			}
			return trouble.Invalid(trouble.Hint(fmt.Errorf("there is no profile %q", id), "%s", remedy))
		}
		if d.For == Validate && !slices.Contains(p.AppliesTo, d.Generation) {
			return trouble.Invalid(trouble.Hint(fmt.Errorf("profile %s is published for %s, not for %s", id, strings.Join(words(p.AppliesTo), ", "), d.Generation), "take another profile (vnettune profiles), or another --generation"))
		}
	}
	var all []string
	for _, p := range matrix.Profiles() {
		if slices.Contains(p.AppliesTo, d.Generation) {
			all = append(all, p.ID)
		}
	}
	switch d.For {
	case Noise:
		if len(d.Profiles) > 0 {
			return trouble.Invalid(trouble.Hint(fmt.Errorf("--for %s takes no profile", Noise), "leave it out: the guest is compared with itself"))
		}
	case BestOf:
		if len(d.Profiles) == 1 {
			return trouble.Invalid(trouble.Hint(fmt.Errorf("--for %s takes several profiles", BestOf), "name more, or none for all that fit the generation"))
		}
		if len(d.Profiles) == 0 {
			d.Profiles = all
		}
	default:
		if len(d.Profiles) > 1 {
			return trouble.Invalid(trouble.Hint(fmt.Errorf("--for %s takes one profile", d.For), "to compare several take --for %s", BestOf))
		}
		if len(d.Profiles) == 0 {
			d.Profiles = []string{draftProfile}
			if !slices.Contains(all, draftProfile) {
				d.Profiles = all[:1]
			}
		}
	}
	return nil
}

func (d Draft) text(within bool) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, q := range Questions {
		if q[0] == d.For {
			line("# A vnettune campaign: %s", q[1])
		}
	}
	line("# docs/campaigns.md describes every field; vnettune plan FILE shows it.")
	line("name: %s", strings.Join(append([]string{d.For}, d.named()...), "-"))
	line("")
	line("# CHANGE the lines marked with !, or paste the block that the script of vnettune\n# guest-setup prints. Administrator is disabled on clients: docs/guest.md")
	line("guest:")
	if d.Generation == matrix.XP {
		line("  control: http://192.0.2.10:5985 # ! where WinRM listens")
	} else {
		line("  control: https://192.0.2.10:5986 # ! where WinRM listens")
	}
	line("  data: 192.0.2.10 # ! the address of the virtio adapter under test")
	line("  user: Administrator # ! an administrator of the guest")
	line("  # The password is never written here; or password_file, password_prompt: true.")
	line("  password_env: VNETTUNE_PASSWORD")
	if d.Generation != matrix.XP {
		line("  trust: # ! as the script prints it")
		line("    fingerprint: %q", strings.Repeat("0", 64))
	}
	line("  generation: %s", d.Generation)
	line(`  iperf: C:\vnettune\iperf3.exe`)
	line("")
	switch d.For {
	case Validate:
		line("# The recommendation as a whole, each of its lines alone, and all but each.")
		line("design: profile")
		line("profile: %s", d.Profiles[0])
	case BestOf:
		line("design: list")
		line("arms:")
		for _, id := range d.Profiles {
			line("  - use: %s", id)
		}
	case Gate:
		line("design: list")
		line("arms:")
		line("  # What is judged: vnettune gate STORE --candidate candidate")
		line("  - {name: candidate, use: %s}", d.Profiles[0])
		line("# Judged three times at most: twice blocks may be added; they share alpha.")
		line("looks: 3")
	case Noise:
		line("# Nothing is tried: the guest is compared with itself under several names.")
		line("design: aa")
	}
	if within {
		line("# Every line acts without a reboot, so that one boot measures all.")
		line("switch: within-boot")
	}
	if d.For == Validate && !within {
		line("placebo: true # an arm that cannot make a difference")
	}
	line("")
	line("# TCP both ways, a second each; standard and thorough measure more.")
	line("workloads: quick")
	if !within {
		line("blocks: 5 # every combination boots once in each")
		line("repetitions: 3")
	}
	line("margin: 2%% # the smallest difference worth caring about")
	return b.String()
}

// named are the profiles in a name.
func (d Draft) named() []string {
	if d.For == BestOf {
		return nil
	}
	return d.Profiles
}

func words(all []matrix.Generation) []string {
	var out []string
	for _, g := range all {
		out = append(out, string(g))
	}
	return out
}

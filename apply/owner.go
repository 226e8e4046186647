package apply

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/results/record"
)

// Owner is the mark in the guest that says whose campaign works on it: values under
// HKLM\SOFTWARE\vnettune, written like any setting.
type Owner struct {
	ID    string    // 32 hex digits, the same for all sessions of a store
	Host  string    // where the campaign runs
	Since time.Time // when it began, by the guest's clock, to the second
	Seen  time.Time // when it last came by, by the guest's clock, to the second

	// Over is the id of what vnettune apply has put on the guest to stay, in whose place this mark may stand; "" for
	// none. It is not kept in the guest.
	Over string
}

// The values of the mark.
const (
	ownerID    = "Owner"
	ownerHost  = "OwnerHost"
	ownerSince = "OwnerSince"
	ownerSeen  = "OwnerSeen"
)

// The values that say what vnettune apply has put on the guest to stay. They outlast the mark of a campaign that
// takes this state for its baseline.
const (
	appliedID    = "Applied"
	appliedHost  = "AppliedHost"
	appliedSince = "AppliedSince"
	appliedWhat  = "AppliedWhat"
)

// appliedValues are the values in the order in which they are written: with the id it is whole.
var appliedValues = []string{appliedHost, appliedSince, appliedWhat, appliedID}

// ownerValues are the values in the order in which they are written: with the id the
// mark is whole.
var ownerValues = []string{ownerHost, ownerSince, ownerSeen, ownerID}

// ownerForms is what each value of a mark may be.
var ownerForms = map[string]*regexp.Regexp{
	ownerID:    regexp.MustCompile(`^[0-9a-f]{32}$`),
	ownerHost:  regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`),
	ownerSince: regexp.MustCompile(`^[0-9]{1,12}$`),
	ownerSeen:  regexp.MustCompile(`^[0-9]{1,12}$`),

	appliedID:    regexp.MustCompile(`^[0-9a-f]{32}$`),
	appliedHost:  regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`),
	appliedSince: regexp.MustCompile(`^[0-9]{1,12}$`),
	appliedWhat:  regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`),
}

// NewOwnerID is an id that no other store has.
func NewOwnerID() string { return nonce() }

// OwnerHost makes a host's name fit for a mark.
func OwnerHost(name string) string { return markWord(name) }

// markWord makes a name fit for a mark: what no command line could be broken by.
func markWord(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x80 && ownerForms[ownerHost].MatchString(string(r)) {
			return r
		}
		return '-'
	}, name)
	if name == "" {
		return "unknown"
	}
	return name[:min(len(name), 64)]
}

// An OwnedError says that another campaign works on the guest, or left it changed.
type OwnedError struct {
	Owner   Owner
	Now     time.Time       // by the guest's clock; zero when it was not asked
	Applied *record.Applied // what vnettune apply has put on the guest to stay; nil for nothing, or where it was not asked
}

// Error says whose the guest is.
func (e *OwnedError) Error() string {
	if e.Applied != nil && e.Applied.ID == e.Owner.ID {
		return "something is applied on the guest to stay: " + e.Applied.String()
	}
	age := "at an unknown time"
	switch {
	case e.Owner.Seen.IsZero():
	case e.Now.IsZero():
		age = "at " + e.Owner.Seen.Format(time.RFC3339) + " by the guest's clock"
	default:
		age = fmt.Sprintf("%s ago", e.Now.Sub(e.Owner.Seen).Round(time.Second))
	}
	return fmt.Sprintf("the guest is marked by another campaign, which runs now or left it changed: owner %s, run on %s since %s, last seen there %s",
		e.Owner.ID, e.Owner.Host, e.Owner.Since.Format(time.RFC3339), age)
}

// Advice is how to get the guest free.
func (e *OwnedError) Advice() string {
	if e.Applied != nil && e.Applied.ID == e.Owner.ID {
		return "put it back first, with the store of that vnettune apply: vnettune restore STORE"
	}
	return "with that campaign's store: vnettune restore STORE; only if the guest is known to have its own values, in the guest: " + RemoveOwner
}

// RemoveOwner is the command by which a person takes a mark away.
const RemoveOwner = `reg delete HKLM\SOFTWARE\vnettune /v Owner /f`

// An UnmarkedError says that the mark of the owner is gone, which was read back from the
// guest, and that the guest does not have its originals.
type UnmarkedError struct {
	ID    string   // of the owner
	Found []string // what the guest has in place of its originals; nil where that was not read
}

// Error says what is missing, and what was found.
func (e *UnmarkedError) Error() string {
	found := ""
	if e.Found != nil {
		found = ", and it does not have its originals: " + strings.Join(e.Found, "; ")
	}
	return fmt.Sprintf("the mark of this campaign (owner %s) is gone from the guest%s; its disk was rolled back, or somebody took the mark away: nothing is written to it", e.ID, found)
}

// Advice is how to go on.
func (e *UnmarkedError) Advice() string {
	return "look at the guest; if it is known that its values are those of this campaign, in the guest: " +
		`reg add HKLM\SOFTWARE\vnettune /v Owner /t REG_SZ /d ` + e.ID + " /f, and restore it"
}

// markValues reads values of the project's own key.
func (g *Guest) markValues(ctx context.Context, what string, names []string) (map[string]record.State, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	in := terms.ReadInput{Registry: make([]terms.RegistryValue, len(names)), Ports: []int{}, Interfaces: []int{}}
	for i, name := range names {
		in.Registry[i] = terms.RegistryValue{Path: terms.OwnKey, Name: name}
	}
	answer, _, err := g.readFrom(ctx, d, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	got := map[string]record.State{}
	for i, name := range names {
		got[name] = answer.Registry[i]
	}
	return got, nil
}

// Owner reads the mark; nil when there is none. Another machine than the expected one
// is an *OtherMachineError.
func (g *Guest) Owner(ctx context.Context) (*Owner, error) {
	got, err := g.markValues(ctx, "owner of the guest", ownerValues)
	if err != nil || !got[ownerID].Exists {
		return nil, err
	}
	return &Owner{ID: got[ownerID].Data, Host: got[ownerHost].Data, Since: seconds(got[ownerSince]), Seen: seconds(got[ownerSeen])}, nil
}

// Applied reads what vnettune apply has put on the guest to stay; nil for nothing.
func (g *Guest) Applied(ctx context.Context) (*record.Applied, error) {
	got, err := g.markValues(ctx, "what is applied on the guest", appliedValues)
	if err != nil || !ownerForms[appliedID].MatchString(got[appliedID].Data) {
		return nil, err
	}
	return &record.Applied{ID: got[appliedID].Data, What: got[appliedWhat].Data, Host: got[appliedHost].Data, Since: seconds(got[appliedSince])}, nil
}

// Stay says in the guest that what its owner has put on it stays, and that owner's mark with it, until that store is
// restored: campaigns ask then which state is their baseline.
func (g *Guest) Stay(ctx context.Context, o Owner, what string) error {
	there, err := g.Owner(ctx)
	switch {
	case err != nil:
		return err
	case there == nil:
		return &UnmarkedError{ID: o.ID}
	case there.ID != o.ID:
		return &OwnedError{Owner: *there, Now: o.Seen}
	}
	if err := g.writeMark(ctx, appliedValues, map[string]string{appliedID: o.ID, appliedHost: o.Host, appliedSince: inSeconds(o.Seen), appliedWhat: markWord(what)}); err != nil {
		return fmt.Errorf("say in the guest what is applied: %w", err)
	}
	is, err := g.Applied(ctx)
	if err == nil && (is == nil || is.ID != o.ID) {
		err = errors.New("say in the guest what is applied: the guest did not keep it")
	}
	return err
}

func seconds(s record.State) time.Time {
	n, err := strconv.ParseInt(s.Data, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// Claim marks the guest as o's, or says again that o is there, and reads the mark
// back. A mark of somebody else is an *OwnedError, and nothing is written.
func (g *Guest) Claim(ctx context.Context, o Owner) error { return g.mark(ctx, o, false) }

// Renew says again that o is there. A mark that is gone is an *UnmarkedError, one of
// somebody else an *OwnedError, and nothing is written.
func (g *Guest) Renew(ctx context.Context, o Owner) error { return g.mark(ctx, o, true) }

// inSeconds is a time as a mark has it.
func inSeconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// mark writes the mark; again says that it has to be there already.
func (g *Guest) mark(ctx context.Context, o Owner, again bool) error {
	there, err := g.Owner(ctx)
	beneath := there != nil && o.Over != "" && there.ID == o.Over // it shows where the own mark is not
	switch {
	case err != nil:
		return err
	case (there == nil || beneath) && again:
		return &UnmarkedError{ID: o.ID}
	case there != nil && there.ID != o.ID && !beneath:
		applied, _ := g.Applied(ctx) // the mark alone says that it is somebody's
		return &OwnedError{Owner: *there, Now: o.Seen, Applied: applied}
	case there != nil && there.ID == o.ID && !there.Since.IsZero() && ownerForms[ownerSince].MatchString(inSeconds(there.Since)):
		o.Since = there.Since
	}
	data := map[string]string{ownerID: o.ID, ownerHost: o.Host,
		ownerSince: inSeconds(o.Since), ownerSeen: inSeconds(o.Seen)}
	if err := g.writeMark(ctx, ownerValues, data); err != nil {
		return fmt.Errorf("mark the guest: %w", err)
	}
	there, err = g.Owner(ctx)
	switch {
	case err != nil:
		return err
	case there == nil:
		return errors.New("mark the guest: the guest did not keep the mark")
	case there.ID != o.ID:
		return &OwnedError{Owner: *there, Now: o.Seen}
	}
	return nil
}

// writeMark writes values of the project's own key, in that order.
func (g *Guest) writeMark(ctx context.Context, names []string, data map[string]string) error {
	steps := make([]terms.Step, len(names))
	for i, name := range names {
		if !ownerForms[name].MatchString(data[name]) {
			return fmt.Errorf("%s cannot be %q", name, data[name])
		}
		steps[i] = terms.Step{Op: "registry-set", Path: terms.OwnKey, Name: name, Kind: "String", Data: data[name]}
	}
	return g.writeOwner(ctx, steps)
}

// Release takes the mark of owner id away, and what it said of what is applied. Where the mark stood in the place of
// that of what vnettune apply left, that one is put there again. Somebody else's stays, which is an
// *OwnedError; it is no error when there is none.
func (g *Guest) Release(ctx context.Context, id string) error {
	there, err := g.Owner(ctx)
	switch {
	case err != nil:
		return err
	case there == nil:
		return nil
	case there.ID != id:
		return &OwnedError{Owner: *there}
	}
	beneath, err := g.Applied(ctx)
	if err != nil {
		return err
	}
	if beneath != nil && beneath.ID != id {
		since := inSeconds(beneath.Since)
		if !ownerForms[ownerSince].MatchString(since) { // somebody else wrote it
			since = "0"
		}
		if err := g.writeMark(ctx, ownerValues, map[string]string{ownerHost: markWord(beneath.Host), ownerSince: since, ownerSeen: since, ownerID: beneath.ID}); err != nil {
			return fmt.Errorf("put the mark of what is applied back: %w", err)
		}
		return nil
	}
	names := ownerValues
	if beneath != nil {
		names = slices.Concat(ownerValues, appliedValues) // the last is deleted first: without its id nothing is applied
	}
	var steps []terms.Step
	for _, name := range slices.Backward(names) {
		steps = append(steps, terms.Step{Op: "registry-delete", Path: terms.OwnKey, Name: name})
	}
	if err := g.writeOwner(ctx, steps); err != nil {
		return fmt.Errorf("take the mark off the guest: %w", err)
	}
	return nil
}

func (g *Guest) writeOwner(ctx context.Context, steps []terms.Step) error {
	d, err := g.speak(ctx)
	if err != nil {
		return err
	}
	answers, _, err := d.Write(g.here(ctx), steps) // the mark was read just before
	if err != nil {
		return err
	}
	for i, a := range answers {
		if !a.OK {
			return &WriteError{ID: terms.OwnKey + `\` + steps[i].Name, Exit: a.Exit, Output: terms.Excerpt([]byte(a.Output))}
		}
	}
	return nil
}

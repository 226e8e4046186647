package matrix

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OwnPrefix begins the id of every setting that a campaign defines itself, and of none in the
// catalogue: wherever such an id stands, it says whose setting it is.
const OwnPrefix = "own."

// IsOwn says whether an id is that of a setting that a campaign defines itself.
func IsOwn(id string) bool { return strings.HasPrefix(id, OwnPrefix) }

// Definition is a setting of a campaign's own: a value in the registry, or a property that the
// driver of the adapter under test declares. Exactly one of Key and Keyword is given.
type Definition struct {
	Key     string           // of a value in the registry: its key, HKLM\...
	Name    string           // the name of the value there
	Keyword string           // of a property: its keyword
	Type    string           // of a value in the registry, one of OwnTypes
	Values  []Value          // what may be asked for; none, of a property: what its driver lists
	Texts   map[Value]string // what the values stand for where they are names of longer texts
	Default Value            // of a value in the registry: what the word default stands for; "" for Absent
	Where   string           // FILE:LINE:COLUMN of the type in the campaign file, for messages; "" where it is not known
}

// OwnTypes are the types of registry values that can be written, read and put back.
var OwnTypes = []string{"DWord", "QWord", "String", "ExpandString", "MultiString", "Binary"}

var (
	ownID      = regexp.MustCompile(`^own\.[A-Za-z0-9][A-Za-z0-9._-]{0,59}$`)
	ownName    = regexp.MustCompile(`^[A-Za-z0-9*_][A-Za-z0-9*_.-]{0,63}$`)
	ownKeyword = regexp.MustCompile(`^\*?[A-Za-z][A-Za-z0-9_.]{0,63}$`)
	ownBytes   = regexp.MustCompile(`^([0-9a-f]{2}){1,32}$`)
)

// What a campaign defines at most: with it a plan stays far below what is read of a store.
const (
	maxOwn   = 100      // settings
	maxText  = 1024     // bytes of a text that a value stands for
	maxTexts = 64 << 10 // bytes of all of them
)

// Misplaced says why a campaign may not define a setting at its place; "" where it may. A campaign
// gets the keys of AFD, of TCP/IP and of the multimedia scheduler, in which the catalogue has
// settings, and what the guest's driver declares as a property: the start of a service, WinRM, the
// terminal server, the boot and everything else by whose value a guest is lost for good is in none
// of them.
func (d Definition) Misplaced() string {
	if d.Keyword != "" {
		if !ownKeyword.MatchString(d.Keyword) {
			return fmt.Sprintf("%q is no keyword of a driver: letters, digits, _ and . behind a letter or a star", d.Keyword)
		}
		return ""
	}
	if keys := Catalogue().ownKeys(); !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, d.Key) }) {
		return fmt.Sprintf("a campaign cannot define a value in the key %q, only in %s", d.Key, strings.Join(keys, ", "))
	}
	if !ownName.MatchString(d.Name) {
		return fmt.Sprintf("%q is no name of a value: letters, digits and *_.-", d.Name)
	}
	return ""
}

// covered is the setting of the catalogue that lives at the place of a definition.
func (d Definition) covered() (Setting, bool) {
	if d.Keyword == "" {
		return Catalogue().at(Registry, d.Key, d.Name)
	}
	if s, ok := Catalogue().at(AdapterKeyword, "", d.Keyword); ok {
		return s, true
	}
	return Catalogue().at(AdapterValue, "", d.Keyword) // the same value of the class key, of which no driver speaks
}

// ownKeys are the keys in which a campaign may define values: those of the catalogue's settings but
// the harness's own.
func (c *SettingSet) ownKeys() []string {
	placebo, _ := c.Lookup(PlaceboID)
	var keys []string
	for _, s := range c.all {
		for _, g := range Generations {
			f := s.Forms[g]
			if f.Kind == Registry && f.Path != placebo.Forms[g].Path && !slices.Contains(keys, f.Path) {
				keys = append(keys, f.Path)
			}
		}
	}
	return keys
}

// driverCode is the source, in the catalogue, for when a driver reads its keywords.
const driverCode = "netkvm-code"

// takesEffect is when a change of a setting of a campaign's own takes effect. Of a value in the registry
// nobody says; a keyword the driver reads when the adapter starts.
func (d Definition) takesEffect() map[Generation]Taking {
	t := Taking{When: TakesUnknown}
	if d.Keyword != "" {
		t = Taking{When: TakesAdapterRestart, Sure: Documented, Note: "the driver reads its keywords when the adapter starts"}
		if text, err := Catalogue().cite(driverCode); err == nil { // a test says that it is there
			t.Sources = []string{text}
		}
	}
	all := map[Generation]Taking{}
	for _, g := range Generations {
		all[g] = t
	}
	return all
}

// setting is the definition as a setting, like those of the catalogue; every one of them may cut a guest
// off, for all that is known. The errors say what is wrong with it, by the key of the campaign file.
func (d Definition) setting(id string) (Setting, map[string]error) {
	wrong := map[string]error{}
	fail := func(key, format string, args ...any) {
		if wrong[key] == nil {
			wrong[key] = fmt.Errorf(format, args...)
		}
	}
	s := Setting{
		ID: id, Scope: "machine", Danger: "high", TakesEffect: d.takesEffect(),
		Forms: map[Generation]Form{}, Status: map[Generation]Status{}, Defaults: map[Generation]string{},
		Confidence: "defined by the campaign",
	}
	f := Form{Kind: Registry, Path: d.Key, Name: d.Name, Type: d.Type}
	place := "key" // where the file says the place
	if d.Keyword != "" {
		place = "keyword"
	}
	switch {
	case !ownID.MatchString(id):
		fail("", "%q is no id of a setting of a campaign's own: %s and up to 60 letters, digits and ._- behind it", id, OwnPrefix)
	case (d.Key == "") == (d.Keyword == ""):
		fail("", "give a value in the registry (key, value and type) or a keyword of the adapter's driver")
	case d.Keyword != "":
		f = Form{Kind: AdapterKeyword, Name: d.Keyword}
		s.Scope = "per-adapter"
		if d.Name != "" || d.Type != "" || d.Default != "" || d.Texts != nil {
			fail("", "a keyword has values only: its name, type and default are the driver's")
		}
	case !slices.Contains(OwnTypes, d.Type):
		fail("type", "%q is not legal; %slegal: %s", d.Type, Meant(Nearest(d.Type, OwnTypes)), strings.Join(OwnTypes, ", "))
	case len(d.Values) == 0:
		fail("values", "list the values that may be asked for")
	}
	if len(wrong) == 0 {
		if why := d.Misplaced(); why != "" {
			fail(place, "%s", why)
		} else if other, ok := d.covered(); ok {
			fail(place, "the catalogue has it already: use %s", other.ID)
		}
	}
	s.Name = "the campaign's own: " + f.How()
	for _, v := range d.Values {
		c, err := d.canon(v)
		switch {
		case err != nil:
			fail("values", "%w", err)
		case slices.Contains(s.Legal.Enum, string(c)):
			fail("values", "%q is listed twice", v)
		default:
			s.Legal.Enum = append(s.Legal.Enum, string(c))
		}
		if t, ok := d.Texts[v]; ok {
			if err := d.text(t); err != nil {
				fail("values", "%s: %w", v, err)
			}
		}
	}
	s.Legal.Absent = true
	f.Texts = maps.Clone(d.Texts)
	if d.Default != "" && len(wrong) == 0 {
		f.Default = s.Legal.Canon(d.Default)
		if !s.Legal.takes(string(f.Default)) && f.Default != Absent {
			fail("default", "%q is none of its values, nor %q", d.Default, Absent)
		}
	}
	for _, g := range Generations {
		s.Forms[g] = f
		s.Status[g] = Status{Word: Unverified, Text: "the campaign's own"}
		s.Defaults[g] = string(f.Default)
	}
	return s, wrong
}

// canon is a value of a definition as combinations have it, if it is one of its type.
func (d Definition) canon(v Value) (Value, error) {
	switch v {
	case Found, Default, Absent:
		return "", fmt.Errorf("%q is a word that every setting understands, and no value of its own", v)
	}
	bits := map[string]int{"DWord": 32, "QWord": 64}[d.Type]
	switch {
	case bits != 0:
		n, err := parseNumber(string(v))
		if err != nil || bits < 64 && n>>bits != 0 {
			return "", fmt.Errorf("%q is no number of %d bits", v, bits)
		}
		return Value(strconv.FormatUint(n, 10)), nil
	case d.Type == "Binary":
		if low := strings.ToLower(string(v)); ownBytes.MatchString(low) {
			return Value(low), nil
		}
		return "", fmt.Errorf("%q is not 1 to 32 bytes in hexadecimal", v)
	case !text.MatchString(string(v)):
		return "", fmt.Errorf("%q is no value that a name can hold: up to 64 letters, digits and ._:-; a longer text gets a name, as in {short: the text}", v)
	case d.Texts == nil && (d.Type == "ExpandString" || d.Type == "MultiString"):
		return "", fmt.Errorf("the texts of a %s get names, as in {short: the text}", d.Type)
	}
	return v, nil
}

// text says what is wrong with a text that a value stands for.
func (d Definition) text(t string) error {
	lines := []string{t}
	switch d.Type {
	case "MultiString":
		lines = strings.Split(t, "\n")
	case "String", "ExpandString":
	default:
		return fmt.Errorf("a %s takes no texts: list its values", d.Type)
	}
	for _, line := range lines {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("%q has a control character", line)
		}
		if line == "" && d.Type == "MultiString" {
			return fmt.Errorf("an empty line ends a MultiString")
		}
	}
	if len(t) > maxText {
		return fmt.Errorf("%d bytes of text, of at most %d", len(t), maxText)
	}
	return nil
}

// define puts the campaign's own settings beside the catalogue's.
func (b *builder) define(all map[string]Definition) {
	if len(all) > maxOwn {
		b.fail("define fewer", fmt.Sprintf("%d settings, of at most %d", len(all), maxOwn), "define")
	}
	texts := 0
	for _, d := range all {
		for _, t := range d.Texts {
			texts += len(t)
		}
	}
	if texts > maxTexts {
		b.fail("define fewer", fmt.Sprintf("%d bytes of texts, of at most %d", texts, maxTexts), "define")
	}
	places := map[string]string{}
	own := make([]Setting, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		s, wrong := all[id].setting(id)
		for _, key := range slices.Sorted(maps.Keys(wrong)) {
			at := []string{"define", id}
			if key != "" {
				at = append(at, key)
			}
			b.fail("", wrong[key].Error(), at...)
		}
		place := strings.ToLower(strings.Join([]string{all[id].Key, all[id].Name, all[id].Keyword}, "\n"))
		if other, twice := places[place]; twice && len(wrong) == 0 {
			b.fail("leave one out", "the same place as "+other, "define", id)
		}
		places[place] = id
		own = append(own, s)
	}
	b.settings = Catalogue().with(own)
}

// CheckDefinitions says what is wrong with settings of a user's own, by the keys of a campaign file.
func CheckDefinitions(all map[string]Definition) []*DesignError {
	var b builder
	b.define(all)
	return DesignErrors(errors.Join(b.errs...))
}

// With is the set and settings of a user's own in which nothing is wrong.
func (c *SettingSet) With(all map[string]Definition) *SettingSet {
	var own []Setting
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if s, wrong := all[id].setting(id); len(wrong) == 0 {
			own = append(own, s)
		}
	}
	return c.with(own)
}

// with is the set and some more.
func (c *SettingSet) with(more []Setting) *SettingSet {
	if len(more) == 0 {
		return c
	}
	all := &SettingSet{all: slices.Concat(c.all, more), byID: maps.Clone(c.byID), sources: c.sources, dangerous: c.dangerous}
	for i, s := range more {
		all.byID[s.ID] = len(c.all) + i
	}
	return all
}

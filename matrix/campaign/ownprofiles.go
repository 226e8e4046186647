package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// filesKey is the key of the second document of a campaign file that holds the texts of its files of profiles: with it a
// store needs no file beside it. packagesKey is the other.
const filesKey = "profile_files"

// MaxProfiles is the most bytes of a file of profiles.
const MaxProfiles = 128 << 10

// ownKeys are the keys of a file of profiles.
var ownKeys = group{
	{"profiles", named{nameForm, ownForm}, "Profiles of your own, each a name with settings and their values.", ""},
	{"define", named{ownID, definitionKeys}, "Settings of your own, by ids that begin with own.", ""},
}

// ownForm is what a profile of a user's own is: settings with their values, or these under set with who says so.
var ownForm = having{"set", ownProfileKeys, valued{anyValue}}

var ownProfileKeys = group{
	{"title", matching{}, "What the profile is called, in a few words.", ""},
	{"source", matching{}, "Who says so, and where.", ""},
	{"note", matching{}, "What else is to be known of it.", ""},
	{"for", several{of: word{"", words(matrix.Generations)}, once: true}, "The generations of Windows that it is for; all unless given.", ""},
	{"set", valued{anyValue}, "Settings with their values.", ""},
}

// Own is what users bring themselves: profiles, and settings by their ids.
type Own struct {
	Profiles []matrix.Profile
	Define   map[string]matrix.Definition
}

// ownPlace is where something of a user's own stands: in which file, and under which node.
type ownPlace struct {
	file string
	root *node
}

// ParseProfiles reads a file of profiles; name is how its messages call it. The error is of type Errors and lists
// every problem that was found.
func ParseProfiles(name string, data []byte) (Own, error) {
	r := &reader{file: name}
	own := r.ownFile(name, data, nil)
	return own, r.err()
}

// ProfileFiles are the files of profiles that a campaign file names and does not have inside, as it names them. What is
// wrong with it otherwise, Parse says.
func ProfileFiles(data []byte) []string {
	r := &reader{}
	root := r.document(data)
	if root == nil {
		return nil
	}
	n := root.get("profiles")
	if n == nil || n.kind != list {
		return nil
	}
	var all []string
	for _, item := range n.items {
		if _, inside := r.inside[item.text]; item.kind == scalar && item.text != "" && !inside && !slices.Contains(all, item.text) {
			all = append(all, item.text)
		}
	}
	return all
}

// fileText is a file of profiles, by the name that a campaign file has for it.
type fileText struct{ name, text string }

// WithFiles is the text of a campaign file with the texts of its files of profiles inside, by the names that it has for
// them: a document behind its own, whose lines stay where they are.
func WithFiles(data []byte, files map[string][]byte) ([]byte, error) {
	if len(files) == 0 {
		return data, nil
	}
	r := &reader{}
	r.document(data)
	return r.behind(data, files)
}

// behind is a text that the reader has read with its second document, to which files are added.
func (r *reader) behind(data []byte, files map[string][]byte) ([]byte, error) {
	all := r.filesInside()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, fileText{name, string(files[name])})
	}
	if at := filesBegin.FindAllIndex(data, -1); r.second && at != nil {
		data = data[:at[len(at)-1][0]]
	}
	text := append(bytes.TrimRight(bytes.Clone(data), "\r\n"), '\n')
	text = append(text, secondDocument(all, r.packages)...)
	if len(text) > MaxFile {
		return nil, trouble.Hint(fmt.Errorf("%d bytes with its files of profiles, of at most %d", len(text), MaxFile), "leave out what the campaign does not use")
	}
	return text, nil
}

// filesInside are the files of profiles that the text has inside.
func (r *reader) filesInside() []fileText {
	var all []fileText
	for _, name := range slices.Sorted(maps.Keys(r.inside)) {
		all = append(all, fileText{name, r.inside[name]})
	}
	return all
}

// secondDocument holds files of profiles, and what packages of drivers are; "" without any.
func secondDocument(all []fileText, of packages) string {
	var b strings.Builder
	switch {
	case len(all)+len(of) == 0:
		return ""
	case len(of) == 0:
		b.WriteString(filesMark)
	default:
		b.WriteString(packagesMark)
	}
	if len(all) > 0 {
		b.WriteString(filesKey + ":\n")
	}
	for _, f := range all {
		b.WriteString("- file: " + inQuotes(f.name) + "\n  lines:\n")
		for line := range strings.SplitSeq(f.text, "\n") { // each by itself, so that it is seen which one changed
			b.WriteString("  - " + inQuotes(line) + "\n")
		}
	}
	b.WriteString(of.text())
	return b.String()
}

// inQuotes is a text in quotes, as JSON and YAML have it.
func inQuotes(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text is always written
	return strings.TrimSuffix(b.String(), "\n")
}

// How the second document begins: with files alone, and with packages.
const (
	filesMark    = "---\n# What its files of profiles held when the campaign was read, by vnettune.\n"
	packagesMark = "---\n# What was read of other files when the campaign was: of drivers' packages the hash and bytes of each file.\n"
)

// filesBegin finds it in a text.
var filesBegin = regexp.MustCompile(`(?m)^---[ \t]*\r?\n(#.*\n)*(` + filesKey + "|" + packagesKey + `):`)

// takeInside keeps what stands in the second document, which is n: texts of files, and what packages are. false where it
// is none of that kind.
func (r *reader) takeInside(n *node) bool {
	files, of := n.get(filesKey), n.get(packagesKey)
	known := 0
	for _, part := range []*node{files, of} {
		if part != nil && part.kind == list {
			known++
		}
	}
	if n.kind != mapping || known == 0 || len(n.entries) != known {
		return false
	}
	r.second = true
	if of != nil {
		r.packages = packagesIn(of)
	}
	if files == nil {
		return true
	}
	r.inside = map[string]string{}
	for _, item := range files.items {
		file, lines := item.get("file"), item.get("lines")
		if file == nil || lines == nil || file.kind != scalar || lines.kind != list {
			return false
		}
		var text []string
		for _, line := range lines.items {
			text = append(text, line.text)
		}
		r.inside[file.text] = strings.Join(text, "\n")
	}
	return true
}

// files reads the files of profiles that the campaign names, each of which must be inside by now.
func (o object) files(own *Own) map[string]Own {
	n := o.get("profiles")
	if n == nil || n.kind != list {
		return nil
	}
	all := map[string]Own{}
	for i, item := range n.items {
		path := fmt.Sprintf("profiles[%d]", i)
		name, ok := object{r: o.r, n: item, path: path}.textHere()
		if !ok {
			continue
		}
		text, inside := o.r.inside[name]
		_, twice := all[name]
		switch {
		case twice:
			o.r.bad(item, path, fmt.Sprintf("%s is named twice", name), "delete one of the two")
			continue
		case !inside:
			o.r.bad(item, path, fmt.Sprintf("the file %s was not read", name), "name a file of profiles beside the campaign's, such as tuned.yaml")
			continue
		}
		shown := name
		if !o.r.stored && !filepath.IsAbs(name) {
			shown = filepath.Join(filepath.Dir(o.r.file), name)
		}
		one := o.r.ownFile(shown, []byte(text), own)
		all[name] = one
		own.Profiles = append(own.Profiles, one.Profiles...)
		for id, d := range one.Define {
			own.Define[id] = d
		}
	}
	return all
}

// ownFile reads a file of profiles. before is what the campaign has already: names are unique over all of it.
func (r *reader) ownFile(name string, data []byte, before *Own) Own {
	own := Own{Define: map[string]matrix.Definition{}}
	sub := &reader{file: name, stored: r.stored, places: r.places}
	root := sub.document(data)
	if root == nil || sub.second {
		if sub.second {
			sub.bad(&node{line: 1, column: 1}, "", "a second document in the file", "one file holds profiles and settings")
		}
		r.take(sub)
		return own
	}
	o := sub.object(root, "", ownKeys)
	if len(root.entries) == 0 {
		sub.bad(root, "", "there are neither profiles nor settings in the file", "such as profiles: {mine: {tcp.rss: disabled}}")
	}
	own.Define = o.definitions()
	settings := matrix.Catalogue()
	if wrong := matrix.CheckDefinitions(own.Define); len(wrong) == 0 {
		settings = settings.With(own.Define)
	} else if before == nil {
		for _, e := range wrong {
			at, path := locate(root, e.Path)
			sub.bad(at, path, e.Msg, e.Hint)
		}
	}
	if n := root.get("profiles"); n != nil && n.kind == list {
		o.bad("profiles", "this must be names with settings, not a list", "a file of profiles names no other files")
	} else {
		own.Profiles = o.ownProfiles()
	}
	for _, id := range slices.Sorted(maps.Keys(own.Define)) {
		r.at("define", id, ownPlace{name, root})
		if before != nil && before.Define[id].Values != nil {
			at, path := locate(root, []string{"define", id})
			sub.bad(at, path, "the campaign has a setting of that id elsewhere, too", "give one of the two another id")
		}
	}
	for _, p := range own.Profiles {
		r.at("profiles", p.ID, ownPlace{name, root})
		if r.stored { // it was legal once, and what is published grows
			continue
		}
		at, path := locate(root, []string{"profiles", p.ID})
		if _, published := matrix.LookupProfile(p.ID); published {
			sub.bad(at, path, fmt.Sprintf("%q is a published profile", p.ID), "give it another name")
		}
		if before != nil && slices.ContainsFunc(before.Profiles, func(b matrix.Profile) bool { return b.ID == p.ID }) {
			sub.bad(at, path, "the campaign has a profile of that name elsewhere, too", "give one of the two another name")
		}
		sub.checkLines(root, p, settings, before)
	}
	r.take(sub)
	return own
}

// checkLines says which lines of a profile no Windows could be given.
func (r *reader) checkLines(root *node, p matrix.Profile, settings *matrix.SettingSet, before *Own) {
	for _, l := range p.Lines {
		where := []string{"profiles", p.ID, l.Setting}
		if n := root.get("profiles").get(p.ID); n != nil && n.get("set") != nil {
			where = []string{"profiles", p.ID, "set", l.Setting}
		}
		at, path := locate(root, where)
		s, known := settings.Lookup(l.Setting)
		switch {
		case !known && before != nil && matrix.IsOwn(l.Setting):
			// the campaign may define it elsewhere; its design says so
		case !known:
			near := settings.Nearest(l.Setting)
			r.bad(at, path, "there is no such setting", matrix.Meant(near)+"`vnettune settings` lists them")
		default:
			if err := s.Legal.Check(s.Legal.Canon(l.Value)); err != nil {
				message, hint, _ := strings.Cut(err.Error(), "; ")
				r.bad(at, path, message, hint)
			}
		}
	}
}

// at keeps where something of a user's own stands.
func (r *reader) at(kind, id string, p ownPlace) {
	if r.places == nil {
		r.places = map[[2]string]ownPlace{}
	}
	r.places[[2]string{kind, id}] = p
}

// take takes over what another reader found wrong.
func (r *reader) take(sub *reader) {
	for _, p := range sub.problems {
		if len(r.problems) == maxProblems {
			r.more++
			continue
		}
		r.problems = append(r.problems, p)
	}
	r.more += sub.more
}

// ownProfiles are the profiles that a file brings itself, by name.
func (o object) ownProfiles() []matrix.Profile {
	n := o.get("profiles")
	if n == nil || n.kind == list {
		return nil
	}
	if n.kind != mapping {
		o.bad("profiles", "this must be names with settings, not "+n.kind.String(), "such as mine: {tcp.rss: disabled}, or a list of files: [tuned.yaml]")
		return nil
	}
	var all []matrix.Profile
	for _, e := range n.entries {
		if !sample.ValidName(e.key) || len(e.key) > MaxName {
			o.r.bad(e.at, "profiles", fmt.Sprintf("%q is not legal as a name", e.key), fmt.Sprintf("legal: up to %d letters, digits and ._+,=:- beginning with a letter or digit", MaxName))
			continue
		}
		p := matrix.Profile{ID: e.key, Title: e.key, AppliesTo: matrix.Generations, Source: o.r.file}
		one := object{r: o.r, n: e.value, path: "profiles." + e.key}
		var set map[string]matrix.Value
		if e.value.kind == mapping && e.value.get("set") != nil {
			one = o.r.object(e.value, one.path, ownProfileKeys)
			for key, to := range map[string]*string{"title": &p.Title, "source": &p.Source, "note": &p.Note} {
				if text, ok := one.text(key); ok && text != "" {
					*to = text
				}
			}
			if one.has("for") {
				p.AppliesTo = nil
				for _, w := range one.someOf("for") {
					p.AppliesTo = append(p.AppliesTo, matrix.Generation(w))
				}
			}
			set = one.values("set")
		} else {
			set = one.valuesHere()
		}
		for _, id := range slices.Sorted(maps.Keys(set)) {
			p.Lines = append(p.Lines, matrix.Line{Setting: id, Value: set[id]})
		}
		all = append(all, p)
	}
	return all
}

// flat puts what files of profiles have into a campaign file itself, which names none of them then.
func (r *reader) flat(root *node) {
	at := slices.IndexFunc(root.entries, func(e entry) bool { return e.key == "profiles" && e.value.kind == list })
	if at < 0 {
		return
	}
	profiles := &node{kind: mapping}
	define := root.get("define")
	for _, item := range root.entries[at].value.items {
		sub := &reader{stored: true}
		of := sub.document([]byte(r.inside[item.text]))
		if of == nil {
			continue // which reading it says
		}
		if p := of.get("profiles"); p != nil {
			profiles.entries = append(profiles.entries, p.entries...)
		}
		if d := of.get("define"); d != nil {
			if define == nil {
				define = &node{kind: mapping}
				root.entries = append(root.entries, entry{key: "define", at: d, value: define})
			}
			define.entries = append(define.entries, d.entries...)
		}
	}
	root.entries[at].value = profiles
	if len(profiles.entries) == 0 {
		root.entries = slices.Delete(root.entries, at, at+1)
	}
}

package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Private is what is known to be private before a transcript is written.
type Private struct {
	Passwords []string
	Users     []string
	Hosts     []string // names of machines; addresses are found by their form
}

// redactor replaces private words, the same word always by the same, in forms that
// programs still read: an address becomes another address.
type redactor struct {
	passwords []string
	words     map[string]string // in lower case: users and machines
	longest   []string          // the words, longest first; nil: to be made again
	users     int
	hosts     int
	numbers   map[string]map[string]int // by kind: the number of each different text
}

func newRedactor(p Private) *redactor {
	r := &redactor{words: map[string]string{}, numbers: map[string]map[string]int{}}
	for _, w := range p.Passwords {
		if w != "" {
			r.passwords = append(r.passwords, w)
		}
	}
	slices.SortFunc(r.passwords, func(a, b string) int { return len(b) - len(a) })
	for _, u := range p.Users {
		r.user(u)
	}
	for _, h := range p.Hosts {
		r.host(h)
	}
	return r
}

// Redact replaces what is private in the texts of a JSON object, as in a
// transcript. The object's order of members is that of their names afterwards.
func Redact(text []byte, p Private) ([]byte, error) {
	r := newRedactor(p)
	r.learn(Entry{Out: text})
	var out bytes.Buffer
	if err := json.Indent(&out, r.json(text), "", "  "); err != nil {
		return nil, fmt.Errorf("redact: %w", err)
	}
	return out.Bytes(), nil
}

// user takes NAME, DOMAIN\NAME or NAME@DOMAIN.
func (r *redactor) user(name string) {
	if domain, rest, ok := strings.Cut(name, `\`); ok {
		r.host(domain)
		name = rest
	} else if rest, domain, ok := strings.Cut(name, "@"); ok {
		r.host(domain)
		name = rest
	}
	r.word(name, "user", &r.users)
}

// host takes a machine's name; of a full one its first part and its domain count too.
func (r *redactor) host(name string) {
	name = strings.Trim(name, ".")
	if isAddress(name) {
		return
	}
	r.word(name, "host", &r.hosts)
	if first, domain, ok := strings.Cut(name, "."); ok {
		r.word(first, "host", &r.hosts)
		if strings.Contains(domain, ".") {
			r.word(domain, "host", &r.hosts)
		}
	}
}

func (r *redactor) word(w, kind string, count *int) {
	low := strings.ToLower(w)
	if _, known := r.words[low]; known || low == "" || low == "localhost" || low == "." {
		return
	}
	*count++
	r.words[low], r.longest = fmt.Sprintf("%s-%d", kind, *count), nil
}

var (
	userFolder   = regexp.MustCompile(`(?i)(?:\\Users|\\Documents and Settings|/home)[\\/]([^\\/"\s]+)`)
	wideFolder   = regexp.MustCompile(`(?i)(?:\\Users|\\Documents and Settings|/home)[\\/]([^\\/":*?<>|\r\n]+ [^\\/":*?<>|\r\n]+)[\\/]`) // of a name with spaces
	computerName = regexp.MustCompile(`(?m)^\s+(?:Active)?ComputerName\s+REG_SZ\s+(\S+)\s*$`)
	machineID    = regexp.MustCompile(`(?:MachineGuid\s+REG_SZ\s+|UUID=)([0-9A-Fa-f-]{36})`)
	guidForm     = regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

// sharedFolders are the folders beside the users' own.
var sharedFolders = map[string]bool{"public": true, "default": true, "all": true}

// learn finds names in a question or an answer that nobody could know before.
func (r *redactor) learn(e Entry) {
	all := append(jsonTexts(e.In), e.Guest, e.Err)
	all = append(all, jsonTexts(e.Out)...)
	if e.Error != nil {
		all = append(all, e.Error.Text)
	}
	r.learnText(strings.Join(all, "\n"))
	var named struct {
		ComputerName string `json:"computerName"`
		identity
		Identity identity `json:"identity"`
	}
	if json.Unmarshal(e.Out, &named) == nil {
		r.host(named.ComputerName)
		for _, id := range []string{named.MachineGUID, named.UUID, named.Identity.MachineGUID, named.Identity.UUID} {
			r.machine(id)
		}
	}
}

// identity is what a guest says of which machine it is.
type identity struct {
	MachineGUID string `json:"machineGuid"`
	UUID        string `json:"uuid"`
}

// machine takes a GUID that names one machine of all there are.
func (r *redactor) machine(guid string) {
	low := strings.ToLower(guid)
	if guidForm.MatchString(guid) && strings.Trim(low, "0-") != "" && r.words[low] == "" {
		r.words[low], r.longest = fmt.Sprintf("00000000-0000-4000-8000-%012d", r.number("machine", low)), nil
	}
}

// jsonTexts are all texts in a JSON value.
func jsonTexts(text json.RawMessage) []string {
	var v any
	if len(text) == 0 || json.Unmarshal(text, &v) != nil {
		return []string{string(text)}
	}
	var all []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				all = append(all, k)
				walk(v[k])
			}
		}
	}
	walk(v)
	return all
}

func (r *redactor) learnText(text string) {
	text = strings.ReplaceAll(text, `\\`, `\`) // of JSON in a text
	for _, m := range macForm.FindAllString(text, -1) {
		r.number("mac", plainMAC(m))
	}
	for _, m := range bareMACForm.FindAllStringSubmatch(text, -1) {
		r.number("mac", plainMAC(m[2]))
	}
	for _, m := range slices.Concat(wideFolder.FindAllStringSubmatch(text, -1), userFolder.FindAllStringSubmatch(text, -1)) {
		if !sharedFolders[strings.ToLower(m[1])] {
			r.user(m[1])
		}
	}
	for _, m := range computerName.FindAllStringSubmatch(text, -1) {
		r.host(m[1])
	}
	for _, m := range machineID.FindAllStringSubmatch(text, -1) {
		r.machine(m[1])
	}
}

func (r *redactor) entry(e Entry) Entry {
	e.Guest, e.Host, e.Err = r.text(e.Guest), r.text(e.Host), r.text(e.Err)
	e.In, e.Out = r.json(e.In), r.json(e.Out)
	if e.Error != nil {
		f := *e.Error
		f.Text = r.text(f.Text)
		e.Error = &f
	}
	return e
}

// json redacts every text in a JSON value. Its names are left alone but for
// passwords: they are this project's.
func (r *redactor) json(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		v = string(text) // it is no JSON after all
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r.value(v)); err != nil {
		panic(err) // what was decoded can be encoded
	}
	return json.RawMessage(strings.TrimSpace(out.String()))
}

func (r *redactor) value(v any) any {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case []any:
		for i := range v {
			v[i] = r.value(v[i])
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) { // in order: what is new is numbered
			was := v[k]
			delete(v, k)
			if text, ok := was.(string); ok && strings.HasSuffix(strings.ToLower(k), "version") {
				v[k] = r.names(r.secrets(text)) // four numbers with dots, and no address
				continue
			}
			v[r.secrets(k)] = r.value(was)
		}
	}
	return v
}

// text redacts one text, in one pass a kind.
func (r *redactor) text(s string) string {
	s = r.secrets(s)
	s = r.forms(s)
	return r.names(s)
}

// shortPassword is the length under which a password is only looked for as a whole
// word: one of two letters is part of too many words.
const shortPassword = 6

func (r *redactor) secrets(s string) string {
	for _, p := range r.passwords {
		if len(p) >= shortPassword {
			s = strings.ReplaceAll(s, p, "PASSWORD")
		} else {
			s = replaceWord(s, p, "PASSWORD", nil)
		}
	}
	return s
}

// registryPath is a key; the keys that are asked for are this project's own words.
var registryPath = regexp.MustCompile(`HKLM\\[^"\r\n]*`)

func (r *redactor) names(s string) string {
	if r.longest == nil {
		r.longest = slices.SortedFunc(maps.Keys(r.words), func(a, b string) int {
			if d := len(b) - len(a); d != 0 {
				return d
			}
			return strings.Compare(a, b)
		})
	}
	for _, w := range r.longest {
		s = replaceWord(s, w, r.words[w], registryPath)
	}
	return s
}

package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
)

// kind is what a private text is.
type kind string

const (
	hostName  kind = "host" // of a machine that measures
	guestName kind = "guest"
	userName  kind = "user"
	linkName  kind = "link" // of a network link: taps are called after machines
	diskID    kind = "disk"
	address   kind = "address" // IP
	hardware  kind = "mac"
	uuid      kind = "uuid"
	path      kind = "path"
	other     kind = "private" // what a campaign file has under a private key
	option    kind = "value"   // of QEMU

	dropped kind = "dropped" // an empty text, 0 or an empty list takes its place
	release kind = "release" // a version, without the host's name that follows it
	number  kind = "number"  // a version of dots and digits, which may look like an address
	device  kind = "device"  // a PCI id, without the instance that follows it
	command kind = "command" // a program and its arguments: a word that says nothing
	folder  kind = "folder"  // of a driver's package: a path, or one word that may stand elsewhere for something else
)

// rules say what texts are private whatever they look like, by the end of their path; "*" is any key.
var rules = []struct {
	end  string
	kind kind
}{
	{"host.name", hostName}, {"peer.name", hostName}, {"guest.computerName", guestName},
	{"host.data_address", address}, {"peer.address", address}, {"peer.router", address}, {"peer.device", linkName},
	{"lab.name", dropped}, {"lab.user", userName}, {"lab.guestAddress", address}, {"lab.hostAddress", address}, {"lab.fingerprint", dropped},
	{"lab.keeperPid", dropped}, {"lab.keeperStart", dropped}, {"lab.disk", diskID}, {"host.process", dropped},
	{"host.iperf3", release}, {"host.iperf2", release}, {"guest.iperf3", release}, {"guest.iperf2", release},
	{"links.name", linkName}, {"tx_queues.link", linkName}, {"vm.settings", dropped}, {"vm.adapter.options.*", option}, {"vm.adapter.backend.*", option},
	{"guest.machineGuid", uuid}, {"guest.uuid", uuid}, {"guest.disk", diskID},
	{"adapters.guid", uuid}, {"adapters.mac", hardware}, {"adapters.addresses", address}, {"adapters.name", linkName}, {"adapters.pnpId", device},
	{"adapters.driverVersion", number}, {"adapters.keywords.NetworkAddress", dropped},
	{"originals.adapter.guid", uuid}, {"originals.adapter.mac", hardware}, {"originals.adapter.addresses", address}, {"originals.adapter.name", linkName},
	{"originals.adapter.pnpId", device}, {"originals.adapter.driverVersion", number}, {"originals.adapter.keywords.NetworkAddress", dropped},
	{"reboot.nonce", dropped}, {"Variants.Command", command}, {"Variants.Undo", command}, {"Variants.XML.Insert", other},
	{"Variants.Driver.Folder", folder}, {"Variants.Driver.Version", number},
}

// free are the objects whose keys are words of the guest or of people, by the end of their path.
var free = []string{"keywords", "problems", "options", "backend", "offloads", "texts", "Texts"}

func ruleOf(at []string) kind {
	for _, r := range rules {
		end := strings.Split(r.end, ".")
		if len(end) > len(at) {
			continue
		}
		tail := at[len(at)-len(end):]
		if slices.EqualFunc(end, tail, func(want, is string) bool { return want == "*" || strings.EqualFold(want, is) }) {
			return r.kind
		}
	}
	return ""
}

// redactor has for each private text what stands in its place: the same everywhere, so that what was alike stays
// alike and what differed still differs.
type redactor struct {
	stands map[string]string // by kind and text, in lower case
	count  map[kind]int
	known  map[string]string // texts that are looked for in all words, in lower case
	like   *regexp.Regexp    // any of known
}

// redact takes out of a campaign what says who measured and on which machines. What it needs of that to tell one
// thing from another has a stand-in.
func redact(p parts) (parts, error) {
	r := &redactor{stands: map[string]string{}, count: map[kind]int{}, known: map[string]string{}}
	file, err := campaign.Redact(p.Text, func(s string) string { return s })
	if err != nil {
		return p, err
	}
	r.learnFile(file.Private)
	if err := r.over(p, r.learn); err != nil {
		return p, err
	}
	r.prepare()
	if file, err = campaign.Redact(p.Text, r.words); err != nil {
		return p, err
	}
	out := parts{Text: file.Text}
	for _, x := range []struct{ from, into any }{{p.Head, &out.Head}, {p.Facts, &out.Facts}, {p.Notes, &out.Notes}} {
		if err := r.change(x.from, x.into); err != nil {
			return p, err
		}
	}
	var text bytes.Buffer
	if err := r.rewrite(p.Plan, &text); err != nil {
		return p, err
	}
	if out.Plan, err = results.ParsePlan(text.String()); err != nil {
		return p, err
	}
	for _, b := range p.Boots {
		var one boot
		if err := r.change(b, &one); err != nil {
			return p, err
		}
		out.Boots = append(out.Boots, one)
	}
	for i, s := range p.Facts.Sessions { // that some were there is known
		if vm := s.Host.VM; vm != nil {
			out.Facts.Sessions[i].Host.VM.LeftOut = vm.LeftOut + len(vm.Settings)
		}
	}
	arms := map[string]bool{}
	for _, a := range out.Plan.Arms {
		if arms[a.Name] {
			return p, fmt.Errorf("two arms would be called %s without what is private in their names", a.Name)
		}
		arms[a.Name] = true
	}
	return out, nil
}

// learnFile learns what a campaign file has under its private keys.
func (r *redactor) learnFile(private map[string][]string) {
	keys := make([]string, 0, len(private))
	for key := range private {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		last := key[strings.LastIndex(key, ".")+1:]
		for i, text := range private[key] {
			switch last {
			case "control", "proxy", "uri":
				r.host(text)
			case "name": // of a lab, which is mostly the campaign's
			case "data", "bind":
				r.stand(address, text)
			case "user":
				r.stand(userName, text)
				for _, part := range strings.FieldsFunc(text, func(c rune) bool { return c == '\\' || c == '@' }) {
					r.stand(userName, part)
				}
			case "driver":
				r.folder(text)
			case "command", "undo":
				if i > 0 && !strings.HasPrefix(key, "variants.") && !strings.HasPrefix(text, "-") {
					r.stand(other, text)
					if _, host, ok := strings.Cut(text, "@"); ok {
						r.stand(hostName, host)
					}
				} else if strings.ContainsAny(text, "/=") {
					r.stand(other, text)
				}
			default:
				r.stand(other, text)
			}
		}
	}
}

// folder is the stand-in of a folder's name. One of a single word is not looked for elsewhere.
func (r *redactor) folder(text string) string {
	if strings.Contains(text, "/") {
		return r.stand(path, text)
	}
	of := string(folder) + " " + text
	if r.stands[of] == "" {
		r.count[folder]++
		r.stands[of] = standIn(folder, r.count[folder], text)
	}
	return r.stands[of]
}

// host learns the host and the user of an address.
func (r *redactor) host(text string) {
	full := text
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	u, err := url.Parse(full)
	if err != nil || u.Hostname() == "" {
		r.stand(other, text)
		return
	}
	r.stand(address, u.Hostname())
	if name := u.User.Username(); name != "" {
		r.stand(userName, name)
	}
}

// learn gives a private text its stand-in.
func (r *redactor) learn(at []string, text string) string {
	switch k := ruleOf(at); k {
	case "", dropped, release, number, device, command:
	case option:
		if !plainOption(at, text) {
			r.stand(option, text)
		}
	case folder:
		r.folder(text)
	default:
		r.stand(k, text)
	}
	return text
}

var simple = regexp.MustCompile(`^(on|off|auto|yes|no|true|false|[0-9]{1,9}[kKMG]?)$`)

// plainOption says whether an option of QEMU says nothing about whose it is.
func plainOption(at []string, text string) bool {
	return simple.MatchString(text) || at[len(at)-1] == "type" || at[len(at)-1] == "vhost"
}

// stand is the stand-in of a private text.
func (r *redactor) stand(k kind, text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	if k == address {
		a, err := netip.ParseAddr(text)
		if err != nil {
			k = hostName
		} else if public(a) {
			return text
		} else {
			text = a.WithZone("").Unmap().String()
		}
	}
	lower := strings.ToLower(text)
	if k == hardware {
		lower = strings.NewReplacer(":", "", "-", "").Replace(lower)
	}
	if k == uuid {
		lower = strings.Trim(lower, "{}")
	}
	if was, ok := r.stands[string(k)+" "+lower]; ok {
		return was
	}
	r.count[k]++
	is := standIn(k, r.count[k], text)
	r.stands[string(k)+" "+lower] = is
	if _, taken := r.known[lower]; !taken && !common(lower) {
		r.known[lower] = is
	}
	return is
}

// public are addresses that every machine has.
func public(a netip.Addr) bool { return a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() }

// standIn is the n-th stand-in of a kind: addresses that are for documentation only (RFC 5737, RFC 3849), or beyond
// those for measurements between networks (RFC 2544), hardware addresses that are nobody's (locally administered), and
// words.
func standIn(k kind, n int, text string) string {
	switch k {
	case address:
		a, err := netip.ParseAddr(text)
		if err == nil && a.Is6() {
			return fmt.Sprintf("2001:db8::%x", n)
		}
		for _, net := range []string{"192.0.2", "198.51.100", "203.0.113"} {
			if n <= 254 {
				return fmt.Sprintf("%s.%d", net, n)
			}
			n -= 254
		}
		return fmt.Sprintf("198.%d.%d.%d", 18+(n>>16)&1, (n>>8)&255, n&255)
	case hardware:
		sep := "-"
		if strings.Contains(text, ":") {
			sep = ":"
		}
		return strings.Join([]string{"02", "00", "00", "00", fmt.Sprintf("%02X", (n>>8)&255), fmt.Sprintf("%02X", n&255)}, sep)
	case uuid:
		is := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
		if strings.HasPrefix(text, "{") {
			is = "{" + is + "}"
		}
		return is
	}
	return fmt.Sprintf("%s-%d", k, n)
}

// commonText is all that vnettune says of settings and profiles, in lower case.
var commonText = sync.OnceValue(func() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, v := range []any{matrix.Catalogue().All(), matrix.Profiles()} {
		if err := e.Encode(v); err != nil {
			panic("bundle: the catalogue does not encode: " + err.Error())
		}
	}
	return strings.ToLower(strings.ReplaceAll(b.String(), `\\`, `\`))
})

// commonWords are the words of commonText and of a campaign file's keys: what is called like one of them tells nobody
// from others, and must not be taken out of other words.
var commonWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`[a-z0-9]+`).FindAllString(commonText()+" "+strings.ToLower(string(campaign.Schema())), -1) {
		words[w] = true
	}
	return words
})

// networkClass is the class of network adapters, the same on every Windows
// (learn.microsoft.com/windows-hardware/drivers/install/system-defined-device-setup-classes-available-to-vendors).
const networkClass = "4d36e972-e325-11ce-bfc1-08002be10318"

// common says whether a text is not looked for in other words: it is too short, or a word that is everybody's.
func common(lower string) bool { return len(lower) < 2 || commonWords()[lower] }

// prepare makes ready what is looked for, the longest first.
func (r *redactor) prepare() {
	var texts []string
	for text, is := range r.known {
		texts = append(texts, text)
		if hex := strings.NewReplacer(":", "", "-", "").Replace(text); macs.MatchString(text) && hex != text {
			r.known[hex] = strings.NewReplacer(":", "", "-", "").Replace(is)
			texts = append(texts, hex)
		}
	}
	if len(texts) == 0 {
		return
	}
	slices.SortFunc(texts, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var ways []string
	for _, t := range texts {
		way := regexp.QuoteMeta(t)
		if word.MatchString(t[:1]) {
			way = `\b` + way
		}
		if word.MatchString(t[len(t)-1:]) {
			way += `\b`
		}
		ways = append(ways, way)
	}
	r.like = regexp.MustCompile("(?i)" + strings.Join(ways, "|"))
}

// Forms of what is private wherever it stands.
var (
	word  = regexp.MustCompile(`^\w$`)
	macs  = regexp.MustCompile(`\b[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}\b`)
	guids = regexp.MustCompile(`\b[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b`)
	ipv4s = regexp.MustCompile(`\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b`)
	ipv6s = regexp.MustCompile(`[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*`)
	// A path of Windows may have blanks in its folders.
	windowsPaths = regexp.MustCompile(`\b[A-Za-z]:\\([^\\/:*?"<>|\r\n]+\\)*[^\s\\/:*?"<>|,;]*|\\\\[\w.-]+(\\[^\s\\/:*?"<>|,;]+)+`)
	unixPaths    = regexp.MustCompile(`(^|[^\w:/.\\-])((~|/[\w.@+~-]+)(/[\w.@+~-]+)+/?)`)
	onlyNumbers  = regexp.MustCompile(`^[0-9.]+$`)
)

// piece is a part of a text; done: nothing of it is looked at again.
type piece struct {
	text string
	done bool
}

// words takes what is private out of a text.
func (r *redactor) words(text string) string {
	if text == "" {
		return ""
	}
	every := func(k kind) func(string) (string, bool) {
		return func(s string) (string, bool) {
			if lower := strings.ToLower(s); lower == networkClass || strings.Contains(commonText(), lower) {
				return s, false
			}
			return r.stand(k, s), true
		}
	}
	all := replace([]piece{{text, false}}, windowsPaths, 0, every(path))
	all = replace(all, unixPaths, 2, every(path))
	if r.like != nil {
		all = replace(all, r.like, 0, func(s string) (string, bool) { return r.known[strings.ToLower(s)], true })
	}
	all = replace(all, guids, 0, every(uuid))
	all = replace(all, macs, 0, every(hardware))
	ips := func(s string) (string, bool) {
		trimmed := strings.TrimRight(s, ".") // the end of a sentence
		a, err := netip.ParseAddr(trimmed)
		if err != nil || public(a) {
			return s, false
		}
		return r.stand(address, trimmed) + s[len(trimmed):], true
	}
	all = replace(all, ipv4s, 0, ips)
	all = replace(all, ipv6s, 0, func(s string) (string, bool) {
		if is, done := ips(s); done {
			return is, true
		}
		trimmed := strings.TrimRight(s, ":") // a colon behind it
		if is, done := ips(trimmed); done {
			return is + s[len(trimmed):], true
		}
		return s, false
	})
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.text)
	}
	return b.String()
}

// replace puts others in the place of what is like that in the pieces that are not done; group is the part of the
// expression that is meant.
func replace(all []piece, like *regexp.Regexp, group int, by func(string) (string, bool)) []piece {
	var out []piece
	for _, p := range all {
		if p.done {
			out = append(out, p)
			continue
		}
		at := 0
		for _, m := range like.FindAllStringSubmatchIndex(p.text, -1) {
			from, to := m[2*group], m[2*group+1]
			is, done := by(p.text[from:to])
			if !done {
				continue
			}
			if from > at {
				out = append(out, piece{p.text[at:from], false})
			}
			out, at = append(out, piece{is, true}), to
		}
		if at < len(p.text) {
			out = append(out, piece{p.text[at:], false})
		}
	}
	return out
}

// text is what stands for a text at a place.
func (r *redactor) text(at []string, s string) string {
	switch k := ruleOf(at); k {
	case "":
		return r.words(s)
	case dropped:
		return ""
	case release:
		s, _, _ = strings.Cut(s, "(")
		s, _, _ = strings.Cut(s, "\n")
		s, _, _ = strings.Cut(s, `\n`) // as it is shown
		return r.words(strings.TrimSpace(s))
	case number:
		if onlyNumbers.MatchString(s) && r.known[s] == "" {
			return s
		}
		return r.words(s)
	case device:
		if i := strings.LastIndex(s, `\`); i > 0 {
			s = s[:i]
		}
		return r.words(s)
	case option:
		if plainOption(at, s) {
			return r.words(s)
		}
		return r.stand(option, s)
	case folder:
		return r.folder(s)
	default:
		return r.stand(k, s)
	}
}

// over visits every text of the parts in an order that is always the same.
func (r *redactor) over(p parts, visit func(at []string, text string) string) error {
	all := []any{p.Head, p.Facts, p.Notes, p.Plan}
	for _, b := range p.Boots {
		all = append(all, b)
	}
	for _, v := range all {
		tree, err := treeOf(v)
		if err != nil {
			return err
		}
		walk(tree, nil, visit, func(_ []string, key string) string { return key })
	}
	return nil
}

// change writes into what is left of v without what is private.
func (r *redactor) change(v, into any) error {
	var b bytes.Buffer
	if err := r.rewrite(v, &b); err != nil {
		return err
	}
	return json.Unmarshal(b.Bytes(), into)
}

func (r *redactor) rewrite(v any, to *bytes.Buffer) error {
	tree, err := treeOf(v)
	if err != nil {
		return err
	}
	tree = walk(tree, nil, r.text, func(at []string, key string) string {
		if len(at) > 0 && slices.Contains(free, at[len(at)-1]) || strings.ContainsAny(key, ".:/\\- ") {
			return r.words(key)
		}
		return key
	})
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e.Encode(tree)
}

// treeOf is a value as a document of texts, numbers, lists and mappings.
func treeOf(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // as they are written
	var tree any
	return tree, d.Decode(&tree)
}

// walk changes every text and key of a document. Elements of a list stand at the place of the list.
func walk(v any, at []string, text func(at []string, s string) string, keys func(at []string, key string) string) any {
	switch x := v.(type) {
	case string:
		return text(at, x)
	case json.Number:
		if ruleOf(at) == dropped {
			return json.Number("0")
		}
	case []any:
		if ruleOf(at) == dropped {
			return []any{}
		}
		if ruleOf(at) == command && len(x) > 0 {
			return []any{strings.ToLower(at[len(at)-1])}
		}
		for i := range x {
			x[i] = walk(x[i], at, text, keys)
		}
	case map[string]any:
		out := make(map[string]any, len(x))
		names := make([]string, 0, len(x))
		for key := range x {
			names = append(names, key)
		}
		slices.Sort(names)
		for _, key := range names {
			out[keys(at, key)] = walk(x[key], append(slices.Clip(at), key), text, keys)
		}
		return out
	}
	return v
}

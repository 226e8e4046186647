package campaign

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/matrix"
)

// DefaultIperfPort is iperf3's own.
const DefaultIperfPort = 5201

// DefaultMeterPort is beside it.
const DefaultMeterPort = 5202

// DefaultSecondPort is beside both.
const DefaultSecondPort = 5203

var (
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	numbered = regexp.MustCompile(`(^|\.)[0-9]+\.?$`) // no name of a host ends in a number: it is an address, misspelt
	line     = regexp.MustCompile(`^[^\x00-\x1f\x7f]+$`)
	program  = regexp.MustCompile(`^[^-\x00-\x1f\x7f"'][^\x00-\x1f\x7f"']*$`)
)

// remoteKeys are the keys of a real guest.
var remoteKeys = group{
	{"control", matching{like: noUser, what: "HOST, HOST:PORT, http://HOST:PORT or https://HOST:PORT; IPv6 addresses in brackets"}, "Where WinRM listens: HOST, HOST:PORT, http://HOST:PORT or https://HOST:PORT; IPv6 in brackets.", ""},
	{"data", matching{like: noUser, what: "an IP address or a host name, without a port"}, "The guest's address under test: the one of its virtio adapter, without a port.", ""},
	{"libvirt", either{domainForm, libvirtKeys}, "The guest's domain of libvirt, as virsh list shows it: its address, where control and data are left out, its agent and its machine by virsh.", ""},
	{"user", matching{like: line, what: "a name on one line"}, `An administrator of the guest: NAME, DOMAIN\NAME or NAME@DOMAIN; none with a client certificate.`, ""},
	{"password_env", matching{like: variable, what: "the name of an environment variable, such as VNETTUNE_PASSWORD"}, "The environment variable that holds the password. The password itself is never written here.", ""},
	{"password_file", matching{like: line, what: "the path of a file"}, "The file that holds the password, readable by you alone (mode 600); a path from the folder of this file.", ""},
	{"password_file_shared", truth{}, "Takes a password_file that others can read, or that belongs to another user.", ""},
	{"password_prompt", truth{}, "The terminal is asked for the password.", ""},
	{"transport", transportKeys, "How WinRM is spoken.", ""},
	{"trust", trustKeys, "Which certificate of an https guest is accepted; those that the host's own authorities signed unless given.", ""},
	{"generation", word{"", generationWords()}, "The family of Windows: xp (XP, 2003), nt62 (8, 8.1, 2012), w10 (10, 2016, 2019) or w11 (11, 2022, 2025). plan needs it; run checks it.", ""},
	{"iperf", matching{otherwise: "iperf3.exe", like: program, what: "a path in the guest, without quotes"}, "iperf3 in the guest: a path, or a name on its PATH; on xp the whole path.", ""},
	{"iperf_port", whole{DefaultIperfPort, 1, 65535}, "TCP and UDP port of the guest's iperf3 server.", ""},
	{"iperf_second_port", whole{DefaultSecondPort, 1, 65535}, "TCP port of a second iperf3 server, where a workload goes both ways at once.", ""},
	{"meter_port", whole{DefaultMeterPort, 1, 65535}, "TCP and UDP port of the guest's meter, where workloads need it.", ""},
	{"iperf2", matching{otherwise: DefaultIperf2, like: program, what: "a path in the guest, without quotes"}, "On xp: iperf 2 in the guest, the whole path, where workloads need it.", ""},
	{"iperf2_port", whole{DefaultIperf2Port, 1, 65535}, "TCP and UDP port of the guest's iperf2 servers.", ""},
}

// guestKeys are those of any guest.
var guestKeys = slices.Concat(
	group{{"lab", labKeys, "A stand-in guest, to try vnettune without a Windows.", ""}},
	remoteKeys,
	group{
		{"pending_updates", word{refuseWord, []string{refuseWord, allowWord}}, "What to do if the guest needs a reboot to finish updates.", ""},
		{"old_iperf", word{refuseWord, []string{refuseWord, allowWord}}, "What to do if the guest's iperf3 hides the windows or buffers under test.", ""},
		{"rescue", rescueKeys, "Ways back when a setting cut the guest off.", ""},
	})

const (
	refuseWord = "refuse"
	allowWord  = "allow"
)

var transportKeys = group{
	{"scheme", word{"", []string{"http", "https"}}, "As in control unless given; else https for port 5986, http otherwise.", ""},
	{"auth", word{AuthNTLM, []string{AuthNTLM, AuthBasic, AuthCertificate}}, "How the user is proved. ntlm encrypts every message over plain http; basic over http sends the password readable.", ""},
	{"client_cert", matching{like: line, what: "the path of a PEM file"}, "With auth: certificate, the certificate that the guest maps to its user: path of a PEM file.", ""},
	{"client_key", matching{like: line, what: "the path of a PEM file"}, "With auth: certificate, its key: path of a PEM file.", ""},
	{"proxy", matching{like: noUser, what: "http://HOST:PORT of a proxy that takes CONNECT to the guest's port"}, "A proxy that takes CONNECT to the guest's port: http://HOST:PORT; the environment's variables are not looked at.", ""},
}

var trustKeys = group{
	{"ca", matching{like: line, what: "the path of a PEM file"}, "PEM file with the authority that signed the guest's certificate.", ""},
	{"fingerprint", matching{like: fingerprint, what: "the SHA-256 of the certificate, 64 hex digits, colons between them or not"}, "SHA-256 of the guest's certificate: 64 hex digits, colons between them or not.", ""},
	{"insecure", truth{}, "Takes any certificate.", ""},
}

var hostKeys = group{
	{"bind", matching{}, "Address of this host to measure from; as the routes have it unless given.", ""},
	{"iperf", matching{otherwise: "iperf3", like: line, what: "a path, or a name on PATH"}, "iperf3 on this host: a path, or a name on PATH.", ""},
	{"iperf2", matching{otherwise: defaultHostsIperf2, like: line, what: "a path, or a name on PATH"}, "iperf 2 on this host, where workloads need it: a path, or a name on PATH.", ""},
	{"set", hostSetKeys, "What is set on this host while it measures, and put back.", ""},
}

var hostSetKeys = group{
	{"governor", matching{like: kernelWord, what: "the name of a governor, such as performance"}, "The governor of every processor's frequency.", ""},
	{"turbo", word{"", []string{"on", "off"}}, "Whether frequencies beyond the rated one are allowed.", ""},
	{"deepest_sleep", span{most: time.Second}, "States of sleep from which waking up takes longer are switched off.", ""},
	{"congestion_control", matching{like: kernelWord, what: "the name of an algorithm, such as cubic"}, "Of TCP's connections that begin on this host.", ""},
	{"backlog", whole{0, 1, maxBacklog}, "Packets that may wait for a processor (net.core.netdev_max_backlog).", ""},
}

var peerKeys = group{
	{"command", several{of: matching{}, some: true}, "Runs at the peer what is put behind it, without a question: the program and its arguments.", "a list: the program and its arguments, such as [ssh, -oBatchMode=yes, HOST]"},
	{"iperf", matching{otherwise: "iperf3", like: plainWord, what: "a path without blanks, or a name on the peer's PATH"}, "The peer's iperf3: a path without blanks, or a name on its PATH.", ""},
	{"meter", matching{otherwise: "meter", like: plainWord, what: "a path without blanks, or a name on the peer's PATH"}, "The peer's meter, where workloads need it: a path without blanks, or a name on its PATH.", ""},
}

// noUser is an address without a user, who does not belong there.
var noUser = regexp.MustCompile("^[^@]+$")

func (o object) guest(campaign string) Guest {
	n := o.get("guest")
	if n == nil {
		return Guest{}
	}
	g := o.r.object(n, "guest", guestKeys)
	pending := g.word("pending_updates") == allowWord
	old := g.word("old_iperf") == allowWord
	if g.has("lab") {
		g.refuse("the guest is a lab, which knows its own", remoteKeys.names()...)
		lab, generation := g.lab(campaign)
		o.nameOfLab(campaign)
		return Guest{Lab: lab, Generation: generation, IperfPort: DefaultIperfPort, SecondPort: DefaultSecondPort, MeterPort: DefaultMeterPort, Iperf2Port: DefaultIperf2Port, AllowPending: pending, AllowOldIperf: old, Rescue: g.rescue()}
	}
	guest := Guest{
		Remote: g.remote(), Generation: matrix.Generation(g.word("generation")),
		IperfPort: g.integer("iperf_port"), SecondPort: g.integer("iperf_second_port"),
		MeterPort: g.integer("meter_port"), Iperf2Port: g.integer("iperf2_port"), AllowPending: pending, AllowOldIperf: old, Rescue: g.rescue(),
	}
	if !o.r.stored {
		g.twoPorts(guest)
	}
	return guest
}

// legalGenerations names the generations that can be driven.
var legalGenerations = "legal: " + strings.Join(generationWords(), ", ")

func generationWords() []string {
	var words []string
	for _, g := range matrix.Driven() {
		words = append(words, string(g))
	}
	return words
}

func (o object) remote() *Remote {
	if !o.has("libvirt") { // which knows the guest's address
		o.require("where WinRM listens, such as 192.0.2.10:5985 or https://guest.example:5986", "control")
		o.require("the guest's address under test: the one of its virtio adapter", "data")
	}
	r := &Remote{
		User:  o.matching("user"),
		Data:  o.data(),
		Iperf: o.matching("iperf"),

		Iperf2: o.matching("iperf2"),
	}
	var scheme string
	r.Transport, scheme = o.transport()
	if r.Transport.Auth == AuthCertificate {
		o.refuse("the client certificate says who it is", "user", "password_env", "password_file", "password_file_shared", "password_prompt")
	} else {
		o.require("an administrator of the guest", "user")
		r.Password = o.password()
	}
	r.Control = o.control(scheme)
	r.Trust = o.trust(r.Control.Scheme)
	o.suits(r)
	return r
}

// password reads where the password comes from, which must be one place.
func (o object) password() Password {
	p := Password{
		Env:    o.secretless("password_env"),
		File:   o.matching("password_file"),
		Shared: o.flag("password_file_shared"),
		Prompt: o.flag("password_prompt"),
	}
	if n := o.get("password_file"); n != nil {
		p.Where = fmt.Sprintf("%s:%d:%d", o.r.file, n.line, n.column)
	} else {
		o.refuse("there is no password_file", "password_file_shared")
	}
	var given []string
	for _, key := range []string{"password_env", "password_file", "password_prompt"} {
		if o.has(key) {
			given = append(given, key)
		}
	}
	switch {
	case len(given) > 1:
		o.bad(given[1], "the password comes from one place", "keep one of password_env, password_file, password_prompt")
	case len(given) == 1 && given[0] == "password_prompt" && !p.Prompt:
		o.bad("password_prompt", "then the password comes from nowhere", "say true, or name a variable as password_env or a file as password_file")
	case len(given) == 0 && !o.has("password"):
		o.require("name the environment variable that holds the password, or a file as password_file, or say password_prompt: true to be asked", "password_env")
	}
	return p
}

// secretless is matching for a key under which people put the secret itself by mistake: its value
// is not shown.
func (o object) secretless(key string) string {
	f := formOf[matching](o, key)
	s, ok := o.text(key)
	if ok && !f.like.MatchString(s) {
		o.bad(key, "what is here is not legal (and not shown, lest it be the password itself)", "legal: "+f.what)
		return ""
	}
	return s
}

func (o object) data() string {
	s, ok := o.text("data")
	if !ok {
		return ""
	}
	const form = "legal: an IP address or a host name, without a port (that is iperf_port)"
	a, err := netip.ParseAddr(s)
	switch {
	case err == nil && (a.IsUnspecified() || a.IsMulticast() || a.Is4In6()):
		o.bad("data", fmt.Sprintf("no adapter of a guest says that %q is its address", s), form)
	case err != nil && (!hostName.MatchString(s) || numbered.MatchString(s)):
		o.bad("data", fmt.Sprintf("%q is not legal", s), form)
	default:
		if err == nil {
			o.zoned("data", a)
		}
		return s
	}
	return ""
}

func (o object) host() Host {
	n := o.get("host")
	if n == nil {
		return Host{Iperf: "iperf3", Iperf2: defaultHostsIperf2}
	}
	h := o.r.object(n, "host", hostKeys)
	host := Host{Iperf: h.matching("iperf"), Iperf2: h.matching("iperf2"), Set: h.hostSettings()}
	if s, ok := h.text("bind"); ok {
		host.Bind = s
		if a, err := netip.ParseAddr(s); err != nil {
			h.bad("bind", fmt.Sprintf("%q is not legal", s), "legal: an IP address of this host")
		} else {
			h.zoned("bind", a)
		}
	}
	return host
}

// kernelWord is the name of a part of the kernel.
var kernelWord = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// maxBacklog is far more packets than a processor lets wait.
const maxBacklog = 1_000_000

// hostSettings reads what is set on this host while it measures. Whether it has such a thing only the host says.
func (o object) hostSettings() map[string]string {
	n := o.get("set")
	if n == nil {
		return nil
	}
	s := o.r.object(n, "host.set", hostSetKeys)
	set := map[string]string{}
	keep := func(key, value string) {
		if s.has(key) {
			set[key] = value
		}
	}
	keep("governor", s.matching("governor"))
	keep("turbo", s.word("turbo"))
	keep("deepest_sleep", s.duration("deepest_sleep").String())
	keep("congestion_control", s.matching("congestion_control"))
	keep("backlog", strconv.Itoa(s.integer("backlog")))
	return set
}

// plainWord is what no shell takes apart, or for anything else than it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_-]+$`)

// peer reads which other machine measures. Its command may hand the words behind it to a shell.
func (o object) peer() *Peer {
	n := o.get("peer")
	if n == nil {
		return nil
	}
	p := o.r.object(n, "peer", peerKeys)
	peer := Peer{Command: p.words("command"), Iperf: p.matching("iperf"),
		Meter: p.matching("meter")}
	if c := p.get("command"); c != nil && c.kind == list && (len(c.items) == 0 || c.items[0].kind == scalar && c.items[0].text == "") {
		p.bad("command", "no program is named", "a list: the program and its arguments")
	}
	if h := o.get("host"); h != nil {
		host := o.r.object(h, "host", hostKeys)
		host.refuse("the peer measures: its iperf3 is peer.iperf, and its routes lead to the guest", "bind", "iperf", "iperf2")
		host.refuse("the peer measures, and is set by hand", "set")
	}
	return &peer
}

// transport reads how WinRM is spoken; scheme is "" if the file leaves it to the address. What goes
// with the scheme is checked by suits.
func (o object) transport() (t Transport, scheme string) {
	t.Auth = AuthNTLM
	n := o.get("transport")
	if n == nil {
		return t, ""
	}
	g := o.r.object(n, "guest.transport", transportKeys)
	t.Auth = g.word("auth")
	if t.Auth == AuthCertificate {
		g.require("the path of a PEM file with the certificate that the guest maps to its user", "client_cert")
		g.require("the path of a PEM file with the certificate's key", "client_key")
		t.ClientCert = g.matching("client_cert")
		t.ClientKey = g.matching("client_key")
	} else {
		g.refuse("only auth: certificate uses it", "client_cert", "client_key")
	}
	t.Proxy = g.proxy()
	return t, g.word("scheme")
}

func (o object) proxy() string {
	s, ok := o.text("proxy")
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "@"):
		o.bad("proxy", "a user or password does not belong here (and is not shown)", "take a proxy that asks for none")
	case err != nil || u.Scheme != "http" || !isHost(u.Hostname()) || !isPort(u.Port()) || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		o.bad("proxy", fmt.Sprintf("%q is not legal", s), "legal: http://HOST:PORT of a proxy that takes CONNECT to the guest's port")
	default:
		return "http://" + u.Host
	}
	return ""
}

// isHost says whether s can stand in a URL: a name, or an address without a zone.
func isHost(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" || hostName.MatchString(s)
}

func isPort(s string) bool {
	port, err := strconv.Atoi(s)
	return err == nil && port >= 1 && port <= 65535
}

// suits checks what depends on the address, which may have decided the scheme, too.
func (o object) suits(r *Remote) {
	if r.Transport.Auth == AuthCertificate && r.Control.Scheme == "http" {
		o.bad("transport", "auth: certificate works over https only", "take scheme: https, or auth: ntlm")
	}
	if a, err := netip.ParseAddr(r.Control.Host); err == nil && a.Zone() != "" && r.Transport.Proxy != "" {
		o.bad("control", fmt.Sprintf("%s is an interface of this host, and the proxy connects from its own", a.Zone()), "give an address or a name that the proxy can reach, or delete transport.proxy")
	}
}

// control reads HOST, HOST:PORT or a URL. WinRM's ports are 5985 for http and
// 5986 for https; where neither scheme nor port says which, it is http.
func (o object) control(scheme string) Control {
	s, ok := o.text("control")
	if !ok {
		c := Control{}
		c.complete(scheme)
		return c
	}
	const form = "legal: HOST, HOST:PORT, http://HOST:PORT or https://HOST:PORT; IPv6 addresses in brackets"
	full := s
	if !strings.Contains(s, "://") {
		full = "//" + s
	}
	u, err := url.Parse(zoneInURL.ReplaceAllString(full, "[${1}%25${3}]"))
	switch {
	case strings.Contains(s, "@"):
		o.bad("control", "a user or password does not belong here (and is not shown)", "give user, and password_env or password_file")
		return Control{}
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/" && u.Path != "/wsman"):
		o.bad("control", fmt.Sprintf("%q is not legal", s), form)
		return Control{}
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		o.bad("control", fmt.Sprintf("scheme %q is not legal", u.Scheme), "legal: http, https")
		return Control{}
	case u.Scheme != "" && scheme != "" && u.Scheme != scheme:
		o.bad("control", fmt.Sprintf("the address says %s and transport.scheme says %s", u.Scheme, scheme), "make them agree")
		return Control{}
	}
	c := Control{Scheme: u.Scheme, Host: u.Hostname()}
	if a, err := netip.ParseAddr(c.Host); err == nil {
		o.zoned("control", a)
	} else if !isHost(c.Host) {
		o.bad("control", fmt.Sprintf("%q is not legal", s), form)
		return Control{}
	}
	if text := u.Port(); text != "" {
		if !isPort(text) {
			o.bad("control", fmt.Sprintf("port %q is not legal", text), "legal: 1 to 65535")
			return Control{}
		}
		c.Port, _ = strconv.Atoi(text) // it is a port
	}
	c.complete(scheme)
	return c
}

func (c *Control) complete(scheme string) {
	if c.Scheme == "" {
		c.Scheme = scheme
	}
	switch {
	case c.Scheme == "" && c.Port == 5986:
		c.Scheme = "https"
	case c.Scheme == "":
		c.Scheme = "http"
	}
	switch {
	case c.Port == 0 && c.Scheme == "https":
		c.Port = 5986
	case c.Port == 0:
		c.Port = 5985
	}
}

// fingerprint is 64 hex digits, colons between them or not.
var fingerprint = regexp.MustCompile(`^:*([0-9A-Fa-f]:*){64}$`)

func (o object) trust(scheme string) Trust {
	n := o.get("trust")
	if n == nil {
		return Trust{}
	}
	t := o.r.object(n, "guest.trust", trustKeys)
	trust := Trust{CA: t.matching("ca"), Insecure: t.flag("insecure")}
	trust.Fingerprint = strings.ReplaceAll(strings.ToLower(t.matching("fingerprint")), ":", "")
	if scheme == "http" {
		o.bad("trust", "http has no certificate to trust", "take scheme: https or delete trust")
	}
	ways := 0
	for _, given := range []bool{trust.CA != "", trust.Fingerprint != "", trust.Insecure} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		o.bad("trust", "more than one way to trust", "keep one of ca, fingerprint, insecure")
	}
	return trust
}

package campaign

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vnettune/matrix"
)

// DefaultIperfPort is iperf3's own.
const DefaultIperfPort = 5201

var (
	remoteKeys  = []string{"control", "data", "user", "password_env", "password_file", "transport", "trust", "generation", "iperf", "iperf_port"}
	variable    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	hostName    = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)
	line        = regexp.MustCompile(`^[^\x00-\x1f\x7f]+$`)
	program     = regexp.MustCompile(`^[^-\x00-\x1f\x7f"'][^\x00-\x1f\x7f"']*$`)
)

func (o object) guest(campaign string) Guest {
	n := o.get("guest")
	if n == nil {
		return Guest{}
	}
	g := o.r.object(n, "guest", append([]string{"lab"}, remoteKeys...)...)
	if g.has("lab") {
		g.refuse("the guest is a lab, which knows its own", remoteKeys...)
		lab, generation := g.lab(campaign)
		return Guest{Lab: lab, Generation: generation, IperfPort: DefaultIperfPort}
	}
	return Guest{
		Remote: g.remote(), Generation: g.generation(""),
		IperfPort: g.integer("iperf_port", DefaultIperfPort, 1, 65535),
	}
}

func (o object) generation(otherwise matrix.Generation) matrix.Generation {
	choices := make([]string, len(matrix.Generations))
	for i, g := range matrix.Generations {
		choices[i] = string(g)
	}
	return matrix.Generation(o.word("generation", string(otherwise), choices...))
}

func (o object) lab(campaign string) (*Lab, matrix.Generation) {
	n := o.get("lab")
	if n == nil {
		return nil, ""
	}
	l := o.r.object(n, "guest.lab", "kind", "generation", "language", "delay", "name")
	l.require("legal: vm (a virtual machine with a virtio-net device), fast (a network namespace)", "kind")
	lab := &Lab{
		Kind:     l.word("kind", "", LabVM, LabFast),
		Language: l.word("language", "en", "en", "de", "ru", "pseudo"),
		Delay:    l.duration("delay", 0, 10*time.Second),
		Name:     l.matching("name", campaign, name, nameForm),
	}
	if lab.Kind == LabFast && lab.Delay > 0 {
		l.bad("delay", "a fast lab cannot delay packets", "delete it or take kind: vm")
	}
	return lab, l.generation(matrix.W10)
}

func (o object) remote() *Remote {
	o.require("where WinRM listens, such as 192.0.2.10:5985 or https://guest.example:5986", "control")
	o.require("the guest's address under test: the one of its virtio adapter", "data")
	o.require("an administrator of the guest", "user")
	r := &Remote{
		User:         o.matching("user", "", line, "a name on one line"),
		PasswordEnv:  o.secretless("password_env", variable, "the name of an environment variable, such as VNETTUNE_PASSWORD"),
		PasswordFile: o.matching("password_file", "", line, "the path of a file"),
		Iperf:        o.matching("iperf", "iperf3.exe", program, "a path in the guest, without quotes"),
	}
	switch env, file := o.has("password_env"), o.has("password_file"); {
	case env && file:
		o.bad("password_file", "the password comes from one place", "keep password_env or password_file, not both")
	case !env && !file && !o.has("password"):
		o.require("name the environment variable that holds the password, or a file as password_file", "password_env")
	}
	r.Data = o.data()
	scheme, auth := o.transport()
	r.Auth = auth
	r.Control = o.control(scheme)
	r.Trust = o.trust(r.Control.Scheme)
	return r
}

// secretless is matching for a place where people put the secret itself by
// mistake: what is there is not shown.
func (o object) secretless(key string, form *regexp.Regexp, what string) string {
	s, ok := o.text(key)
	if ok && !form.MatchString(s) {
		o.bad(key, "what is here is not legal (and not shown, lest it be the password itself)", "legal: "+what)
		return ""
	}
	return s
}

func (o object) data() string {
	s, ok := o.text("data")
	if !ok {
		return ""
	}
	if _, err := netip.ParseAddr(s); err != nil && !hostName.MatchString(s) {
		o.bad("data", fmt.Sprintf("%q is not legal", s), "legal: an IP address or a host name, without a port (that is iperf_port)")
		return ""
	}
	return s
}

func (o object) transport() (scheme, auth string) {
	n := o.get("transport")
	if n == nil {
		return "", "basic"
	}
	t := o.r.object(n, "guest.transport", "scheme", "auth")
	return t.word("scheme", "", "http", "https"), t.word("auth", "basic", "basic")
}

// control reads HOST, HOST:PORT or a URL. WinRM's ports are 5985 for http and
// 5986 for https; where neither scheme nor port says which, it is http.
func (o object) control(scheme string) Control {
	s, ok := o.text("control")
	if !ok {
		return Control{Scheme: scheme}
	}
	const form = "legal: HOST, HOST:PORT, http://HOST:PORT or https://HOST:PORT; IPv6 addresses in brackets"
	full := s
	if !strings.Contains(s, "://") {
		full = "//" + s
	}
	u, err := url.Parse(full)
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
	if _, err := netip.ParseAddr(c.Host); err != nil && !hostName.MatchString(c.Host) {
		o.bad("control", fmt.Sprintf("%q is not legal", s), form)
		return Control{}
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			o.bad("control", fmt.Sprintf("port %q is not legal", text), "legal: 1 to 65535")
			return Control{}
		}
		c.Port = port
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

func (o object) trust(scheme string) Trust {
	n := o.get("trust")
	if n == nil {
		return Trust{}
	}
	t := o.r.object(n, "guest.trust", "ca", "fingerprint", "insecure")
	trust := Trust{CA: t.matching("ca", "", line, "the path of a PEM file"), Insecure: t.flag("insecure")}
	if s, ok := t.text("fingerprint"); ok {
		trust.Fingerprint = strings.ReplaceAll(strings.ToLower(s), ":", "")
		if !fingerprint.MatchString(trust.Fingerprint) {
			t.bad("fingerprint", fmt.Sprintf("%q is not legal", s), "legal: the SHA-256 of the certificate, 64 hex digits, colons between them or not")
		}
	}
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

func (o object) host() Host {
	n := o.get("host")
	if n == nil {
		return Host{Iperf: "iperf3"}
	}
	h := o.r.object(n, "host", "bind", "iperf")
	host := Host{Iperf: h.matching("iperf", "iperf3", line, "a path, or a name on PATH")}
	if s, ok := h.text("bind"); ok {
		host.Bind = s
		if _, err := netip.ParseAddr(s); err != nil {
			h.bad("bind", fmt.Sprintf("%q is not legal", s), "legal: an IP address of this host")
		}
	}
	return host
}

package campaign

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"vnettune/matrix"
)

// DefaultIperfPort is iperf3's own.
const DefaultIperfPort = 5201

var (
	remoteKeys = []string{"control", "data", "user", "password_env", "password_file", "password_prompt", "transport", "trust", "generation", "iperf", "iperf_port"}
	variable   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	hostName   = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	line       = regexp.MustCompile(`^[^\x00-\x1f\x7f]+$`)
	program    = regexp.MustCompile(`^[^-\x00-\x1f\x7f"'][^\x00-\x1f\x7f"']*$`)
)

func (o object) guest(campaign string) Guest {
	n := o.get("guest")
	if n == nil {
		return Guest{}
	}
	g := o.r.object(n, "guest", slices.Concat([]string{"lab"}, remoteKeys, []string{"pending_updates", "rescue"})...)
	pending := g.word("pending_updates", "refuse", "refuse", "allow") == "allow"
	if g.has("lab") {
		g.refuse("the guest is a lab, which knows its own", remoteKeys...)
		lab, generation := g.lab(campaign)
		return Guest{Lab: lab, Generation: generation, IperfPort: DefaultIperfPort, AllowPending: pending, Rescue: g.rescue()}
	}
	return Guest{
		Remote: g.remote(), Generation: g.generation(""),
		IperfPort: g.integer("iperf_port", DefaultIperfPort, 1, 65535), AllowPending: pending, Rescue: g.rescue(),
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
	r := &Remote{
		User:  o.matching("user", "", line, "a name on one line"),
		Data:  o.data(),
		Iperf: o.matching("iperf", "iperf3.exe", program, "a path in the guest, without quotes"),
	}
	var scheme string
	r.Transport, scheme = o.transport()
	if r.Transport.Auth == AuthCertificate {
		o.refuse("the client certificate says who it is", "user", "password_env", "password_file", "password_prompt")
	} else {
		o.require("an administrator of the guest", "user")
		r.Password = o.password()
	}
	r.Control = o.control(scheme)
	r.Trust = o.trust(r.Control.Scheme)
	o.suits(r)
	return r
}

// password is where the password comes from, which is one place.
func (o object) password() Password {
	p := Password{
		Env:    o.secretless("password_env", variable, "the name of an environment variable, such as VNETTUNE_PASSWORD"),
		File:   o.matching("password_file", "", line, "the path of a file"),
		Prompt: o.flag("password_prompt"),
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

package campaign

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// transport is how WinRM is spoken; scheme is "" where the file leaves it to the
// address. What goes with the scheme is checked by suits.
func (o object) transport() (t Transport, scheme string) {
	t.Auth = AuthNTLM
	n := o.get("transport")
	if n == nil {
		return t, ""
	}
	g := o.r.object(n, "guest.transport", "scheme", "auth", "client_cert", "client_key", "proxy")
	t.Auth = g.word("auth", AuthNTLM, AuthNTLM, AuthBasic, AuthCertificate)
	if t.Auth == AuthCertificate {
		g.require("the path of a PEM file with the certificate that the guest maps to its user", "client_cert")
		g.require("the path of a PEM file with the certificate's key", "client_key")
		t.ClientCert = g.matching("client_cert", "", line, "the path of a PEM file")
		t.ClientKey = g.matching("client_key", "", line, "the path of a PEM file")
	} else {
		g.refuse("only auth: certificate uses it", "client_cert", "client_key")
	}
	t.Proxy = g.proxy()
	return t, g.word("scheme", "", "http", "https")
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
	case err != nil || u.Scheme != "http" || u.Hostname() == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		o.bad("proxy", fmt.Sprintf("%q is not legal", s), "legal: http://HOST:PORT of a proxy that takes CONNECT to the guest's port")
	default:
		return "http://" + u.Host
	}
	return ""
}

// suits checks what depends on the scheme, which the address may have decided.
func (o object) suits(r *Remote) {
	if r.Transport.Auth == AuthCertificate && r.Control.Scheme == "http" {
		o.bad("transport", "auth: certificate works over https only", "take scheme: https, or auth: ntlm")
	}
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

package campaign

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

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

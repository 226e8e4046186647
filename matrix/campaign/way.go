package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"vnettune/trouble"
)

// Way is another way to a guest than its campaign's file says: the guest has moved, or another user works it. What is
// empty stays.
type Way struct {
	Control, User                      string
	PasswordEnv, PasswordFile          string
	PasswordPrompt, PasswordFileShared bool
	Fingerprint, CA                    string
	Insecure                           bool
}

// By is the campaign with another way to its guest, whose parts are held to the rules of a campaign file.
func (c Campaign) By(w Way) (Campaign, error) {
	if w == (Way{}) {
		return c, nil
	}
	if c.Guest.Remote == nil {
		return c, trouble.Hint(fmt.Errorf("the campaign's guest is the stand-in %q on this host, to which there is one way", c.Guest.Lab.Name), "leave the flags out")
	}
	r := *c.Guest.Remote
	var b strings.Builder
	say := func(key, value string) {
		if value != "" {
			text, _ := json.Marshal(value) // YAML takes it as it is
			fmt.Fprintf(&b, "  %s: %s\n", key, text)
		}
	}
	b.WriteString("guest:\n")
	control := w.Control
	scheme := r.Control.Scheme
	switch {
	case control == "" && r.Control.Host == "": // libvirt says it
	case control == "":
		control = fmt.Sprintf("%s://%s:%d", r.Control.Scheme, bracketed(r.Control.Host), r.Control.Port)
	case !strings.Contains(control, "://"):
		control = r.Control.Scheme + "://" + control
	}
	if s, _, said := strings.Cut(control, "://"); said {
		scheme = s
	}
	if domain := c.Guest.Rescue.Domain; domain != "" && r.Data == "" {
		fmt.Fprintf(&b, "  libvirt: %q\n", domain)
	}
	say("control", control)
	say("data", r.Data)
	if w.User != "" {
		r.User = w.User
	}
	transport := fmt.Sprintf("auth: %s", r.Transport.Auth)
	if control == "" {
		transport += ", scheme: " + scheme
	}
	if r.Transport.Auth == AuthCertificate {
		transport += fmt.Sprintf(", client_cert: %q, client_key: %q", r.Transport.ClientCert, r.Transport.ClientKey)
	} else {
		say("user", r.User)
	}
	if r.Transport.Proxy != "" {
		transport += fmt.Sprintf(", proxy: %q", r.Transport.Proxy)
	}
	p := r.Password
	if w.PasswordEnv != "" || w.PasswordFile != "" || w.PasswordPrompt {
		p = Password{Env: w.PasswordEnv, File: w.PasswordFile, Prompt: w.PasswordPrompt}
	}
	say("password_env", p.Env)
	say("password_file", p.File)
	if p.Prompt {
		b.WriteString("  password_prompt: true\n")
	}
	if p.Shared || w.PasswordFileShared {
		b.WriteString("  password_file_shared: true\n")
	}
	fmt.Fprintf(&b, "  transport: {%s}\n", transport)
	trust := r.Trust
	if w.Fingerprint != "" || w.CA != "" || w.Insecure {
		if scheme != "https" {
			return c, trouble.Hint(errors.New("--trust: the guest is reached without https, and shows no certificate"), "leave it out, or say --control https://HOST:5986")
		}
		trust = Trust{CA: w.CA, Fingerprint: w.Fingerprint, Insecure: w.Insecure}
	}
	switch {
	case scheme != "https":
	case trust.Insecure:
		b.WriteString("  trust: {insecure: true}\n")
	case trust.Fingerprint != "":
		fmt.Fprintf(&b, "  trust: {fingerprint: %q}\n", trust.Fingerprint)
	case trust.CA != "":
		fmt.Fprintf(&b, "  trust: {ca: %q}\n", trust.CA)
	}
	reader := &reader{file: "the flags, as a campaign file", stored: true}
	if root := reader.document([]byte(b.String())); root != nil {
		g := reader.object(root, "", group{{name: "guest"}}).guest(c.Name)
		if err := reader.err(); err == nil {
			way := *g.Remote
			way.Iperf, way.Iperf2 = r.Iperf, r.Iperf2
			c.Guest.Remote = &way
		}
	}
	return c, reader.err()
}

// bracketed is a host as it stands before a port.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// In is the campaign with the files that it names by relative paths where they are: relative paths are those of the
// folder of the campaign's file.
func (c Campaign) In(folder string) Campaign {
	c.Folder = folder
	if c.Guest.Remote == nil {
		return c
	}
	r := *c.Guest.Remote
	for _, path := range []*string{&r.Password.File, &r.Trust.CA, &r.Transport.ClientCert, &r.Transport.ClientKey} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	c.Guest.Remote = &r
	return c
}

// Of is a campaign without a file, of a guest that flags alone name: for what only looks at it. data is the address
// under test; "" is the one that WinRM is reached at. Without a scheme http is taken, or https where the guest's
// certificate is spoken of.
func (w Way) Of(data string) (Campaign, error) {
	var c Campaign
	if w.Control == "" {
		return c, trouble.Hint(errors.New("no guest is named"), "name a campaign file, or say --control HOST")
	}
	at := Control{Scheme: "http"}
	if w.Fingerprint != "" || w.CA != "" || w.Insecure || strings.HasSuffix(w.Control, ":5986") {
		at.Scheme = "https"
	}
	if data == "" {
		full := w.Control
		if !strings.Contains(full, "://") {
			full = "//" + full
		}
		u, err := url.Parse(full)
		if err != nil {
			return c, trouble.Hint(fmt.Errorf("--control: %q is not legal", w.Control), "say HOST, HOST:PORT or a URL")
		}
		data = u.Hostname()
	}
	c.Name = "audit"
	c.Limits.Answer, c.Limits.Command = DefaultAnswer, DefaultCommand
	c.Guest.Remote = &Remote{Control: at, Data: data, Transport: Transport{Auth: AuthNTLM}}
	return c.By(w)
}

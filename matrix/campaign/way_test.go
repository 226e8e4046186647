package campaign

import (
	"strings"
	"testing"
)

// Another way to a guest replaces what is named and keeps the rest, by the rules of a campaign file.
func TestAnotherWayToTheGuest(t *testing.T) {
	const text = "name: w\nguest: {control: 'https://192.0.2.10:5986', data: 192.0.2.11, user: admin, password_file: pw, password_file_shared: true, trust: {ca: ca.pem}, iperf: 'C:\\i\\iperf3.exe'}\ndesign: aa\n"
	c, err := Parse("w.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	const print = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	by, err := c.By(Way{Control: "198.51.100.7", User: "other", PasswordPrompt: true, Fingerprint: print})
	if err != nil {
		t.Fatal(err)
	}
	r := by.Guest.Remote
	if r.Control != (Control{"https", "198.51.100.7", 5986}) || r.User != "other" || r.Password.File != "" || !r.Password.Prompt || r.Password.Shared ||
		r.Trust != (Trust{Fingerprint: print}) || r.Data != "192.0.2.11" || r.Iperf != `C:\i\iperf3.exe` {
		t.Errorf("another way: %+v", *r)
	}
	if c.Guest.Remote.User != "admin" {
		t.Error("the campaign itself has changed")
	}
	if kept, err := c.By(Way{User: "other"}); err != nil || kept.Guest.Remote.Password.File != "pw" || !kept.Guest.Remote.Password.Shared || kept.Guest.Remote.Trust.CA != "ca.pem" {
		t.Errorf("what is not named: %+v, %v", kept.Guest.Remote, err)
	}
	lab, err := Parse("l.yaml", []byte("name: l\nguest: {lab: {kind: fast}}\ndesign: aa\n"))
	if err != nil {
		t.Fatal(err)
	}
	for want, x := range map[string]struct {
		c Campaign
		w Way
	}{
		"one way":                     {lab, Way{User: "x"}},
		"without https":               {c, Way{Control: "http://192.0.2.10:5985", Fingerprint: print}},
		"guest.control":               {c, Way{Control: "https://me:secret@192.0.2.10"}},
		"the password comes from one": {c, Way{PasswordEnv: "A", PasswordFile: "b"}},
	} {
		if _, err := x.c.By(x.w); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, want %q", x.w, err, want)
		}
	}
}

// Relative files are those of the campaign's folder.
func TestFilesBesideTheCampaign(t *testing.T) {
	c, err := Parse("w.yaml", []byte("name: w\nguest: {control: 'https://192.0.2.10:5986', data: 192.0.2.11, user: admin, password_file: pw, trust: {ca: /etc/ca.pem}}\ndesign: aa\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.In("sub").Guest.Remote; r.Password.File != "sub/pw" || r.Trust.CA != "/etc/ca.pem" || c.Guest.Remote.Password.File != "pw" {
		t.Errorf("%q, %q", r.Password.File, r.Trust.CA)
	}
}

// Flags alone name a guest for what only looks at it.
func TestAGuestWithoutACampaign(t *testing.T) {
	c, err := Way{Control: "192.0.2.10", User: "admin", PasswordPrompt: true}.Of("")
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Guest.Remote; r.Control != (Control{"http", "192.0.2.10", 5985}) || r.Data != "192.0.2.10" || r.User != "admin" || !r.Password.Prompt || r.Transport.Auth != AuthNTLM {
		t.Errorf("%+v", r)
	}
	c, err = Way{Control: "[fd00::1]:5986", User: "admin", PasswordFile: "pw", Insecure: true}.Of("192.0.2.11")
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Guest.Remote; r.Control != (Control{"https", "fd00::1", 5986}) || r.Data != "192.0.2.11" || !r.Trust.Insecure {
		t.Errorf("%+v", r)
	}
	for want, w := range map[string]Way{
		"no guest is named":     {User: "admin"},
		"without https":         {Control: "http://192.0.2.10", User: "admin", PasswordPrompt: true, Insecure: true},
		"user or password does": {Control: "http://a:b@192.0.2.10", User: "admin", PasswordPrompt: true},
		"password_env":          {Control: "192.0.2.10", User: "admin"},
	} {
		if _, err := w.Of(""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", w, err, want)
		}
	}
}

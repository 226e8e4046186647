package rig

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
)

// A campaign goes on with the files of profiles as they were: one that was changed is named, with the line, and a remark
// in it changes nothing.
func TestAChangedFileOfProfilesIsNamed(t *testing.T) {
	const text = `name: r
guest: {control: 192.0.2.10, data: 192.0.2.11, user: Administrator, password_env: P, generation: w10}
design: list
profiles: [own.yaml]
arms: [{use: house}]
`
	const own = "profiles:\n  house:\n    tcp.rss: disabled\n  other:\n    tcp.rsc: disabled\n"
	made := func(own string) (campaign.Campaign, []byte, matrix.Plan) {
		t.Helper()
		whole, err := campaign.WithFiles([]byte(text), map[string][]byte{"own.yaml": []byte(own)})
		if err != nil {
			t.Fatal(err)
		}
		c := parsed(t, string(whole))
		p, err := c.Plan(matrix.W10)
		if err != nil {
			t.Fatal(err)
		}
		return c, whole, p
	}
	c, whole, plan := made(own)
	path := filepath.Join(t.TempDir(), "r.db")
	s, err := results.Create(path, kept(c, Files{Campaign: "r.yaml", Text: whole}, plan))
	if err == nil {
		_, err = s.Owner("owner", time.Now())
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for changed, want := range map[string]string{
		own:                  "",
		"# a remark\n" + own: "",
		strings.Replace(own, "tcp.rss: disabled", "tcp.rss: enabled", 1): `profiles (own.yaml) changed: campaign file, line`,
		strings.Replace(own, "tcp.rsc: disabled", "tcp.rsc: enabled", 1): `now "  - \"    tcp.rsc: enabled\""`, // which no arm has
	} {
		c, whole, plan := made(changed)
		session, err := (&Rig{campaign: c}).Open(Files{Campaign: "r.yaml", Text: whole, Store: path}, plan)
		if err == nil {
			session.Close()
		}
		if (err == nil) != (want == "") || err != nil && (!errors.Is(err, results.ErrOtherCampaign) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", changed, err, want)
		}
	}
}

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

// A campaign goes on with the packages of its drivers wherever they lie, and not with others.
func TestAPackageMayMoveAndNotChange(t *testing.T) {
	made := func(folder, hash string) (campaign.Campaign, []byte, matrix.Plan) {
		t.Helper()
		text := `name: r
guest: {control: 192.0.2.10, data: 192.0.2.11, user: Administrator, password_env: P, generation: w10}
design: list
variants: [{name: as-found}, {name: new, driver: ` + folder + `}]
`
		whole, err := campaign.WithPackages("r.yaml", []byte(text), func(string) (matrix.Package, error) {
			return matrix.Package{INF: "a.inf", Catalog: "a.cat", Version: "1.2.3.4", Date: "01/02/2024",
				Files: []matrix.PackageFile{{Name: "a.inf", Size: 1, SHA256: strings.Repeat(hash, 64)}, {Name: "a.cat", Size: 1, SHA256: strings.Repeat("0", 64)}}}, nil
		})
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
	c, whole, plan := made("here", "1")
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
	for _, now := range []struct{ folder, hash, want string }{
		{"here", "1", ""},
		{"there", "1", ""},
		{"here", "2", "campaign: the driver's package of variant new (1.2.3.4, now of other files) changed"},
	} {
		c, whole, plan := made(now.folder, now.hash)
		session, err := (&Rig{campaign: c}).Open(Files{Campaign: "r.yaml", Text: whole, Store: path}, plan)
		if err == nil {
			if v := session.Store.Plan().Variants[1].Driver; v == nil || v.Files[0].SHA256 != strings.Repeat("1", 64) {
				t.Errorf("the store has %+v", v)
			}
			session.Close()
		}
		if (err == nil) != (now.want == "") || err != nil && (!errors.Is(err, results.ErrOtherCampaign) || !strings.Contains(err.Error(), now.want)) {
			t.Errorf("in %s, %s: %v, want %q", now.folder, now.hash, err, now.want)
		}
	}
}

package rig

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// found are originals as a campaign of the text remote finds them.
func found(value string) record.Originals {
	return record.Originals{Generation: "w10", Settings: []record.Original{{
		Place: record.Place{ID: "tcp.autotuninglevel", Kind: string(matrix.NetshGlobal), Name: "autotuninglevel", Template: "Internet"},
		State: record.State{Exists: true, Kind: "word", Data: value},
	}}}
}

// newStore makes the store of a campaign, with an owner as a session gives it.
func newStore(t *testing.T, text, owner string) *results.Store {
	t.Helper()
	plan, err := parsed(t, text).Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	s, err := results.Create(filepath.Join(t.TempDir(), "r.db"), results.Campaign{Name: "r", File: "r.yaml", Text: []byte(text), Generation: "w10", Plan: plan, Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Owner(owner, time.Now()); err != nil {
		t.Fatal(err)
	}
	return s
}

// copied is a copy of a store at another place.
func copied(t *testing.T, s *results.Store) *results.Store {
	t.Helper()
	text, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := results.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A store is this user's own if the originals in it were read here, with the campaign, the
// owner and the values that it has, wherever the file lies.
func TestWhoseAStoreIs(t *testing.T) {
	receipts := filepath.Join(t.TempDir(), "state", "receipts")
	foreign := func(name string, s *results.Store, receipts string, want bool) {
		t.Helper()
		if got, err := Foreign(s, receipts); err != nil || got != want {
			t.Errorf("%s: foreign %v, %v; want %v", name, got, err, want)
		}
	}
	mine := newStore(t, remote, "owner1")
	foreign("a store without originals", mine, receipts, false)
	if err := (ownStore{mine, receipts}).SaveOriginals(found("normal")); err != nil {
		t.Fatal(err)
	}
	foreign("my own", mine, receipts, false)
	foreign("a copy of my own", copied(t, mine), receipts, false)
	foreign("my own, to another user", mine, filepath.Join(t.TempDir(), "receipts"), true)

	for name, s := range map[string]*results.Store{
		"another guest": newStore(t, strings.Replace(remote, "192.0.2.10", "203.0.113.1", 1), "owner1"),
		"another user":  newStore(t, strings.Replace(remote, "Administrator", "root", 1), "owner1"),
		"another owner": newStore(t, remote, "owner2"),
	} {
		if err := s.SaveOriginals(found("normal")); err != nil {
			t.Fatal(err)
		}
		foreign(name, s, receipts, true)
	}
	other := newStore(t, remote, "owner1")
	if err := other.SaveOriginals(found("disabled")); err != nil {
		t.Fatal(err)
	}
	foreign("another value", other, receipts, true)
	same := newStore(t, remote, "owner1")
	if err := same.SaveOriginals(found("normal")); err != nil {
		t.Fatal(err)
	}
	foreign("all that counts is the same", same, receipts, false)
	if info, err := os.Stat(receipts); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v; want a folder for this user alone", info, err)
	}
}

// Where no receipt can be written nothing is stored, and so nothing is written to a guest.
func TestNoOriginalsWithoutAReceipt(t *testing.T) {
	s := newStore(t, remote, "owner")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (ownStore{s, filepath.Join(file, "receipts")}).SaveOriginals(found("normal")); err == nil {
		t.Error("saved without a receipt")
	}
	if o, err := s.Originals(); err != nil || o != nil {
		t.Errorf("%v, %v; want no originals", o, err)
	}
}

// A place that no campaign writes is no original, whoever made the store.
func TestForgedPlacesAreRefused(t *testing.T) {
	s := newStore(t, remote, "owner")
	o := found("normal")
	o.Settings[0].Place = record.Place{ID: "tcp.autotuninglevel", Kind: string(matrix.Registry), Path: `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run`, Name: "x", Type: "String"}
	o.Settings[0].State = record.State{Exists: true, Kind: "String", Data: "calc"}
	receipts := t.TempDir()
	if err := (ownStore{s, receipts}).SaveOriginals(o); err == nil || !strings.Contains(err.Error(), "could not be put back") {
		t.Errorf("of a guest: %v", err)
	}
	if err := s.SaveOriginals(o); err != nil {
		t.Fatal(err)
	}
	if _, err := Foreign(s, receipts); !trouble.IsInvalid(err) || !strings.Contains(err.Error(), "the catalogue has no place") {
		t.Errorf("%v", err)
	}
	if _, err := (ownStore{s, receipts}).Originals(); !trouble.IsInvalid(err) {
		t.Errorf("for a run: %v", err)
	}
	reach := func() (*Rig, error) { t.Error("the guest was reached"); return nil, os.ErrInvalid }
	if _, err := Restore(t.Context(), s, reach, func() error { return nil }); err == nil || !strings.Contains(err.Error(), "the catalogue has no place") {
		t.Errorf("restore: %v", err)
	}
}

func TestReachedNamesAllThatAStoreLeadsTo(t *testing.T) {
	const text = `name: r
guest:
  control: https://guest.example:5986
  data: 192.0.2.11
  user: "\u202eAdministrator"
  password_file: /home/me/key
  transport: {proxy: 'http://proxy.example:3128'}
  trust: {insecure: true}
  generation: w10
  rescue: {libvirt: {domain: win10, uri: 'qemu+ssh://host.example/system'}, snapshot: clean}
design: aa
`
	want := []string{`guest: https://guest.example port 5986, user "\u202eAdministrator", by ntlm`, `password: from the file "/home/me/key"`, `proxy: "http://proxy.example:3128"`,
		"the guest's certificate is not verified", `libvirt: domain "win10", URI "qemu+ssh://host.example/system"`, `snapshot to go back to: "clean"`}
	if got := Reached(parsed(t, text)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

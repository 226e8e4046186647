package rig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"vnettune/apply"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// A store may come from anywhere, and it says where a password is sent and what is written
// there. What this user made on this host is known by receipts: files in a folder of the
// user's own, named by a digest of all that a restore takes from a store. A store that was
// copied is still known, wherever it lies; one that was changed in any of that, or made
// elsewhere, is not.

// Foreign says whether a store holds originals that are not known to have been read by this
// user on this host. receipts is the folder of the receipts.
func Foreign(store *results.Store, receipts string) (bool, error) {
	if _, err := originals(store); err != nil {
		return false, err
	}
	name, err := store.Digest()
	if err != nil {
		return false, err
	}
	if name == "" { // without originals nothing is put back but what was set on this host
		return HostIsSet(store)
	}
	switch _, err := os.Stat(filepath.Join(receipts, name)); {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look up whether this user made the store: %w", err)
	}
	return false, nil
}

// originals are those of a store, nil for none, if they can have come from a guest.
func originals(store *results.Store) (*record.Originals, error) {
	o, err := store.Originals()
	if err != nil || o == nil {
		return nil, err
	}
	if err := apply.Known(*o); err != nil {
		return nil, trouble.Invalid(trouble.Hint(trouble.At(store.Path(), err), "no vnettune wrote this: take the file that vnettune run wrote, or a copy of it"))
	}
	return o, nil
}

// ownStore is the store of a session: its originals get a receipt before they are stored,
// and are looked at before they are used.
type ownStore struct {
	*results.Store
	receipts string // the folder
}

// Originals are the store's, if they can have come from a guest.
func (s ownStore) Originals() (*record.Originals, error) { return originals(s.Store) }

// SaveOriginals writes the receipt that this user read the originals on this host, and
// stores them. What could not be taken from the store again is not stored: nothing is
// written to a guest whose restore would be refused.
func (s ownStore) SaveOriginals(o record.Originals) error {
	if err := apply.Known(o); err != nil {
		return fmt.Errorf("what the guest has could not be put back: %w", err)
	}
	name, err := s.DigestWith(o)
	if err == nil {
		err = s.receipt(name)
	}
	if err != nil {
		return err
	}
	return s.Store.SaveOriginals(o)
}

// Revise has the campaign go on as c, by a store that is known as well as it was before.
func (s ownStore) Revise(c results.Campaign, grown bool, at time.Time) error {
	foreign, err := Foreign(s.Store, s.receipts)
	if err != nil {
		return err
	}
	name, err := s.DigestRevised(c)
	if err == nil && name != "" && !foreign {
		err = s.receipt(name)
	}
	if err != nil {
		return err
	}
	return s.Store.Revise(c, grown, at)
}

// receipt notes that this user made the store with that digest.
func (s ownStore) receipt(name string) error {
	if err := os.MkdirAll(s.receipts, 0o700); err != nil {
		return fmt.Errorf("write the receipt of the store: %w", err)
	}
	path, err := filepath.Abs(s.Path())
	if err != nil {
		return fmt.Errorf("write the receipt of the store: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.receipts, name), []byte(path+"\n"), 0o600); err != nil { // the content is for people
		return fmt.Errorf("write the receipt of the store: %w", err)
	}
	return nil
}

// Reached lists in words where a campaign leads and what it takes to get there: what a
// person has to look at before a file of unknown origin is believed.
func Reached(c campaign.Campaign) []string {
	if c.Guest.Lab != nil {
		return []string{fmt.Sprintf("guest: the stand-in %q on this host", cmp.Or(c.Guest.Lab.Name, c.Name))}
	}
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	r, ways := c.Guest.Remote, c.Guest.Rescue
	where := quoted(r.Control.Host)
	if r.Control.Host == "" {
		where = fmt.Sprintf("the address of libvirt's domain %q", ways.Domain)
	}
	say("guest: %s://%s port %d, user %q, by %s", r.Control.Scheme, where, r.Control.Port, r.User, r.Transport.Auth)
	switch p := r.Password; {
	case p.Env != "":
		say("password: from the environment variable %q", p.Env)
	case p.File != "":
		say("password: from the file %q", p.File)
	case p.Prompt:
		say("password: asked on the terminal")
	}
	if r.Transport.ClientKey != "" {
		say("client certificate: %q with its key %q", r.Transport.ClientCert, r.Transport.ClientKey)
	}
	if r.Transport.Proxy != "" {
		say("proxy: %q", r.Transport.Proxy)
	}
	if r.Trust.Insecure {
		say("the guest's certificate is not verified")
	}
	if ways.Domain != "" {
		say("libvirt: domain %q, URI %q", ways.Domain, ways.URI)
	}
	if ways.QMP != "" {
		say("QEMU's monitor: %q", ways.QMP)
	}
	if ways.GuestAgent != "" {
		say("guest agent: %q", ways.GuestAgent)
	}
	if ways.Snapshot != "" {
		say("snapshot to go back to: %q", ways.Snapshot)
	}
	return all
}

// quoted is a host as it is, unless it has characters that need quoting.
func quoted(host string) string {
	if q := fmt.Sprintf("%q", host); q != `"`+host+`"` {
		return q
	}
	return host
}

package campaign

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// DefaultDeadMan is how long a guest may be without its harness after a dangerous setting was
// written. A boot under such a setting has four fifths of it.
const DefaultDeadMan = 10 * time.Minute

// What the dead-man switch may be given.
const (
	leastDeadMan = 10 * time.Second
	mostDeadMan  = 24 * time.Hour
)

// Rescue is the ways back to a guest that a setting cut off.
type Rescue struct {
	DeadMan    time.Duration // limit of the dead-man switch in the guest; 0: none, by the user's will
	QMP        string        // socket of QEMU's monitor, "" for none
	GuestAgent string        // socket of the QEMU guest agent, "" for none
	Domain     string        // libvirt's, instead of the two sockets; "" for none
	URI        string        // libvirt's; "" leaves it to libvirt
	Snapshot   string        // of the machine with the guest as it was found, "" for none
}

// Independent says whether there is a way back that needs neither the guest's network
// nor its dead-man switch.
func (r Rescue) Independent() bool { return r.GuestAgent != "" || r.Domain != "" || r.Snapshot != "" }

var (
	domainName   = regexp.MustCompile(`^[^-/\x00-\x1f\x7f][^/\x00-\x1f\x7f]*$`)
	snapshotName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+:@-]*$`)
)

var rescueKeys = group{
	{"dead_man", span{DefaultDeadMan, mostDeadMan, noDeadMan}, "Before a dangerous setting is written, a task in the guest is armed that puts its own values back unless the harness comes by within this time (10s at least); off: none.", ""},
	{"qmp", matching{like: line, what: "the path of a socket"}, "Socket of QEMU's monitor, the whole path: the machine can be reset.", ""},
	{"guest_agent", matching{like: line, what: "the path of a socket"}, "Socket of the QEMU guest agent, the whole path: the guest is put back without its network.", ""},
	{"libvirt", libvirtKeys, "The same as guest.libvirt, as earlier versions have it.", ""},
	{"snapshot", matching{like: snapshotName, what: "a snapshot's name: letters, digits and ._+:@-, beginning with a letter or digit"}, "Snapshot of the machine with the guest as it was found, the last resort; needs qmp or libvirt.", ""},
}

var libvirtKeys = group{
	{"domain", domainForm, "The guest's domain, as virsh list shows it.", "the name of the guest's domain, as virsh list shows it"},
	{"uri", matching{like: line, what: "an address of libvirt, such as qemu:///system"}, "Address of libvirt, without a password and without parameters; virsh's own unless given.", ""},
}

// domainForm is the name of a domain of libvirt.
var domainForm = matching{like: domainName, what: "a domain's name, as virsh list shows it"}

// noDeadMan says that there is no dead-man switch.
const noDeadMan = "off"

// rescue reads guest.rescue; a lab knows its own sockets.
func (o object) rescue() Rescue {
	r := Rescue{DeadMan: DefaultDeadMan}
	if !o.has("lab") {
		r.Domain, r.URI = o.libvirt()
	}
	n := o.get("rescue")
	if n == nil {
		return r
	}
	b := o.r.object(n, "guest.rescue", rescueKeys)
	r.DeadMan = b.deadMan()
	if o.has("lab") {
		b.refuse("the guest is a lab, which knows its own", "qmp", "guest_agent", "libvirt", "snapshot")
		return r
	}
	r.QMP, r.GuestAgent = b.socket("qmp"), b.socket("guest_agent")
	r.Snapshot = b.matching("snapshot")
	if v := b.get("libvirt"); v != nil {
		l := o.r.object(v, "guest.rescue.libvirt", libvirtKeys)
		name, uri := l.matching("domain"), l.uri()
		if o.has("libvirt") && (name != r.Domain || uri != r.URI) && !o.r.stored {
			b.bad("libvirt", "guest.libvirt says another domain", "delete one of them: guest.libvirt is enough")
		}
		r.Domain, r.URI = name, uri
	}
	if o.has("libvirt") || b.has("libvirt") {
		b.refuse("libvirt holds both sockets itself", "qmp", "guest_agent")
	}
	if r.Snapshot != "" && r.QMP == "" && r.Domain == "" {
		b.bad("snapshot", "nothing can go back to it", "set guest.libvirt, or qmp, as well")
	}
	return r
}

// libvirt reads guest.libvirt: a domain's name, or that with the address of its libvirt.
func (o object) libvirt() (domain, uri string) {
	n := o.get("libvirt")
	if n == nil {
		return "", ""
	}
	if n.kind == mapping {
		l := o.r.object(n, "guest.libvirt", libvirtKeys)
		return l.matching("domain"), l.uri()
	}
	return o.matching("libvirt"), ""
}

func (o object) deadMan() time.Duration {
	s, ok := o.text("dead_man")
	if !ok {
		return DefaultDeadMan
	}
	if s == noDeadMan {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < leastDeadMan || d > mostDeadMan {
		o.bad("dead_man", fmt.Sprintf("%q is not legal", s), fmt.Sprintf("legal: a number with its unit from %s to %s, such as 10m, or off", leastDeadMan, mostDeadMan))
		return DefaultDeadMan
	}
	return d
}

// maxSocket is the longest path of a socket (unix(7), sun_path with its end).
const maxSocket = 107

func (o object) socket(key string) string {
	s := o.matching(key)
	switch {
	case s == "":
	case !filepath.IsAbs(s):
		o.bad(key, fmt.Sprintf("%q is not legal", s), "legal: the whole path of a socket, beginning with /")
	case len(s) > maxSocket:
		o.bad(key, "the path is too long for a socket", fmt.Sprintf("at most %d characters", maxSocket))
	}
	return s
}

// uri takes an address of libvirt. A password in it would be on virsh's command line.
func (o object) uri() string {
	s, ok := o.text("uri")
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || !line.MatchString(s) {
		o.bad("uri", "what is here is not legal (and not shown, lest a password be in it)", "legal: an address of libvirt, such as qemu:///system")
		return ""
	}
	if _, secret := u.User.Password(); secret {
		o.bad("uri", "a password does not belong here (and is not shown)", "let libvirt ask for it by its own authentication file")
		return ""
	}
	if err := CheckURI(s); err != nil && !o.r.stored {
		o.bad("uri", err.Error(), "legal: an address of libvirt, such as qemu:///system or qemu+ssh://user@host/system; the rest belongs into libvirt's and ssh's own files")
		return ""
	}
	return s
}

// CheckURI refuses an address of libvirt that can say more than which libvirt: parameters,
// which may name programs to be run, and what ssh would take for an option. The text of a
// store that was made before this was checked may have one.
func CheckURI(uri string) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return errors.New("it is no address")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(uri, "?#"):
		return errors.New("parameters are not legal: some of libvirt's name programs to be run")
	case strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-"):
		return errors.New("a host or user does not begin with a dash: ssh would take it for an option")
	}
	return nil
}

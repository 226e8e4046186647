package record

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// Identity is by what one machine is told from another. What could not be read is "".
type Identity struct {
	MachineGUID string `json:"machineGuid,omitempty"` // of the installation of Windows
	UUID        string `json:"uuid,omitempty"`        // of the machine, by its SMBIOS
	Disk        string `json:"disk,omitempty"`        // of a lab's boot disk, as the lab's host knows it
	Name        string `json:"name,omitempty"`        // of the computer
	MAC         string `json:"mac,omitempty"`         // of the adapter under test
	Adapter     string `json:"adapter,omitempty"`     // its GUID
}

// IdentityOf is what a guest's facts say of who it is; a is the adapter under test, the
// zero value where that is not known.
func IdentityOf(f Guest, a Adapter) Identity {
	return Identity{MachineGUID: f.MachineGUID, UUID: f.UUID, Disk: f.Disk, Name: f.ComputerName, MAC: a.MAC, Adapter: a.GUID}
}

// known is i without what tells no machine from another: the UUID of a board whose maker
// wrote none, and texts of another form.
func (i Identity) known() Identity {
	i.MachineGUID, i.UUID = guid(i.MachineGUID), guid(i.UUID)
	return i
}

var guidForm = regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`)

// guid is a GUID in one form; "" for what is none, and for those of zeros or ones only:
// no UUID at all, and one that was never written.
func guid(s string) string {
	s = strings.ToUpper(strings.Trim(s, "{} \r\n"))
	if !guidForm.MatchString(s) || strings.Trim(s, "0-") == "" || strings.Trim(s, "F-") == "" {
		return ""
	}
	return s
}

// String names the computer, and by what it is told from others.
func (i Identity) String() string {
	var sure []string
	for _, p := range i.known().parts() {
		if p.sure && p.value != "" {
			sure = append(sure, p.name+" "+p.value)
		}
	}
	if sure == nil {
		sure = []string{"nothing tells it from others"}
	}
	return fmt.Sprintf("%s (%s)", cmp.Or(i.Name, "a computer without a name"), strings.Join(sure, ", "))
}

// part is one member of an identity. A machine is another when a sure one differs.
type part struct {
	name  string
	value string
	sure  bool
}

func (i Identity) parts() []part {
	return []part{
		{"MachineGuid", i.MachineGUID, true}, {"SMBIOS UUID", i.UUID, true}, {"boot disk", i.Disk, true},
		{"computer name", i.Name, false}, {"MAC", i.MAC, false}, {"adapter", i.Adapter, false},
	}
}

// IdentityDifference is how one identity differs from another, in words.
type IdentityDifference struct {
	Other []string // by these it is another machine; none: it is the same, or nobody can say
	Moved []string // these may differ on one machine: its name, its adapter
}

// CompareIdentities says how the machine that was found differs from the one that is
// stored. What either of them does not know decides nothing.
func CompareIdentities(stored, found Identity) IdentityDifference {
	var d IdentityDifference
	was, is := stored.known().parts(), found.known().parts()
	for i, w := range was {
		f := is[i]
		switch {
		case w.value == "" || f.value == "" || strings.EqualFold(w.value, f.value):
		case w.sure:
			d.Other = append(d.Other, fmt.Sprintf("%s %s is not %s", w.name, f.value, w.value))
		default:
			d.Moved = append(d.Moved, fmt.Sprintf("%s was %s and is %s", w.name, w.value, f.value))
		}
	}
	return d
}

// With is i with what found knows in place of what was known: the identity to be stored
// of the same machine.
func (i Identity) With(found Identity) Identity {
	found = found.known()
	return Identity{
		MachineGUID: cmp.Or(found.MachineGUID, i.MachineGUID), UUID: cmp.Or(found.UUID, i.UUID), Disk: cmp.Or(found.Disk, i.Disk),
		Name: cmp.Or(found.Name, i.Name), MAC: cmp.Or(found.MAC, i.MAC), Adapter: cmp.Or(found.Adapter, i.Adapter),
	}
}

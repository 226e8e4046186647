package domain

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/trouble"
)

// MaxPath is the most characters of an edit's path.
const MaxPath = 300

// The form of an edit's path: steps from the domain down, each a name, or once .. for the element above, with conditions in
// brackets: a number, [@attribute], [@attribute='value'], [child] or [child='text']. The domain itself is a dot. It is a
// part of what etree takes: with more steps up, or any descendant, a short path could be long to follow.
const (
	nameForm      = `[A-Za-z_][A-Za-z0-9_.-]*(:[A-Za-z_][A-Za-z0-9_.-]*)?`
	conditionForm = `\[([1-9][0-9]{0,3}|@?` + nameForm + `(='[^'"\[\]\x00-\x1f\x7f]*')?)\]`
	stepForm      = nameForm + `(` + conditionForm + `)*`
)

var (
	pathForm      = regexp.MustCompile(`^(\.|` + stepForm + `(/` + stepForm + `)*(/\.\.(/` + stepForm + `)*)?)$`)
	attributeName = regexp.MustCompile(`^` + nameForm + `$`)
)

// PathWords say what a path looks like.
const PathWords = "steps from the domain down, such as devices/interface[1]/driver or devices/interface/mac[@address='52:54:00:00:00:01']/../driver; . is the domain itself"

// Check says what is wrong with the form of an edit; field is the key of it, "" for the edit as a whole.
func Check(e matrix.Edit) (field string, err error) {
	asks := 0
	for _, given := range []bool{e.Set != nil, e.Insert != "", e.Remove} {
		if given {
			asks++
		}
	}
	switch {
	case e.Path == "":
		return "path", trouble.Hint(errors.New("no element is named"), PathWords)
	case len(e.Path) > MaxPath || !pathForm.MatchString(e.Path):
		return "path", trouble.Hint(fmt.Errorf("%q is not legal", foreign.Line(e.Path)), "legal: "+PathWords)
	case asks != 1:
		return "", trouble.Hint(fmt.Errorf("an edit does one thing, and this does %d", asks), "give one of set, insert and remove: true")
	case e.Attribute != "" && !attributeName.MatchString(e.Attribute):
		return "attribute", trouble.Hint(fmt.Errorf("%q is not legal", foreign.Line(e.Attribute)), "legal: the name of an attribute, such as queues")
	case e.Attribute != "" && e.Insert != "":
		return "attribute", trouble.Hint(errors.New("an element is not inserted into an attribute"), "leave it out")
	case e.Remove && e.Attribute == "" && e.Path == ".":
		return "path", trouble.Hint(errors.New("the domain itself cannot be removed"), "name an element in it")
	case e.Set != nil && !printable(*e.Set):
		return "set", trouble.Hint(errors.New("it has characters that XML does not take"), "leave them out")
	case e.Insert != "":
		if _, err := read(e.Insert); err != nil {
			return "insert", trouble.Hint(fmt.Errorf("it is not one element of XML: %w", err), `such as <driver name="vhost" queues="4"/>`)
		}
	}
	if _, err := etree.CompilePath(e.Path); err != nil {
		return "path", trouble.Hint(fmt.Errorf("%q is not legal: %s", foreign.Line(e.Path), foreign.Line(err.Error())), "legal: "+PathWords)
	}
	return "", nil
}

// printable says whether a text may stand in XML, and on one line.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff || r == '\ufffd' })
}

// Patch is the document with a variant's edits made, one after the other. Each must find exactly one element. What a guest
// is known by, its name, UUIDs and MAC addresses, must stay.
func (d Document) Patch(edits []matrix.Edit) (Document, error) {
	out := Document{d.doc.Copy()}
	for i, e := range edits {
		_, err := Check(e)
		if err == nil {
			err = out.make(e)
		}
		if err != nil {
			return Document{}, fmt.Errorf("xml[%d]: %w", i, err)
		}
	}
	again, err := Parse(out.Text()) // as libvirt will read it
	if err != nil {
		return Document{}, err
	}
	if was, is := d.known(), again.known(); !slices.Equal(was, is) {
		return Document{}, trouble.Hint(fmt.Errorf("the patch would change what the guest is known by: %s; it was %s", strings.Join(is, ", "), strings.Join(was, ", ")),
			"leave name, UUIDs and MAC addresses as they are: with others Windows is another guest, or has another adapter")
	}
	return again, nil
}

// make makes one edit.
func (d Document) make(e matrix.Edit) error {
	path, err := etree.CompilePath(e.Path)
	if err != nil {
		return err
	}
	root := d.doc.Root()
	all := root.FindElementsPath(path)
	if e.Path == "." {
		all = []*etree.Element{root}
	}
	all = slices.DeleteFunc(all, func(f *etree.Element) bool { return f.FullTag() == "" }) // .. of the domain
	if len(all) != 1 {
		return trouble.Hint(fmt.Errorf("%s is %d elements of the domain, and must be one", e.Path, len(all)), "virsh dumpxml --inactive shows them; [1] is the first, [@type='bridge'] the one with that attribute")
	}
	at := all[0]
	switch {
	case e.Insert != "":
		doc, err := read(e.Insert)
		if err != nil {
			return err
		}
		at.AddChild(doc.Root())
	case e.Remove && e.Attribute != "":
		if at.RemoveAttr(e.Attribute) == nil {
			return trouble.Hint(fmt.Errorf("%s has no attribute %s", e.Path, e.Attribute), "virsh dumpxml --inactive shows what it has")
		}
	case e.Remove && at == root:
		return trouble.Hint(fmt.Errorf("%s is the domain itself, which cannot be removed", e.Path), "name an element in it")
	case e.Remove:
		at.Parent().RemoveChild(at)
	case e.Attribute != "":
		at.CreateAttr(e.Attribute, *e.Set)
	case len(at.ChildElements()) > 0:
		return trouble.Hint(fmt.Errorf("%s has elements in it, and no text that could be set", e.Path), "name the element that has the text, or an attribute")
	default:
		at.SetText(*e.Set)
	}
	return nil
}

// known is what a guest is known by, to Windows, to libvirt and to a campaign.
func (d Document) known() []string {
	var all []string
	for _, path := range []string{"/domain/name", "/domain/uuid", "/domain/genid", "/domain/sysinfo/system/entry[@name='uuid']"} {
		for _, e := range d.doc.FindElements(path) {
			all = append(all, e.Tag+" "+foreign.Word(strings.ToLower(textOf(e))))
		}
	}
	for _, n := range d.Interfaces() {
		if n.MAC != "" {
			all = append(all, "MAC "+foreign.Word(n.MAC))
		}
	}
	return all
}

// Words are an edit on one line.
func Words(e matrix.Edit) string {
	what := e.Path
	if e.Attribute != "" {
		what += "/@" + e.Attribute
	}
	switch {
	case e.Insert != "":
		return what + ": insert " + strings.Join(strings.Fields(e.Insert), " ")
	case e.Remove:
		return what + ": remove"
	case e.Set != nil:
		return what + ": set " + fmt.Sprintf("%q", *e.Set)
	}
	return what
}

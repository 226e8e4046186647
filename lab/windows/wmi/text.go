package wmi

import (
	"fmt"
	"strings"
)

// listText is the form of /value: name=value lines, empty lines around each instance,
// and what XML escapes is escaped (captures of wmic on real machines: PNPDeviceID
// with &amp;). Order: alphabetical (general knowledge).
func listText(list []instance) string {
	var b strings.Builder
	for _, i := range list {
		b.WriteString("\n\n")
		for _, p := range i {
			b.WriteString(p.name + "=" + entities.Replace(p.text) + "\n")
		}
	}
	return b.String() + "\n\n\n"
}

// tableText is wmic's own form: a header and columns two blanks apart (general knowledge).
func tableText(list []instance) string {
	var b strings.Builder
	widths := make([]int, len(list[0]))
	for col, p := range list[0] {
		widths[col] = len(p.name)
		for _, i := range list {
			widths[col] = max(widths[col], len(i[col].text))
		}
	}
	for col, p := range list[0] {
		fmt.Fprintf(&b, "%-*s  ", widths[col], p.name)
	}
	b.WriteString("\n")
	for _, i := range list {
		for col, p := range i {
			fmt.Fprintf(&b, "%-*s  ", widths[col], p.text)
		}
		b.WriteString("\n")
	}
	return b.String() + "\n"
}

// entities are what the /value form writes for characters that its XML source
// escapes. Quotes stay as they are: IPAddress={"192.0.2.2"} (general knowledge).
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

package html

import (
	"bytes"
	_ "embed" // the template and its style
	"html/template"
	"io"

	"vnettune/foreign"
	"vnettune/report/page"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed style.css
	styleCSS string

	layout = template.Must(template.New("page").Parse(pageHTML))
)

// Write writes p as HTML. Nothing is written if p cannot be laid out: a chart that cannot be drawn, a row
// that does not fit its table.
func Write(w io.Writer, p page.Page) error {
	l, err := lay(p)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	door := foreign.NewWriter(&b)
	if err := layout.Execute(door, l); err != nil {
		return err
	}
	if err := door.Flush(); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

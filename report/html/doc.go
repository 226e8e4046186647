// Package html writes a page as one HTML file that stands alone: it asks nothing of any network and
// runs no script, and its policy (Content-Security-Policy) forbids both. It follows the reader's light or
// dark scheme, fits a telephone, and prints on A4 with everything unfolded that belongs to the report.
//
// Every text is escaped where it stands, by html/template, and set apart from its neighbours in the
// direction of writing; what is not printable is shown, by package foreign, whatever a page holds.
// Equal pages give equal bytes.
//
// Place in the flow: report/page -> report/html, with report/chart for the drawings.
package html

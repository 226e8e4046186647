// Package markdown writes a page as Markdown for a pull request, a comment or a wiki, in the flavours of
// GitHub and GitLab.
//
// Place in the flow: report makes a page.Page, this package lays it out as the terminal's and the HTML
// renderer do, and adds only what the format needs: a hidden tag, by which a later comment finds the one
// that it replaces, folds for the long form, and a bound on the length.
//
// All texts of a page are plain. They are written so that neither the Markdown parser makes anything of them
// nor what runs behind it, over the text nodes of the HTML: mentions, references to issues, commits and labels,
// emoji, formulas. The parser is stopped by backslashes and entities; what runs behind it sees none of these,
// and is stopped by an element around the sign it looks for (<span>@</span>name), since it looks at one text
// node at a time and leaves code alone. A reader sees, and copies, the plain text.
package markdown

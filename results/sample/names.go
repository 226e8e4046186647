package sample

// nameRule is how names look, for messages.
const nameRule = "a name is a letter or digit, then letters, digits or ._+,=:-"

// NameForm is how names look, as a regular expression that a whole name matches.
const NameForm = "[A-Za-z0-9][A-Za-z0-9._+,=:-]*"

// ValidName says whether s is a legal name of a combination, a metric or a
// status: NameForm, many times faster.
func ValidName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case i > 0 && (c == '.' || c == '_' || c == '+' || c == ',' || c == '=' || c == ':' || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}
